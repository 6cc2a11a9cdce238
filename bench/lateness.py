"""Seconds from due to arrival, for 1, 10 and 100 posts due at the same instant.

The stacks run as they are deployed: posts are written through the HTTP API, and schedules, queues
and workers do the rest. An arrival is when the sandbox received the request that made the post.
The sandbox does not keep idempotency keys here, so a post that was sent twice would be there
twice. In the first round every worker is cold.

All is written first, the last round foremost: what is due more than five minutes after it was
written waits for a sweep's hint, everything else for the one that the API sent.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from statistics import median
from typing import Any

from account.setting_up import offer_setup_token
from bench.draining import seconds_to_drain
from bench.figures import Figures, percentile
from bench.ground import STAGE, Ground, ground
from local.demo.api import Api
from tellal import clock
from tellal.publishing.dispatch import AHEAD

ROUNDS = 10
SIZES = (1, 10, 100)
CHANNELS = 10
LEAST_AHEAD = timedelta(seconds=20)
A_ROUND = timedelta(seconds=30)  # between the same places of two rounds
TO_WRITE_ONE = timedelta(milliseconds=120)  # through the API; what is written late is refused
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
    doubled: int
    lost: int


def measure(*, rounds: int = ROUNDS) -> Figures:
    with ground() as on:
        on.mastodon.control.change_settings(keeps_idempotency_keys=False)
        api, channels = _set_up(on)
        bursts = plan(rounds, now=clock.now(), chance=random.Random())
        sent = [each for burst in reversed(bursts) for each in _write(burst, api, channels)]
        if clock.now() >= bursts[0].due:
            raise RuntimeError("writing the posts took longer than planned: nothing was measured")
        posts = _wait(on, sent)
        floor = seconds_to_drain(on.aws, messages=max(SIZES))
    return _figures(sent, posts, rounds=rounds, floor=floor)


def plan(rounds: int, *, now: datetime, chance: random.Random) -> list[Burst]:
    """The bursts by the time they are due: in each round all sizes, in any order, apart."""
    first = now + LEAST_AHEAD + rounds * sum(SIZES) * TO_WRITE_ONE
    return [
        Burst(number, size, first + (number + (place + chance.random() / 2) / len(SIZES)) * A_ROUND)
        for number in range(rounds)
        for place, size in enumerate(chance.sample(SIZES, len(SIZES)))
    ]


def _set_up(on: Ground) -> tuple[Api, Sequence[str]]:
    token = offer_setup_token(on.aws.client, stage=STAGE)
    owner = Api(on.aws.front).post("/setup", token=token, name="bench")["token"]
    workspace = Api(on.aws.front, key=owner).post(
        "/workspaces", name="Acme", zone="Europe/Istanbul"
    )
    api = Api(on.aws.front, key=owner, workspace=workspace["workspace_id"])
    channels = []
    for number in range(CHANNELS):
        account = on.mastodon.control.create_account(f"acme{number}")
        given = {"server": on.mastodon.url, "access_token": account["access_token"]}
        channels.append(api.post("/channels", platform="mastodon", **given)["channel_id"])
    return api, channels


def _write(burst: Burst, api: Api, channels: Iterable[str]) -> Iterator[Sent]:
    for number, channel in zip(range(burst.size), cycle(channels), strict=False):
        text = f"Round {burst.round}, {number + 1} of {burst.size}"
        due = clock.text(burst.due)
        post = api.post("/posts", text=text, channel_ids=[channel], publish_at=due)
        [delivery_id] = post["delivery_ids"]
        yield Sent(delivery_id, burst, swept=burst.due > clock.now() + AHEAD)


def _wait(on: Ground, sent: Sequence[Sent]) -> Sequence[Mapping[str, Any]]:
    """What the sandbox has once everything arrived, or two minutes after the last was due."""
    last = max(each.burst.due for each in sent)
    time.sleep(max(0.0, clock.seconds_between(clock.now(), last)))
    while True:
        posts = on.mastodon.control.posts()
        if len(posts) >= len(sent) or clock.now() > last + LOST_AFTER:
            return posts
        time.sleep(2)


def arrivals(sent: Sequence[Sent], posts: Iterable[Mapping[str, Any]]) -> Arrivals:
    """A post's key begins with its delivery's id. The first arrival is the one that counts."""
    received: dict[str, list[datetime]] = {each.delivery_id: [] for each in sent}
    for post in posts:
        delivery_id = post["key"].partition(":")[0]
        if delivery_id in received:
            received[delivery_id].append(clock.read(post["received_at"]))
    return Arrivals(
        seconds=[
            clock.seconds_between(each.burst.due, min(received[each.delivery_id]))
            for each in sent
            if received[each.delivery_id]
        ],
        doubled=sum(len(times) > 1 for times in received.values()),
        lost=sum(not times for times in received.values()),
    )


def _figures(
    sent: Sequence[Sent], posts: Sequence[Mapping[str, Any]], *, rounds: int, floor: float
) -> Figures:
    by_size = {
        size: arrivals([each for each in sent if each.burst.size == size], posts) for size in SIZES
    }
    ways = Counter("sweep" if each.swept else "own hint" for each in sent)
    cold = arrivals([each for each in sent if each.burst.round == 0], posts)
    values = {str(size): _values(found) for size, found in by_size.items()}
    return Figures(
        title=f"Seconds from due to arrival ({rounds} rounds)",
        head=("due at once", "p50", "p99", "max", "doubled", "lost"),
        rows=[[size, *map(str, held.values())] for size, held in values.items()],
        notes=[
            f"hinted at by: {', '.join(f'{way} {n}' for way, n in sorted(ways.items()))}",
            f"the cold round: at most {max(cold.seconds, default=0):.2f} s late",
            f"{max(SIZES)} messages to a function that does nothing take {floor:.1f} s here",
        ],
        values={**values, "drain_floor_s": round(floor, 2)},
        missed=list(_missed(by_size)),
    )


def _values(found: Arrivals) -> Mapping[str, float | None]:
    late = found.seconds
    return {
        "p50": round(median(late), 2) if late else None,
        "p99": round(percentile(late, 0.99), 2) if late else None,
        "max": round(max(late), 2) if late else None,
        "doubled": found.doubled,
        "lost": found.lost,
    }


def _missed(by_size: Mapping[int, Arrivals]) -> Iterator[str]:
    for size, found in by_size.items():
        early = sum(seconds < 0 for seconds in found.seconds)
        for count, what in ((early, "early"), (found.doubled, "doubled"), (found.lost, "lost")):
            if count:
                yield f"of the posts due {size} at once, {count} came {what}"
