"""The same words sent to two people are noticed: they are refused without an edit, or a yes.

What counts are the words: neither case, marks nor spaces make others of them, and neither does the
name of whom they are for. We keep their hash for a week, written with the answer that says them.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal import clock
from tellal.conversations import Author, Conversation
from tellal.errors import Conflict
from tellal.stores.conversations import ConversationStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

PURPOSE = "said"
KEPT = timedelta(days=7)
WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Sayings:
    once: OnceStore
    conversations: ConversationStore

    def saying(
        self, conversation: Conversation, text: str, *, anyway: bool, now: datetime
    ) -> tuple[Write, ...]:
        """The write that keeps the words in mind. Raises Conflict if somebody else got them."""
        key = f"{conversation.workspace_id}#{words_of(text, conversation.author)}"
        person = conversation.contact_id
        row = self.once.get(PURPOSE, key, now=now)
        if row is None:
            facts = {
                "person": person,
                "conversation_id": conversation.conversation_id,
                "at": clock.text(now),
            }
            return (self.once.creation(PURPOSE, key, facts, until=now + KEPT, now=now),)
        if anyway or row["person"] == person:
            return ()
        raise self._refusal(row["conversation_id"], at=row["at"])

    def _refusal(self, conversation_id: str, *, at: str) -> Conflict:
        seen = self.conversations.get(conversation_id)
        handle = seen.author.handle if seen else ""
        whom = f"@{handle}" if handle else "somebody"
        return Conflict(
            f"The same words went to {whom} on {at[:10]}: people notice copied answers."
            " Change them, or say same_words: true.",
            facts={"said": {"at": at, "to": whom, "conversation_id": conversation_id}},
        )


def words_of(text: str, author: Author) -> str:
    """The hash of the words, without those that name whom they are for."""
    named = set(_words(f"{author.name} {author.handle}"))
    words = [word for word in _words(text) if word not in named]
    spelled = " ".join(words) or text.strip()  # of nothing but a name, or pictures
    return hashlib.sha256(spelled.encode()).hexdigest()


def _words(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())
