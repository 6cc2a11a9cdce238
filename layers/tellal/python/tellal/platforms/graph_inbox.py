"""Asking Meta's platforms for what their webhooks did not bring.

Meta lists the newest first, page after page, and what is asked for lies in several lists: comments
below some posts, messages, mentions. Each list is walked by itself: from its newest back to where
the walk before it began, over several readings where one would ask too often. Until it has come
there its cursor stays, so that an outage leaves no gap, and a list that is refused holds no other.

Lists lag, and what was said during a walk may have been passed by. So each walk goes an hour
further back, and remembers what it saw there: what is read twice in spite of it is stored once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel

from tellal import clock
from tellal.channels import Channel
from tellal.clock import Moment
from tellal.conversations import Heard
from tellal.errors import NeedsReconnect, NeedsRefresh, PublishError, Rejected, Throttled
from tellal.platforms.calls import Calls, Gone
from tellal.platforms.graph_webhooks import Model
from tellal.platforms.hearing import InboxPage
from tellal.platforms.newest_first import hashed
from tellal.platforms.protocol import Sourced
from tellal.posts import Frozen

OVERLAP = timedelta(hours=1)
MOST_SEEN = 400  # remembered of one list; of more than these some are read again, and known
MOST_OLD = 25  # messages from before a channel was connected
OF_THE_TOKEN = (NeedsReconnect, NeedsRefresh, Throttled)  # the other lists would fare no better


class Place(Frozen):
    """A page of a list: of what is below one post, or of all."""

    of: str = ""
    after: str | None = None


class Walk(Frozen):
    since: Moment | None = None  # all before it was read; None: nothing was, yet
    seen: frozenset[str] = frozenset()  # hashed ids, of the hour before `since`
    # Of one that is under way:
    begun: Moment | None = None
    left: tuple[Place, ...] = ()
    found: Mapping[str, int] = {}  # hashed ids, and their seconds


class Cursor(BaseModel):
    walks: dict[str, Walk] = {}


@dataclass(frozen=True)
class Listed:
    heard: tuple[Heard, ...] = ()
    further: tuple[Place, ...] = ()  # where to read on


# Reads one page, by one request. The moment tells how far back: what is older need not be there.
type Read = Callable[[Place, datetime], Listed]

START = (Place(),)

# Where nearly nobody looks at a page one may ask some 4800 times a day, for all that is done in
# its name: reading takes about a third of that at most, but to make up for an outage.
REQUESTS: Sourced[int] = Sourced(
    12, "https://developers.facebook.com/docs/graph-api/overview/rate-limiting"
)
READ_EVERY = timedelta(minutes=10)


def of_channel(
    channel: Channel, lists: Mapping[str, Read], *, cursor: str | None, calls: Calls
) -> InboxPage:
    return read(
        lists,
        cursor=cursor,
        connected_at=channel.created_at,
        now=clock.now(),
        requests=int(calls.settings["inbox_requests"]),
    )


class Cursors(Model):
    after: str | None = None


class Paging(Model):
    cursors: Cursors = Cursors()
    next: str | None = None  # holds the token, so it is never followed


def read_on(
    of: str, paging: Paging | None, times: Sequence[datetime], *, asked: int, back_to: datetime
) -> tuple[Place, ...]:
    """The page behind one whose items have these times, if that one does not go back so far."""
    after = paging.cursors.after if paging else None
    is_full = len(times) >= asked or (paging is not None and paging.next is not None)
    if after is None or not is_full or (times and min(times) < back_to):
        return ()
    return (Place(of=of, after=after),)


@dataclass
class _Step:
    """One reading of one list."""

    walk: Walk  # as it was
    left: tuple[Place, ...]
    found: dict[str, int]
    heard: list[Heard] = field(default_factory=list)
    trouble: PublishError | None = None

    def take(self, listed: Listed, back_to: datetime) -> None:
        self.left = (*listed.further, *self.left[1:])
        for each in listed.heard:
            if self.walk.since is not None and each.sent_at < back_to:
                continue
            name = hashed(each.remote_id)
            if name not in self.walk.seen and name not in self.found:
                self.heard.append(each)
            self.found[name] = int(each.sent_at.timestamp())

    def reached(self, now: datetime) -> Walk:
        begun = self.walk.begun or now
        if not self.left:
            return _ended(self.walk, self.found, begun=begun)
        if self.left == START:
            return self.walk
        # A place that is forgotten there is walked to anew.
        left = () if isinstance(self.trouble, Rejected) else self.left
        under_way = {"left": left, "found": _newest(self.found), "begun": begun}
        return self.walk.model_copy(update=under_way)


def read(
    lists: Mapping[str, Read],
    *,
    cursor: str | None,
    connected_at: datetime,
    now: datetime,
    requests: int,
) -> InboxPage:
    """Raises what went wrong where nothing else can be told; else the next reading will.

    `requests` are shared by the lists, one each at least. Of a list that was never read the most
    recent page is, and what came since the channel was connected.
    """
    known = Cursor.model_validate_json(cursor) if cursor else Cursor()
    each_may = max(1, requests // len(lists))
    steps: dict[str, _Step] = {}
    for name, page in lists.items():
        walk = known.walks.get(name, Walk())
        steps[name] = _walk_on(walk, page, connected_at=connected_at, requests=each_may)
        if isinstance(steps[name].trouble, OF_THE_TOKEN):
            break
    walks = known.walks | {name: step.reached(now) for name, step in steps.items()}
    reached = Cursor(walks={name: walk for name, walk in walks.items() if walk != Walk()})
    heard = [each for step in steps.values() for each in step.heard]
    trouble = _trouble([step.trouble for step in steps.values()])
    if trouble is not None and not heard and reached == known:
        raise trouble
    return InboxPage(
        heard=tuple(sorted(heard, key=lambda each: each.sent_at)),
        cursor=_spelled(reached) if reached != known else cursor,
        more=trouble is None and any(walk.left for walk in reached.walks.values()),
    )


def _trouble(each: Sequence[PublishError | None]) -> PublishError | None:
    """What an owner did not allow is refused each time: it is trouble only if all of it is."""
    for error in each:
        if error is not None and not isinstance(error, Rejected):
            return error
    return each[0] if all(each) else None


def _walk_on(walk: Walk, page: Read, *, connected_at: datetime, requests: int) -> _Step:
    back_to = max(walk.since - OVERLAP, connected_at) if walk.since else connected_at
    step = _Step(walk, walk.left or START, dict(walk.found))
    for _ in range(requests):
        place = step.left[0]
        try:
            step.take(page(place, back_to), back_to)
        except Gone as error:
            if place in START:
                step.trouble = error
                break
            step.take(Listed(), back_to)  # a post that is not there any more, with all below it
        except PublishError as error:
            step.trouble = error
            break
        if not step.left:
            break
    if walk.since is None:
        step.heard = _worth_beginning_with(step.heard, connected_at)
    return step


def _worth_beginning_with(heard: list[Heard], connected_at: datetime) -> list[Heard]:
    """All since the channel was connected; of what lay there before, the newest."""
    old = sorted((e for e in heard if e.sent_at < connected_at), key=lambda each: each.sent_at)
    return [*old[-MOST_OLD:], *(each for each in heard if each.sent_at >= connected_at)]


def _ended(walk: Walk, found: Mapping[str, int], *, begun: datetime) -> Walk:
    """What came while it lasted may have been passed by: no walk reads to later than it began."""
    if not found:
        return Walk(since=walk.since, seen=walk.seen)
    newest = datetime.fromtimestamp(max(found.values()), tz=begun.tzinfo)
    since = min(newest, begun)
    since = max(since, walk.since) if walk.since else since
    hour_before = int((since - OVERLAP).timestamp())
    near = {name: at for name, at in found.items() if at >= hour_before}
    return Walk(since=since, seen=frozenset(_newest(near)))


def _newest(found: Mapping[str, int]) -> dict[str, int]:
    by_time = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return dict(by_time[:MOST_SEEN])


def _spelled(cursor: Cursor) -> str | None:
    if not cursor.walks:
        return None
    walks = {
        name: {**walk.model_dump(mode="json", exclude_defaults=True)}
        | ({"seen": sorted(walk.seen)} if walk.seen else {})
        for name, walk in sorted(cursor.walks.items())
    }
    return json.dumps({"walks": walks})
