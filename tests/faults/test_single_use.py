"""Tokens that are good for one use: none is sent twice, whoever dies and whoever comes beside it.

What the platform has seen is read from the sandbox's own log, not from ours.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.border import Killed, Point
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import Subject
from tests.faults.tally import TALLY
from tests.faults.world import MINUTE, World

LONGER_THAN_A_LEASE = 61  # seconds: connecting.adapters.LEASE
ONCE = [subject for subject in SUBJECTS if subject.refreshes_once]
single_use = pytest.mark.parametrize("subject", ONCE, ids=lambda each: each.name)


def about_to_renew(stage: Stage, subject: Subject) -> World:
    """A channel whose token runs out before the next hourly run, with a post for later."""
    world = stage.world(subject, **subject.two_hours)
    world.schedule(in_=180 * MINUTE)
    world.clock.move(50 * 60)
    return world


def go_on(world: World) -> None:
    """Renewed again and again, published, and renewed once more."""
    world.border.happens = lambda _: None
    for _ in range(3):
        world.clock.move(LONGER_THAN_A_LEASE)
        world.renew()
    world.settle()
    world.clock.move(50 * 60)
    world.renew()


def sent_twice(world: World) -> set[str]:
    seen = world.control.renewals()
    return {token for token in seen if seen.count(token) > 1}


def a_second_comes(world: World, then: Callable[[], object]) -> Callable[[Point], None]:
    """Beside the one that is at this point; what becomes of that one is told by `then`."""

    def meanwhile() -> None:
        world.border.happens = lambda _: None
        with world.border.aside():
            world.renew()
        then()

    return lambda _: meanwhile()


def die() -> None:
    raise Killed


def places(stage: Stage, subject: Subject) -> Iterator[Point]:
    healthy = about_to_renew(stage, subject)
    healthy.border.forget()
    healthy.renew()
    yield from list(healthy.border.places())


@single_use
@pytest.mark.parametrize("then", [die, lambda: None], ids=["dies", "lives"])
def test_two_renewers_never_send_a_token_twice(
    subject: Subject, then: Callable[[], object], stage: Stage
) -> None:
    wrong, renewed = [], 0
    for place in places(stage, subject):
        world = about_to_renew(stage, subject)
        world.border.forget()
        second = a_second_comes(world, then)
        world.border.happens = at(place, second)
        world.renew()
        go_on(world)
        renewed += len(world.control.renewals())
        wrong += [f"{place}: {token} came twice" for token in sent_twice(world)]
        [row] = world.rows()
        wrong += [f"{place}: {each}" for each in TALLY.close(world, ends={row.state})]
    assert not wrong, "\n".join(wrong)
    assert renewed


@single_use
def test_one_that_was_lost_on_the_way_is_not_sent_again(subject: Subject, stage: Stage) -> None:
    method, path = subject.renewal.split()
    for fault in ("drop_after", "fail_after", "fail_before", "cut_request"):
        world = about_to_renew(stage, subject)
        world.control.fail(fault, path=path, method=method)
        world.renew()
        assert not world.is_locked_out, "not before somebody needs it"
        renewed = len([each for each in world.control.requests() if each["path"] == path])
        go_on(world)
        again = [each for each in world.control.requests() if each["path"] == path][renewed:]
        assert again == []
        assert world.is_locked_out
        [row] = world.rows()
        assert row.trouble is not None
        assert "connected again" in row.trouble.sentence


def at(place: Point, happens: Callable[[Point], None]) -> Callable[[Point], None]:
    def visit(point: Point) -> None:
        if (point.number, point.after) == (place.number, place.after):
            happens(point)

    return visit
