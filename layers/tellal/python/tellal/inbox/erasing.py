"""Erasing a person on request: names, texts and media, for good.

First the tombstone and the contact, in one transaction: from then on nothing of theirs is stored
(`receiving`), and a worker takes what there is. It may be killed, be repeated and run twice: a pass
changes what it finds, passes follow until one finds nothing, and every row is changed on condition.
A message on its way in loses its race against the changed conversation or contact, is tried again,
and meets the tombstone.

What is left tells nothing of the person: ids, times, what kind of message it was, what we did.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tellal import clock
from tellal.audit import Who, entry
from tellal.conversations import Author, Contact, Conversation, ConversationState, Message
from tellal.deliveries import SETTLED, Delivery, State, Trouble
from tellal.errors import AlreadyChanged
from tellal.inbox import work
from tellal.inbox.receiving import ERASED, tombstone_key
from tellal.language import Language, Sentiment
from tellal.posts import Frozen
from tellal.stores.audit import AuditStore
from tellal.stores.contacts import ContactStore
from tellal.stores.conversations import ConversationStore, MessageStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.once import OnceStore
from tellal.stores.rows import Rows
from tellal.stores.table import Write

NOT_BEGUN = frozenset({State.SCHEDULED, State.PREPARING, State.READY, State.HELD})
ERASED_MEANWHILE = Trouble(code="cancelled", sentence="The person it answers was erased here.")
NOBODY = Author(remote_id="", handle="")
MOST_TRIES = 10  # at a row that others change too
MOST_PASSES = 10

type InTime = Callable[[], bool]


class OutOfTime(Exception):
    """To be gone on with."""


@dataclass(frozen=True, kw_only=True)
class Erasing:
    contacts: ContactStore
    conversations: ConversationStore
    messages: MessageStore
    deliveries: DeliveryStore
    once: OnceStore
    audit: AuditStore

    def beginning(self, contact: Contact, *, by: Who, now: datetime) -> tuple[Write, ...]:
        """The writes after which nothing of theirs is stored; none where it has begun already."""
        if contact.erasing_since is not None:
            return ()
        remote_id = contact.author.remote_id
        tombstone = tombstone_key(contact.workspace_id, contact.platform, remote_id)
        begun = contact.model_copy(
            update={"author": NOBODY, "joined_to": None, "erasing_since": now}
        )
        written: tuple[Write, ...] = ()
        if self.once.get(ERASED, tombstone, now=now) is None:
            written = (self.once.creation(ERASED, tombstone, {"at": clock.text(now)}),)
        return (*written, self.contacts.saving(contact, begun), self._told(contact, by, now))

    def erase(self, contact_id: str, *, now: datetime, in_time: InTime) -> bool:
        """Take all there is; whether it is done. False: ask again, it goes on."""
        contact = self.contacts.get(contact_id)
        if contact is None or contact.erasing_since is None or contact.erased_at is not None:
            return True
        try:
            for _ in range(MOST_PASSES):
                if not self._pass(contact_id, now, in_time):
                    break
        except OutOfTime:
            return False
        _change(self.contacts, contact_id, lambda seen: seen.model_copy(update={"erased_at": now}))
        return True

    def _pass(self, contact_id: str, now: datetime, in_time: InTime) -> int:
        """How many rows still said something."""
        changed = 0
        for conversation_id in self.conversations.ids_of_contact(contact_id):
            changed += _change(self.conversations, conversation_id, _emptied)
            for message_id, delivery_id in self._said_in(conversation_id):
                if not in_time():
                    raise OutOfTime
                changed += _change(self.messages, message_id, lambda seen: _unsaid(seen, now))
                if delivery_id is not None:
                    changed += _change(self.deliveries, delivery_id, _undelivered)
        return changed

    def _said_in(self, conversation_id: str) -> Iterator[tuple[str, str | None]]:
        for item in self.messages.table.all(conversation_id, index="by_conversation"):
            yield item["message_id"], item.get("delivery_id")

    def _told(self, contact: Contact, by: Who, now: datetime) -> Write:
        told = entry("erased", contact.contact_id, workspace_id=contact.workspace_id, by=by, at=now)
        return self.audit.creation(told)


def _emptied(seen: Conversation) -> Conversation:
    changes = {
        "author": NOBODY,
        "excerpt": "",
        "url": None,
        "state": ConversationState.CLOSED,
        "snoozed_until": None,
        "unanswered": 0,
        "sentiment": Sentiment.UNKNOWN,
        "asks": False,
        **work.CLOCK_STOPPED,
    }
    return seen.model_copy(update=changes)


def _unsaid(seen: Message, now: datetime) -> Message:
    """Theirs, and what we said to them and of them: a name stands in an answer as well."""
    gone: dict[str, Any] = {"author": None, "text": "", "url": None, "refs": {}, "media_urls": ()}
    gone |= {"language": Language.UNKNOWN, "sentiment": Sentiment.UNKNOWN, "asks": False}
    changed = seen.model_copy(update={**gone, "remote_id": None, "parent_remote_id": None})
    return changed.model_copy(update={"removed_at": seen.removed_at or now})


def _undelivered(seen: Delivery) -> Delivery:
    """What an answer was rendered to. One that nobody has begun to send is sent no more; one that
    is being sent this moment is left as it is, for its outcome would be lost."""
    if seen.state in NOT_BEGUN:
        seen = seen.moved(State.CANCELLED, trouble=ERASED_MEANWHILE)
    if seen.state not in SETTLED:
        return seen
    parts = tuple(
        part.model_copy(update={"text": "", "reply_to": None, "prepared": None, "options": {}})
        for part in seen.parts
    )
    return seen.model_copy(update={"parts": parts})


def _change[T: Frozen](store: Rows[T], key: str, change: Callable[[T], T]) -> bool:
    """Whether it made a difference."""
    for _ in range(MOST_TRIES):
        seen = store.get(key)
        if seen is None or (changed := change(seen)) == seen:
            return False
        try:
            store.save(seen, changed)
        except AlreadyChanged:
            continue
        return True
    raise AlreadyChanged(f"{key}, {MOST_TRIES} times")
