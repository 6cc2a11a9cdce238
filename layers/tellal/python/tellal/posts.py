"""What a team writes: a post, its default content, and a variant per channel where they differ.

Pure: no AWS, no HTTP, no clock.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tellal.clock import Moment


class Frozen(BaseModel):
    """A value: a change is a new one, and a word it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Remote(Frozen):
    """A post as its platform knows it."""

    id: str
    url: str | None = None
    refs: Mapping[str, str] = {}  # what else is needed to answer or delete it (Bluesky: cid, root)


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"  # a PDF, shown page by page


class VideoFacts(Frozen):
    """What a video's container says of it."""

    seconds: float
    frame_rate: float | None = None
    codec: str  # as MediaInfo names it: "AVC", "HEVC", "VP9"
    audio_codec: str | None = None  # "AAC"; None: it is silent


class AttachedMedia(Frozen):
    """One uploaded file as it is attached to a post; its facts were read from its bytes."""

    media_id: str
    object_key: str  # in the media bucket
    mime_type: str
    size: int  # bytes
    width: int | None = None  # pixels, as shown (after the file's orientation)
    height: int | None = None
    video: VideoFacts | None = None
    pages: int | None = None  # of a document
    alt_text: str = ""

    @property
    def kind(self) -> MediaKind:
        family = self.mime_type.partition("/")[0]
        return MediaKind(family) if family in ("image", "video") else MediaKind.DOCUMENT


class Poll(Frozen):
    """A question to readers. `question` is for platforms that show it apart from the text."""

    options: tuple[str, ...]
    minutes: int  # how long it is open
    multiple: bool = False  # more than one answer
    question: str = ""


# What only one platform knows (a reel, a title, who may answer), by the platform's name: the
# facts of its adapter's `Options`, as JSON.
type Options = Mapping[str, Mapping[str, Any]]


class ThreadPart(Frozen):
    text: str = ""
    media: tuple[AttachedMedia, ...] = ()


class Content(Frozen):
    """What one channel is to show: the main part, and the parts that follow it.

    A thread is more posts under the first; a first comment is a comment of ours below it.
    """

    text: str = ""
    media: tuple[AttachedMedia, ...] = ()
    thread: tuple[ThreadPart, ...] = ()
    first_comment: str = ""
    poll: Poll | None = None
    options: Options = {}


class Variant(Frozen):
    """Where a channel's content differs from the post's; None is «as the post says»."""

    text: str | None = None
    media: tuple[AttachedMedia, ...] | None = None
    thread: tuple[ThreadPart, ...] | None = None
    first_comment: str | None = None
    poll: Poll | None = None
    no_poll: bool = False  # the post has one, and this channel shows none
    options: Options | None = None

    def over(self, content: Content) -> Content:
        given = {name: getattr(self, name) for name in Content.model_fields}
        changed = {n: value for n, value in given.items() if value is not None}
        changed |= {"poll": None} if self.no_poll else {}
        return content.model_copy(update=changed)


class PostState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class Post(Frozen):
    """A draft has no time; how a scheduled post fares is told by its deliveries."""

    post_id: str
    workspace_id: str
    content: Content
    variants: Mapping[str, Variant] = {}  # by channel id
    channel_ids: tuple[str, ...]
    delivery_ids: tuple[str, ...] = ()
    campaign_id: str | None = None  # what it is for
    state: PostState
    publish_at: Moment | None = None
    wall_clock: str | None = None  # "2026-11-23T09:00" as the author meant it, if it was given so
    zone: str | None = None  # the IANA zone the wall clock was meant in
    created_at: Moment
    created_by: str
    version: int = 0

    def content_for(self, channel_id: str) -> Content:
        return self.variants.get(channel_id, Variant()).over(self.content)


class ReplyTo(Frozen):
    """The message that a reply answers, as its platform needs to be told."""

    remote: Remote
    author_handle: str  # without @
    author_remote_id: str | None = None
    visibility: str | None = None  # where the platform has it: an answer is never more public


class PartKind(StrEnum):
    MAIN = "main"
    THREAD = "thread"
    COMMENT = "comment"  # the first comment below it, ours
    ANSWER = "answer"  # below somebody's comment, where that is no post
    PRIVATE = "private"  # to whoever commented in public, for them alone
    DIRECT = "direct"  # to whoever wrote to us directly
    ACTION = "action"  # says nothing: something is done with a message of theirs

    @property
    def has_address(self) -> bool:
        """Whether people find it somewhere once it is out."""
        return self not in (PartKind.PRIVATE, PartKind.DIRECT, PartKind.ACTION)


class Action(StrEnum):
    """What can be done with a message of theirs. Done twice, it is as done once."""

    LIKE = "like"
    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"


class Part(Frozen):
    """One piece of a delivery that becomes public by itself: what it will say, and how far it is.

    The first fields are the snapshot, rendered when the post was written. The others are
    progress; an edit voids `prepared` and may not touch a part that is public.
    """

    kind: PartKind
    text: str
    media: tuple[AttachedMedia, ...] = ()
    reply_to: ReplyTo | None = None
    action: Action | None = None  # of an action, and nothing else
    until: Moment | None = None  # after then its platform does not take it any more
    poll: Poll | None = None
    options: Mapping[str, Any] = {}  # its own platform's, with the defaults filled in

    prepared: Mapping[str, str] | None = None  # the adapter's notes: uploaded ids, looked-up names
    ready: bool = False  # nothing is left to prepare; until then `prepared` is unfinished work
    key_at: Moment | None = None  # when its fence was written: our idempotency key is made of it
    doubt_at: Moment | None = None  # since when it may be public without our knowing
    absent_at: Moment | None = None  # when a complete list, read in that doubt, lacked it
    reserved: float = 0.0  # US dollars counted for it against the workspace's monthly cap
    remote: Remote | None = Field(default=None, description="set once it is public")
