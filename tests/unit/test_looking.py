from datetime import timedelta

import pytest

from tellal.deliveries import State, Step
from tellal.platforms.bluesky import Bluesky
from tellal.platforms.mastodon import Mastodon
from tellal.platforms.protocol import (
    Guarantee,
    MediaReader,
    Prepared,
    Promise,
    Publishes,
    Resumes,
    Thread,
)
from tellal.posts import Part, PartKind
from tellal.publishing.looking import can_ask, not_due, turn_came, unprepared, unready
from tests.integration.deliveries import picture
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


class Resuming(Mastodon):
    def resume(self, *_: object, **__: object) -> None:
        """As `Resumes` has it."""


@pytest.mark.parametrize(
    ("adapter", "guarantee", "answer"),
    [
        (Mastodon, Guarantee.SEARCHABLE, True),  # it lists what a channel posted
        (Mastodon, Guarantee.IDEMPOTENT, True),  # …and so it is looked for once the key is gone
        (Bluesky, Guarantee.IDEMPOTENT, False),  # its key is never gone
        (Bluesky, Guarantee.SEARCHABLE, False),
        (Mastodon, Guarantee.RESUMABLE, False),  # a promise that nobody could keep
        (Resuming, Guarantee.RESUMABLE, True),
        (Resuming, Guarantee.BLIND, False),
    ],
)
def test_a_platform_can_be_asked_only_by_what_it_promised_and_has(
    adapter: type[Publishes], guarantee: Guarantee, answer: object
) -> None:
    assert issubclass(Resuming, Resumes)
    assert can_ask(adapter, Promise(guarantee)) is answer


PICTURE = picture()


@pytest.mark.parametrize(
    ("parts", "facts", "answer"),
    [
        ([part("Hello")], {}, False),
        ([part("Look", media=(PICTURE,))], {}, True),
        ([part("Look", media=(PICTURE,), prepared={"id": "1"})], {}, True),  # unfinished
        ([part("Look", media=(PICTURE,), ready=True)], {}, False),
        ([part("Look", media=(PICTURE,), ready=True)], {"prepared_until": TEN}, True),
        (
            [part("Look", media=(PICTURE,), ready=True, doubt_at=TEN)],
            {"prepared_until": TEN},
            False,
        ),
        ([part("Look", media=(PICTURE,), remote=remote()), part("And")], {}, False),
        ([part("Hello"), part("Look", media=(PICTURE,))], {}, True),
    ],
)
def test_nothing_is_committed_before_all_that_follows_is_prepared(
    parts: list[Part], facts: dict[str, object], answer: object
) -> None:
    assert unprepared(delivery(*parts, **facts), Mastodon, now=TEN) is answer


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
