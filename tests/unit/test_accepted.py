"""What a delivery becomes that its platform took and works on still, and after it was asked."""

from datetime import timedelta

import pytest

from tellal.deliveries import Delivery, IllegalMove, State, Step, Timing
from tellal.errors import OutcomeUnknown, Rejected, Repeated, TryLater
from tellal.platforms.protocol import (
    Accepted,
    GivenUp,
    Guarantee,
    Pending,
    Prepared,
    Promise,
)
from tellal.publishing import outcomes
from tests.unit.examples import TEN, delivery, part, remote

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TIMING = Timing()
WORKING = Accepted({"id": "c1"}, check_in=MINUTE, request_id="r1")
RESUMABLE = Promise(Guarantee.RESUMABLE)


def fenced(given: Delivery | None = None) -> Delivery:
    given = given or delivery()
    number = given.next_part
    assert number is not None
    return outcomes.fenced(given, number, price=0, now=TEN, timing=TIMING)


def accepted(given: Delivery | None = None) -> Delivery:
    given = given or fenced()
    number = given.next_part
    assert number is not None
    return outcomes.accepted(given, number, WORKING, now=TEN)


def refused(given: Delivery, error: Exception, *, can_ask: bool = True) -> Delivery:
    return outcomes.refused(
        given,
        error,  # type: ignore[arg-type]  # all of them are PublishErrors
        phase="commit",
        promise=RESUMABLE,
        can_ask=can_ask,
        now=TEN,
        timing=TIMING,
        jitter=lambda: 0.5,
    )


def test_what_was_accepted_is_in_doubt_and_asked_about_when_its_platform_says() -> None:
    left = accepted()

    assert left.state is State.PUBLISHING
    assert (left.next_attempt_at, left.next_step) == (TEN + MINUTE, Step.PUBLISH)
    assert (left.lease_until, left.queued_for) == (None, None)
    assert (left.parts[0].doubt_at, left.parts[0].key_at) == (TEN, TEN)
    assert left.parts[0].prepared == {"id": "c1"}
    assert (left.attempts[-1].outcome, left.attempts[-1].request_id) == ("accepted", "r1")
    assert (left.tries, left.trouble) == (0, None)


def test_a_doubt_is_as_old_as_its_first_commit() -> None:
    doubted = outcomes.doubted(fenced(), now=TEN - MINUTE)

    assert accepted(doubted).parts[0].doubt_at == TEN - MINUTE


def test_what_was_accepted_is_never_failed_by_a_question_that_went_wrong() -> None:
    assert refused(accepted(), TryLater("busy")).state is State.PUBLISHING
    assert refused(accepted(), Rejected("not found")).state is State.UNCONFIRMED


def test_work_that_goes_on_is_asked_about_again_and_spoils_no_try() -> None:
    tired = accepted().model_copy(update={"tries": 7})

    left = outcomes.worked_on(tired, 0, Pending({"id": "c2"}, 5 * MINUTE), now=TEN)

    assert (left.state, left.tries) == (State.PUBLISHING, 0)
    assert left.next_attempt_at == TEN + 5 * MINUTE
    assert left.parts[0].prepared == {"id": "c2"}
    assert left.parts[0].doubt_at == TEN
    assert left.attempts == tired.attempts  # a day of questions would fill the ledger


def test_no_question_follows_another_at_once() -> None:
    left = outcomes.worked_on(accepted(), 0, Pending({}), now=TEN)

    assert left.next_attempt_at == TEN + timedelta(seconds=1)


def test_a_day_of_work_is_the_longest() -> None:
    waiting = outcomes.worked_on(accepted(), 0, Pending({}, MINUTE), now=TEN + DAY)
    assert waiting.state is State.PUBLISHING

    left = outcomes.worked_on(waiting, 0, Pending({}, MINUTE), now=TEN + DAY + MINUTE)

    assert (left.state, left.next_attempt_at) == (State.UNCONFIRMED, None)
    assert left.trouble is not None
    assert "A day later" in left.trouble.sentence


def test_what_was_given_up_has_failed_and_can_be_sent_again_by_a_person() -> None:
    left = outcomes.given_up(accepted(), 0, GivenUp("It is too long."), now=TEN)

    assert left.state is State.FAILED
    assert left.trouble is not None
    assert (left.trouble.code, left.trouble.sentence) == ("rejected", "It is too long.")
    assert (left.parts[0].key_at, left.parts[0].doubt_at) == (None, None)
    assert left.next_attempt_at is None


def test_what_is_given_up_of_a_thread_leaves_what_is_public() -> None:
    begun = outcomes.went_out(fenced(delivery(part("1"), part("2"))), 0, remote(), now=TEN)

    left = outcomes.given_up(accepted(fenced(begun)), 1, GivenUp("no"), now=TEN)

    assert (left.state, left.is_public, left.next_part) == (State.FAILED, True, 1)


def test_what_is_in_doubt_is_not_given_up_by_hand_nor_edited() -> None:
    for state in (State.CANCELLED, State.PREPARING):
        with pytest.raises(IllegalMove):
            accepted().moved(state)


def test_to_be_sent_again_is_to_be_sent_anew() -> None:
    left = outcomes.to_be_sent_again(accepted(), 0, now=TEN)

    assert (left.parts[0].key_at, left.parts[0].doubt_at) == (None, None)
    assert left.parts[0].prepared == {"id": "c1"}


# ── preparing, step by step ──────────────────────────────────────────────────────────────────


def test_a_step_keeps_its_notes_and_moves_nothing_else() -> None:
    leased = outcomes.preparing(delivery(part("1"), part("2")), now=TEN, timing=TIMING)

    left = outcomes.step_done(leased, 1, Pending({"offset": "1"}))

    assert [each.prepared for each in left.parts] == [None, {"offset": "1"}]
    assert left.model_copy(update={"parts": leased.parts}) == leased


def test_what_is_pending_for_no_time_is_gone_on_with_at_once() -> None:
    leased = outcomes.preparing(delivery(), now=TEN, timing=TIMING)

    left = outcomes.pending(leased, 0, Pending({"offset": "1"}), now=TEN)

    assert (left.state, left.lease_until) == (State.PREPARING, None)
    assert (left.next_attempt_at, left.next_step) == (TEN, Step.PREPARE)


def test_unfinished_notes_are_not_taken_for_prepared() -> None:
    leased = outcomes.preparing(delivery(), now=TEN, timing=TIMING)

    unfinished = outcomes.step_done(leased, 0, Pending({"offset": "1"}))
    assert not unfinished.parts[0].ready
    assert outcomes.prepared(unfinished, 0, Prepared({"id": "1"})).parts[0].ready


# ── money ────────────────────────────────────────────────────────────────────────────────────


def test_a_price_is_kept_with_its_part_from_the_first_fence_on() -> None:
    first = outcomes.fenced(delivery(), 0, price=0.2, now=TEN, timing=TIMING)
    again = outcomes.fenced(refused(first, TryLater("busy")), 0, price=0.3, now=TEN, timing=TIMING)

    assert (first.parts[0].reserved, again.parts[0].reserved) == (0.2, 0.2)


def test_what_would_pass_the_cap_says_the_sums() -> None:
    trouble = outcomes.over_the_cap("X", cap=10, spent=9.99, price=0.015)

    assert trouble.code == "spend_cap"
    assert "$0.015" in trouble.sentence
    assert "$9.99 of this month's $10.00" in trouble.sentence


def test_what_may_be_public_is_not_held_for_money() -> None:
    trouble = outcomes.over_the_cap("X", cap=10, spent=9.99, price=0.015)

    assert outcomes.held(accepted(), trouble).state is State.UNCONFIRMED
    assert outcomes.held(delivery(), trouble).trouble == trouble


# ── copies ───────────────────────────────────────────────────────────────────────────────────


def test_a_copy_of_something_else_is_refused_for_good() -> None:
    assert refused(fenced(), Repeated("the same again")).state is State.FAILED


def test_what_is_a_copy_after_a_lost_answer_may_be_a_copy_of_itself() -> None:
    lost = refused(fenced(), OutcomeUnknown("no answer"))
    again = fenced(outcomes.to_be_sent_again(lost, 0, now=TEN))

    left = refused(again, Repeated("the same again"))

    assert left.state is State.UNCONFIRMED
    assert left.trouble is not None
    assert "as a copy of something that is there" in left.trouble.sentence


def test_a_lost_answer_of_another_part_says_nothing_of_this_one() -> None:
    lost = refused(fenced(delivery(part("1"), part("2"))), OutcomeUnknown("no answer"))
    found = outcomes.adopted(lost, 0, remote(), now=TEN)

    assert refused(fenced(found), Repeated("the same again")).state is State.FAILED


def test_after_a_lost_answer_it_waits_where_somebody_can_be_asked() -> None:
    asked = refused(fenced(), OutcomeUnknown("no answer"), can_ask=True)
    assert (asked.state, asked.next_attempt_at) == (State.PUBLISHING, TEN + MINUTE)

    assert refused(fenced(), OutcomeUnknown("no answer"), can_ask=False).state is State.UNCONFIRMED
