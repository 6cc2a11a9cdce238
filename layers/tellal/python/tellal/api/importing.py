"""Conversions from a CSV file: first what would be taken and what rejected, then the real thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, sent
from tellal.api.conversions import ConversionShown, shown
from tellal.api.routes import Routes
from tellal.channels import Workspace
from tellal.conversions import Via
from tellal.counting import imports
from tellal.counting.imports import Row
from tellal.counting.intake import Checked
from tellal.errors import Conflict
from tellal.posts import Frozen

MOST_REJECTED = 200  # rules told at once
SHOWN = 20

routes = Routes("Conversions")


class Rejected(Frozen):
    row: int  # as a spreadsheet shows it: the line of names is 1
    column: str
    rule: str


class Imported(Frozen):
    """`taken` is what was, or on a dry run would be, kept; `already` what had been before."""

    dry_run: bool
    rows: int
    taken: int
    already: int
    rejected_rows: int
    rejected: tuple[Rejected, ...]  # 200 rules at most
    first: tuple[ConversionShown, ...]  # the first twenty of those taken


@dataclass(frozen=True)
class _Good:
    number: int
    checked: Checked


@routes(
    "POST",
    "/conversions/imports",
    needs=Permission.CONVERSIONS_WRITE,
    summary="Take conversions from a CSV file",
    reads="text/csv",
)
def import_conversions(
    request: Request,
    asked: Asking,
    dry_run: Annotated[bool, Query(description="Keep nothing, only tell")] = False,  # noqa: FBT002  # a query's
    all_or_nothing: Annotated[  # noqa: FBT002
        bool, Query(description="Take nothing where a row is rejected")
    ] = False,
) -> Response[Imported]:
    """UTF-8, divided by commas or semicolons, 1,000 rows at most. Columns: `id`, `stage` and
    `occurred_at`, and if you have them `value`, `currency`, `code`, `source`, `medium`,
    `campaign`, `content` (or `utm_source`, …) and `touched_at`. A time without an offset is the
    workspace's. In a file with semicolons the comma is the decimal mark: 1.234,50; in one with
    commas it is the point. The good rows are taken and the others named, each with its column and
    its rule; sent again, the file counts nothing twice."""
    workspace = asked.workspace
    read = imports.rows(sent(request.resolved_event), zone=workspace.zone)
    good, rejected = _sorted_out(read, workspace, asked)
    takes = not (all_or_nothing and rejected)
    new = [each for each in good if each.checked.kept is None]
    kept = []
    for each in new if takes else ():
        try:
            made = each.checked.made if dry_run else wiring.intake().keep(each.checked)
        except Conflict as error:  # told by somebody else at this moment
            field = str(error.facts["field"])
            rejected.append(Rejected(row=each.number, column=field, rule=str(error)))
        else:
            kept.append(made)
    answer = Imported(
        dry_run=dry_run,
        rows=len(read),
        taken=len(kept),
        already=len(good) - len(new),
        rejected_rows=len({each.row for each in rejected}),
        rejected=tuple(rejected[:MOST_REJECTED]),
        first=tuple(map(shown, kept[:SHOWN])),
    )
    return asked.settle(answer, status=200)


def _sorted_out(
    read: Sequence[Row], workspace: Workspace, asked: Asked
) -> tuple[list[_Good], list[Rejected]]:
    rejected, numbers, told = [], [], []
    seen: dict[str, int] = {}
    for row in read:
        broken = list(row.broken)
        if row.told is not None:
            broken = wiring.intake().broken(row.told, now=asked.now)
            before = seen.setdefault(row.told.id, row.number)
            if before != row.number:
                rule = f"is the id of row {before}, too"
                rejected.append(Rejected(row=row.number, column="id", rule=rule))
                continue
            if not broken:
                numbers.append(row.number)
                told.append(row.told)
        rejected += [Rejected(row=row.number, column=each.field, rule=each.rule) for each in broken]
    good = []
    checked = wiring.intake().check(told, workspace=workspace, via=Via.FILE, now=asked.now)
    for number, each in zip(numbers, checked, strict=True):
        if field := each.differs_in:
            rule = "is not what was told before under this id"
            rejected.append(Rejected(row=number, column=field, rule=rule))
        else:
            good.append(_Good(number, each))
    return good, sorted(rejected, key=lambda each: each.row)
