"""Containers, by which Instagram and Threads publish.
https://developers.facebook.com/docs/instagram-platform/content-publishing
https://developers.facebook.com/docs/threads/posts

A container is made of words, and of addresses from which the platform fetches the files. It is
worked on, lives for a day, and becomes public by its id.

What must stay true. One container makes one post, however often it is published, so it is the
same one that is published again after a lost answer, and it is asked before: only what it says
of itself leads anywhere. An address of ours lives for a quarter of an hour; where a platform
fetched too late or not at all, the container is made again, with a fresh one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from tellal.errors import OutcomeUnknown, Rejected, TryLater
from tellal.platforms.calls import Gone
from tellal.platforms.graph import GraphLine, Refusal, Refusals
from tellal.platforms.protocol import (
    GivenUp,
    Pending,
    Prepared,
    Published,
    Unpublished,
)
from tellal.platforms.waiting import done, still_working
from tellal.posts import Remote

LIVES = timedelta(hours=24)
USED_WITHIN = timedelta(hours=22)  # what was prepared: a try or two must still find it alive
FETCHING = timedelta(seconds=60)  # the platform may fetch a picture before it answers
MOST_ASKED = 50  # three quarters of an hour; a long film takes its time
MOST_MADE_AGAIN = 4
MADE_AGAIN_IN = timedelta(seconds=30)  # then longer each time
CLOCKS_AGREE = timedelta(seconds=2)
SENT_WITHIN = timedelta(minutes=5)  # of its fence: a worker lives for one, and then it is shown

# Notes of a part: what was made for it so far.
CONTAINER = "container"
ITEMS = "items"  # a carousel's, by their ids
FINISHED = "finished"  # how many of them
MADE_AGAIN = "made_again"

# What may be refused or fail of any container, by subcode.
# https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
NOT_FETCHED = Refusal(TryLater, "{title} could not fetch the file from us")
NOT_MADE = Refusal(TryLater, "{title} could not work on the file")
GONE = Refusal(Gone, "{title} does not know what was prepared")
BLOCKED_FOR = timedelta(hours=3)  # it does not say how long
QUOTA_RETURNS_IN = timedelta(hours=3)  # of a rolling day: nobody says when there is room again
REFUSALS: Refusals = {
    **dict.fromkeys((-1, -2, 2207001), Refusal(TryLater, "{title} has a passing trouble")),
    **dict.fromkeys((2207003, 2207052, 2207077), NOT_FETCHED),
    **dict.fromkeys((2207032, 2207053, 2207082), NOT_MADE),
    **dict.fromkeys((2207006, 2207008, 2207020), GONE),
    2207027: Refusal(TryLater, "{title} still works on it", timedelta(seconds=30)),
    2207042: Refusal(
        TryLater, "The account's posts of these 24 hours are used up", QUOTA_RETURNS_IN
    ),
    2207051: Refusal(TryLater, "{title} blocks this, as it looks automatic to it", BLOCKED_FOR),
}
# A container that is public already is «not found» as well as one that is gone, and in a trouble
# of its own a platform does not know itself. Where one is published it is asked, after these.
UNCLEAR = Refusal(OutcomeUnknown, "{title} does not say whether it is public")
ON_COMMIT: Refusals = dict.fromkeys(
    (33, -1, -2, 2207001, 2207003, 2207006, 2207008, 2207020, 2207032, 2207053, 2207082), UNCLEAR
)

type Form = dict[str, str]
type Notes = Mapping[str, str]


class State(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a container is made of, each when its turn comes: an address does not wait."""

    whole: Callable[[], Form]
    items: Sequence[Callable[[], Form]] = ()  # a carousel's


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The words in which the two differ."""

    title: str
    make: str  # edges of the account
    publish: str
    state: str  # fields of a container
    detail: str
    failure: Callable[[str], Refusal]  # what a detail comes to: of an error that passes, TryLater


@dataclass(frozen=True)
class Listed:
    """One of the account's posts that says what ours says."""

    remote: Remote
    created_at: datetime  # to the second


class Made(BaseModel):
    id: str


class Allowed(BaseModel):
    quota_total: int
    quota_duration: int = 24 * 60 * 60  # seconds


class Containers:
    """One account's. `publishing` is the line for the commit, which has refusals of its own."""

    def __init__(
        self, line: GraphLine, *, publishing: GraphLine, account: str, dialect: Dialect
    ) -> None:
        self._line = line
        self._publishing = publishing
        self._account = account
        self._dialect = dialect

    def prepare(
        self, recipe: Recipe, notes: Notes, *, ask_quota: Callable[[], None]
    ) -> Prepared | Pending:
        """One step: make a container, or ask whether the platform is done with one."""
        try:
            return self._step(recipe, notes, ask_quota)
        except Gone as gone:  # a day has passed, or one server has not heard of it from another
            return self._made_again(Refusal(TryLater, str(gone)), notes)

    def _step(
        self, recipe: Recipe, notes: Notes, ask_quota: Callable[[], None]
    ) -> Prepared | Pending:
        items = notes.get(ITEMS, "").split()
        if container := notes.get(CONTAINER):
            return self._awaited(container, notes, Prepared({CONTAINER: container}))
        if not items:
            ask_quota()
        if len(items) < len(recipe.items):
            made = self._make(recipe.items[len(items)]())
            return Pending({**notes, ITEMS: " ".join((*items, made))})
        finished = int(notes.get(FINISHED, "0"))
        if finished < len(items):
            then = Pending({**done(notes), FINISHED: str(finished + 1)})
            return self._awaited(items[finished], notes, then)
        form = recipe.whole()
        made = self._make({**form, "children": ",".join(items)} if items else form)
        return Pending({**notes, CONTAINER: made})

    def publish(self, notes: Notes) -> Published:
        reply = self._publishing(
            "POST",
            f"{self._account}/{self._dialect.publish}",
            data={"creation_id": notes[CONTAINER]},
            commits=True,
        )
        return Published(Remote(id=reply.read(Made).id), reply.request_id)

    def resume(
        self, notes: Notes, *, sent_at: datetime, listed: Callable[[], Iterable[Listed]]
    ) -> Published | Pending | Unpublished | GivenUp:
        """What the container says of itself; `listed` is read if it says that it is public."""
        container = notes.get(CONTAINER)
        if container is None:  # nothing is published without one
            return Unpublished(prepared=False)
        state, detail = self._ask(container)
        match state:
            case State.PUBLISHED:
                return Published(self._the_one(listed(), sent_at))
            case State.FINISHED:
                return Unpublished()
            case State.IN_PROGRESS:
                return Pending(notes, check_in=timedelta(minutes=1))
            case State.EXPIRED:
                return Unpublished(prepared=False)
            case State.ERROR:
                failure = self._dialect.failure(detail)
                passes = issubclass(failure.error, TryLater)
                return Unpublished(prepared=False) if passes else GivenUp(self._said(failure))

    def _make(self, form: Form) -> str:
        """Nobody sees a container, and one that nobody publishes is thrown away."""
        path = f"{self._account}/{self._dialect.make}"
        return self._line("POST", path, data=form, deadline=FETCHING).read(Made).id

    def _ask(self, container: str) -> tuple[State, str]:
        fields = f"{self._dialect.state},{self._dialect.detail}"
        said: dict[str, Any] = self._line("GET", container, params={"fields": fields}).read(dict)
        state = said.get(self._dialect.state)
        if state not in list(State):
            raise TryLater(f"{self._dialect.title} says of it what we do not know")
        return State(state), str(said.get(self._dialect.detail) or "")

    def _awaited(
        self, container: str, notes: Notes, then: Prepared | Pending
    ) -> Prepared | Pending:
        state, detail = self._ask(container)
        match state:
            case State.FINISHED | State.PUBLISHED:  # what is public says so when it is committed
                return then
            case State.IN_PROGRESS:
                return still_working(notes, what="the files", most=MOST_ASKED)
            case State.EXPIRED:
                return Pending({})
            case State.ERROR:
                return self._made_again(self._dialect.failure(detail), notes)

    def _made_again(self, failure: Refusal, notes: Notes) -> Pending:
        """From the beginning, later, with fresh addresses; not for ever."""
        times = int(notes.get(MADE_AGAIN, "0")) + 1
        if times > MOST_MADE_AGAIN or not issubclass(failure.error, TryLater):
            raise Rejected(self._said(failure))
        return Pending({MADE_AGAIN: str(times)}, check_in=MADE_AGAIN_IN * times)

    def _said(self, failure: Refusal) -> str:
        return failure.sentence.format(title=self._dialect.title)

    def _the_one(self, listed: Iterable[Listed], sent_at: datetime) -> Remote:
        """Ours among posts that say the same: the one that was made when ours was sent."""
        first = sent_at.replace(microsecond=0) - CLOCKS_AGREE
        last = sent_at + SENT_WITHIN
        near = [each.remote for each in listed if first <= each.created_at <= last]
        title = self._dialect.title
        if not near:
            raise TryLater(f"{title} says that it is public, and does not list it yet")
        if len(near) > 1:
            raise Rejected(f"It is public, and {title} lists {len(near)} that say the same")
        return near[0]


def check_quota(used: int, allowed: Allowed | None, *, title: str, what: str) -> None:
    """Raises TryLater where a day's share is used up. It comes back bit by bit: nobody says when.

    https://developers.facebook.com/docs/instagram-platform/content-publishing#rate-limit
    """
    if allowed is None or used < allowed.quota_total:
        return
    hours = allowed.quota_duration // 3600
    sentence = f"{title} takes {allowed.quota_total} {what} in {hours} hours, and they are used up"
    raise TryLater(sentence, after=timedelta(seconds=allowed.quota_duration / 8))
