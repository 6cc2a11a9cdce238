"""The due second: one delivery, from its hint to its settled row.

Everything that may be slow comes first (rows, credentials, a token's refresh), then the wait
for the due second, and then in this order: what was spent, where posts cost money; is publishing
paused; write the fence; commit at once. The fence is a conditional write, so of all workers one
commits; its lease outlives this function, so whoever finds it ended knows that the worker is dead
and the outcome unknown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tellal import clock
from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery, State, Step, Timing
from tellal.errors import AlreadyChanged, Duplicate, PublishError, Rejected, Repeated
from tellal.observability import logger
from tellal.platforms import actions
from tellal.platforms.calls import DEADLINE
from tellal.platforms.protocol import (
    Accepted,
    Confirms,
    Costs,
    FindsPost,
    GivenUp,
    Guarantee,
    MediaReader,
    PartKey,
    Pending,
    Promise,
    Published,
    Publishes,
    Resumes,
    Unpublished,
)
from tellal.posts import PartKind, Remote
from tellal.publishing import outcomes
from tellal.publishing.aftermath import Aftermath
from tellal.publishing.looking import (
    can_ask,
    not_due,
    publishing,
    thread_before,
    turn_came,
    unprepared,
)
from tellal.publishing.search import Search, newly_public
from tellal.publishing.spending import Bill, Spending
from tellal.stores.channels import WorkspaceStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.table import Write

LONGEST_WAIT = timedelta(seconds=4)
MOST_TRIES = 20  # to count a price, where others count theirs
ENOUGH = DEADLINE + timedelta(seconds=10)  # no commit begins with less time left than this

Remaining = Callable[[], timedelta]


class Settles(Protocol):
    """Whoever must know of an answer before it is written that it is published."""

    def settle(self, delivery: Delivery, channel: Channel, *, now: datetime) -> None:
        """Safe to repeat: it may come to be done once more."""
        ...


@dataclass(frozen=True, kw_only=True)
class Publisher:
    deliveries: DeliveryStore
    workspaces: WorkspaceStore
    adapters: Adapters
    media: MediaReader
    after: Aftermath
    search: Search
    spending: Spending
    settling: Callable[[], Settles]  # made for the first answer: a post has nothing to settle
    timing: Timing
    now: Callable[[], datetime]
    wait: Callable[[float], None]

    def publish(self, delivery_id: str, *, remaining: Remaining) -> str:
        """Do what is due now; returns the outcome in one word, for the log."""
        delivery = self.deliveries.get(delivery_id)
        why_not = not_due(delivery, Step.PUBLISH, now=self.now(), early=LONGEST_WAIT)
        if delivery is None or why_not:
            return why_not
        try:
            return self._publish(delivery, remaining)
        except AlreadyChanged:
            return "overtaken"  # whoever changed it has set its next alarm

    def _publish(self, delivery: Delivery, remaining: Remaining) -> str:
        channel, credentials = self.adapters.read(delivery.channel_id)
        assert channel is not None, "a delivery's channel is never deleted"
        assert delivery.next_attempt_at is not None, "only what is due is followed"
        now = self.now()
        due = max(now, delivery.publish_at, delivery.next_attempt_at)
        seen = delivery
        if delivery.state is State.PUBLISHING:  # a worker died, or an outcome is unknown
            delivery = outcomes.doubted(delivery, now=now)
        if channel.resume_at and channel.resume_at > due:
            return self.after.keep(seen, outcomes.handed_back(delivery, at=channel.resume_at))
        adapter_class = publishing(self.adapters.platforms[channel.platform])
        if unprepared(delivery, adapter_class, now=now):
            return self.after.keep(seen, outcomes.prepared_anew(delivery, now=now))
        try:
            adapter = self.adapters.opened(channel, credentials, now=now)
        except PublishError as error:
            return self.after.refused(seen, delivery, error, channel, phase="open")
        assert isinstance(adapter, Publishes)
        self.wait(max(0.0, clock.seconds_between(self.now(), due)))
        return self._commit_parts(seen, delivery, _Line(channel, adapter), remaining)

    def _commit_parts(
        self, seen: Delivery, reached: Delivery, line: "_Line", remaining: Remaining
    ) -> str:
        """Commit part after part. `seen` is what is written, `reached` what is true by now.

        The next part's fence writes what the last one came to, so a delivery of n parts takes
        n + 1 writes.
        """
        while (number := reached.next_part) is not None:
            if remaining() < ENOUGH:
                return self._leave(seen, outcomes.handed_back(reached, at=self.now()), line)
            try:
                reached = self._settle_doubt(reached, number, line)
            except PublishError as error:
                return self.after.refused(seen, reached, error, line.channel, phase="look")
            if reached.parts[number].remote is not None:  # found, and nobody else's
                seen = reached = self._adopt(seen, reached, number, line)
                continue
            written, begun = self._begin(seen, reached, number, line)
            if not begun:
                return self._leave(seen, written, line)
            seen = written
            try:
                result = self._commit(seen, number, line)
            except PublishError as error:
                return self.after.refused(seen, seen, error, line.channel, phase="commit")
            if isinstance(result, Accepted):
                left = outcomes.accepted(seen, number, result, now=self.now())
                return self.after.keep(seen, left)
            reached = self._went_out(seen, number, result, line)
        return self._leave(seen, reached, line)

    def _went_out(self, seen: Delivery, number: int, result: Published, line: "_Line") -> Delivery:
        """With where people find it; what else is to know of it does, before this is written: who
        dies in between does it once more."""
        remote = result.remote
        if seen.parts[number].kind.has_address:
            remote = _confirmed(remote, line.adapter)
        asked = result.request_id
        reached = outcomes.went_out(seen, number, remote, now=self.now(), request_id=asked)
        if reached.answers is not None:
            self.settling().settle(reached, line.channel, now=self.now())
        return reached

    def _settle_doubt(self, reached: Delivery, number: int, line: "_Line") -> Delivery:
        """A part in doubt after we asked what became of it, where asking is what is left to do."""
        part, now = reached.parts[number], self.now()
        if part.doubt_at is None:
            return reached
        promise = line.promise(reached, number)
        if outcomes.may_ask_again(reached, number, promise, now=now):
            return reached
        if not can_ask(type(line.adapter), promise):
            return outcomes.unconfirmed(reached)
        if promise.guarantee is Guarantee.RESUMABLE:
            assert isinstance(line.adapter, Resumes)
            return self._resumed(reached, number, line.adapter)
        assert isinstance(line.adapter, FindsPost)
        return self.search.look(reached, number, line.channel, line.adapter, now=now)

    def _resumed(self, reached: Delivery, number: int, adapter: Resumes) -> Delivery:
        """As the platform itself tells it, by the session, container or id that it gave us."""
        part, now = reached.parts[number], self.now()
        thread = thread_before(reached, number)
        told = adapter.resume(part, key=_key(reached, number), thread=thread)
        match told:
            case GivenUp():
                return outcomes.given_up(reached, number, told, now=now)
            case Published():
                remote = _confirmed(told.remote, adapter)
                return outcomes.adopted(reached, number, remote, now=now)
            case Pending():
                return outcomes.worked_on(reached, number, told, now=now)
            case Unpublished():
                if enough := outcomes.lost_too_often(reached, number):
                    return outcomes.given_up(reached, number, enough, now=now)
                again = outcomes.to_be_sent_again(reached, number, now=now)
                return again if told.prepared else outcomes.prepared_anew(again, now=now)

    def _begin(
        self, seen: Delivery, reached: Delivery, number: int, line: "_Line"
    ) -> tuple[Delivery, bool]:
        """The fence as it was written, and True; or the delivery as it is to be left instead.

        Where others count what they spend at the same moment, both may be refused: then it is
        asked again whether there is still room.
        """
        if self._is_to_wait(reached, number, line):
            return reached, False
        if turn_came(reached, type(line.adapter)):
            return outcomes.handed_back(reached, at=self.now(), step=Step.PREPARE), False
        bill, tries = line.bill(reached, number), 0
        while True:
            spent = self.spending.so_far(reached, now=self.now()) if bill.is_owed else 0.0
            workspace = self.workspaces.get(reached.workspace_id)
            if workspace is None or workspace.paused_at is not None:
                return outcomes.held(reached), False
            if too_dear := self.spending.objection(bill, reached, workspace, spent=spent):
                return outcomes.held(reached, too_dear), False
            now = self.now()
            fence = outcomes.fenced(reached, number, price=bill.part, now=now, timing=self.timing)
            counted = self.spending.counting(fence, bill, workspace, now=now)
            try:
                return self._write(seen, fence, line, also=counted), True
            except AlreadyChanged:
                tries += 1
                if not counted or tries == MOST_TRIES or not self._is_ours(seen):
                    raise

    def _is_to_wait(self, reached: Delivery, number: int, line: "_Line") -> bool:
        """Given up, a person's, to be prepared anew; or asked about, and to be asked again."""
        if reached.next_step is not Step.PUBLISH:
            return True
        in_doubt = reached.parts[number].doubt_at is not None
        promise = line.promise(reached, number)
        return in_doubt and not outcomes.may_ask_again(reached, number, promise, now=self.now())

    def _is_ours(self, seen: Delivery) -> bool:
        current = self.deliveries.get(seen.delivery_id)
        return current is not None and current.version == seen.version

    def _commit(self, delivery: Delivery, number: int, line: "_Line") -> Published | Accepted:
        part = delivery.parts[number]
        if part.until is not None and self.now() > part.until:
            raise Rejected(f"It was too late: this could be sent until {clock.text(part.until)}.")
        if part.kind is PartKind.ACTION:
            return actions.commit(line.adapter, part)
        try:
            return line.adapter.commit(
                part,
                key=_key(delivery, number),
                thread=thread_before(delivery, number),
                media=self.media,
            )
        except Duplicate as found:
            if self.search.is_ours(delivery, number, line.channel, found):
                return Published(found.existing)
            raise Repeated(str(found)) from found

    def _adopt(self, seen: Delivery, found: Delivery, number: int, line: "_Line") -> Delivery:
        """What a list shows may be another's; what a session or an id tells is ours."""
        if line.promise(found, number).guarantee is Guarantee.RESUMABLE:
            return self._write(seen, found, line)
        return self.search.save(seen, found, line.channel)

    def _write(
        self, seen: Delivery, changed: Delivery, line: "_Line", also: Sequence[Write] = ()
    ) -> Delivery:
        """Where a post may be looked for, what is newly public is claimed along with it."""
        new = newly_public(seen, changed)
        for number, part in enumerate(changed.parts):
            searchable = line.promise(changed, number).guarantee is Guarantee.SEARCHABLE
            if part.remote in new and searchable:
                return self.search.save_known(seen, changed, line.channel, also)
        return self.deliveries.save(seen, changed, also)

    def _leave(self, seen: Delivery, left: Delivery, line: "_Line") -> str:
        if left is seen:  # adopted to its last part, and written
            return seen.state.value
        return self.after.hint(self._write(seen, left, line))


@dataclass(frozen=True)
class _Line:
    """A channel, and the adapter that was opened for it."""

    channel: Channel
    adapter: Publishes

    def promise(self, delivery: Delivery, number: int) -> Promise:
        return actions.promise(self.adapter, delivery.parts[number], self.channel)

    def bill(self, delivery: Delivery, number: int) -> Bill:
        """Of a part and those behind it. What was counted is paid for, and goes on."""
        if not isinstance(self.adapter, Costs) or delivery.parts[number].reserved:
            return Bill(0.0, 0.0)
        prices = [
            0.0 if part.reserved else self.adapter.price(part, self.channel)
            for part in delivery.parts[number:]
        ]
        return Bill(prices[0], sum(prices))


def _confirmed(remote: Remote, adapter: Publishes | Resumes) -> Remote:
    """With the address people find it at, if the platform tells it now; it is public anyhow."""
    if remote.url is not None or not isinstance(adapter, Confirms):
        return remote
    try:
        return adapter.confirm(remote)
    except PublishError as error:
        logger.info("published, but its address is not known", remote=remote.id, why=str(error))
        return remote


def _key(delivery: Delivery, number: int) -> PartKey:
    key_at = delivery.parts[number].key_at
    assert key_at is not None, "a commit stands behind its fence"
    return PartKey(delivery.delivery_id, number, key_at)
