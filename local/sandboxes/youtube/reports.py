"""YouTube Analytics, as far as one channel's reports go. https://developers.google.com/youtube/analytics

A table by day or by video. Its numbers lag, so the newest two days are not in it.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from local.sandboxes.numbers import grown, on
from local.sandboxes.youtube.refusals import refuse
from local.sandboxes.youtube.state import CALIFORNIA, Channel, State, Video

A_DAY = {
    "views": 40,
    "engagedViews": 30,
    "likes": 4,
    "comments": 2,
    "shares": 3,
    "estimatedMinutesWatched": 90,
    "subscribersGained": 5,
    "subscribersLost": 2,
}
LAG = timedelta(days=2)


def views_of(video: Video, *, now: datetime) -> int:
    if video.shown_at is None:
        return 0
    return grown(f"views {video.id}", video.shown_at, now, a_day=A_DAY["views"])


def report(
    state: State, channel: Channel, query: Mapping[str, str], *, now: datetime
) -> dict[str, Any]:
    if query.get("ids") != "channel==MINE":
        raise refuse(400, "badRequest", "This sandbox reports on one's own channel.")
    names = query.get("metrics", "").split(",")
    for name in names:
        if name not in A_DAY or name in state.settings.refused:
            message = f"Unknown identifier ({name}) given in field parameters.metrics."
            raise refuse(400, "badRequest", message, domain="global")
    kind = query.get("dimensions", "")
    rows = _ROWS.get(kind)
    if rows is None:
        raise refuse(400, "badRequest", "The query is not supported.", domain="global")
    told = [name for name in names if name not in state.settings.untold]
    heads = [{"name": kind, "columnType": "DIMENSION", "dataType": "STRING"}]
    heads += [{"name": n, "columnType": "METRIC", "dataType": "INTEGER"} for n in told]
    table = [list(row) for row in rows(state, channel, query, told, now)]
    return {"kind": "youtubeAnalytics#resultTable", "columnHeaders": heads, "rows": table}


type Rows = Callable[
    [State, Channel, Mapping[str, str], list[str], datetime], Iterator[tuple[Any, ...]]
]


def _by_day(
    _state: State, channel: Channel, query: Mapping[str, str], names: list[str], now: datetime
) -> Iterator[tuple[Any, ...]]:
    first, last = (date.fromisoformat(query[name]) for name in ("startDate", "endDate"))
    begun = channel.created_at.astimezone(CALIFORNIA).date()
    known = (now - LAG).astimezone(CALIFORNIA).date()
    day = max(first, begun)
    while day <= min(last, known):
        yield (day.isoformat(), *(on(day, f"{n} {channel.id}", a_day=A_DAY[n]) for n in names))
        day += timedelta(days=1)


def _by_video(
    state: State, channel: Channel, query: Mapping[str, str], names: list[str], now: datetime
) -> Iterator[tuple[Any, ...]]:
    if "sort" not in query or int(query.get("maxResults", "0")) not in range(1, 201):
        raise refuse(400, "badRequest", "The query is not supported.", domain="global")
    for video_id in query.get("filters", "").removeprefix("video==").split(","):
        video = state.find_video(video_id, viewer_id=channel.id)
        since, until = video and video.shown_at, now - LAG
        if video and video.channel_id == channel.id and since and since < until:
            numbers = (grown(f"{n} {video.id}", since, until, a_day=A_DAY[n]) for n in names)
            yield (video.id, *numbers)


_ROWS: Mapping[str, Rows] = {"day": _by_day, "video": _by_video}
