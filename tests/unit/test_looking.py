from datetime import timedelta

import pytest

from tellal.deliveries import State, Step
from tellal.platforms.mastodon import Mastodon
from tellal.platforms.protocol import MediaReader, Prepared, Thread
from tellal.posts import Part, PartKind
from tellal.publishing.looking import not_due, turn_came, unprepared, unready
from tests.unit.examples import TEN, delivery, part, remote

SECOND = timedelta(seconds=1)


class InTurn(Mastodon):
    """All its parts need preparing, those of a thread under the one before."""

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:
        return True

    @classmethod
    def waits_its_turn(cls, part: Part) -> bool:
        return part.kind is PartKind.THREAD

    def prepare_in_turn(self, part: Part, *, thread: Thread, media: MediaReader) -> Prepared:
        return Prepared({})


def threaded(first: Part) -> tuple[Part, Part, Part]:
    below = part().model_copy(update={"kind": PartKind.THREAD})
    return (first, below, below)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, ""),
        ({"next_attempt_at": None, "state": State.PUBLISHED}, "settled"),
        ({"lease_until": TEN + SECOND}, "leased"),
        ({"lease_until": TEN}, ""),  # its holder is dead
        ({"next_step": Step.PREPARE}, "other_step"),
        ({"next_attempt_at": TEN + 4 * SECOND}, "early"),
        ({"next_attempt_at": TEN + 3 * SECOND}, ""),
    ],
)
def test_a_hint_is_followed_only_if_the_row_says_that_something_is_due(
    facts: dict[str, object], why: str
) -> None:
    assert not_due(delivery(**facts), Step.PUBLISH, now=TEN, early=3 * SECOND) == why


def test_a_hint_for_a_row_that_is_not_there_is_dropped() -> None:
    assert not_due(None, Step.PUBLISH, now=TEN) == "unknown"


def test_a_part_that_waits_its_turn_keeps_nobody_from_sending_the_first() -> None:
    assert unready(delivery(*threaded(part())), InTurn) == [0]
    ready = delivery(*threaded(part(ready=True)))
    assert unready(ready, InTurn) == []
    assert not unprepared(ready, InTurn, now=TEN)
    assert not turn_came(ready, InTurn)


def test_its_turn_comes_when_the_part_before_it_is_public() -> None:
    begun = delivery(*threaded(part(ready=True, remote=remote())))
    assert turn_came(begun, InTurn)
    assert unready(begun, InTurn) == [1]
    assert unprepared(begun, InTurn, now=TEN)


def test_what_is_in_doubt_is_not_prepared_again_in_its_turn() -> None:
    parts = threaded(part(ready=True, remote=remote()))
    doubted = delivery(*parts).with_part(1, doubt_at=TEN)
    assert not turn_came(delivery(*doubted), InTurn)
    assert not unprepared(delivery(*doubted), InTurn, now=TEN)
