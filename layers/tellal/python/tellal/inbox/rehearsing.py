"""What a rule would have done with the messages of the last 30 days, had it been on. Nothing is
written, and a rule's cap is not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal import clock
from tellal.conversations import Conversation, Direction, Message
from tellal.inbox import fitting
from tellal.inbox.applying import Surroundings
from tellal.inbox.fitting import Finds
from tellal.rules import Rule
from tellal.stores.conversations import ConversationStore, MessageStore

BACK = timedelta(days=30)


@dataclass(frozen=True)
class Rehearsed:
    message: Message
    actions: Sequence[str]  # on its conversation as it is now; none: there is nothing left to do


@dataclass(frozen=True)
class Page:
    looked_at: int
    fitting: Sequence[Rehearsed]
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    conversations: ConversationStore
    messages: MessageStore
    surroundings: Surroundings
    finds: Finds

    def page(
        self, rule: Rule, workspace_id: str, *, limit: int, cursor: str | None, now: datetime
    ) -> Page:
        """The newest first. Raises Unacceptable for a cursor that no page gave."""
        page = self.messages.table.query(
            workspace_id,
            index="by_workspace",
            since=clock.text(now - BACK),
            until=clock.text(now),
            newest_first=True,
            limit=limit,
            cursor=cursor,
        )
        read = self.messages.get_many([item["message_id"] for item in page.items])
        theirs = [each for each in read if each.direction is Direction.IN and not each.removed_at]
        ids = list(dict.fromkeys(each.conversation_id for each in theirs))
        known = {each.conversation_id: each for each in self.conversations.get_many(ids)}
        fit = [each for each in theirs if self._fits(rule, each, known)]
        found = [_rehearsed(rule, each, known[each.conversation_id]) for each in fit]
        return Page(len(theirs), found, page.cursor)

    def _fits(self, rule: Rule, message: Message, known: Mapping[str, Conversation]) -> bool:
        conversation = known.get(message.conversation_id)
        if conversation is None:
            return False
        situation = self.surroundings.of(message, conversation, [rule])
        return fitting.fits(rule.when, situation, self.finds)


def _rehearsed(rule: Rule, message: Message, conversation: Conversation) -> Rehearsed:
    whoever = rule.then.assign[0] if rule.then.assign else None
    after = fitting.acted(conversation, rule, whoever)
    hidden = fitting.hides(message, conversation.platform, rule)
    return Rehearsed(message, fitting.actions(conversation, after, rule, hidden=hidden))
