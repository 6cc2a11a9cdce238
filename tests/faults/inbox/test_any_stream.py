"""What nobody thought of: several platforms at once tell anything, in any order and any number of
times, while workers die, tables refuse, and others forge.

The streams are drawn, and the same ones for everybody who runs this with the same seed.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tellal.conversations import Change
from tests.faults.border import Killed, Point
from tests.faults.inbox.senders import DIRECT, SENDERS, Event, Sender
from tests.faults.inbox.stage import InboxStage
from tests.faults.inbox.surroundings import Truth
from tests.faults.inbox.tally import INBOX_TALLY, SEED
from tests.faults.inbox.world import REFUSALS, InboxWorld, no_faults, refused

STREAMS = settings(
    max_examples=int(os.environ.get("INBOX_STREAMS", "40")),
    database=None,
    phases=[Phase.generate],  # to shrink one takes minutes
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
WORDS = ("late", "thanks", "rude", "Hello", "late and rude", "Hm")
FORGED = Event(90, "forged and late", person=9, thread=9)


@dataclass(frozen=True)
class Told:
    sender: Sender
    events: tuple[Event, ...]
    times: int


@st.composite
def lives(draw: Any, sender: Sender, number: int) -> list[Event]:
    """What is told of one message, from its first to its last."""
    kind = draw(st.sampled_from(sorted({kind for kind, _ in sender.tells})))
    second = draw(st.integers(0, 40))
    said = Event(
        number,
        f"{draw(st.sampled_from(WORDS))} {number}",
        kind=kind,
        person=draw(st.integers(1, 2)),
        thread=1 if kind is DIRECT else draw(st.integers(1, 2)),
        second=second,
    )
    told = [said]
    if (kind, Change.EDITED) in sender.tells:
        words = draw(st.lists(st.sampled_from(WORDS), max_size=2))
        told += [
            said.edited(f"{word} {number}.{n}", second=second + 50 * n + number)
            for n, word in enumerate(words, 1)
        ]
    if (kind, Change.REMOVED) in sender.tells and draw(st.booleans()):
        told.append(said.removed())
    return told


@st.composite
def streams(draw: Any) -> list[Told]:
    """Of some platforms, in any order; each perhaps more than once, and some in one body."""
    told: list[Told] = []
    for sender in draw(st.lists(st.sampled_from(SENDERS), min_size=1, max_size=3, unique=True)):
        count = draw(st.integers(1, 4))
        events = [event for n in range(1, count + 1) for event in draw(lives(sender, n))]
        if draw(st.booleans()):
            events = draw(st.permutations(events))
        while events:
            size = draw(st.integers(1, 3)) if sender.batches else 1
            some, events = events[:size], events[size:]
            told.append(Told(sender, tuple(some), draw(st.sampled_from([1, 1, 1, 2]))))
    return list(draw(st.permutations(told)))


# How the world goes on after a letter, and how many calls later something happens.
MISHAPS = ("none", "none", "killed", "killed", "refused", "answered late", "forged", "minute")
PLANS = st.lists(
    st.tuples(st.sampled_from(MISHAPS), st.integers(0, 14), st.integers(1, 4)),
    min_size=1,
    max_size=12,
)


def befall(world: InboxWorld, mishap: str, calls: int) -> None:
    border = world.stage.border
    place = len(border.calls) + calls

    def happens(point: Point) -> None:
        if point.number < place:
            return
        if mishap == "killed":
            border.happens = no_faults
            raise Killed
        if point.after == (mishap == "answered late"):
            border.happens = no_faults
            raise refused(list(REFUSALS.values())[calls % len(REFUSALS)])

    match mishap:
        case "forged":
            world.send(SENDERS[calls % 4], FORGED, truth=Truth.FORGED, secret="guessed")
        case "minute":
            world.tick()
        case "killed" | "refused" | "answered late":
            border.happens = happens


def bring_back_what_is_dead(world: InboxWorld) -> bool:
    """As `make replay` does, once its bug is mended. Whether there was any."""
    back, world.mail.dead = world.mail.dead, []
    for letter in back:
        world.again(letter)
    world.settle()
    return bool(back)


def live(world: InboxWorld, told: Sequence[Told], plan: Sequence[tuple[str, int, int]]) -> None:
    for number, each in enumerate(told):
        letter = world.send(each.sender, *each.events)
        for _ in range(each.times - 1):
            world.again(letter)
        mishap, calls, rest = plan[number % len(plan)]
        befall(world, mishap, calls)
        if len(world.mail.waiting) >= rest:
            world.process(world.mail.waiting[::-1] if calls % 2 else None)
        if rest % 2:
            world.stream()
    world.stage.border.happens = no_faults
    world.settle()


def test_any_stream_of_events_is_stored_once_and_ruled_once(inbox: InboxStage) -> None:
    @seed(SEED)
    @STREAMS
    @given(told=streams(), plan=PLANS)
    def any_stream(told: list[Told], plan: list[tuple[str, int, int]]) -> None:
        world = inbox.world()
        live(world, told, plan)
        wrong = INBOX_TALLY.close(world)
        if not wrong and bring_back_what_is_dead(world):
            wrong = INBOX_TALLY.close(world)
            assert world.mail.dead == []
        assert not wrong, "\n".join([*map(str, wrong), f"{told=}", f"{plan=}"])

    any_stream()
