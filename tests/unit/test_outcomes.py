from datetime import datetime, timedelta

import pytest

from tellal.deliveries import LEDGER_LENGTH, Attempt, Delivery, IllegalMove, State, Step, Timing
from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
)
from tellal.platforms.protocol import Guarantee, Pending, Promise
from tellal.publishing import composition, outcomes
from tests.unit.examples import TEN, delivery, part, remote

HOUR = timedelta(hours=1)
TIMING = Timing()
KEPT_AN_HOUR = Promise(Guarantee.IDEMPOTENT, HOUR)
SEARCHABLE = Promise(Guarantee.SEARCHABLE)
BLIND = Promise(Guarantee.BLIND)


def refused(
    given: Delivery,
    error: PublishError,
    promise: Promise = KEPT_AN_HOUR,
    phase: str = "commit",
    *,
    can_ask: bool = False,
) -> Delivery:
    return outcomes.refused(
        given,
        error,
        phase=phase,
        promise=promise,
        can_ask=can_ask,
        now=TEN,
        timing=TIMING,
        jitter=lambda: 0.5,
    )


def fenced(*parts: object) -> Delivery:
    given = delivery(*parts)  # type: ignore[arg-type]
    number = given.next_part
    assert number is not None
    return fenced_again(given, number)


def fenced_again(given: Delivery, number: int, *, now: datetime = TEN) -> Delivery:
    return outcomes.fenced(given, number, price=0, now=now, timing=TIMING)


def test_a_fence_leases_the_row_for_longer_than_its_worker_may_live() -> None:
    held = fenced()

    assert held.state is State.PUBLISHING
    assert held.lease_until == held.next_attempt_at == TEN + timedelta(seconds=90)
    assert held.parts[0].key_at == TEN


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TryLater("busy"), State.SCHEDULED),
        (Throttled("slow down"), State.SCHEDULED),
        (NeedsRefresh("expired"), State.SCHEDULED),
        (Rejected("too long"), State.FAILED),
        (NeedsReconnect("revoked"), State.FAILED),
    ],
)
def test_what_a_refusal_leads_to(error: PublishError, state: State) -> None:
    left = refused(fenced(), error)

    assert left.state is state
    assert left.lease_until is None
    assert left.trouble is not None
    assert left.trouble.sentence == str(error)
    assert (left.next_attempt_at is None) == (state is State.FAILED)


def test_after_a_refusal_that_surely_posted_nothing_the_next_attempt_has_a_new_key() -> None:
    assert refused(fenced(), TryLater("busy")).parts[0].key_at is None


def test_an_unknown_outcome_is_asked_again_with_the_same_key_after_a_minute() -> None:
    left = refused(fenced(), OutcomeUnknown("no answer"))

    assert left.state is State.PUBLISHING  # so nobody edits or cancels it
    assert left.next_attempt_at == TEN + timedelta(seconds=60)
    assert left.parts[0].key_at == TEN
    again = fenced_again(left, 0, now=TEN + timedelta(seconds=60))
    assert again.parts[0].key_at == TEN


def test_without_an_idempotency_key_an_unknown_outcome_waits_for_a_person() -> None:
    left = refused(fenced(), OutcomeUnknown("no answer"), SEARCHABLE)

    assert left.state is State.UNCONFIRMED
    assert left.next_attempt_at is None


def test_a_key_that_is_about_to_be_forgotten_is_not_relied_on() -> None:
    doubted = refused(fenced(), OutcomeUnknown("no answer"))

    def may(after: timedelta) -> bool:
        return outcomes.may_ask_again(doubted, 0, KEPT_AN_HOUR, now=TEN + after)

    assert may(timedelta(minutes=57))
    assert not may(timedelta(minutes=58))


@pytest.mark.parametrize("error", [Rejected("too long"), NeedsReconnect("revoked")])
def test_what_may_be_public_is_never_called_failed(error: PublishError) -> None:
    doubted = refused(fenced(), OutcomeUnknown("no answer"))

    assert refused(doubted, error).state is State.UNCONFIRMED


def test_a_doubt_outlives_a_refusal_that_posted_nothing() -> None:
    doubted = refused(fenced(), OutcomeUnknown("no answer"))

    left = refused(doubted, TryLater("could not connect"))

    assert left.state is State.PUBLISHING
    assert left.parts[0].key_at == TEN
    assert left.parts[0].doubt_at == TEN


def test_a_pause_cannot_hold_what_may_be_public_already() -> None:
    doubted = refused(fenced(), OutcomeUnknown("no answer"))

    assert outcomes.held(doubted).state is State.UNCONFIRMED
    assert outcomes.held(delivery()).state is State.HELD


def test_a_step_of_preparing_that_is_done_begins_the_count_of_failures_anew() -> None:
    given = delivery(tries=outcomes.MOST_TRIES - 1)

    further = outcomes.step_done(given, 0, Pending({"chunk": "7"}))

    assert refused(further, TryLater("busy"), phase="prepare").state is State.SCHEDULED
    assert refused(given, TryLater("busy"), phase="prepare").state is State.FAILED


def test_tries_end() -> None:
    left = delivery()
    for _ in range(outcomes.MOST_TRIES):
        assert left.state is State.SCHEDULED
        left = refused(left, TryLater("busy"))

    assert left.state is State.FAILED


def test_each_wait_is_longer_up_to_an_hour_and_a_platforms_own_word_comes_first() -> None:
    def wait(tries: int, error: TryLater) -> timedelta:
        return outcomes.wait(tries, error, lambda: 0.5)

    waits = [wait(tries, TryLater("busy")) for tries in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] == HOUR
    assert wait(5, Throttled("slow", after=timedelta(seconds=7))) == timedelta(seconds=8)


def test_a_thread_that_breaks_keeps_what_is_public() -> None:
    first = outcomes.went_out(fenced(part("1"), part("2")), 0, remote(), now=TEN)

    broken = refused(fenced_again(first, 1), Rejected("too long"))

    assert broken.state is State.FAILED
    assert broken.is_public
    assert broken.next_part == 1


def test_a_delivery_is_published_when_its_last_part_is_public() -> None:
    first = outcomes.went_out(fenced(part("1"), part("2")), 0, remote(1), now=TEN)
    assert first.state is State.PUBLISHING

    last = outcomes.went_out(fenced_again(first, 1), 1, remote(2), now=TEN)

    assert last.state is State.PUBLISHED
    assert last.next_attempt_at is None


def test_what_was_prepared_and_expired_is_forgotten_but_never_what_is_public() -> None:
    given = delivery(
        part("1", remote=remote(), ready=True, prepared={"id": "1"}),
        part("2", ready=True, prepared={"id": "2"}),
        state=State.READY,
        prepared_until=TEN,
    )

    anew = outcomes.prepared_anew(given, now=TEN)

    assert anew.next_step is Step.PREPARE
    assert [each.ready for each in anew.parts] == [True, False]


def test_what_is_published_stays_so_unless_it_is_anothers_or_taken_back() -> None:
    published = outcomes.went_out(fenced(), 0, remote(), now=TEN)

    assert outcomes.disowned(published, remote().id, now=TEN).state is State.UNCONFIRMED
    for state in set(State) - {State.UNCONFIRMED, State.DELETED}:
        with pytest.raises(IllegalMove):
            published.moved(state)


def test_what_a_platform_takes_and_loses_is_sent_again_and_not_for_ever() -> None:
    given = fenced()
    for _ in range(outcomes.MOST_LOST):
        assert outcomes.lost_too_often(given, 0) is None
        given = fenced_again(outcomes.to_be_sent_again(given, 0, now=TEN), 0)

    enough = outcomes.lost_too_often(given, 0)

    assert enough is not None
    assert outcomes.lost_too_often(given, 1) is None  # another part is another matter
    assert outcomes.given_up(given, 0, enough, now=TEN).state is State.FAILED


def test_the_ledger_is_bounded() -> None:
    given = delivery()
    for number in range(LEDGER_LENGTH + 5):
        attempt = Attempt(at=TEN, part=0, phase="commit", outcome=str(number))
        given = given.model_copy(update={"attempts": given.noted(attempt)})

    assert len(given.attempts) == LEDGER_LENGTH
    assert given.attempts[-1].outcome == str(LEDGER_LENGTH + 4)


# ── copies ───────────────────────────────────────────────────────────────────────────────────


def sent_again(given: Delivery) -> Delivery:
    """A person says: send it. The doubt is theirs, the ledger stays."""
    released = composition.released(given, now=TEN + HOUR, prepare_ahead=timedelta(minutes=15))
    return fenced_again(released, 0, now=TEN + HOUR)


def test_a_first_attempt_has_nothing_to_be_a_copy_of_itself() -> None:
    held = fenced()

    assert outcomes.lost_since(held, 0) is None
    assert refused(held, Repeated("a copy")).state is State.FAILED


def test_what_was_refused_and_heard_is_not_what_a_copy_is_of() -> None:
    waiting = refused(fenced(), TryLater("busy"))

    assert outcomes.lost_since(fenced_again(waiting, 0), 0) is None


def test_a_copy_of_what_may_be_itself_is_a_persons_to_decide() -> None:
    again = sent_again(refused(fenced(), OutcomeUnknown("no answer"), BLIND))

    assert outcomes.lost_since(again, 0) == TEN
    left = refused(again, Repeated("a copy"), BLIND)
    assert left.state is State.UNCONFIRMED
    assert left.trouble is not None
    assert "as a copy" in left.trouble.sentence


def test_a_worker_that_died_at_its_fence_is_a_lost_answer_too() -> None:
    died = outcomes.doubted(fenced(), now=TEN + TIMING.fence)
    again = sent_again(outcomes.unconfirmed(died))

    assert outcomes.lost_since(again, 0) == TEN
    assert refused(again, Repeated("a copy"), BLIND).state is State.UNCONFIRMED


def test_a_part_without_a_fence_of_its_own_is_not_in_doubt() -> None:
    """A worker that found the first part public and died may have begun no other."""
    first = outcomes.adopted(fenced(part("1"), part("2")), 0, remote(), now=TEN)
    assert outcomes.doubted(first, now=TEN + TIMING.fence) == first


def test_a_list_that_is_never_read_in_full_is_read_twice_then_a_person_is_asked() -> None:
    doubted = outcomes.doubted(fenced(), now=TEN)

    again = outcomes.unread(doubted, 0, now=TEN, timing=TIMING)
    assert (again.state, again.next_attempt_at) == (State.PUBLISHING, TEN + TIMING.between_looks)
    soon = outcomes.unread(again, 0, now=TEN + timedelta(minutes=1), timing=TIMING)
    assert soon.next_attempt_at == TEN + TIMING.between_looks

    left = outcomes.unread(soon, 0, now=TEN + TIMING.between_looks, timing=TIMING)
    assert left.state is State.UNCONFIRMED
    assert left.trouble is not None
    assert "far enough" in left.trouble.sentence


def test_a_list_read_in_an_earlier_doubt_does_not_count() -> None:
    later = TEN + HOUR
    before = outcomes.unread(outcomes.doubted(fenced(), now=TEN), 0, now=TEN, timing=TIMING)
    anew = fenced_again(before.model_copy(update={"parts": (part(),)}), 0, now=later)

    left = outcomes.unread(outcomes.doubted(anew, now=later), 0, now=later, timing=TIMING)
    assert left.next_attempt_at == later + TIMING.between_looks
