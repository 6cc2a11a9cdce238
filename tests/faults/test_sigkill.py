"""Thirty deliveries through the deployed queue, whose Lambda workers are killed by the system.

What stands still in every other test runs here: SQS, its pollers, and processes that get a real
SIGKILL. Only leases are not waited for: a row whose worker is dead is set back in time instead.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest

from local.aws.process import LocalAws
from local.sandboxes.serving import running
from tellal import clock, wiring
from tellal.config import settings
from tellal.deliveries import WITHOUT_ALARM, Delivery
from tellal.errors import AlreadyChanged
from tellal.stores.queues import Hint, HintQueues
from tests.faults.border import Border, Line
from tests.faults.conftest import empty_tables, environment, put_files
from tests.faults.subjects import SUBJECTS
from tests.faults.surroundings import Clock, Queue
from tests.faults.tally import TALLY
from tests.faults.world import Stage, World

ROUNDS = 10  # of one delivery for each of three subjects
FOLLOWED_BY = ("publish_delivery", "prepare_delivery")
LONGER_THAN_ANY_LEASE = timedelta(minutes=11)
SECONDS_TO_COME_TRUE = 60
NOW = timedelta()


class MachineTime(Clock):
    def __call__(self) -> datetime:
        return clock.now()

    def move(self, seconds: float) -> None:
        """It moves by itself."""


@dataclass
class DeployedQueue(Queue):
    queues: HintQueues | None = None

    def send(self, hint: Hint) -> None:
        assert self.queues is not None
        self.queues.send(hint)


@pytest.fixture(scope="module")
def stages(deployed: LocalAws) -> Iterator[Sequence[Stage]]:
    """A stage for each subject, on which the deployed functions do the work."""
    border, now = Border(), MachineTime()
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        line = Line(border)
        open_.enter_context(wiring.rewired(transport=line))
        open_.callback(line.close)
        empty_tables()
        put_files()
        queue = DeployedQueue(border, now, queues=wiring.hints())
        open_.enter_context(_followed(deployed))
        yield [
            Stage(
                now,
                border,
                queue,
                line,
                {subject.platform: open_.enter_context(running(subject.platform))},
            )
            for subject in SUBJECTS
        ]


def test_a_killed_process_doubles_and_loses_nothing(
    deployed: LocalAws, stages: Sequence[Stage]
) -> None:
    drawn = random.Random(4)
    wrong: list[str] = []
    for number in range(ROUNDS):
        worlds = [stage.world(each) for stage, each in zip(stages, SUBJECTS, strict=True)]
        if number % 2:  # while the platform is at it
            _schedule(worlds, hang=0.5)
            _wait_until(partial(_all_asked, worlds))
        else:
            _schedule(worlds)
            time.sleep(drawn.uniform(0, 0.3))
        _kill_workers(deployed)
        dead = {row.delivery_id for world in worlds for row in world.rows() if row.lease_until}
        _wait_until(partial(_go_on, worlds, dead))
        for world in worlds:
            wrong += [f"round {number}: {each}" for each in TALLY.close(world)]
    assert not wrong, "\n".join(wrong)


def _schedule(worlds: Sequence[World], *, hang: float | None = None) -> None:
    for world in worlds:
        world.busy = True  # by hand, below
        if hang:
            world.fail_commit("hang", seconds=hang)
        world.schedule(in_=NOW)


def _go_on(worlds: Sequence[World], dead: set[str]) -> bool:
    """Whether all is settled. What waits for a time far ahead is set back; a hint follows."""
    settled = True
    for world in worlds:
        for row in world.rows():
            if row.state in WITHOUT_ALARM:
                continue
            settled = False
            if row.lease_until is None or row.delivery_id in dead:
                dead.discard(row.delivery_id)
                with suppress(AlreadyChanged):
                    world.post_by_hand(f"Something else, {row.version}")
                    world.hint(wiring.deliveries().save(row, _set_back(row)))
    return settled


def _set_back(row: Delivery) -> Delivery:
    """As it were if it had been written long before; its keys stay, for they were sent."""
    back = LONGER_THAN_ANY_LEASE
    parts = tuple(
        part.model_copy(
            update={
                "doubt_at": part.doubt_at and part.doubt_at - back,
                "absent_at": part.absent_at and part.absent_at - back,
            }
        )
        for part in row.parts
    )
    alarm = min(row.next_attempt_at or clock.now(), clock.now())
    return row.model_copy(update={"parts": parts, "lease_until": None, "next_attempt_at": alarm})


def _all_asked(worlds: Sequence[World]) -> bool:
    return all(
        any(each["path"] == world.subject.commit for each in world.control.requests())
        for world in worlds
    )


def _kill_workers(aws: LocalAws) -> None:
    """The processes that run Lambdas, in the group of this local AWS and of no other."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid=,command="], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        process, group, command = line.split(maxsplit=2)
        if int(group) == aws.process.pid and "lambda-python" in command.split()[0]:
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)


class _followed:  # noqa: N801 – reads as a word at its use
    """The queues' pollers at work; still again afterwards, for the tests that come."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws

    def __enter__(self) -> None:
        self._set(enabled=True)

    def __exit__(self, *_: object) -> None:
        self._set(enabled=False)
        for url in (settings().publish_queue_url, settings().prepare_queue_url):
            wiring.aws("sqs").purge_queue(QueueUrl=url)

    def _set(self, *, enabled: bool) -> None:
        lambda_ = self._aws.client("lambda")
        for mapping in lambda_.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["FunctionArn"].endswith(FOLLOWED_BY):
                lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_COME_TRUE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
