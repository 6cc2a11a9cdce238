"""Reports: asked for, listed, handed out as links to S3."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, found
from tellal.api.paging import Listing
from tellal.api.routes import Routes
from tellal.channels import Language
from tellal.clock import Moment
from tellal.config import settings
from tellal.errors import Broken, NotFound, Unacceptable
from tellal.measuring import periods
from tellal.measuring.shelf import Report
from tellal.posts import Frozen
from tellal.stores.letters import Fate

LINK_LIVES = timedelta(minutes=15)

routes = Routes("Reports")


class NewReport(Frozen):
    period: Annotated[
        str, Field(max_length=22, description="2026-W47, 2026-11 or 2026-11-03..2026-11-20")
    ]
    campaign_id: Annotated[
        str | None,
        Field(pattern=r"^cmp_\w{1,60}$", description="Only the posts of this campaign"),
    ] = None
    language: Annotated[
        Language | None, Field(description="Of its page and sentences; else the workspace's")
    ] = None


class ReportAsked(Frozen):
    report: str  # its name, for GET /reports/<report>
    period: str
    campaign_id: str | None
    since: Moment
    until: Moment


class ReportShown(Frozen):
    report: str
    period: str
    campaign_id: str | None
    made_at: Moment
    mailing: Annotated[
        str | None, Field(description="Why not everybody got it by mail, and what to do")
    ]


class LetterShown(Frozen):
    address: str
    fate: Annotated[
        Fate, Field(description="Of `unknown`, and what stays `sending`, nobody knows if it came")
    ]
    at: Moment


class ReportLinked(ReportShown):
    links: Mapping[str, str]  # by format; good for 15 minutes
    letters: tuple[LetterShown, ...]


@routes(
    "POST", "/reports", needs=Permission.REPORTS_BUILD, status=202, summary="Have a report built"
)
def build_report(given: NewReport, asked: Asking) -> Response[ReportAsked]:
    """Of a week, a month or at most 400 days, in the workspace's zone; one that is not over is
    built as far as it is. It is ready within seconds, and building it again replaces it."""
    period = periods.read(given.period, asked.workspace.zone)
    if period.since > asked.now:
        raise Unacceptable(Broken("period", "has not begun yet"))
    work = {
        "workspace_id": asked.workspace_id,
        "period": period.name,
        "campaign_id": given.campaign_id,
        "language": given.language,
    }
    wiring.aws("lambda").invoke(
        FunctionName=settings().function_named("build_report"),
        InvocationType="Event",
        Payload=json.dumps({name: value for name, value in work.items() if value}).encode(),
    )
    answer = ReportAsked(
        report=periods.report_name(period.name, given.campaign_id),
        period=period.name,
        campaign_id=given.campaign_id,
        since=period.since,
        until=period.until,
    )
    return asked.settle(answer, status=202)


@routes("GET", "/reports", needs=Permission.REPORTS_READ, summary="List the reports")
def list_reports(asked: Asking) -> Listing[ReportShown]:
    reports = wiring.shelf().reports(asked.workspace_id)
    return Listing(items=tuple(ReportShown(**_facts(each, asked)) for each in reports))


@routes("GET", "/reports/<report>", needs=Permission.REPORTS_READ, summary="Show a report's links")
def show_report(report: str, asked: Asking) -> ReportLinked:
    """And to whom it was mailed."""
    kept = built(report, asked)
    bucket = wiring.shelf().bucket
    letters = wiring.letters().find(asked.workspace_id, kept.period)
    return ReportLinked(
        **_facts(kept, asked),
        links={kind: bucket.link(key, lives=LINK_LIVES) for kind, key in kept.keys.items()},
        letters=tuple(
            LetterShown(address=each.address, fate=each.fate, at=each.at)
            for each in (letters.letters if letters else ())
        ),
    )


def built(name: str, asked: Asked) -> Report:
    """The report of that name, which is its period's, with its campaign's if it is of one alone."""
    period, campaign_id = periods.of_report(name)
    read = periods.read(period, asked.workspace.zone)
    if campaign_id is not None and not campaign_id.isidentifier():
        raise NotFound("There is no such report.")
    kept = wiring.shelf().report(asked.workspace_id, periods.report_name(read.name, campaign_id))
    return found(kept, "report")


def _facts(report: Report, asked: Asked) -> dict[str, Any]:
    period, campaign_id = periods.of_report(report.period)
    letters = wiring.letters().find(asked.workspace_id, report.period)
    recipients = asked.workspace.report_recipients
    return {
        "report": report.period,
        "period": period,
        "campaign_id": campaign_id,
        "made_at": report.made_at,
        "mailing": letters.told(recipients, now=asked.now) if letters else None,
    }
