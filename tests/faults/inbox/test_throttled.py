"""A table, a bucket, a key or the bus refuses a call, or answers it too late to be heard: it is
done again, and no more comes of it. What is refused for long is in the dead letters, whole.
"""

from itertools import cycle

import pytest

from tests.faults.border import Point
from tests.faults.inbox.moments import Moment, take_step
from tests.faults.inbox.senders import FACEBOOK, REPLY, Event, Sender, X
from tests.faults.inbox.stage import InboxStage
from tests.faults.inbox.surroundings import CONSUMERS
from tests.faults.inbox.tally import INBOX_TALLY
from tests.faults.inbox.world import REFUSALS, Faults, fails_at, no_faults, refused

LATE = Event(1, "late and rude")
STEPS = (LATE, Event(2, "thanks", kind=REPLY, second=2), LATE.removed())


@pytest.mark.parametrize(
    ("sender", "after"),
    [(FACEBOOK, False), (X, True)],
    ids=["facebook, refused", "x, too late"],
)
def test_any_one_call_may_fail(sender: Sender, inbox: InboxStage, *, after: bool) -> None:
    world = inbox.world()
    codes, wrong = cycle(REFUSALS.values()), list[str]()
    for event in STEPS:
        moment = Moment(world)
        take_step(moment.again(), sender, [event])
        for number, call in enumerate(list(inbox.border.calls)):
            place, code = Point(number, call, after), next(codes)
            again = moment.again()
            inbox.border.happens = fails_at(place, code)
            take_step(again, sender, [event])
            inbox.border.happens = no_faults
            again.settle()
            wrong += [f"{code} {place}: {each}" for each in INBOX_TALLY.close(again)]
        world = moment.again()
        take_step(world, sender, [event])
        world.settle()
    assert not wrong, "\n".join(wrong)


def every(call: str, code: str) -> Faults:
    def happens(point: Point) -> None:
        if point.call == call and not point.after:
            raise refused(code)

    return happens


@pytest.mark.parametrize("code", REFUSALS.values())
def test_what_is_refused_for_long_lies_in_the_dead_letters_and_can_be_brought_again(
    code: str, inbox: InboxStage
) -> None:
    world = inbox.world()
    for number in (1, 2):
        world.send(FACEBOOK, Event(number, "late", person=number, second=number))
    inbox.border.happens = every("dynamodb TransactWriteItems", code)
    world.settle()

    assert [len(world.mail.dead), world.items()["messages"]] == [2, []]
    assert INBOX_TALLY.close(world) == []
    inbox.border.happens = no_faults
    world.mail.waiting, world.mail.dead = world.mail.dead, []
    world.settle()

    assert world.mail.dead == []
    assert len(world.items()["messages"]) == 2
    assert INBOX_TALLY.close(world) == []


def test_what_the_bus_does_not_take_is_told_again(inbox: InboxStage) -> None:
    world = inbox.world()
    for number in (1, 2, 3):
        world.send(FACEBOOK, Event(number, "late", person=number, second=number))
    world.process()
    inbox.bus.refuses = 4
    world.settle()

    assert world.handed_back > 0
    assert INBOX_TALLY.close(world) == []


def test_a_batch_of_the_stream_that_fails_is_read_again_in_halves(inbox: InboxStage) -> None:
    """Every second try, until each record has come through by itself."""
    world = inbox.world()
    for number in range(1, 9):
        world.send(FACEBOOK, Event(number, "late, rude", person=number, second=number))
    world.process()
    tries = cycle([True, True, False])

    def happens(point: Point) -> None:
        if point.call == "dynamodb TransactWriteItems" and not point.after and next(tries):
            raise refused("ThrottlingException")

    inbox.border.happens = happens
    world.stream()
    inbox.border.happens = no_faults
    world.settle()

    assert world.handed_back > len(CONSUMERS)
    assert INBOX_TALLY.close(world) == []
