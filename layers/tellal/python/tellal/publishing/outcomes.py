"""What a delivery becomes after something was tried. Pure: no AWS, no HTTP, no clock.

Nothing here may lose a doubt: once a part may be public without our knowing, it ends
`published` or `unconfirmed`, never `failed`, and never goes out again under another key.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from tellal.deliveries import Attempt, Delivery, State, Step, Timing, Trouble
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
from tellal.platforms.protocol import (
    Accepted,
    GivenUp,
    Guarantee,
    Pending,
    Prepared,
    Promise,
)
from tellal.posts import Remote

MOST_TRIES = 8  # in a row; with the waits below that is about four hours
LONGEST_WAIT = timedelta(hours=1)
THROTTLED = timedelta(minutes=1)  # where a platform does not say how long
WINDOW_MARGIN = timedelta(minutes=2)  # a key that is about to be forgotten is not relied on
LONGEST_DOUBT = timedelta(hours=24)  # a platform that works on it for longer is given up asking
MOST_LOST = 5  # times that a platform may take a part and let it come to nothing
ABSENT_AGAIN = "absent again"
STILL_WORKING = " A day later it still says that it works on it."
UNREAD = "unread"  # an attempt's outcome
NOT_READ = " The channel could not be read back far enough."
SEEN_AS_COPY = " When it was sent again it was refused, as a copy of something that is there."

CODES = {
    OutcomeUnknown: "outcome_unknown",
    Throttled: "throttled",
    TryLater: "try_later",
    Rejected: "rejected",
    NeedsRefresh: "needs_refresh",
    NeedsReconnect: "needs_reconnect",
}


def code(error: PublishError) -> str:
    return next(word for kind, word in CODES.items() if isinstance(error, kind))


def preparing(delivery: Delivery, *, now: datetime, timing: Timing) -> Delivery:
    """Ours to prepare until the lease ends, and what is abandoned ours to discard; another worker
    follows then."""
    until = now + timing.preparing
    return delivery.moved(
        State.PREPARING,
        abandoned=(),
        lease_until=until,
        next_attempt_at=until,
        next_step=Step.PREPARE,
    )


def step_done(delivery: Delivery, number: int, result: Pending) -> Delivery:
    """One of many steps of preparing: what it came to is kept, and the next one follows.

    It got further, so a long film is not given up for eight failures between its hundred chunks.
    """
    parts = delivery.with_part(number, prepared=result.notes)
    return delivery.model_copy(update={"parts": parts, "tries": 0})


def pending(delivery: Delivery, number: int, result: Pending, *, now: datetime) -> Delivery:
    """The platform is still working on it, or our time is up: to be gone on with then."""
    attempt = Attempt(at=now, part=number, phase="prepare", outcome="pending")
    return step_done(delivery, number, result).moved(
        State.PREPARING,
        attempts=delivery.noted(attempt),
        tries=0,
        lease_until=None,
        queued_for=None,
        next_attempt_at=now + result.check_in,
        next_step=Step.PREPARE,
    )


def prepared(delivery: Delivery, number: int, result: Prepared) -> Delivery:
    parts = delivery.with_part(number, prepared=result.notes, ready=True)
    return delivery.model_copy(update={"parts": parts})


def ready(delivery: Delivery, *, now: datetime, lives: timedelta | None) -> Delivery:
    """Only the commit is left; it waits for its second."""
    attempt = Attempt(at=now, part=_next(delivery), phase="prepare", outcome="done")
    return delivery.moved(
        State.READY,
        attempts=delivery.noted(attempt),
        prepared_until=now + lives if lives else None,
        tries=0,
        trouble=None,
        lease_until=None,
        queued_for=None,
        next_attempt_at=max(delivery.publish_at, now),
        next_step=Step.PUBLISH,
    )


def fenced(
    delivery: Delivery, number: int, *, price: float, now: datetime, timing: Timing
) -> Delivery:
    """Ours alone until the lease ends, about to be committed. Its key stays through a doubt."""
    part = delivery.parts[number]
    until = now + timing.fence
    return delivery.moved(
        State.PUBLISHING,
        parts=delivery.with_part(
            number, key_at=part.key_at or now, reserved=part.reserved or price
        ),
        lease_until=until,
        next_attempt_at=until,
        next_step=Step.PUBLISH,
        attempts=delivery.noted(Attempt(at=now, part=number, phase="fence", outcome="begun")),
    )


def went_out(
    delivery: Delivery, number: int, remote: Remote, *, now: datetime, request_id: str | None = None
) -> Delivery:
    """A part is public. With the last of them the delivery is published."""
    attempt = Attempt(at=now, part=number, phase="commit", outcome="done", request_id=request_id)
    changed = delivery.model_copy(
        update={
            "parts": delivery.with_part(number, remote=remote, doubt_at=None, absent_at=None),
            "attempts": delivery.noted(attempt),
            "published_at": delivery.published_at or now,
            "tries": 0,
            "trouble": None,
        }
    )
    return changed if changed.next_part is not None else changed.moved(State.PUBLISHED)


def accepted(delivery: Delivery, number: int, result: Accepted, *, now: datetime) -> Delivery:
    """The platform has it and works on it: whether it becomes public is asked until it tells."""
    attempt = Attempt(
        at=now, part=number, phase="commit", outcome="accepted", request_id=result.request_id
    )
    since = delivery.parts[number].doubt_at or now
    noted = delivery.model_copy(
        update={
            "parts": delivery.with_part(number, prepared=result.notes, doubt_at=since),
            "attempts": delivery.noted(attempt),
            "tries": 0,
            "trouble": None,
        }
    )
    return handed_back(noted, at=now + result.check_in)


def worked_on(delivery: Delivery, number: int, result: Pending, *, now: datetime) -> Delivery:
    """Asked what became of it, the platform says that it works on it still."""
    since = delivery.parts[number].doubt_at
    assert since is not None, "nobody asks about what is not in doubt"
    noted = delivery.model_copy(
        update={"parts": delivery.with_part(number, prepared=result.notes), "tries": 0}
    )
    if now > since + LONGEST_DOUBT:
        return unconfirmed(noted, because=STILL_WORKING)
    return handed_back(noted, at=now + max(result.check_in, timedelta(seconds=1)))


def given_up(delivery: Delivery, number: int, told: GivenUp, *, now: datetime) -> Delivery:
    """The platform took it and then gave it up: it is not public, and will not be."""
    attempt = Attempt(at=now, part=number, phase="look", outcome="rejected", detail=told.sentence)
    return delivery.moved(
        State.FAILED,
        parts=delivery.with_part(number, key_at=None, doubt_at=None, absent_at=None),
        attempts=delivery.noted(attempt),
        trouble=Trouble(code="rejected", sentence=told.sentence),
    )


def doubted(delivery: Delivery, *, now: datetime) -> Delivery:
    """A fence was written and no outcome after it: the next part may be public.

    Without a fence of its own it is not: whoever published the part before it died on the way.
    """
    number = _next(delivery)
    if delivery.parts[number].key_at is None:
        return delivery
    since = delivery.parts[number].doubt_at or now
    return delivery.model_copy(update={"parts": delivery.with_part(number, doubt_at=since)})


def may_ask_again(delivery: Delivery, number: int, promise: Promise, *, now: datetime) -> bool:
    """Whether the same key, sent now, cannot make a second post."""
    key_at = delivery.parts[number].key_at
    if promise.guarantee is not Guarantee.IDEMPOTENT or key_at is None:
        return False
    return promise.window is None or now < key_at + promise.window - WINDOW_MARGIN


def looked(delivery: Delivery, number: int, *, now: datetime, timing: Timing) -> Delivery:
    """A complete list lacks the part: look once more when no list can be that far behind."""
    since = delivery.parts[number].absent_at or now
    attempt = Attempt(at=now, part=number, phase="look", outcome="absent")
    noted = delivery.model_copy(
        update={
            "parts": delivery.with_part(number, absent_at=since),
            "attempts": delivery.noted(attempt),
            "tries": 0,
        }
    )
    return handed_back(noted, at=since + timing.between_looks)


def unread(delivery: Delivery, number: int, *, now: datetime, timing: Timing) -> Delivery:
    """A list that was not read in full lacks the part: that proves nothing, however often.

    It is read once more, for what may have been late in it; then a person is asked.
    """
    since = delivery.parts[number].doubt_at or now
    before = [
        each.at
        for each in delivery.attempts
        if each.part == number and each.outcome == UNREAD and each.at >= since
    ]
    if before and now >= before[0] + timing.between_looks:
        return unconfirmed(delivery, because=NOT_READ)
    attempt = Attempt(at=now, part=number, phase="look", outcome=UNREAD)
    noted = delivery.model_copy(update={"attempts": delivery.noted(attempt), "tries": 0})
    return handed_back(noted, at=(before[0] if before else now) + timing.between_looks)


def to_be_sent_again(delivery: Delivery, number: int, *, now: datetime) -> Delivery:
    """Surely not public: the doubt is over, and the next attempt is a new one, under a new key."""
    attempt = Attempt(at=now, part=number, phase="look", outcome=ABSENT_AGAIN)
    parts = delivery.with_part(number, key_at=None, doubt_at=None, absent_at=None)
    return delivery.model_copy(update={"parts": parts, "attempts": delivery.noted(attempt)})


def lost_too_often(delivery: Delivery, number: int) -> GivenUp | None:
    """Why a part is not sent once more that a platform took, and lost, again and again."""
    looks = (each.outcome for each in delivery.attempts if each.part == number)
    if sum(outcome == ABSENT_AGAIN for outcome in looks) < MOST_LOST:
        return None
    name = delivery.platform.title()
    return GivenUp(f"{name} took this again and again, and let it come to nothing each time")


def adopted(delivery: Delivery, number: int, remote: Remote, *, now: datetime) -> Delivery:
    """The part was found on its channel, and is nobody else's."""
    attempt = Attempt(at=now, part=number, phase="look", outcome="found")
    noted = delivery.model_copy(update={"attempts": delivery.noted(attempt)})
    return went_out(noted, number, remote, now=now)


def disowned(delivery: Delivery, remote_id: str, *, now: datetime) -> Delivery:
    """What this delivery had adopted is surely another's: it is in doubt again, for a person."""
    parts = tuple(
        part.model_copy(update={"remote": None, "doubt_at": now})
        if part.remote and part.remote.id == remote_id
        else part
        for part in delivery.parts
    )
    return unconfirmed(delivery.model_copy(update={"parts": parts}))


def unconfirmed(delivery: Delivery, *, because: str = "") -> Delivery:
    """Only a person can tell. `because` says what we saw when we looked."""
    sentence = (
        f"{delivery.platform.title()} never told us whether this was published, and sending it"
        f" again could show it twice.{because} Look at the channel, then say which it is."
    )
    return delivery.moved(
        State.UNCONFIRMED, trouble=Trouble(code="outcome_unknown", sentence=sentence)
    )


PAUSED = Trouble(
    code="paused",
    sentence="Publishing is paused in this workspace; it waits until somebody resumes it.",
)


def held(delivery: Delivery, trouble: Trouble = PAUSED) -> Delivery:
    """Stopped before it was sent. What may be public cannot be held: a person must look."""
    if _in_doubt(delivery):
        return unconfirmed(delivery)
    return delivery.moved(State.HELD, trouble=trouble)


def over_the_cap(title: str, *, cap: float, spent: float, price: float) -> Trouble:
    """A post that would cost more than a workspace wants to pay in a month."""
    sentence = (
        f"{title} charges ${price:.3f} for this, and ${spent:.2f} of this month's ${cap:.2f} are"
        " spent: raise the workspace's cap, or release it next month."
    )
    return Trouble(code="spend_cap", sentence=sentence)


def handed_back(delivery: Delivery, *, at: datetime, step: Step = Step.PUBLISH) -> Delivery:
    """To be looked at again then. What is in doubt stays `publishing`: not to be edited."""
    if _in_doubt(delivery):
        state = State.PUBLISHING
    elif step is Step.PUBLISH and any(part.ready for part in delivery.parts):
        state = State.READY
    else:
        state = State.SCHEDULED
    return delivery.moved(
        state, next_attempt_at=at, next_step=step, lease_until=None, queued_for=None
    )


def prepared_anew(delivery: Delivery, *, now: datetime) -> Delivery:
    """What was prepared can no longer be used: forget it, and prepare at once."""
    parts = tuple(
        part if part.remote else part.model_copy(update={"prepared": None, "ready": False})
        for part in delivery.parts
    )
    voided = delivery.model_copy(update={"parts": parts, "prepared_until": None})
    return handed_back(voided, at=now, step=Step.PREPARE)


def refused(
    delivery: Delivery,
    error: PublishError,
    *,
    phase: str,
    promise: Promise,
    can_ask: bool,
    now: datetime,
    timing: Timing,
    jitter: Callable[[], float] = random.random,
) -> Delivery:
    """What a PublishError leads to: another try, a doubt, or an end.

    `can_ask` is whether the platform can be asked what became of it: by a list, a session, an id.
    """
    number = _next(delivery)
    word = code(error)
    attempt = Attempt(at=now, part=number, phase=phase, outcome=word, detail=str(error))
    facts = {
        "attempts": delivery.noted(attempt),
        "tries": delivery.tries + 1,
        "trouble": Trouble(code=word, sentence=str(error)),
    }
    delivery = delivery.model_copy(update=facts)
    if isinstance(error, OutcomeUnknown):
        delivery = doubted(delivery, now=now)
        if can_ask or may_ask_again(delivery, number, promise, now=now + timing.grace):
            return handed_back(delivery, at=now + timing.grace)
        return unconfirmed(delivery)
    if isinstance(error, Repeated) and lost_since(delivery, number):
        return unconfirmed(delivery, because=SEEN_AS_COPY)
    if isinstance(error, TryLater | NeedsRefresh) and delivery.tries < MOST_TRIES:
        if not _in_doubt(delivery):  # surely not public: the next attempt is a new one
            delivery = delivery.model_copy(
                update={"parts": delivery.with_part(number, key_at=None)}
            )
        step = Step.PREPARE if phase == "prepare" else Step.PUBLISH
        return handed_back(delivery, at=now + wait(delivery.tries, error, jitter), step=step)
    return unconfirmed(delivery) if _in_doubt(delivery) else delivery.moved(State.FAILED)


def wait(tries: int, error: PublishError, jitter: Callable[[], float]) -> timedelta:
    """As long as the platform asks, or twice as long each time, never all at the same moment."""
    if isinstance(error, NeedsRefresh):
        return timedelta(0)
    asked = error.after if isinstance(error, TryLater) else None
    if asked is not None:
        return asked + timedelta(seconds=2 * jitter())
    seconds: float = min(15.0 * 2.0**tries, LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * (0.8 + 0.4 * jitter()))


def _next(delivery: Delivery) -> int:
    number = delivery.next_part
    assert number is not None, "what is public to its last part has no outcome left"
    return number


def lost_since(delivery: Delivery, number: int) -> datetime | None:
    """When a part was first sent, if an answer about it was ever lost, or a worker with it.

    Then what a platform refuses as a copy may be a copy of itself.
    """
    told = [each for each in delivery.attempts if each.part == number]
    unknown = code(OutcomeUnknown(""))
    unheard = any(each.phase == "look" or each.outcome == unknown for each in told)
    died = any(one.phase == "fence" and then.phase != "commit" for one, then in pairwise(told))
    if not (unheard or died):
        return None
    return next((each.at for each in told if each.phase == "fence"), told[0].at)


def _in_doubt(delivery: Delivery) -> bool:
    return any(part.doubt_at is not None for part in delivery.parts)
