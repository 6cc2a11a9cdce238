"""The inbox's words: what a platform told us, and the messages and conversations we keep of it.

Pure: no AWS, no HTTP, no clock.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from tellal import ids
from tellal.audit import Who
from tellal.clock import Moment
from tellal.language import Language, Sentiment
from tellal.posts import Frozen

RemoteId = Annotated[str, StringConstraints(min_length=1)]  # what has none cannot be told apart


class MessageKind(StrEnum):
    COMMENT = "comment"  # below a post of ours
    REPLY = "reply"  # to a comment: of ours, or of somebody else's below our post
    MENTION = "mention"  # of us, anywhere
    QUOTE = "quote"  # of a post of ours, with words of theirs
    SHARE = "share"  # of a post of ours, passed on as it is
    DIRECT = "direct"
    REVIEW = "review"


class Change(StrEnum):
    ADDED = "added"
    EDITED = "edited"
    REMOVED = "removed"


class Author(Frozen):
    remote_id: str
    handle: str  # without @
    name: str = ""
    url: str | None = None
    avatar_url: str | None = None
    followers: int | None = None  # where the platform tells


class Heard(Frozen):
    """One message as an adapter read it, from a webhook or by polling: the same either way."""

    channel_remote_id: RemoteId
    remote_id: RemoteId  # of the message: together with the channel it decides «already stored»
    change: Change = Change.ADDED
    kind: MessageKind
    author: Author
    text: str = ""  # plain text
    sent_at: Moment
    url: str | None = None
    thread: str  # the platform's id of what the thread hangs on: a root post, a DM thread
    post_remote_id: str | None = None  # our post that it is about, if any
    parent_remote_id: str | None = None  # the comment or post right above it, if any
    refs: Mapping[str, str] = {}  # what the adapter needs to answer it
    media_urls: tuple[str, ...] = ()


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"  # among us: it never leaves


class Message(Frozen):
    message_id: str
    conversation_id: str
    workspace_id: str
    channel_id: str
    direction: Direction
    kind: MessageKind
    remote_id: str | None = None
    author: Author | None = None  # of an answer of ours there is none
    text: str
    language: Language = Language.UNKNOWN  # as it was read, or as a person said
    sentiment: Sentiment = Sentiment.UNKNOWN
    asks: bool = False  # there is a question in it
    said_better: tuple[str, ...] = ()  # which of these a person said: no reading changes them
    sent_at: Moment
    url: str | None = None
    refs: Mapping[str, str] = {}
    parent_remote_id: str | None = None
    media_urls: tuple[str, ...] = ()
    removed_at: Moment | None = None
    liked_at: Moment | None = None  # by us, from here
    hidden_at: Moment | None = None  # likewise
    edited_at: Moment | None = None
    by: Who | None = None  # of an answer or a note of ours
    turn: int = 0  # the version of its conversation that it made
    delivery_id: str | None = None  # of an answer of ours: its delivery tells how it fares
    owed_since: Moment | None = None  # of an answer of ours: since when they had waited for it
    failed_at: Moment | None = None  # of an answer of ours: they never got it
    version: int = 0


class ConversationState(StrEnum):
    OPEN = "open"
    WAITING = "waiting"  # we answered, and they are to come
    SNOOZED = "snoozed"  # until its time, or a message of theirs
    CLOSED = "closed"  # until a message of theirs, or one of us


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Lateness(StrEnum):
    AT_RISK = "at_risk"  # 80 % of the time for an answer is gone
    BREACHED = "breached"  # all of it


class Saying(StrEnum):
    ASKED = "asked"  # for a person
    NOTIFIED = "notified"  # members, who need not do anything
    TRIPPED = "tripped"  # it had done too much within an hour, and is off


class RuleWord(Frozen):
    """What a rule has to tell people."""

    saying: Saying
    rule_id: str
    rule: str  # its name, as it was then
    message_id: str  # that it fitted
    member_ids: tuple[str, ...] = ()  # who is notified


class Conversation(Frozen):
    """A thread with one person on one channel."""

    conversation_id: str
    workspace_id: str
    channel_id: str
    platform: str
    kind: MessageKind
    author: Author  # the person it is with
    contact_id: str
    state: ConversationState = ConversationState.OPEN
    snoozed_until: Moment | None = None
    assignee: str | None = None  # a member
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    excerpt: str = ""  # of the last message
    heard_id: str | None = None  # the last message of theirs, and how that one sounds:
    sentiment: Sentiment = Sentiment.UNKNOWN
    asks: bool = False
    unanswered: int = 0  # messages of theirs since our last answer
    post_remote_id: str | None = None
    url: str | None = None
    last_message_at: Moment
    answered_at: Moment | None = None  # by us, the last time
    owed_since: Moment | None = None  # an answer
    answer_due_at: Moment | None = None  # None: nobody waits for us, or nothing is promised
    at_risk_at: Moment | None = None
    lateness: Lateness | None = None  # what was told of this due time
    rule_words: tuple[RuleWord, ...] = ()  # of the last message that rules had to do with
    last_turn: int = 0  # the version that the last message made, theirs or ours
    open_since: Moment | None = None  # when they wrote what opened it, the last time
    closed_at: Moment | None = None  # the last time
    created_at: Moment
    version: int = 0


class Tagging(Frozen):
    """That a conversation has a tag: an index knows one value of a row, and tags are several."""

    tagging_id: str
    conversation_id: str
    workspace_id: str
    tag: str
    created_at: Moment  # the conversation
    version: int = 0


class Contact(Frozen):
    """A person as one platform knows them, seen in a workspace's conversations."""

    contact_id: str
    workspace_id: str
    platform: str
    author: Author  # as they were called when a conversation last began
    joined_to: str | None = None  # the contact that stands for the same person
    created_at: Moment
    last_began_at: Moment  # a conversation
    erasing_since: Moment | None = None
    erased_at: Moment | None = None
    version: int = 0


class SavedReply(Frozen):
    """A text to begin an answer with."""

    saved_reply_id: str
    workspace_id: str
    name: str
    text: str  # with variables: {first_name}
    created_at: Moment
    version: int = 0


class Matter(StrEnum):
    COMPLAINT = "complaint"
    PRAISE = "praise"
    QUESTION = "question"


class Play(Frozen):
    """How one matter is to be handled, and beside which conversations that is shown."""

    about: Matter
    text: str
    tags: tuple[str, ...] = ()
    kinds: tuple[MessageKind, ...] = ()  # none: of all kinds

    def fits(self, conversation: Conversation) -> bool:
        of_kind = not self.kinds or conversation.kind in self.kinds
        tagged = not {self.about, *self.tags}.isdisjoint(conversation.tags)
        return of_kind and (tagged or self.about in _sounds_like(conversation))


def _sounds_like(conversation: Conversation) -> Iterator[Matter]:
    """What their last message is by how it sounds, whatever anybody has tagged it."""
    if conversation.sentiment is Sentiment.NEGATIVE:
        yield Matter.COMPLAINT
    if conversation.sentiment is Sentiment.POSITIVE:
        yield Matter.PRAISE
    if conversation.asks:
        yield Matter.QUESTION


class Playbook(Frozen):
    workspace_id: str
    plays: tuple[Play, ...] = ()
    version: int = 0  # none was written


def message_id(channel_id: str, remote_id: str) -> str:
    return ids.derived("msg", channel_id, remote_id)


def conversation_id(channel_id: str, thread: str, author_remote_id: str) -> str:
    return ids.derived("conv", channel_id, thread, author_remote_id)


def contact_id(workspace_id: str, platform: str, author_remote_id: str) -> str:
    return ids.derived("con", workspace_id, platform, author_remote_id)
