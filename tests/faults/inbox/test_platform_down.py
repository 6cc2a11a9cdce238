"""The platform is down while we answer: the answer ends as what it is, and once it is public at
most. What its conversation then shows, follows from that state.
"""

from datetime import timedelta

import httpx
import pytest

from tellal.deliveries import State
from tests.faults.border import Point
from tests.faults.stage import Stage
from tests.faults.subjects.facebook import FACEBOOK
from tests.faults.subjects.instagram import INSTAGRAM
from tests.faults.subjects.subject import Subject
from tests.faults.subjects.x import X
from tests.faults.tally import TALLY

ALWAYS = 10_000
ANSWERS = (
    pytest.param(FACEBOOK, "answer", id="facebook, a comment"),
    pytest.param(FACEBOOK, "direct message", id="facebook, a message"),
    pytest.param(INSTAGRAM, "answer", id="instagram, a comment"),
    pytest.param(X, "reply", id="x, a post"),
)
# What the platform does → whether the answer may be public all the same.
DOWN = {"fail_before": False, "cut_request": False, "fail_after": True, "drop_after": True}


@pytest.mark.parametrize("fault", DOWN)
@pytest.mark.parametrize(("subject", "kind"), ANSWERS)
def test_an_answer_while_the_platform_is_down_ends_in_a_true_state(
    subject: Subject, kind: str, fault: str, stage: Stage
) -> None:
    world = stage.world(subject)
    world.schedule(kind)
    world.control.fail(fault, path="*", times=ALWAYS)

    world.settle()

    ends = {State.FAILED, State.UNCONFIRMED} - ({State.FAILED} if DOWN[fault] else set())
    assert TALLY.close(world, ends=ends) == []


@pytest.mark.parametrize(
    ("hours", "end"), [(0.2, State.PUBLISHED), (10_000, State.FAILED)], ids=["at first", "for ever"]
)
@pytest.mark.parametrize(("subject", "kind"), ANSWERS)
def test_an_answer_that_nobody_takes_waits_for_the_platform_but_not_for_ever(
    subject: Subject, kind: str, hours: float, end: State, stage: Stage
) -> None:
    world = stage.world(subject)
    world.schedule(kind)
    until = world.clock() + timedelta(hours=hours)

    def happens(point: Point) -> None:
        is_theirs = point.call.partition(" ")[0].isupper()
        if is_theirs and not point.after and world.clock() < until:
            raise httpx.ConnectError("nobody is there")

    world.border.happens = happens
    world.settle()

    assert TALLY.close(world, ends={end}) == []
