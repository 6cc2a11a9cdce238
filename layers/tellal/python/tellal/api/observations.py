"""What was measured: the newest numbers, and their history; and what the measures make of them.

As JSON, or as CSV for a spreadsheet (`format=csv`), where `X-Cursor` tells where to go on.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking, found, plausible
from tellal.api.paging import Cursor, Listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Unacceptable
from tellal.measuring import periods
from tellal.measuring.history import MOST_DAYS, Wanted
from tellal.measuring.shelf import report_key
from tellal.observations import Metric, Observation
from tellal.posts import Frozen
from tellal.reporting.document import MeasureRow
from tellal.reporting.measures import MEASURES
from tellal.reporting.sheet import harmless

MOST = 5_000

routes = Routes("Observations")


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


class Observed(Frozen):
    channel_id: str | None
    delivery_id: str | None
    metric: Metric
    value: int
    at: Moment


class Observations(Listing[Observation]):
    unreadable: tuple[str, ...]  # objects of the bucket that are damaged, and left out


class MeasureDefined(Frozen):
    measure: str
    title: str
    unit: str
    definition: str


class Measures(Frozen):
    period: str
    made_at: Moment  # when its report was built
    items: tuple[MeasureRow, ...]


@routes(
    "GET", "/observations", needs=Permission.REPORTS_READ, summary="Show the newest measurements"
)
def list_observations(
    asked: Asking, channel_id: str | None = None, delivery_id: str | None = None
) -> Listing[Observed]:
    """Of a channel or of a delivery. What its platform does not tell is not there; it is not 0."""
    if (channel_id is None) == (delivery_id is None):
        raise Unacceptable(Broken("channel_id", "name a channel or a delivery, one of them"))
    if channel_id is not None:
        channel = asked.ours(wiring.channels().get(plausible(channel_id)), "channel")
        at = channel.measured_at or channel.created_at
        return _newest(channel.metrics, at, channel_id=channel.channel_id, delivery_id=None)
    delivery = asked.ours(wiring.deliveries().get(plausible(delivery_id or "")), "delivery")
    at = delivery.measured_at or delivery.created_at
    named = {"channel_id": delivery.channel_id, "delivery_id": delivery.delivery_id}
    return _newest(delivery.metrics, at, **named)


@routes(
    "GET",
    "/observations/history",
    needs=Permission.REPORTS_READ,
    summary="List what was measured",
)
def list_history(
    asked: Asking,
    since: Annotated[date, Query(description="The first day, by the workspace's clocks")],
    until: Annotated[date, Query(description="The last day; 92 days at most")],
    channel_id: str | None = None,
    delivery_id: str | None = None,
    metric: Metric | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 500,
    cursor: Cursor = None,
    format: Format = Format.JSON,
) -> Response[Observations]:
    """As it came, the oldest first. Without `of_day` a value is a running total, seen at `at`; with
    it, an amount of that day. Of either the newest `at` counts: platforms correct theirs."""
    told = wiring.history().told(
        asked.workspace_id,
        Wanted(
            first=since,
            last=_last_day(since, until),
            zone=asked.workspace.zone,
            channel_id=channel_id,
            delivery_id=delivery_id,
            metric=metric,
        ),
        limit=limit,
        cursor=cursor,
    )
    if format is Format.CSV:
        return _sheet(Observation, told.observations, cursor=told.cursor)
    return _json(
        Observations(items=told.observations, cursor=told.cursor, unreadable=told.unreadable)
    )


@routes("GET", "/measures", needs=Permission.REPORTS_READ, summary="Define the measures")
def list_measures() -> Listing[MeasureDefined]:
    return Listing(
        items=tuple(
            MeasureDefined(
                measure=each.name, title=each.title, unit=each.unit, definition=each.definition
            )
            for each in MEASURES
        )
    )


@routes(
    "GET", "/measures/<period>", needs=Permission.REPORTS_READ, summary="Show a period's measures"
)
def show_measures(period: str, asked: Asking, format: Format = Format.JSON) -> Response[Measures]:
    """Of all channels together (`channel` is null) and of each, from the report that was built last
    of that week, month or range; where there is none, POST /reports builds it."""
    name = periods.read(period, asked.workspace.zone).name
    key = report_key(asked.workspace_id, name, "json")
    document: Mapping[str, Any] = json.loads(found(wiring.shelf().bucket.get(key), "report"))
    rows = tuple(MeasureRow.model_validate(each) for each in document["measures"])
    if format is Format.CSV:
        return _sheet(MeasureRow, rows)
    return _json(Measures(period=name, made_at=document["made_at"], items=rows))


def _newest(metrics: Mapping[str, int], at: Moment, **named: Any) -> Listing[Observed]:
    return Listing(
        items=tuple(
            Observed(metric=Metric(metric), value=value, at=at, **named)
            for metric, value in metrics.items()
        )
    )


def _last_day(since: date, until: date) -> date:
    if until < since:
        raise Unacceptable(Broken("until", "is before since"))
    if (until - since).days >= MOST_DAYS:
        raise Unacceptable(Broken("until", f"is more than {MOST_DAYS} days after since"))
    return until


def _json[T: BaseModel](answer: T) -> Response[T]:
    return Response(status_code=200, content_type="application/json", body=answer)


def _sheet(
    kind: type[BaseModel], rows: Iterable[BaseModel], *, cursor: str | None = None
) -> Response[Any]:
    written = io.StringIO()
    sheet = csv.DictWriter(written, list(kind.model_fields))
    sheet.writeheader()
    for row in rows:
        sheet.writerow({n: harmless(v) for n, v in row.model_dump(mode="json").items()})
    return Response(
        status_code=200,
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "no-store"} | ({"X-Cursor": cursor} if cursor else {}),
        body=written.getvalue(),
    )
