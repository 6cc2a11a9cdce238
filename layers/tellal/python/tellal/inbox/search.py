"""Finding conversations: by person, tag, assignee, state and time from indexes, by words in what
was said in the last twelve months.

One criterion leads, and an index gives what fits it, the newest first; the others are looked up on
the rows themselves. However little fits, one request reads so many rows and no more, and gives a
cursor where there may be others. A cursor is a time and what of that very time was passed, so that
it means the same whatever was added since.
"""

import base64
import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import batched
from typing import Any

from tellal import clock
from tellal.conversations import Conversation, ConversationState
from tellal.errors import Unacceptable
from tellal.stores.conversations import ConversationStore, MessageStore, TagStore
from tellal.stores.table import NOT_A_CURSOR, Item

MOST_READ = 1_000  # rows of an index, in one request
MOST_MESSAGES = 2_000  # read for words, in one request
BACK = timedelta(days=365)  # for words
BATCH = 50


class Due(StrEnum):
    ANY = "any"  # all that an answer is owed to
    AT_RISK = "at_risk"  # 80 % of the time is gone, and not all
    BREACHED = "breached"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    workspace_id: str
    state: ConversationState | None = None
    contact_ids: Sequence[str] = ()  # of one person
    tag: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    words: str = ""
    due: Due | None = None
    now: datetime | None = None  # for what is due
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, conversation: Conversation) -> bool:
        return (
            conversation.workspace_id == self.workspace_id
            and self.state in (None, conversation.state)
            and (not self.contact_ids or conversation.contact_id in self.contact_ids)
            and (self.tag is None or self.tag in conversation.tags)
            and self.assignee in (None, conversation.assignee)
            and not (self.unassigned and conversation.assignee)
            and (self.due is None or self._is_due(conversation))
            and (bool(self.words) or self._is_of_its_time(conversation.last_message_at))
        )

    def _is_due(self, conversation: Conversation) -> bool:
        due, at_risk = conversation.answer_due_at, conversation.at_risk_at
        if due is None or at_risk is None or self.now is None:
            return False
        if self.due is Due.BREACHED:
            return due <= self.now
        return self.due is Due.ANY or at_risk <= self.now < due

    def _is_of_its_time(self, last: datetime) -> bool:
        too_early = self.since is not None and last < self.since
        return not too_early and (self.until is None or last <= self.until)


@dataclass(frozen=True)
class Row:
    """Of an index: its place, what it is a row of, and which conversation it stands for."""

    at: str
    key: str
    conversation_id: str
    fits: bool = True  # False: it was read in vain
    conversation: Conversation | None = None  # where the index holds it whole


@dataclass(frozen=True)
class Found:
    conversations: Sequence[Conversation]
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Search:
    conversations: ConversationStore
    messages: MessageStore
    tags: TagStore

    def page(self, wanted: Wanted, *, limit: int, cursor: str | None, now: datetime) -> Found:
        """Raises Unacceptable for a cursor that no page gave."""
        at, passed = _opened(cursor) if cursor else (None, [])
        before = frozenset(passed)
        rows = (row for row in self._rows(wanted, at, now) if row.key not in before)
        found: dict[str, Conversation] = {}
        read, most = 0, MOST_MESSAGES if wanted.words else MOST_READ
        for batch in batched(rows, BATCH, strict=False):
            fitting = self._fitting(batch, wanted)
            for row in batch:
                passed = [*passed, row.key] if row.at == at else [row.key]
                at, read = row.at, read + 1
                if row.fits and (conversation := fitting.get(row.conversation_id)):
                    found[row.conversation_id] = conversation
                if len(found) == limit or read >= most:
                    return Found(list(found.values()), _closed(at, passed))
        return Found(list(found.values()), None)

    def _fitting(self, rows: Sequence[Row], wanted: Wanted) -> dict[str, Conversation]:
        known = [row.conversation for row in rows if row.conversation]
        unknown = (row.conversation_id for row in rows if row.fits and not row.conversation)
        read = self.conversations.get_many(list(dict.fromkeys(unknown)))
        return {each.conversation_id: each for each in (*known, *read) if wanted.fits(each)}

    def _rows(self, wanted: Wanted, at: str | None, now: datetime) -> Iterator[Row]:
        """Of the index that leads, the newest first, from the cursor's time on."""
        if wanted.words:
            return self._said(wanted, at, now)
        conversations, tags = self.conversations.table, self.tags.table
        bounds: dict[str, Any] = {"until": at, "newest_first": True}
        if wanted.contact_ids:
            return _merged(
                conversations.all(each, index="by_contact", **bounds) for each in wanted.contact_ids
            )
        if wanted.tag is not None:
            partition = self.tags.partition(wanted.workspace_id, wanted.tag)
            return _merged([tags.all(partition, index="by_tag", **bounds)])
        if wanted.assignee is not None:
            return _merged([conversations.all(wanted.assignee, index="by_assignee", **bounds)])
        if wanted.due is not None:
            return self._due(wanted, at)
        return self._in_state(wanted, at)

    def _due(self, wanted: Wanted, at: str | None) -> Iterator[Row]:
        """The soonest first."""
        partition = wanted.workspace_id
        for item in self.conversations.table.all(partition, index="by_due", since=at):
            key = item["conversation_id"]
            yield Row(item["answer_due_at"], key, key)

    def _in_state(self, wanted: Wanted, at: str | None) -> Iterator[Row]:
        assert wanted.state is not None, "something must lead"
        partition = self.conversations.partition(wanted.workspace_id, wanted.state)
        since, until = _bounds(wanted.since, wanted.until, at)
        bounds: dict[str, Any] = {"since": since, "until": until, "newest_first": True}
        for item in self.conversations.table.all(partition, index="by_state", **bounds):
            key, conversation = item["conversation_id"], self.conversations.value(item)
            yield Row(item["last_message_at"], key, key, conversation=conversation)

    def _said(self, wanted: Wanted, at: str | None, now: datetime) -> Iterator[Row]:
        earliest = max(now - BACK, wanted.since or now - BACK)
        since, until = _bounds(earliest, wanted.until, at)
        words = folded(wanted.words).split()
        for item in self.messages.table.all(
            wanted.workspace_id, index="by_workspace", since=since, until=until, newest_first=True
        ):
            said = folded(item.get("text", ""))
            fits = all(word in said for word in words)
            yield Row(item["sent_at"], item["message_id"], item["conversation_id"], fits)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _bounds(
    since: datetime | None, until: datetime | None, at: str | None
) -> tuple[str | None, str | None]:
    """A cursor's time lies within them, or it is none of this search."""
    spelled = [clock.text(each) if each else None for each in (since, until)]
    if at is not None and ((spelled[0] or at) > at or (spelled[1] or at) < at):
        raise Unacceptable(NOT_A_CURSOR)
    return spelled[0], at or spelled[1]


def _merged(sources: Iterable[Iterator[Item]]) -> Iterator[Row]:
    rows = (
        (Row(item["created_at"], item["conversation_id"], item["conversation_id"]) for item in each)
        for each in sources
    )
    return merge(*rows, key=lambda row: row.at, reverse=True)


def _closed(at: str, passed: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([at, *passed]).encode()).decode().rstrip("=")


def _opened(cursor: str) -> tuple[str, list[str]]:
    try:
        at, *passed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return clock.text(clock.read(at)), [str(each) for each in passed]
    except (ValueError, TypeError) as error:
        raise Unacceptable(NOT_A_CURSOR) from error
