"""The due second: one delivery, from its hint to its settled row.

Everything that may be slow comes first (rows, credentials, a token's refresh), then the wait
for the due second, and then in this order: is publishing paused, write the fence, commit at
once. The fence is a conditional write, so of all workers one commits; its lease outlives this
function, so whoever finds it ended knows that the worker is dead and the outcome unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal import clock
from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery, State, Step
from tellal.errors import AlreadyChanged, Duplicate, PublishError
from tellal.platforms.calls import DEADLINE
from tellal.platforms.protocol import FindsPost, Guarantee, PartKey, Publishes, Thread
from tellal.posts import Remote
from tellal.publishing import outcomes
from tellal.publishing.aftermath import Aftermath
from tellal.publishing.looking import not_due, publishing_adapter, unprepared
from tellal.publishing.search import Search, newly_public
from tellal.stores.channels import ChannelStore, WorkspaceStore
from tellal.stores.deliveries import DeliveryStore

LONGEST_WAIT = timedelta(seconds=3)
ENOUGH = DEADLINE + timedelta(seconds=10)  # no commit begins with less time left than this

Remaining = Callable[[], timedelta]


@dataclass(frozen=True, kw_only=True)
class Publisher:
    deliveries: DeliveryStore
    workspaces: WorkspaceStore
    channels: ChannelStore
    adapters: Adapters
    after: Aftermath
    search: Search
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
        channel = self.channels.get(delivery.channel_id)
        assert channel is not None, "a delivery's channel is never deleted"
        assert delivery.next_attempt_at is not None, "only what is due is followed"
        now = self.now()
        due = max(now, delivery.publish_at, delivery.next_attempt_at)
        seen = delivery
        if delivery.state is State.PUBLISHING:  # a worker died, or an outcome is unknown
            delivery = outcomes.doubted(delivery, now=now)
        if channel.resume_at and channel.resume_at > due:
            return self.after.keep(seen, outcomes.handed_back(delivery, at=channel.resume_at))
        adapter_class = publishing_adapter(channel.platform)
        if unprepared(delivery, adapter_class, now=now):
            return self.after.keep(seen, outcomes.prepared_anew(delivery, now=now))
        try:
            adapter = self.adapters.open(channel, now=now)
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
                seen = reached = self.search.save(seen, reached, line.channel)
                continue
            if stop := self._reason_to_stop(reached, number, line):
                return self._leave(seen, stop, line)
            fence = outcomes.fenced(reached, number, now=self.now())
            seen = self._write(seen, fence, line)
            try:
                remote, request_id = _commit(line.adapter, seen, number)
            except PublishError as error:
                return self.after.refused(seen, seen, error, line.channel, phase="commit")
            reached = outcomes.went_out(seen, number, remote, now=self.now(), request_id=request_id)
        return self._leave(seen, reached, line)

    def _settle_doubt(self, reached: Delivery, number: int, line: "_Line") -> Delivery:
        """A part in doubt after we looked for it, where looking is what is left to do."""
        part, now = reached.parts[number], self.now()
        if part.doubt_at is None:
            return reached
        promise = line.adapter.promise(part, line.channel)
        if outcomes.may_ask_again(reached, number, promise, now=now):
            return reached
        if not isinstance(line.adapter, FindsPost):
            return outcomes.unconfirmed(reached)
        return self.search.look(reached, number, line.channel, line.adapter, now=now)

    def _reason_to_stop(self, reached: Delivery, number: int, line: "_Line") -> Delivery | None:
        """The delivery as it is to be left if its next part may not be committed now."""
        part = reached.parts[number]
        if part.doubt_at is not None:
            promise = line.adapter.promise(part, line.channel)
            if not outcomes.may_ask_again(reached, number, promise, now=self.now()):
                return reached  # it was looked for: later again, or a person's
        workspace = self.workspaces.get(reached.workspace_id)
        if workspace is None or workspace.paused_at is not None:
            return outcomes.held(reached)
        return None

    def _write(self, seen: Delivery, changed: Delivery, line: "_Line") -> Delivery:
        """Where a post may be looked for, what is newly public is claimed along with it."""
        for part in changed.parts:
            if part.remote in newly_public(seen, changed):
                promise = line.adapter.promise(part, line.channel)
                if promise.guarantee is Guarantee.SEARCHABLE:
                    return self.search.save_known(seen, changed, line.channel)
        return self.deliveries.save(seen, changed)

    def _leave(self, seen: Delivery, left: Delivery, line: "_Line") -> str:
        if left is seen:  # adopted to its last part, and written
            return seen.state.value
        return self.after.hint(self._write(seen, left, line))


@dataclass(frozen=True)
class _Line:
    """A channel, and the adapter that was opened for it."""

    channel: Channel
    adapter: Publishes


def _commit(adapter: Publishes, delivery: Delivery, number: int) -> tuple[Remote, str | None]:
    part = delivery.parts[number]
    assert part.key_at is not None, "a commit stands behind its fence"
    key = PartKey(delivery.delivery_id, number, part.key_at)
    before = tuple(part.remote for part in delivery.parts[:number] if part.remote is not None)
    try:
        published = adapter.commit(part, key=key, thread=Thread(before))
    except Duplicate as found:
        return found.existing, None
    return published.remote, published.request_id
