"""YouTube Analytics, as replies of its were recorded."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import TryLater
from tellal.observations import Metric
from tellal.platforms.measured import OfDay
from tellal.posts import Remote
from tests.platforms.sample import Server
from tests.platforms.samples.youtube import YOUTUBE

DAY = date(2026, 1, 4)
NEXT = DAY + timedelta(days=1)


def table(dimension: str, names: list[str], *rows: list[Any]) -> dict[str, Any]:
    heads = [{"name": dimension, "columnType": "DIMENSION", "dataType": "STRING"}]
    heads += [{"name": n, "columnType": "METRIC", "dataType": "INTEGER"} for n in names]
    told = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": heads}
    return {**told, "rows": list(rows)} if rows else told


def refusal(status: int, reason: str = "", message: str = "") -> httpx.Response:
    errors = [{"reason": reason, "domain": "global"}] if reason else []
    error = {"code": status, "message": message, "errors": errors}
    return httpx.Response(status, json={"error": error})


def videos(*ids: str) -> Any:
    counted = {"viewCount": "9", "likeCount": "3"}
    return lambda _: {"items": [{"id": each, "statistics": counted} for each in ids]}


def test_days_are_read_by_the_heads_of_their_columns() -> None:
    names = ["subscribersGained", "views", "estimatedMinutesWatched", "brandNew"]
    rows = (["2026-01-04", 5, 123, 2, 7], ["2026-01-05", 1, 1, 1, 1], ["soon", 1, 1, 1, 1])
    server = Server({"/v2/reports": lambda _: table("day", names, *rows)})
    assert set(YOUTUBE.adapter(server).read_days(DAY, NEXT)) == {
        OfDay(DAY, Metric.FOLLOWS, 5),
        OfDay(DAY, Metric.VIEWS, 123),
        OfDay(DAY, Metric.WATCH_SECONDS, 120),
    }
    asked = server.requests[0].url.params
    assert (asked["startDate"], asked["endDate"], asked["ids"]) == (
        "2026-01-04",
        "2026-01-04",
        "channel==MINE",
    )


@pytest.mark.parametrize("told", [{}, table("day", ["views"]), table("month", ["views"], ["m", 1])])
def test_a_table_without_days_tells_none(told: Any) -> None:
    adapter = YOUTUBE.adapter(Server({"/v2/reports": lambda _: told}))
    assert list(adapter.read_days(DAY, NEXT)) == []


def test_a_metric_that_youtube_gave_up_loses_no_other() -> None:
    def reports(request: httpx.Request) -> Any:
        names = request.url.params["metrics"].split(",")
        if "shares" in names:
            return refusal(400, "badRequest", "Unknown identifier (shares) given in field")
        return table("day", names, ["2026-01-04", *range(1, len(names) + 1)])

    adapter = YOUTUBE.adapter(Server({"/v2/reports": reports}))
    told = {each.metric for each in adapter.read_days(DAY, NEXT)}
    assert told == set(adapter.facts.measured.days.values()) - {Metric.SHARES}


@pytest.mark.parametrize(
    "refused",
    [
        refusal(403, "insufficientPermissions"),
        refusal(403, "forbidden"),
        refusal(403, "accessNotConfigured"),
        refusal(403),
        refusal(404),
    ],
)
def test_without_analytics_the_totals_are_told_all_the_same(refused: httpx.Response) -> None:
    server = Server({"/v3/videos": videos("a"), "/v2/reports": lambda _: refused})
    adapter = YOUTUBE.adapter(server)
    assert adapter.read_posts([Remote(id="a")]) == {"a": {Metric.VIEWS: 9, Metric.LIKES: 3}}
    assert list(adapter.read_days(DAY, NEXT)) == []


def test_analytics_that_is_down_is_for_later() -> None:
    adapter = YOUTUBE.adapter(Server({"/v2/reports": lambda _: refusal(503)}))
    with pytest.raises(TryLater):
        list(adapter.read_days(DAY, NEXT))


def test_watch_time_and_shares_are_asked_of_the_videos_that_are_there() -> None:
    names = ["estimatedMinutesWatched", "shares"]
    server = Server(
        {
            "/v3/videos": videos("a", "b"),
            "/v2/reports": lambda _: table("video", names, ["a", 90, 4]),
        }
    )
    read = YOUTUBE.adapter(server).read_posts([Remote(id=each) for each in ("a", "b", "gone")])
    both = {Metric.VIEWS: 9, Metric.LIKES: 3}
    assert read == {"a": {**both, Metric.WATCH_SECONDS: 5400, Metric.SHARES: 4}, "b": both}
    assert server.requests[-1].url.params["filters"] == "video==a,b"
