"""What an edit, a cancellation or a release gives up of what was prepared: never what was begun."""

from typing import Any

import pytest

from tellal.deliveries import LEDGER_LENGTH, Attempt, Delivery, State, Timing
from tellal.publishing import composition, outcomes
from tests.unit.examples import TEN, delivery, part, remote

NOTES = {"video_id": "v1"}
PREPARED = Attempt(at=TEN, part=0, phase="prepare", outcome="done")


def ready(state: State = State.READY, *, platform: str = "youtube", **facts: Any) -> Delivery:
    """A video that waits for its time on YouTube, in this state."""
    of_part = {name: facts.pop(name) for name in ("key_at", "doubt_at", "remote") if name in facts}
    parts = (part(prepared=NOTES, ready=True, **of_part), part("First!"))
    known = {"attempts": (PREPARED,), **facts}
    return delivery(*parts, platform=platform, state=state, **known)


@pytest.mark.parametrize(
    "state", [State.SCHEDULED, State.PREPARING, State.READY, State.HELD, State.FAILED]
)
def test_what_was_prepared_and_not_begun_is_given_up(state: State) -> None:
    assert composition.abandoned(ready(state)) == (NOTES,)


@pytest.mark.parametrize(
    "state",
    [State.PUBLISHING, State.PUBLISHED, State.UNCONFIRMED, State.CANCELLED, State.DELETED],
)
def test_what_may_be_public_or_is_settled_is_not(state: State) -> None:
    assert composition.abandoned(ready(state)) == ()


@pytest.mark.parametrize(
    "facts",
    [
        {"key_at": TEN},
        {"doubt_at": TEN},
        {"remote": remote()},
        *(
            {"attempts": (PREPARED, Attempt(at=TEN, part=0, phase=phase, outcome="try_later"))}
            for phase in ("fence", "commit", "look", "confirm", "delete", "something new")
        ),
        {"attempts": (PREPARED,) * LEDGER_LENGTH},  # what stood before them is not known
    ],
    ids=str,
)
@pytest.mark.parametrize("state", [State.SCHEDULED, State.READY, State.HELD, State.FAILED])
def test_a_part_that_may_ever_have_been_sent_is_not(state: State, facts: dict[str, Any]) -> None:
    assert composition.abandoned(ready(state, **facts)) == ()


def test_where_nothing_would_be_seen_of_it_it_is_left_to_itself() -> None:
    assert composition.abandoned(ready(platform="mastodon")) == ()


def test_a_cancellation_takes_the_notes_from_the_parts_in_the_same_write() -> None:
    left = composition.cancelled(ready(), "It was cancelled.")
    assert left.abandoned == (NOTES,)
    assert [(each.prepared, each.ready) for each in left.parts] == [(None, False)] * 2


def test_what_is_released_is_prepared_anew_and_the_old_is_given_up() -> None:
    left = composition.released(ready(State.HELD), now=TEN, prepare_ahead=Timing().ahead)
    assert left.abandoned == (NOTES,)
    assert left.parts[0].prepared is None


def test_what_is_given_up_again_and_again_is_kept_to_the_last_few() -> None:
    earlier = tuple({"video_id": str(number)} for number in range(9))
    left = composition.abandoned(ready(abandoned=earlier))
    assert len(left) == composition.MOST_ABANDONED
    assert left[-1] == NOTES


def test_whoever_prepares_takes_them_from_the_row_in_the_write_of_the_lease() -> None:
    leased = outcomes.preparing(
        ready(State.SCHEDULED, abandoned=(NOTES,)), now=TEN, timing=Timing()
    )
    assert leased.abandoned == ()
