"""When a channel's posts do best, by its own results and nothing else. Pure.

Of every stretch of hours on a weekday, how its posts engaged, as a multiple of the channel's mean:
1.2 is a fifth better. Few posts say little, so each multiple is drawn toward 1 as if `PRIOR` more
posts, all of them average, stood beside those that were there:

    lift = (sum of engagements / mean + PRIOR) / (posts + PRIOR)

Under `LEAST_POSTS` posts, or where nobody engaged with any, nothing is said at all. Posts younger
than `SETTLED` are left out: they are still on their way to what they will have.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tellal.deliveries import Delivery
from tellal.observations import Metric

PRIOR = 5
LEAST_POSTS = 20
HOURS = 3  # in one stretch: 09:00 until 12:00
SETTLED = timedelta(hours=48)
# As the reports have them: likes, shares, replies, quotes and saves.
ENGAGEMENTS = (Metric.LIKES, Metric.SHARES, Metric.REPLIES, Metric.QUOTES, Metric.SAVES)


@dataclass(frozen=True, kw_only=True)
class Slot:
    weekday: int  # 0 is Monday
    from_hour: int  # local; the stretch ends `HOURS` later
    posts: int
    lift: float


@dataclass(frozen=True, kw_only=True)
class BestTimes:
    posts: int  # that were counted
    mean: float | None  # engagements of one
    slots: tuple[Slot, ...]  # the best first; empty where there is too little to say


@dataclass(frozen=True)
class Result:
    published_at: datetime
    engagements: int


def results(posts: Iterable[Delivery], *, channel_id: str, now: datetime) -> Iterator[Result]:
    """Of posts that are old enough and were measured; what tells no engagement is left out."""
    for post in posts:
        told = [post.metrics[metric] for metric in ENGAGEMENTS if metric in post.metrics]
        when = post.published_at
        if post.channel_id == channel_id and told and when is not None and now - when >= SETTLED:
            yield Result(when, sum(told))


def best(found: Iterable[Result], *, zone: str) -> BestTimes:
    measured = list(found)
    whole = sum(each.engagements for each in measured)
    mean = whole / len(measured) if measured else None
    if len(measured) < LEAST_POSTS or not mean:
        return BestTimes(posts=len(measured), mean=mean, slots=())
    together: dict[tuple[int, int], list[int]] = defaultdict(list)
    for each in measured:
        there = each.published_at.astimezone(ZoneInfo(zone))
        together[there.weekday(), there.hour // HOURS * HOURS].append(each.engagements)
    slots = [
        Slot(
            weekday=weekday,
            from_hour=hour,
            posts=len(engagements),
            lift=round((sum(engagements) / mean + PRIOR) / (len(engagements) + PRIOR), 3),
        )
        for (weekday, hour), engagements in together.items()
    ]
    slots.sort(key=lambda slot: (-slot.lift, -slot.posts, slot.weekday, slot.from_hour))
    return BestTimes(posts=len(measured), mean=round(mean, 2), slots=tuple(slots))
