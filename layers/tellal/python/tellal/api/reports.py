"""Reports: asked for, listed, handed out as links to S3."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking, found
from tellal.api.paging import Listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.config import settings
from tellal.errors import Broken, Unacceptable
from tellal.measuring import periods
from tellal.posts import Frozen

LINK_LIVES = timedelta(minutes=15)

routes = Routes("Reports")


class NewReport(Frozen):
    period: Annotated[str, Field(max_length=8, description="2026-W47 or 2026-11")]


class ReportAsked(Frozen):
    period: str
    since: Moment
    until: Moment


class ReportShown(Frozen):
    period: str
    made_at: Moment


class ReportLinked(ReportShown):
    links: Mapping[str, str]  # by format; good for 15 minutes


@routes(
    "POST", "/reports", needs=Permission.REPORTS_BUILD, status=202, summary="Have a report built"
)
def build_report(given: NewReport, asked: Asking) -> Response[ReportAsked]:
    """Of a week or a month, in the workspace's zone; one that is not over is built as far as it is.
    It is ready within seconds, and building it again changes nothing else."""
    period = periods.read(given.period, asked.workspace.zone)
    if period.since > asked.now:
        raise Unacceptable(Broken("period", "has not begun yet"))
    work = {"workspace_id": asked.workspace_id, "period": period.name}
    wiring.aws("lambda").invoke(
        FunctionName=_function("build_report"),
        InvocationType="Event",
        Payload=json.dumps(work).encode(),
    )
    answer = ReportAsked(period=period.name, since=period.since, until=period.until)
    return asked.settle(answer, status=202)


@routes("GET", "/reports", needs=Permission.REPORTS_READ, summary="List the reports")
def list_reports(asked: Asking) -> Listing[ReportShown]:
    reports = wiring.shelf().reports(asked.workspace_id)
    return Listing(
        items=tuple(ReportShown(period=each.period, made_at=each.made_at) for each in reports)
    )


@routes("GET", "/reports/<period>", needs=Permission.REPORTS_READ, summary="Show a report's links")
def show_report(period: str, asked: Asking) -> ReportLinked:
    name = periods.read(period, asked.workspace.zone).name
    shelf = wiring.shelf()
    report = found(shelf.report(asked.workspace_id, name), "report")
    links = {kind: shelf.bucket.link(key, lives=LINK_LIVES) for kind, key in report.keys.items()}
    return ReportLinked(period=report.period, made_at=report.made_at, links=links)


def _function(name: str) -> str:
    """As AWS knows it."""
    return next(each for each in settings().function_names if each.endswith(f"-{name}"))
