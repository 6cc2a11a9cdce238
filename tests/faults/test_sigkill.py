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
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import cycle, islice, zip_longest
from typing import Any

import pytest

from local.aws.process import LocalAws
from local.sandboxes.serving import Sandbox, running
from tellal import clock, wiring
from tellal.config import settings
from tellal.deliveries import WITHOUT_ALARM, Delivery, State, Timing
from tellal.platforms.protocol import Guarantee
from tellal.stores.queues import Hint, HintQueues
from tests.faults.border import Border, Line
from tests.faults.conftest import SWEPT, empty_tables, environment, put_files
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import Subject
from tests.faults.surroundings import Clock, Queue
from tests.faults.tally import TALLY
from tests.faults.world import World

ROUNDS = 4  # of one delivery for each platform
FOLLOWED_BY = ("publish_delivery", "prepare_delivery")
SWEEPS = "dispatch_due_posts"
BETWEEN_SWEEPS = 2.0  # seconds, and as long between what somebody posts by hand
SECONDS_TO_SETTLE = 240  # a quiet machine takes thirty
SLOW = 1.5  # seconds that a platform takes over a commit, or over the rest of its answer
NOW = timedelta()
# A worker is behind its fence for a second or two: the fence outlives it many times over, so that
# none that lives is taken for dead. Grace and looks are as short as their order allows.
SHORT = Timing(
    overdue=timedelta(seconds=6),
    fence=timedelta(seconds=15),
    preparing=timedelta(seconds=10),
    grace=timedelta(seconds=2),
    between_looks=timedelta(seconds=4),
)


class MachineTime(Clock):
    def __call__(self) -> datetime:
        return clock.now()

    def begin(self, platform: Sandbox, *, at: datetime | None = None) -> None:
        """It is what it is, and so is the platform's."""

    def move(self, seconds: float) -> None:
        """It moves by itself."""


@dataclass
class DeployedQueue(Queue):
    queues: HintQueues | None = None

    def send(self, hint: Hint) -> None:
        assert self.queues is not None
        self.queues.send(hint)


@pytest.fixture(scope="module")
def stages(deployed: LocalAws) -> Iterator[Mapping[str, Stage]]:
    """A stage for each platform, on which the deployed functions do the work."""
    border, now = Border(), MachineTime()
    with pytest.MonkeyPatch.context() as patch, ExitStack() as open_:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        line = Line(border)
        open_.enter_context(wiring.rewired(transport=line))
        open_.callback(line.close)
        empty_tables(*SWEPT)
        put_files()
        queue = DeployedQueue(border, now, queues=wiring.hints())
        names = dict.fromkeys(each.platform for each in SUBJECTS)
        sandboxes = {name: open_.enter_context(running(name)) for name in names}
        known = {
            "PLATFORM_HOSTS": json.dumps({n: each.hosts for n, each in sandboxes.items()}),
            "PLATFORM_SETTINGS": json.dumps({each.platform: each.stated for each in SUBJECTS}),
            "TIMING": SHORT.model_dump_json(),
        }
        for name, value in known.items():
            patch.setenv(name, value)
        wiring.forget()
        open_.enter_context(_followed(deployed, known))
        yield {name: Stage(now, border, queue, line, sandboxes) for name in sandboxes}


def test_a_killed_process_doubles_and_loses_nothing(
    deployed: LocalAws, stages: Mapping[str, Stage]
) -> None:
    assert settings().timing == SHORT
    died = sum(_play_round(number, deployed, stages) for number in range(ROUNDS))
    assert died, "whoever was killed had nothing to do"


def _play_round(number: int, aws: LocalAws, stages: Mapping[str, Stage]) -> int:
    """A delivery on each platform, of the subjects that share one in their turn.

    Returns how many workers died behind a fence.
    """
    drawn = random.Random(number)
    worlds = [
        _scheduled(stages[platform].world(subjects[number % len(subjects)]), drawn)
        for platform, subjects in _by_platform().items()
    ]
    round_ = _Round(aws, worlds)
    for moment in islice(cycle(MOMENTS), number, None):
        round_.wait_until(moment)
        if round_.cut_off or round_.is_settled():
            break
        round_.kill_workers()
    round_.wait_until(_Round.is_settled)
    wrong = [f"{world.subject.name}: {each}" for world in worlds for each in TALLY.close(world)]
    assert not wrong, "\n".join(wrong)
    return sum(_died_behind_a_fence(row) for world in worlds for row in world.rows())


def _by_platform() -> Mapping[str, Sequence[Subject]]:
    names = dict.fromkeys(each.platform for each in SUBJECTS)
    return {name: [each for each in SUBJECTS if each.platform == name] for name in names}


def _scheduled(world: World, drawn: random.Random) -> World:
    """Any kind of post, over whose commit or its answer the platform takes its time."""
    world.busy = True  # by hand, below
    world.fail_commit(drawn.choice(("hang", "stall")), seconds=SLOW)
    world.schedule(drawn.choice(world.subject.posts), in_=NOW)
    return world


@dataclass
class _Round:
    """Deliveries under way, the minute hand that goes round, and those who die meanwhile."""

    aws: LocalAws
    worlds: Sequence[World]
    left_behind: set[tuple[str, int]] = field(default_factory=set)  # leases of the killed
    cut_off: int = 0  # of them behind a fence
    _next_sweep: float = 0.0

    # ── moments at which workers may be killed: whether one has come ─────────────────────────

    def somebody_is_at_work(self) -> bool:
        return bool(self._at_work(State.PREPARING, State.PUBLISHING))

    def somebody_commits(self) -> bool:
        """And the platform takes its time."""
        return bool(self._at_work(State.PUBLISHING)) and any(
            each["status"] is None
            and each["method"] == world.subject.commit_method
            and fnmatchcase(each["path"], world.subject.commit)
            for world in self.worlds
            for each in world.control.requests()
        )

    def one_is_public_and_its_row_does_not_know(self) -> bool:
        fenced = {delivery_id for delivery_id, _ in self._at_work(State.PUBLISHING)}
        return any(
            world.subject.is_of(post, said, 0)
            for world in self.worlds
            for delivery_id in fenced.intersection(world.delivery_ids)
            for said in world.said[delivery_id]
            for post in world.control.posts()
        )

    # ── what goes on ─────────────────────────────────────────────────────────────────────────

    def is_settled(self) -> bool:
        return all(row.state in WITHOUT_ALARM for row in self._rows())

    def wait_until(self, moment: Callable[["_Round"], bool]) -> None:
        """Until it has come, or everything is settled and nothing will."""
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while not moment(self) and not self.is_settled():
            assert time.monotonic() < deadline, f"still to come:\n{self._waiting()}"
            self._go_on()
            time.sleep(0.1)

    def kill_workers(self) -> None:
        """The processes that follow hints, in the group of this local AWS and of no other.

        Who takes one up after that must be started first: the leases there are then are the dead's.
        """
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,pgid=,command="],
            capture_output=True,
            text=True,
            check=True,
        )
        for line in listed.stdout.splitlines():
            process, group, command = line.split(maxsplit=2)
            follows = any(f"-{name}-" in command for name in FOLLOWED_BY)
            if int(group) == self.aws.process.pid and follows:
                with suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)
        self.cut_off += len(self._at_work(State.PUBLISHING))
        self.left_behind |= self._at_work(State.PREPARING, State.PUBLISHING)

    def _go_on(self) -> None:
        """A minute hand goes round, and somebody posts on channels where posts are looked for."""
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + BETWEEN_SWEEPS
        functions = self.aws.client("lambda")
        with suppress(functions.exceptions.TooManyRequestsException):  # the next one's comes
            functions.invoke(FunctionName=f"tellal-test-{SWEEPS}", Payload=b"{}")
        for world in self.worlds:
            if world.subject.guarantee is Guarantee.SEARCHABLE:
                world.post_by_hand("Something else")

    # ── how it stands ────────────────────────────────────────────────────────────────────────

    def _rows(self) -> list[Delivery]:
        """As they are. What others write passes no border here, so a world would not know."""
        ids = [each for world in self.worlds for each in world.delivery_ids]
        return wiring.deliveries().get_many(ids)

    def _at_work(self, *states: State) -> set[tuple[str, int]]:
        """What workers hold a lease of that were not killed yet."""
        now = clock.now()
        leased = (row for row in self._rows() if row.state in states and row.leased(now))
        return {(row.delivery_id, row.version) for row in leased} - self.left_behind

    def _waiting(self) -> str:
        """Which deliveries wait, and for what."""
        names = {each: world.subject.name for world in self.worlds for each in world.delivery_ids}
        now = clock.now()
        return "\n".join(
            f"{names[row.delivery_id]}: {_told(row, now)}"
            for row in self._rows()
            if row.state not in WITHOUT_ALARM
        )


MOMENTS = (
    _Round.somebody_commits,
    _Round.one_is_public_and_its_row_does_not_know,
    _Round.somebody_is_at_work,
)


def _died_behind_a_fence(row: Delivery) -> int:
    """How many workers did, as its ledger tells: whoever lives writes what came of the commit."""
    phases = [each.phase for each in row.attempts]
    return sum(one == "fence" and then != "commit" for one, then in zip_longest(phases, phases[1:]))


def _told(row: Delivery, now: datetime) -> str:
    """What a delivery waits for, in a line."""
    assert row.next_attempt_at is not None, "it has an alarm"
    wait = clock.seconds_between(now, row.next_attempt_at)
    under_way = "queued" if row.queued_for == row.next_attempt_at else "not queued"
    leased = ", leased" if row.leased(now) else ""
    last = ", ".join(f"{each.part} {each.phase} {each.outcome}" for each in row.attempts[-5:])
    trouble = row.trouble.sentence if row.trouble else ""
    return f"{row.state}, {row.next_step} in {wait:.1f} s ({under_way}{leased}) [{last}] {trouble}"


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
        # One worker first: it unpacks and compiles what all of them share.
        self._lambda.invoke(FunctionName=f"tellal-test-{SWEEPS}", Payload=b"{}")
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
