"""The life of a delivery: its states, its two times, its ledger. Pure: no AWS, no HTTP, no clock.

`publish_at` is when it may become public, never before. `next_attempt_at` is when somebody must
look at it next; while it is set the row stands in the index `due`, and whoever sets it sets
`next_step` with it. Only a change that settles the delivery removes them.

    scheduled ─▶ preparing ─▶ ready ─▶ publishing ─▶ published
        └────────────────────────────────▲ └─▶ failed, unconfirmed
    held: a crisis pause.  cancelled: by a person, before anything was public.
    deleted: taken back by a person, from its platform, after it was.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tellal.clock import Moment
from tellal.posts import Frozen, Part


class State(StrEnum):
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    READY = "ready"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    CANCELLED = "cancelled"
    DELETED = "deleted"


S = State
MOVES: Mapping[State, frozenset[State]] = {
    S.SCHEDULED: frozenset({S.SCHEDULED, S.PREPARING, S.PUBLISHING, S.FAILED, S.HELD, S.CANCELLED}),
    S.PREPARING: frozenset({S.SCHEDULED, S.PREPARING, S.READY, S.FAILED, S.HELD, S.CANCELLED}),
    S.READY: frozenset(
        {S.SCHEDULED, S.PREPARING, S.READY, S.PUBLISHING, S.FAILED, S.HELD, S.CANCELLED}
    ),
    S.PUBLISHING: frozenset(
        {S.SCHEDULED, S.READY, S.PUBLISHING, S.PUBLISHED, S.FAILED, S.UNCONFIRMED, S.HELD}
    ),
    S.HELD: frozenset({S.SCHEDULED, S.CANCELLED}),
    S.FAILED: frozenset({S.SCHEDULED, S.CANCELLED, S.DELETED}),  # a person asks for another try
    S.UNCONFIRMED: frozenset({S.SCHEDULED, S.PUBLISHED, S.FAILED}),  # a person says which
    S.PUBLISHED: frozenset({S.UNCONFIRMED, S.DELETED}),  # what it had adopted was another's
    S.CANCELLED: frozenset(),
    S.DELETED: frozenset(),
}
SETTLED = frozenset({S.PUBLISHED, S.FAILED, S.UNCONFIRMED, S.CANCELLED, S.DELETED})
WITHOUT_ALARM = SETTLED | {S.HELD}
BEFORE_FENCE = frozenset({"prepare", "open", "refresh"})  # phases in which nothing is committed
LEDGER_LENGTH = 40  # attempts kept on the row; older ones are in the logs


class IllegalMove(Exception):
    """A bug of ours: the states do not lead there."""


class Step(StrEnum):
    PREPARE = "prepare"
    PUBLISH = "publish"


class Timing(Frozen):
    """How long things are waited for. Settings, so that a test with real processes can be short."""

    ahead: timedelta = timedelta(minutes=5)  # how far a sweep looks
    overdue: timedelta = timedelta(seconds=60)  # a hint that old is taken for lost
    fence: timedelta = timedelta(seconds=90)  # publish_delivery's hard time-out and 30 s more
    preparing: timedelta = timedelta(minutes=2)  # a preparing worker's lease
    grace: timedelta = timedelta(seconds=60)  # before anything is asked after a lost answer
    between_looks: timedelta = timedelta(minutes=10)


class Attempt(Frozen):
    """One line of the ledger."""

    at: Moment
    part: int
    phase: str  # prepare, fence, commit, refresh
    outcome: str  # done, pending, try_later, rejected, outcome_unknown, needs_reconnect, …
    detail: str | None = None  # the sentence; never a token, never the post's text
    request_id: str | None = None  # the platform's own id of the request


class Trouble(Frozen):
    """Why a delivery waits or failed: a code for programs, a sentence for its author."""

    code: str
    sentence: str


class Summary(Frozen):
    """What measuring reads of a delivery: what it says, where, and since when."""

    delivery_id: str
    channel_id: str
    post_id: str | None = None
    parts: tuple[Part, ...]
    publish_at: Moment
    published_at: Moment | None = None

    @property
    def is_public(self) -> bool:
        return self.parts[0].remote is not None


class Delivery(Summary):
    """One post, or one reply, on its way to one channel: claimed, published, retried, measured."""

    workspace_id: str
    platform: str
    conversation_id: str | None = None  # of a reply, instead of post_id
    answers: str | None = None  # the message id a reply answers

    state: State = State.SCHEDULED
    version: int = 0  # goes up with every change but `queued_for`
    next_attempt_at: Moment | None = None
    next_step: Step | None = None
    queued_for: Moment | None = None  # the next_attempt_at that a hint was queued for
    lease_until: Moment | None = None  # somebody works on it until then, or died
    prepared_until: Moment | None = None

    # Notes of what was prepared and is never sent: still on the platform, to be discarded there.
    abandoned: tuple[Mapping[str, str], ...] = ()

    tries: int = 0  # in a row without getting further
    attempts: tuple[Attempt, ...] = ()
    trouble: Trouble | None = None
    metrics: Mapping[str, int] = {}  # the newest value of each; what was not measured is not here
    measured_at: Moment | None = None
    created_at: Moment

    @property
    def next_part(self) -> int | None:
        """The first part that is not public yet."""
        return next((n for n, part in enumerate(self.parts) if part.remote is None), None)

    def was_begun(self, number: int) -> bool:
        """Whether a part's commit may ever have been sent, however it ended."""
        part = self.parts[number]
        if part.remote is not None or part.doubt_at is not None or part.key_at is not None:
            return True
        if len(self.attempts) == LEDGER_LENGTH:  # what it no longer holds is not known
            return True
        return any(each.part == number and each.phase not in BEFORE_FENCE for each in self.attempts)

    def leased(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now

    def moved(self, to: State, **changes: Any) -> "Delivery":
        """This delivery in another state, with other facts changed along with it."""
        if to not in MOVES[self.state]:
            raise IllegalMove(f"{self.delivery_id}: {self.state} → {to}")
        if to in WITHOUT_ALARM:
            changes |= {"next_attempt_at": None, "next_step": None, "queued_for": None}
            changes |= {"lease_until": None}
        return self.model_copy(update={"state": to, **changes})

    def noted(self, attempt: Attempt) -> tuple[Attempt, ...]:
        return (*self.attempts, attempt)[-LEDGER_LENGTH:]

    def with_part(self, number: int, **changes: Any) -> tuple[Part, ...]:
        """The parts, one of them changed."""
        changed = self.parts[number].model_copy(update=changes)
        return (*self.parts[:number], changed, *self.parts[number + 1 :])
