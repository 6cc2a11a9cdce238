"""What was snoozed comes back by itself, within a minute of its time.

The minute's run of `dispatch_due_posts` asks one sparse index for it: 43,200 half units of reading
a month, under a cent, where a queue or a schedule for each would cost more and could be lost.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tellal.audit import CLOCK, entry
from tellal.errors import AlreadyChanged
from tellal.inbox import work
from tellal.stores.audit import AuditStore
from tellal.stores.conversations import ConversationStore

MOST = 500  # in one run, which has publishing to do as well; the next goes on


@dataclass(frozen=True, kw_only=True)
class Waker:
    conversations: ConversationStore
    audit: AuditStore

    def wake(self, *, now: datetime) -> int:
        """Open what was snoozed until now; returns how many. Safe to repeat and to be cut off."""
        due = islice(self.conversations.waking(until=now), MOST)
        return sum(self._wake(conversation_id, now) for conversation_id in due)

    def _wake(self, conversation_id: str, now: datetime) -> bool:
        seen = self.conversations.get(conversation_id)
        if seen is None or (woken := work.woken(seen, now=now)) == seen:
            return False  # the index is behind the row
        before, after = work.difference(seen, woken)
        told = entry(
            "woken",
            conversation_id,
            workspace_id=seen.workspace_id,
            by=CLOCK,
            at=now,
            before=before,
            after=after,
        )
        try:
            self.conversations.save(seen, woken, [self.audit.creation(told)])
        except AlreadyChanged:
            return False  # somebody was faster, or the next minute sees it again
        return True
