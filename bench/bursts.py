"""Posts that are due at the same instant, and when they arrived.

An arrival is when the sandbox received the request that made the post; of several, the first.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.ground import Ground
from tellal import clock

SIZES = (1, 10, 100)
MANY = 500  # once, behind all the others
CHANNELS = 10  # whose posts they are
LOST_AFTER = timedelta(seconds=120)


@dataclass(frozen=True)
class Burst:
    round: int
    size: int
    due: datetime


@dataclass(frozen=True)
class Sent:
    """One delivery of a burst; `swept` if only a sweep can have hinted at it."""

    delivery_id: str
    burst: Burst
    swept: bool


@dataclass(frozen=True)
class Arrivals:
    """What became of the deliveries of one size."""

    seconds: Sequence[float]  # late; below zero is early
    drains: Sequence[float]  # seconds from a burst's first arrival to its last
    doubled: int
    lost: int


def wait(on: Ground, sent: Sequence[Sent]) -> Sequence[Mapping[str, Any]]:
    """What the sandbox has once everything arrived, or two minutes after the last was due."""
    last = max(each.burst.due for each in sent)
    time.sleep(max(0.0, clock.seconds_between(clock.now(), last)))
    while True:
        posts = on.mastodon.control.posts()
        arrived = {delivery_of(post) for post in posts}
        if clock.now() > last + LOST_AFTER or all(each.delivery_id in arrived for each in sent):
            return posts
        time.sleep(2)


def arrivals(sent: Sequence[Sent], posts: Iterable[Mapping[str, Any]]) -> Arrivals:
    received: dict[str, list[datetime]] = {each.delivery_id: [] for each in sent}
    for post in posts:
        if (delivery_id := delivery_of(post)) in received:
            received[delivery_id].append(clock.read(post["received_at"]))
    late: dict[Burst, list[float]] = {}
    for each in sent:
        if times := received[each.delivery_id]:
            seconds = clock.seconds_between(each.burst.due, min(times))
            late.setdefault(each.burst, []).append(seconds)
    return Arrivals(
        seconds=[seconds for of_burst in late.values() for seconds in of_burst],
        drains=[max(of_burst) - min(of_burst) for of_burst in late.values()],
        doubled=sum(len(times) > 1 for times in received.values()),
        lost=sum(not times for times in received.values()),
    )


def delivery_of(post: Mapping[str, Any]) -> str:
    """A post's key begins with its delivery's id."""
    return str(post["key"]).partition(":")[0]
