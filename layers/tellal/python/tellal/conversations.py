"""The inbox's words: what a platform told us, and the messages and conversations we keep of it.

Pure: no AWS, no HTTP, no clock.
"""

from collections.abc import Mapping
from enum import StrEnum

from tellal import ids
from tellal.clock import Moment
from tellal.posts import Frozen


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

    channel_remote_id: str
    remote_id: str  # of the message: together with the channel it decides «already stored»
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
    sent_at: Moment
    url: str | None = None
    refs: Mapping[str, str] = {}
    parent_remote_id: str | None = None
    media_urls: tuple[str, ...] = ()
    removed_at: Moment | None = None
    edited_at: Moment | None = None
    delivery_id: str | None = None  # of an answer of ours: its delivery tells how it fares
    version: int = 0


class ConversationState(StrEnum):
    OPEN = "open"
    DONE = "done"


class Conversation(Frozen):
    """A thread with one person on one channel."""

    conversation_id: str
    workspace_id: str
    channel_id: str
    platform: str
    kind: MessageKind
    author: Author  # the person it is with
    state: ConversationState = ConversationState.OPEN
    excerpt: str = ""  # of the last message
    unanswered: int = 0  # messages of theirs since our last answer
    post_remote_id: str | None = None
    url: str | None = None
    last_message_at: Moment
    created_at: Moment
    version: int = 0


def message_id(channel_id: str, remote_id: str) -> str:
    return ids.derived("msg", channel_id, remote_id)


def conversation_id(channel_id: str, thread: str, author_remote_id: str) -> str:
    return ids.derived("conv", channel_id, thread, author_remote_id)
