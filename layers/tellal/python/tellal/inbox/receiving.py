"""The one way into the inbox, for webhooks, polling and replays alike.

A message and what it changes in its conversation are written in one transaction, on condition
that nobody changed either meanwhile, so it may be heard any number of times, by several workers
at the same moment. The platform's id decides what is known already.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tellal.audit import Who, entry
from tellal.channels import Channel, ChannelState
from tellal.conversations import (
    Change,
    Conversation,
    ConversationState,
    Heard,
    Message,
    message_id,
)
from tellal.errors import AlreadyChanged
from tellal.inbox import changes, clocks, people, work
from tellal.stores.audit import AuditStore
from tellal.stores.channels import ChannelStore, WorkspaceStore
from tellal.stores.contacts import ContactStore
from tellal.stores.conversations import ConversationStore, MessageStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

MOST_TRIES = 10  # of each round of a race somebody wins
NEWEST = 100  # messages looked at to correct a conversation
HEARD_LATELY = timedelta(minutes=10)  # `last_heard_at` is not written more often: writes cost
ERASED = "erased"  # the purpose of an erased person's tombstone


class Outcome(StrEnum):
    STORED = "stored"
    KNOWN = "known"
    EDITED = "edited"
    REMOVED = "removed"
    OWN = "own"  # the channel's own: it is no message to us

    ERASED = "erased"  # of a person whose data was erased here


@dataclass(frozen=True, kw_only=True)
class Inbox:
    channels: ChannelStore
    conversations: ConversationStore
    messages: MessageStore
    once: OnceStore
    audit: AuditStore
    contacts: ContactStore
    workspaces: WorkspaceStore
    transact: Callable[[Iterable[Write]], None]

    def listeners(self, platform: str, remote_id: str) -> Iterator[Channel]:
        """Every channel, in any workspace, that is this page or account."""
        for channel in self.channels.of_platform(platform, remote_id=remote_id):
            if channel.state is not ChannelState.DISCONNECTED:
                yield channel

    def store(self, channel: Channel, heard: Heard, *, now: datetime) -> Outcome:
        """Raises AlreadyChanged where it lost every race: hand it in again."""
        for _ in range(MOST_TRIES):
            try:
                return self._store(channel, heard, now)
            except AlreadyChanged as error:
                lost = error
        raise lost

    def change(self, message_id: str, changed: Callable[[Message], Message]) -> None:
        """By what we did with it, and its conversation along with it. Of one that was erased
        nothing is left to change. Raises AlreadyChanged where it lost every race."""
        for _ in range(MOST_TRIES):
            seen = self.messages.get(message_id)
            if seen is None or changed(seen) == seen:
                return
            try:
                self._store_change(seen, changed(seen))
            except AlreadyChanged as error:
                lost = error
            else:
                return
        raise lost

    def tell(self, channel: Channel, said: Heard, message: Message, *, now: datetime) -> None:
        """Keep what we said to a person elsewhere, once. Raises AlreadyChanged, as above."""
        for _ in range(MOST_TRIES):
            if self.messages.get(message.message_id) is not None:
                return
            tombstone = tombstone_key(channel.workspace_id, channel.platform, said.author.remote_id)
            if self.once.get(ERASED, tombstone, now=now) is not None:
                return
            conversation = self.conversations.get(message.conversation_id)
            kept = message
            if conversation is None:
                begun = changes.begun_by_us(channel, said, message, now=now)
                writes = [self.conversations.creation(begun), self._meeting(channel, said, now)]
            else:
                told = changes.told_them(conversation, said, now=now)
                kept = message.model_copy(update={"turn": told.last_turn})
                writes = [self.conversations.saving(conversation, told)]
            try:
                self.transact([self.messages.creation(kept), *writes])
            except AlreadyChanged as error:
                lost = error
            else:
                return
        raise lost

    def _store(self, channel: Channel, heard: Heard, now: datetime) -> Outcome:
        seen = self.messages.get(message_id(channel.channel_id, heard.remote_id))
        if seen is not None:
            return self._store_change(seen, changes.heard_again(seen, heard, now=now))
        if heard.author.remote_id == channel.remote_id:
            return Outcome.OWN
        tombstone = tombstone_key(channel.workspace_id, channel.platform, heard.author.remote_id)
        if self.once.get(ERASED, tombstone, now=now) is not None:
            return Outcome.ERASED
        return self._store_first(channel, heard, now)

    def _store_first(self, channel: Channel, heard: Heard, now: datetime) -> Outcome:
        message = changes.first_heard(channel, heard, now=now)
        if heard.change is Change.REMOVED:
            self.transact([self.messages.creation(message)])
            return Outcome.REMOVED
        conversation = self.conversations.get(message.conversation_id)
        if conversation is None:
            opened = changes.opened(channel, heard, message, now=now)
            opened = self._owing(opened, heard, now)
            writes = [self.conversations.creation(opened), self._meeting(channel, heard, now)]
        else:
            continued = changes.continued(conversation, heard, message)
            continued = self._owing(continued, heard, now)
            message = message.model_copy(update={"turn": continued.last_turn})
            writes = self._continuing(conversation, continued, message, now)
        self.transact([self.messages.creation(message), *writes])
        return Outcome.STORED

    def _owing(self, conversation: Conversation, heard: Heard, now: datetime) -> Conversation:
        """They wait since they wrote, whenever we came to hear it."""
        if conversation.answer_due_at is not None:
            return conversation
        workspace = self.workspaces.get(conversation.workspace_id)
        return clocks.started(conversation, workspace, since=min(heard.sent_at, now))

    def _meeting(self, channel: Channel, heard: Heard, now: datetime) -> Write:
        """With every conversation that begins, its contact is written."""
        met = people.first_seen(channel, heard, now=now)
        known = self.contacts.get(met.contact_id)
        if known is None:
            return self.contacts.creation(met)
        return self.contacts.saving(known, people.seen_again(known, heard.author, now=now))

    def _continuing(
        self, seen: Conversation, continued: Conversation, message: Message, now: datetime
    ) -> list[Write]:
        """What was put away and comes back is written down; an answer to an answer is not."""
        writes = [self.conversations.saving(seen, continued)]
        if seen.state in (ConversationState.SNOOZED, ConversationState.CLOSED):
            before, after = work.difference(seen, continued)
            reopened = entry(
                "reopened",
                seen.conversation_id,
                workspace_id=seen.workspace_id,
                by=Who(id=message.message_id),
                at=now,
                before=before,
                after=after,
            )
            writes.append(self.audit.creation(reopened))
        return writes

    def _store_change(self, seen: Message, changed: Message) -> Outcome:
        if changed == seen:
            return Outcome.KNOWN
        writes = []
        conversation = self.conversations.get(seen.conversation_id)
        if conversation is not None:
            says_else = (changed.text, changed.removed_at) != (seen.text, seen.removed_at)
            newest = self._newest(conversation) if says_else else []
            corrected = changes.corrected(conversation, seen, changed, newest)
            if corrected != conversation:
                writes.append(self.conversations.saving(conversation, corrected))
            if corrected.last_turn != conversation.last_turn:
                changed = changed.model_copy(update={"turn": corrected.last_turn})
        self.transact([self.messages.saving(seen, changed), *writes])
        if changed.removed_at is not None:
            return Outcome.REMOVED
        return Outcome.KNOWN if changed.edited_at == seen.edited_at else Outcome.EDITED

    def _newest(self, conversation: Conversation) -> list[Message]:
        page = self.messages.of_conversation(
            conversation.conversation_id, newest_first=True, limit=NEWEST
        )
        return [self.messages.value(item) for item in page.items]


def tombstone_key(workspace_id: str, platform: str, author_remote_id: str) -> str:
    """What keeps an erased person out, without keeping who it was."""
    spelled = "\x1f".join((workspace_id, platform, author_remote_id))
    return hashlib.sha256(spelled.encode()).hexdigest()


def heard_lately(channel: Channel, now: datetime) -> bool:
    heard = channel.last_heard_at
    return heard is not None and now < heard + HEARD_LATELY
