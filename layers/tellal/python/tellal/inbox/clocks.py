"""The clock of an answer that is owed: it begins with a message of theirs and ends with our answer.

It stops while nobody waits for us: `work` clears it with every way into `waiting` and `closed`. To
snooze does not stop it, for they wait on. Where service levels promise an answer, what it is due by
and when that is at risk stand on the conversation, set in the write that stores the message; the
minute's run of `dispatch_due_posts` finds by one sparse index what has come to either time, and
says so on the row, once each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from tellal.channels import Workspace
from tellal.conversations import Conversation, Lateness
from tellal.errors import AlreadyChanged
from tellal.inbox.service_levels import BusinessTime
from tellal.stores.conversations import ConversationStore

AT_RISK = 0.8  # of the target gone
MOST = 500  # in one run, which has publishing to do as well; the next goes on


def started(
    conversation: Conversation, workspace: Workspace | None, *, since: datetime
) -> Conversation:
    """They wait since then; the same one where they wait already."""
    if conversation.answer_due_at is not None:
        return conversation
    since = conversation.owed_since or since
    conversation = conversation.model_copy(update={"owed_since": since})
    levels = workspace.service_levels if workspace else None
    if workspace is None or levels is None:
        return conversation
    is_first = conversation.answered_at is None
    target = levels.first_answer_minutes if is_first else levels.next_answer_minutes
    if target is None:
        return conversation
    business, minutes = BusinessTime.of(workspace), timedelta(minutes=target)
    times = {
        "answer_due_at": business.after(since, minutes),
        "at_risk_at": business.after(since, minutes * AT_RISK),
    }
    return conversation if None in times.values() else conversation.model_copy(update=times)


def waited(conversation: Conversation, workspace: Workspace, *, now: datetime) -> int | None:
    """Whole minutes of business time for which an answer has been owed; None: none is."""
    if conversation.owed_since is None:
        return None
    return business_minutes(workspace, since=conversation.owed_since, until=now)


def business_minutes(workspace: Workspace, *, since: datetime, until: datetime) -> int:
    """Whole ones. A platform's clock may be ahead of ours: then there are none."""
    business = BusinessTime.of(workspace).between(min(since, until), until)
    return business // timedelta(minutes=1)


def looked_at(conversation: Conversation, *, now: datetime) -> Conversation:
    """As it stands with its clock; the same one where nothing new is to be told."""
    due, at_risk = conversation.answer_due_at, conversation.at_risk_at
    if due is None or at_risk is None or at_risk > now:
        return conversation
    lateness = Lateness.BREACHED if due <= now else Lateness.AT_RISK
    return conversation.model_copy(update={"lateness": lateness})


@dataclass(frozen=True, kw_only=True)
class Watcher:
    conversations: ConversationStore

    def watch(self, *, now: datetime) -> int:
        """Say of what is at risk or breached that it is; returns of how many. Safe to repeat and to
        be cut off: each is a write on condition, and its event is told from the stream."""
        due = islice(self.conversations.owed(until=now), MOST)
        return sum(self._watch(conversation_id, now) for conversation_id in due)

    def _watch(self, conversation_id: str, now: datetime) -> bool:
        seen = self.conversations.get(conversation_id)
        if seen is None or (looked := looked_at(seen, now=now)) == seen:
            return False  # the index is behind the row
        try:
            self.conversations.save(seen, looked)
        except AlreadyChanged:
            return False  # the next minute sees it again
        return True
