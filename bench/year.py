"""A year of a busy workspace's observations, made up: what measuring would have written of it.

The same every time. Objects are as compaction leaves them: one for each month.
"""

import gzip
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tellal import clock
from tellal.observations import Metric, Observation, next_measurement

CHANNELS, POSTS = 12, 2_300
LATE = timedelta(minutes=20)  # after a look was due
DAY = timedelta(days=1)
OF_POSTS = (
    *(Metric.IMPRESSIONS, Metric.REACH, Metric.VIEWS, Metric.LIKES, Metric.SHARES),
    *(Metric.REPLIES, Metric.QUOTES, Metric.SAVES, Metric.CLICKS),
)
OF_DAYS = (
    *(Metric.IMPRESSIONS, Metric.REACH, Metric.PROFILE_VISITS, Metric.FOLLOWS, Metric.UNFOLLOWS),
    *(Metric.LIKES, Metric.REPLIES, Metric.SHARES, Metric.CLICKS, Metric.ENGAGEMENTS),
)
TOLD_TIMES = 3  # that a platform's day is read before it is settled
SEGMENTS = ("country:TR", "country:DE", "age:18-24", "age:25-34", "age:35-44", "gender:female")


@dataclass
class Year:
    """`posts` are (delivery id, channel id, when it went out)."""

    workspace_id: str
    first: date
    channels: tuple[str, ...]
    posts: list[tuple[str, str, datetime]] = field(default_factory=list)
    months: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0

    @property
    def since(self) -> datetime:
        return clock.read(f"{self.first.isoformat()}T00:00:00Z")

    @property
    def until(self) -> datetime:
        return self.since + 365 * DAY

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """(the date that it lies under, its bytes)"""
        for month, lines in self.months.items():
            yield f"{month}-01", gzip.compress("".join(lines).encode(), mtime=0)


def make(workspace_id: str, first: date, *, channels: int = CHANNELS, posts: int = POSTS) -> Year:
    chance = random.Random(7)  # the same numbers every time
    year = Year(workspace_id, first, tuple(f"ch_{n:026}" for n in range(channels)))
    for n in range(posts):
        at = year.since + timedelta(minutes=chance.randrange(365 * 24 * 60))
        year.posts.append((f"dlv_{n:026}", chance.choice(year.channels), at))
    for post in year.posts:
        _measure(year, post, chance)
    for channel in year.channels:
        _measure_channel(year, channel, chance)
    return year


def _measure(year: Year, post: tuple[str, str, datetime], chance: random.Random) -> None:
    delivery, channel, published = post
    values = dict.fromkeys(OF_POSTS, 0)
    seen: datetime | None = None
    while (due := next_measurement(published, seen)) is not None and due + LATE < year.until:
        seen = due + LATE
        for metric in OF_POSTS:
            values[metric] += chance.randrange(12)
            _put(year, channel, metric, values[metric], seen, delivery_id=delivery)
    for n in range(14):
        day = (published + n * DAY).date()
        for metric in (Metric.VISITS, Metric.VISITORS):
            at = published + n * DAY + LATE
            amount = chance.randrange(1, 9)
            _put(year, channel, metric, amount, at, delivery_id=delivery, of_day=day)


def _measure_channel(year: Year, channel: str, chance: random.Random) -> None:
    followers = chance.randrange(500, 5_000)
    for n in range(365):
        at = year.since + n * DAY + LATE
        followers += chance.randrange(-3, 9)
        _put(year, channel, Metric.FOLLOWERS, followers, at)
        _put(year, channel, Metric.POSTS, n, at)
        for metric in OF_DAYS:
            for back in range(1, TOLD_TIMES + 1):
                day = (at - back * DAY).date()
                _put(year, channel, metric, chance.randrange(400), at, of_day=day)
        if n % 7 == 0:
            for segment in SEGMENTS:
                part = followers // chance.randrange(2, 9)
                _put(year, channel, Metric.FOLLOWERS, part, at, segment=segment)
        minutes = chance.randrange(1, 600)
        spoken = {"conversation_id": f"conv_{channel[-3:]}{n:023}"}
        _put(year, channel, Metric.FIRST_ANSWER_MINUTES, minutes, at, **spoken)


def _put(year: Year, channel: str, metric: Metric, value: int, at: datetime, **facts: Any) -> None:
    told = Observation(
        workspace_id=year.workspace_id,
        channel_id=channel,
        platform="instagram",
        metric=metric,
        value=value,
        at=at,
        **facts,
    )
    year.months[(facts.get("of_day") or at).isoformat()[:7]].append(
        f"{told.model_dump_json(exclude_none=True)}\n"
    )
    year.count += 1
