"""Deliveries through the deployed queue, whose Lambda workers are killed by the system.

What stands still in every other test runs here: SQS, its pollers, and processes that get a real
SIGKILL. Leases and waits are settings, and short; sweeps are started by invoking the function.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import pytest

from local.aws.process import LocalAws
from local.sandboxes.serving import running
from tellal import clock, wiring
from tellal.config import settings
from tellal.deliveries import WITHOUT_ALARM, Timing
from tellal.platforms.protocol import Guarantee
from tellal.stores.queues import Hint, HintQueues
from tests.faults.border import Border, Line
from tests.faults.conftest import empty_tables, environment, put_files
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.surroundings import Clock, Queue
from tests.faults.tally import TALLY
from tests.faults.world import World

PLATFORM_NAMES = tuple(dict.fromkeys(subject.platform for subject in SUBJECTS))
ROUNDS = 4  # of one delivery for each subject
FOLLOWED_BY = ("publish_delivery", "prepare_delivery")
SWEEPS = "dispatch_due_posts"
SECONDS_TO_COME_TRUE = 240
NOW = timedelta()
# A worker here is at it for a second or two. Grace and looks are as short as their order allows.
SHORT = Timing(
    overdue=timedelta(seconds=3),
    fence=timedelta(seconds=10),
    preparing=timedelta(seconds=8),
    grace=timedelta(seconds=2),
    between_looks=timedelta(seconds=4),
)


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
    with pytest.MonkeyPatch.context() as patch, ExitStack() as open_:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        line = Line(border)
        open_.enter_context(wiring.rewired(transport=line))
        open_.callback(line.close)
        empty_tables()
        put_files()
        queue = DeployedQueue(border, now, queues=wiring.hints())
        sandboxes = {name: open_.enter_context(running(name)) for name in PLATFORM_NAMES}
        known = {
            "PLATFORM_HOSTS": json.dumps({n: each.hosts for n, each in sandboxes.items()}),
            "PLATFORM_SETTINGS": json.dumps({each.platform: each.stated for each in SUBJECTS}),
            "TIMING": SHORT.model_dump_json(),
        }
        for name, value in known.items():
            patch.setenv(name, value)
        wiring.forget()
        open_.enter_context(_followed(deployed, known))
        yield [Stage(now, border, queue, line, sandboxes) for _ in SUBJECTS]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_killed_process_doubles_and_loses_nothing(
    number: int, deployed: LocalAws, stages: Sequence[Stage]
) -> None:
    """One delivery of each platform at a time: of two subjects on one sandbox, one is drawn."""
    drawn = random.Random(number)
    subjects = {each.platform: each for each in drawn.sample(SUBJECTS, len(SUBJECTS))}
    worlds = [stage.world(each) for stage, each in zip(stages, subjects.values(), strict=False)]
    if number % 2:  # while the platform is at it
        _schedule(worlds, hang=0.5)
        _wait_until(partial(_any_asked, worlds))
    else:
        _schedule(worlds)
        time.sleep(drawn.uniform(0, 1.5))
    _kill_workers(deployed)
    _wait_until(partial(_go_on, deployed, worlds))
    wrong = [f"{world.subject.name}: {each}" for world in worlds for each in TALLY.close(world)]
    assert not wrong, "\n".join(wrong)


def _schedule(worlds: Sequence[World], *, hang: float | None = None) -> None:
    for world in worlds:
        world.busy = True  # by hand, below
        if hang:
            world.fail_commit("hang", seconds=hang)
        world.schedule(in_=NOW)


def _go_on(aws: LocalAws, worlds: Sequence[World]) -> bool:
    """Whether all is settled; until then a minute hand goes round every second."""
    time.sleep(1)
    waiting = [world for world in worlds for row in world.rows() if row.state not in WITHOUT_ALARM]
    if waiting:
        functions = aws.client("lambda")
        with suppress(functions.exceptions.TooManyRequestsException):  # the next second's comes
            functions.invoke(FunctionName=f"tellal-test-{SWEEPS}", Payload=b"{}")
    for world in waiting:
        if world.subject.guarantee is Guarantee.SEARCHABLE:
            world.post_by_hand("Something else")
    return not waiting


def _any_asked(worlds: Sequence[World]) -> bool:
    return any(
        each["method"] == world.subject.commit_method
        and fnmatchcase(each["path"], world.subject.commit)
        for world in worlds
        for each in world.control.requests()
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
    """The queues' pollers at work, by functions that know these settings; then all as before."""

    def __init__(self, aws: LocalAws, known: Mapping[str, str]) -> None:
        self._lambda = aws.client("lambda")
        self._known = known
        self._before: dict[str, Any] = {}

    def __enter__(self) -> None:
        for name in (*FOLLOWED_BY, SWEEPS):
            function = f"tellal-test-{name}"
            found = self._lambda.get_function_configuration(FunctionName=function)
            self._before[function] = found["Environment"]["Variables"]
            self._set(function, {**self._before[function], **self._known})
        self._follow(enabled=True)

    def __exit__(self, *_: object) -> None:
        self._follow(enabled=False)
        for function, variables in self._before.items():
            self._set(function, variables)
        for url in (settings().publish_queue_url, settings().prepare_queue_url):
            wiring.aws("sqs").purge_queue(QueueUrl=url)

    def _set(self, function: str, variables: Mapping[str, str]) -> None:
        environment = {"Variables": dict(variables)}
        self._lambda.update_function_configuration(FunctionName=function, Environment=environment)

    def _follow(self, *, enabled: bool) -> None:
        for mapping in self._lambda.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["FunctionArn"].endswith(FOLLOWED_BY):
                self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_COME_TRUE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
