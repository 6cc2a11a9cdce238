"""What a team writes: a post, its default content, and a variant per channel where they differ.

Pure: no AWS, no HTTP, no clock.
"""

from collections.abc import Mapping
from enum import StrEnum

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


class AttachedMedia(Frozen):
    """One uploaded file as it is attached to a post; its facts were read from its bytes."""

    media_id: str
    object_key: str  # in the media bucket
    mime_type: str
    size: int  # bytes
    width: int | None = None  # pixels, as shown (after the EXIF orientation)
    height: int | None = None
    alt_text: str = ""


class ThreadPart(Frozen):
    text: str = ""
    media: tuple[AttachedMedia, ...] = ()


class Content(Frozen):
    """What one channel is to show: the main part, and the parts that follow it as a thread."""

    text: str = ""
    media: tuple[AttachedMedia, ...] = ()
    thread: tuple[ThreadPart, ...] = ()


class Variant(Frozen):
    """Where a channel's content differs from the post's; None is «as the post says»."""

    text: str | None = None
    media: tuple[AttachedMedia, ...] | None = None
    thread: tuple[ThreadPart, ...] | None = None

    def over(self, content: Content) -> Content:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return content.model_copy(
            update={n: value for n, value in given.items() if value is not None}
        )


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
    visibility: str | None = None  # where the platform has it: an answer is never more public


class PartKind(StrEnum):
    MAIN = "main"
    THREAD = "thread"


class Part(Frozen):
    """One piece of a delivery that becomes public by itself: what it will say, and how far it is.

    The first four fields are the snapshot, rendered when the post was written. The others are
    progress; an edit voids `prepared` and may not touch a part that is public.
    """

    kind: PartKind
    text: str
    media: tuple[AttachedMedia, ...] = ()
    reply_to: ReplyTo | None = None

    prepared: Mapping[str, str] | None = None  # the adapter's notes: uploaded ids, looked-up names
    ready: bool = False  # nothing is left to prepare; until then `prepared` is unfinished work
    key_at: Moment | None = None  # when its fence was written: our idempotency key is made of it
    doubt_at: Moment | None = None  # since when it may be public without our knowing
    absent_at: Moment | None = None  # when a complete list, read in that doubt, lacked it
    remote: Remote | None = Field(default=None, description="set once it is public")
