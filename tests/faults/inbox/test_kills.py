"""A worker of the inbox may die before and after each of its calls, and no more comes of it than
if it had lived.

Each step of a stream of events is taken once without a death, and then from where it began once
for every place where somebody can die: the queue and the streams deliver again, and what there is
then must be what there was without.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from typing import Any

import pytest

from tellal.conversations import Change
from tests.faults.border import READING, Border, Point
from tests.faults.inbox.invariant import Found
from tests.faults.inbox.moments import Moment, take_step
from tests.faults.inbox.senders import DIRECT, REPLY, SENDERS, Event, Sender
from tests.faults.inbox.stage import InboxStage
from tests.faults.inbox.tally import INBOX_TALLY
from tests.faults.inbox.world import InboxWorld, dies_at, no_faults

FIRST = Event(1, "rude and late")
ANSWERED = Event(2, "late again", kind=REPLY, second=2)
OTHER = Event(3, "thanks", person=2, second=3)
AGAIN = Event(4, "Are you there?", second=4)
WRITTEN = Event(5, "late, too", kind=DIRECT, second=5)

SHOWN = {
    *("state", "tags", "assignee", "priority", "unanswered", "excerpt", "heard_id"),
    *("last_message_at", "lateness", "rule_words"),
}

type Act = Callable[[InboxWorld], object]


def story(sender: Sender) -> Iterator[tuple[str, Sequence[Event]]]:
    """One step after another, of those that the platform tells at all."""
    steps: list[tuple[str, Sequence[Event]]] = [
        ("a message", [FIRST]),
        ("a duplicate", [FIRST]),
        ("a reply", [ANSWERED]),
        ("two people at once", [OTHER, AGAIN] if sender.batches else [OTHER]),
        ("somebody comes back", [Event(7, "One more thing", person=2, second=5)]),
        ("a private message", [WRITTEN]),
        ("an edit", [ANSWERED.edited("better now", second=9)]),
        ("an edited private message", [WRITTEN.edited("late, still", second=9)]),
        ("a removal", [FIRST.removed()]),
        ("a removed private message", [WRITTEN.removed()]),
        ("a removal before its message", [Event(6, "", change=Change.REMOVED, second=10)]),
        ("the message, late", [Event(6, "never mind", second=10)]),
    ]
    for name, events in steps:
        if all((each.kind, each.change) in sender.tells for each in events):
            yield name, events


def as_it_was(world: InboxWorld) -> None:
    pass


def twice(world: InboxWorld) -> None:
    world.again(world.sent[-1])


def after_what_comes_again(world: InboxWorld) -> None:
    """All that was sent, the newest first."""
    for letter in reversed(world.sent[:-1]):
        world.again(letter)


HABITS = (as_it_was, twice, after_what_comes_again)


def places(border: Border) -> Sequence[Point]:
    """Where a worker may die: before each of its writes, and when it has made its last call.

    After one write is before the next, and between two readings nothing changes outside: a death
    there is the same one.
    """
    return [each for each in border.places() if each.after or writes(each.call)]


def writes(call: str) -> bool:
    return not call.partition(" ")[2].startswith(READING)


def shown(world: InboxWorld) -> dict[str, Any]:
    """What people see of each conversation."""
    found = Found(world).conversations
    return {key: each.model_dump(include=SHOWN) for key, each in found.items()}


def die_everywhere(world: InboxWorld, what: str, act: Act) -> tuple[InboxWorld, list[str]]:
    """The world after a step; and what was wrong after a death at any of its calls."""
    border, moment = world.stage.border, Moment(world)
    healthy = moment.again()
    act(healthy)
    dying = places(border)
    healthy.settle()
    without = shown(healthy)
    habits = cycle(HABITS)
    wrong: list[str] = []
    for place in dying:
        world = moment.again()
        border.happens = dies_at(place)
        act(world)
        border.happens = no_faults
        habit = next(habits)
        habit(world)
        world.settle()
        told = f"{what}, killed {place}, {habit.__name__}"
        wrong += [f"{told}: {each}" for each in INBOX_TALLY.close(world)]
        if shown(world) != without:
            wrong.append(f"{told}: shows {shown(world)}, and not {without}")
    healthy = moment.again()
    act(healthy)
    healthy.settle()
    wrong += [f"{what}, alive: {each}" for each in INBOX_TALLY.close(healthy)]
    return healthy, wrong


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.platform)
def test_a_worker_that_dies_at_any_call_changes_nothing(sender: Sender, inbox: InboxStage) -> None:
    world = inbox.world()
    wrong: list[str] = []
    for name, events in story(sender):
        act = partial(take_step, sender=sender, events=events)
        world, found = die_everywhere(world, name, act)
        wrong += found
    assert not wrong, "\n".join(wrong)
