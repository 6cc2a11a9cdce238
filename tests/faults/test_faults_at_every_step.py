"""Every adapter, through every fault, at every step: what each comes to is a cell of the table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tellal.deliveries import State
from tellal.platforms.protocol import Guarantee
from tests.faults.border import Patience
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import Step, Subject
from tests.faults.tally import TALLY
from tests.faults.world import World

PATIENCE = 0.15  # seconds of the machine's time, where a platform does not answer
LONGER = 2 * PATIENCE
IN_FIVE = timedelta(minutes=5)
ALWAYS = 10_000
NOT_HERE = "–"  # a fault that cannot be at this step

Order = Callable[[World, Step], None]


@dataclass(frozen=True)
class Fault:
    name: str
    order: Order
    refuses: bool = False  # says no, for good, to what is asked
    loses: bool = False  # nobody can tell from it whether it was acted on
    acts: bool = False  # …and it was
    token: bool = False  # says so of the token
    for_ever: bool = False
    at: Callable[[Step], bool] = lambda _: True


def _goes_wrong(fault: str, **rule: Any) -> Order:
    def order(world: World, step: Step) -> None:
        world.control.fail(fault, path=step.path, method=step.method, nth=step.nth, **rule)

    return order


def _answers(status: int, *, headers: Callable[[], Mapping[str, str]] = dict, body: Any) -> Order:
    def order(world: World, step: Step) -> None:
        _goes_wrong("status", status=status, headers=dict(headers()), body=body)(world, step)

    return order


def _does_not_answer(fault: str) -> Order:
    def order(world: World, step: Step) -> None:
        world.line.patience = Patience(PATIENCE, step.method, step.path, step.nth)
        _goes_wrong(fault, seconds=LONGER)(world, step)

    return order


def _refuses_the_token(world: World, step: Step) -> None:
    status, body = world.subject.refusal
    _answers(status, body=body)(world, step)


def _says_it_failed(world: World, step: Step) -> None:
    status, body = step.failed
    _answers(status, body=body)(world, step)


def _refuses_every_token(world: World, step: Step) -> None:
    status, body = world.subject.refusal
    rule = {"status": status, "body": body, "times": ALWAYS, "after": step.nth - 1}
    world.control.fail("status", path=step.path, method=step.method, **rule)


def _soon() -> datetime:
    return datetime.now(UTC) + IN_FIVE


def _throttled() -> Iterator[Fault]:
    styles: Mapping[str, Callable[[], Mapping[str, str]]] = {
        "seconds": lambda: {"retry-after": "300"},
        "http date": lambda: {"retry-after": f"{_soon():%a, %d %b %Y %H:%M:%S} GMT"},
        "iso 8601": lambda: {"x-ratelimit-reset": _soon().isoformat()},
        "epoch": lambda: {"ratelimit-reset": str(int(_soon().timestamp()))},
        "epoch in ms": lambda: {"x-rate-limit-reset": str(int(_soon().timestamp() * 1000))},
        "no header": dict,
    }
    for style, headers in styles.items():
        yield Fault(f"429, {style}", _answers(429, headers=headers, body={"error": "Too many"}))


FAULTS = (
    Fault("accepted, dropped", _goes_wrong("drop_after"), loses=True, acts=True),
    Fault("accepted, then 500", _goes_wrong("fail_after"), loses=True, acts=True),
    Fault("500, not accepted", _goes_wrong("fail_before"), loses=True),
    *_throttled(),
    Fault("401 once", _refuses_the_token, token=True),
    Fault("401 for ever", _refuses_every_token, token=True, for_ever=True),
    Fault("hangs", _does_not_answer("hang"), loses=True, acts=True),
    Fault(
        "slow body",
        _does_not_answer("stall"),
        loses=True,
        acts=True,
        at=lambda step: not step.bodiless,
    ),
    Fault(
        "half an upload",
        _goes_wrong("cut_request"),
        loses=True,
        acts=False,
        at=lambda step: step.method != "GET",
    ),
    Fault(
        "refused as duplicate",
        _answers(422, body={"error": "Duplicate", "message": "It is there already"}),
        refuses=True,
        at=lambda step: step.method != "GET" and not step.refreshes,
    ),
    Fault("still processing", lambda *_: None, at=lambda step: step.processes),
    Fault(
        "processing failed",
        _says_it_failed,
        refuses=True,
        at=lambda step: step.processes,
    ),
    Fault(
        "list lags behind",
        lambda world, _: world.control.change_settings(list_lag_seconds=300),
        at=lambda step: step.lists,
    ),
)
CASES = [
    pytest.param(subject, step, fault, id=f"{subject.name}, {step.name}: {fault.name}")
    for subject in SUBJECTS
    for step in subject.steps
    for fault in FAULTS
]


def ends(subject: Subject, step: Step, fault: Fault) -> State:
    """What a delivery must come to: published, unless the platform said no or nobody can tell."""
    if step.harmless:
        return State.PUBLISHED
    if step.refreshes and fault.loses and subject.refreshes_once:
        return State.FAILED  # the channel is to be connected again
    renewed = subject.refreshes and not step.refreshes and not fault.for_ever
    if fault.refuses or (fault.token and not renewed):
        unknown = step.looks and not (step.processes and fault.name == "processing failed")
        return State.UNCONFIRMED if unknown else State.FAILED
    missing = step.quiet and fault.loses and not fault.acts
    unknown = missing or (step.blind and fault.loses)
    return State.UNCONFIRMED if unknown else State.PUBLISHED


@pytest.mark.parametrize(("subject", "step", "fault"), CASES)
def test_a_fault_at_a_step_costs_time_and_nothing_else(
    subject: Subject, step: Step, fault: Fault, stage: Stage
) -> None:
    cell = (subject.name, fault.name, step.name)
    if not fault.at(step):
        TALLY.cells[cell] = NOT_HERE
        return
    world = stage.world(subject, **step.settings)
    world.busy = subject.guarantee is Guarantee.SEARCHABLE
    world.schedule(step.post)
    if step.looks and not step.processes:
        which = {"nth": step.lost_nth} if step.lost_nth > 1 else {}
        world.fail_commit("drop_after", of=step.lost, **which)
    fault.order(world, step)

    world.settle()

    [row] = world.rows()
    TALLY.cells[cell] = row.state
    waiting = world.control.faults()
    assert TALLY.close(world, ends={ends(subject, step, fault)}) == []
    assert waiting == [] or fault.for_ever, "the step was never made"
