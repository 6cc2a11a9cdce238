"""What YouTube tells in numbers: totals by its Data API, the rest by YouTube Analytics.
https://developers.google.com/youtube/analytics/metrics

Analytics has a scope of its own, and lags two or three days. Its days are California's.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import batched
from typing import Any

from tellal.observations import Metric
from tellal.platforms.calls import Gone
from tellal.platforms.counts import Apart, Stated, counts, number
from tellal.platforms.measured import Measured, OfDay
from tellal.platforms.youtube import answers
from tellal.platforms.youtube.line import Line
from tellal.posts import Remote

MINUTES = "estimatedMinutesWatched"
OF_A_VIDEO = {
    "viewCount": Metric.VIEWS,
    "likeCount": Metric.LIKES,
    "commentCount": Metric.REPLIES,
}
REPORTED = {MINUTES: Metric.WATCH_SECONDS, "shares": Metric.SHARES}
OF_A_DAY = {
    "views": Metric.VIEWS,
    "likes": Metric.LIKES,
    "comments": Metric.REPLIES,
    "subscribersGained": Metric.FOLLOWS,
    "subscribersLost": Metric.UNFOLLOWS,
    **REPORTED,
}
MEASURED = Measured(
    source="https://developers.google.com/youtube/analytics/metrics",
    channel={"subscriberCount": Metric.FOLLOWERS, "videoCount": Metric.POSTS},
    posts={**OF_A_VIDEO, **REPORTED},
    days=OF_A_DAY,
    not_told={
        Metric.IMPRESSIONS: "YouTube tells how often a video is played, not how often it is shown",
        Metric.REACH: "YouTube tells no reach",
        Metric.QUOTES: "on YouTube nothing is quoted",
        Metric.SAVES: "YouTube does not tell who keeps a video for later",
        Metric.CLICKS: "YouTube does not count clicks on links in a description",
        Metric.PROFILE_VISITS: "YouTube does not tell who visits a channel's page",
    },
    together=50,  # https://developers.google.com/youtube/v3/docs/videos/list
    back=timedelta(days=730),  # all of it is kept; two years are as much as anybody compares
    at_once=timedelta(days=90),
    settles=timedelta(days=3),
)
FOUNDED = date(2005, 2, 14)  # nothing there is older


def of_channel(line: Line, channel_id: str) -> Mapping[Metric, int]:
    params = {"part": "statistics", "id": channel_id}
    found = line("GET", "channels", params=params).read(answers.Presences).items
    stated = found[0].statistics if found else {}
    hidden = ("subscriberCount",) if stated.get("hiddenSubscriberCount") else ()
    return counts({n: v for n, v in stated.items() if n not in hidden}, MEASURED.channel)


def of_posts(
    line: Line, remotes: Sequence[Remote], *, today: date
) -> Mapping[str, Mapping[Metric, int]]:
    read: dict[str, Mapping[Metric, int]] = {}
    reports = Apart(partial(_by_video, line, today), REPORTED)
    for some in batched(remotes, MEASURED.together, strict=False):
        ids = ",".join(remote.id for remote in some)
        params = {"part": "statistics", "id": ids}
        found = line("GET", "videos", params=params).read(answers.Videos).items
        reported = _of(reports, ",".join(video.id for video in found)) if found else {}
        for video in found:
            stated = {**video.statistics, **reported.get(video.id, {})}
            read[video.id] = counts(stated, MEASURED.posts)
    return read


def of_days(line: Line, first: date, after: date) -> Iterator[OfDay]:
    last = after - timedelta(days=1)
    told = _of(Apart(partial(_by_day, line), OF_A_DAY), f"{first}/{last}")
    for spelled, stated in told.items():
        try:
            day = date.fromisoformat(spelled)
        except ValueError:
            continue
        if first <= day < after:
            for metric, value in counts(stated, OF_A_DAY).items():
                yield OfDay(day, metric, value)


def _of(reports: Apart, what: str) -> Stated:
    """What Analytics does not find is not gone: it is told of it later than of its existence."""
    try:
        return reports.of(what)
    except Gone:
        return {}


def _by_video(line: Line, today: date, ids: str, names: Sequence[str]) -> Stated:
    """Of all its time, as far as Analytics knows it by now."""
    asked = {
        "startDate": FOUNDED.isoformat(),
        "endDate": today.isoformat(),
        "filters": f"video=={ids}",
        "sort": f"-{names[0]}",  # wanted with this dimension, and so is the next
        "maxResults": str(MEASURED.together),
    }
    return _table(line, names, dimensions="video", **asked)


def _by_day(line: Line, span: str, names: Sequence[str]) -> Stated:
    first, _, last = span.partition("/")
    return _table(line, names, dimensions="day", startDate=first, endDate=last)


def _table(line: Line, names: Sequence[str], *, dimensions: str, **asked: str) -> Stated:
    """By what stands in the first column (a day, a video), the others by their names."""
    told = line.report(metrics=",".join(names), dimensions=dimensions, **asked)
    table = told.read(answers.Report)
    heads = [each.name for each in table.columnHeaders]
    rows = [dict(zip(heads, row, strict=False)) for row in table.rows]
    return {str(row[dimensions]): _in_seconds(row) for row in rows if dimensions in row}


def _in_seconds(row: dict[str, Any]) -> Mapping[str, Any]:
    minutes = number(row.get(MINUTES))
    return row if minutes is None else {**row, MINUTES: minutes * 60}
