"""What we are measured beside: a poller, as schedulers usually have one.

Every so many seconds it asks the same index what is due, and publishes that with our own code in
as many processes as the local AWS has workers. It does not look ahead and nobody hints at
anything; if there is more than it can do by its next turn, it takes the turn after.
"""

import multiprocessing
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle

from bench.bursts import CHANNELS, MANY, SIZES, Burst, Sent, wait
from bench.ground import Ground, connect_channel, make_workspace, write_post
from tellal import clock, wiring
from tellal.channels import Channel, Workspace

PROCESSES = 4
TO_STORE_ONE = timedelta(milliseconds=30)
TO_START = timedelta(seconds=10)
TURNS = ((1, 10), (100,))  # what becomes due before one turn: eleven hardly delay one another
EARLIEST = 0.02  # of an interval: what becomes due that near a turn might miss it


@dataclass(frozen=True)
class Poller:
    """Its turns are `seconds` apart, `offset` after the full minute: no two have them together."""

    seconds: int
    rounds: int
    offset: float
    channels: Sequence[Channel]

    def next_turn(self, now: datetime) -> datetime:
        since = (now.timestamp() - self.offset) % self.seconds
        return now + timedelta(seconds=self.seconds - since)

    def bursts(self, *, after: datetime, chance: random.Random) -> list[Burst]:
        """A size's bursts are spread over the interval between two turns."""
        turns = [(number, sizes) for number in range(self.rounds) for sizes in TURNS]
        waits = [
            (place, number, size, (number + chance.uniform(EARLIEST, 1 - EARLIEST)) / self.rounds)
            for place, (number, sizes) in enumerate(turns)
            for size in sizes
        ]
        waits.append((len(turns), self.rounds, MANY, chance.uniform(EARLIEST, 1 - EARLIEST)))
        longest = max(share for place, _number, _size, share in waits if place == 0)
        first = self.next_turn(after + timedelta(seconds=longest * self.seconds))
        return [
            Burst(number, size, first + timedelta(seconds=(place - share) * self.seconds))
            for place, number, size, share in waits
        ]

    def poll(self, workers: Executor, stopped: threading.Event) -> None:
        ours = {channel.channel_id for channel in self.channels}
        while True:
            now = clock.now()
            if stopped.wait(clock.seconds_between(now, self.next_turn(now))):
                return
            due = wiring.deliveries().due("mastodon", until=clock.now())
            found = [each.delivery_id for each in due if each.channel_id in ours]
            list(workers.map(publish, found))  # until the last of them is done


def publish(delivery_id: str) -> str:
    return wiring.publisher().publish(delivery_id, remaining=lambda: timedelta(seconds=60))


def measured(on: Ground, *, rounds_by_seconds: Mapping[int, int]) -> Mapping[int, Sequence[Sent]]:
    """By a poller's seconds, what it published. They run side by side, on a ground held still."""
    workspace, chance = make_workspace(), random.Random()
    pollers = [
        Poller(seconds, rounds, offset=place * 7.5, channels=_channels(workspace, on, seconds))
        for place, (seconds, rounds) in enumerate(rounds_by_seconds.items())
    ]
    posts = sum(MANY + poller.rounds * sum(SIZES) for poller in pollers)
    begins = clock.now() + posts * TO_STORE_ONE + TO_START
    sent = {
        poller.seconds: [
            Sent(write_post(channel, at=burst.due).delivery_id, burst, swept=False)
            for burst in poller.bursts(after=begins, chance=chance)
            for channel, _ in zip(cycle(poller.channels), range(burst.size), strict=False)
        ]
        for poller in pollers
    }
    with started(pollers):
        if clock.now() >= begins:
            raise RuntimeError("storing the pollers' posts took longer than planned")
        wait(on, [each for of_poller in sent.values() for each in of_poller])
    return sent


@contextmanager
def started(pollers: Sequence[Poller]) -> Iterator[None]:
    stopped = threading.Event()
    fresh = multiprocessing.get_context("spawn")  # as a worker begins; this process has threads
    pools = [ProcessPoolExecutor(PROCESSES, mp_context=fresh) for _ in pollers]
    threads = [
        threading.Thread(target=poller.poll, args=(pool, stopped))
        for poller, pool in zip(pollers, pools, strict=True)
    ]
    for pool in pools:  # nobody's first burst is to wait for a process
        list(pool.map(_warm_up, range(PROCESSES)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        for pool in pools:
            pool.shutdown()


def _warm_up(_number: int) -> None:
    wiring.publisher()
    time.sleep(1)  # so that each takes one


def _channels(workspace: Workspace, on: Ground, seconds: int) -> Sequence[Channel]:
    channels = []
    for number in range(CHANNELS):
        account = on.mastodon.control.create_account(f"poller{seconds}_{number}")
        given = {"server": on.mastodon.url, "access_token": account["access_token"]}
        channels.append(connect_channel(workspace, "mastodon", **given))
    return channels
