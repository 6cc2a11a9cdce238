"""A worker may die before and after each of its calls; what it began is followed all the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import pytest

from tellal.deliveries import State
from tellal.platforms.protocol import Guarantee
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import Subject
from tests.faults.surroundings import Habit
from tests.faults.tally import TALLY
from tests.faults.world import MINUTE, World

WRITE = "dynamodb UpdateItem"
HABITS = (Habit.IN_ORDER, Habit.TWICE, Habit.LATE, Habit.STALE, Habit.LOSSY, Habit.REVERSED)


@dataclass(frozen=True)
class Journey:
    """A delivery's way without a death in it."""

    name: str
    begin: Callable[[World], object]
    short_lived: bool = False  # tokens that run out at once
    two_hours: bool = False  # tokens that live two hours

    def world(self, stage: Stage, subject: Subject) -> World:
        short = subject.short_lived if self.short_lived else {}
        world = stage.world(subject, **short, **(subject.two_hours if self.two_hours else {}))
        world.busy = subject.guarantee is Guarantee.SEARCHABLE
        return world

    def go(self, world: World) -> None:
        self.begin(world)
        world.settle()


def _lose_an_answer(world: World) -> None:
    world.fail_commit("drop_after")
    world.schedule()


def _renew(world: World) -> None:
    world.schedule(in_=100 * MINUTE)
    world.clock.move(50 * 60)  # an hour and a quarter before the token's end
    world.renew()


def journeys(subject: Subject) -> Iterator[Journey]:
    for kind in subject.posts:
        yield Journey(kind, partial(World.schedule, kind=kind))
    yield Journey("a lost answer", _lose_an_answer)
    if subject.refreshes:
        yield Journey("a token at its end", World.schedule, short_lived=True)
        yield Journey("the hourly renewal", _renew, two_hours=True)


def cut_off(subject: Subject, calls: Sequence[str]) -> set[int]:
    """The calls before which a death costs a token that is good once: from the lease that says it
    is being sent to the row that holds the next."""
    fatal: set[int] = set()
    for sent in (n for n, call in enumerate(calls) if call == subject.renewal):
        lease = max(n for n in range(sent) if calls[n] == WRITE)
        fatal.update(range(lease + 1, calls.index(WRITE, sent) + 1))
    return fatal


def ends_without(world: World) -> set[State]:
    """What becomes of a post whose channel has lost its token: it is published while the one before
    lives; of what the platform had accepted nobody can ask any more."""
    lost = {State.UNCONFIRMED if row.parts[0].doubt_at else State.FAILED for row in world.rows()}
    return lost | {State.PUBLISHED}


CASES = [
    pytest.param(subject, journey, id=f"{subject.name}: {journey.name}")
    for subject in SUBJECTS
    for journey in journeys(subject)
]


@pytest.mark.parametrize(("subject", "journey"), CASES)
def test_a_worker_that_dies_at_any_call_is_followed(
    subject: Subject, journey: Journey, stage: Stage
) -> None:
    healthy = journey.world(stage, subject)
    journey.go(healthy)
    places = list(healthy.border.places())
    fatal = cut_off(subject, healthy.border.calls)
    wrong = [f"alive: {each}" for each in TALLY.close(healthy)]

    habits = cycle(HABITS)
    for place in places:
        world = journey.world(stage, subject)
        habit = next(habits)
        world.kill_at(place, then=habit)
        journey.go(world)
        assert world.habit is habit, f"{place} was never reached"
        ends = ends_without(world) if place.number in fatal and not place.after else None
        wrong += [f"killed {place}, {habit}: {each}" for each in TALLY.close(world, ends=ends)]
    assert not wrong, "\n".join(wrong)
