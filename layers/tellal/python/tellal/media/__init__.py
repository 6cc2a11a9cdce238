"""Uploaded files: what is promised before the upload, and what is kept of them after it.

Nothing a client claims is believed: `probing` reads type, size and dimensions from the bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tellal.clock import Moment
from tellal.errors import Broken, Unacceptable
from tellal.posts import AttachedMedia, Frozen, MediaKind, VideoFacts

MEBIBYTE = 1024 * 1024
# What we take, and how much of it at most: more than any platform does, but of video, where S3
# itself takes 5 GB in one upload and TikTok 4.
TYPES: Mapping[MediaKind, tuple[str, ...]] = {
    MediaKind.IMAGE: ("image/jpeg", "image/png", "image/gif", "image/webp"),
    MediaKind.VIDEO: ("video/mp4", "video/quicktime", "video/webm"),
    MediaKind.DOCUMENT: ("application/pdf",),
}
MOST_BYTES: Mapping[MediaKind, int] = {
    MediaKind.IMAGE: 32 * MEBIBYTE,
    MediaKind.VIDEO: 4096 * MEBIBYTE,
    MediaKind.DOCUMENT: 100 * MEBIBYTE,
}
KIND_OF: Mapping[str, MediaKind] = {mime: kind for kind, types in TYPES.items() for mime in types}


class MediaState(StrEnum):
    WAITING = "waiting"  # for its upload
    READY = "ready"


class MediaFile(Frozen):
    media_id: str
    workspace_id: str
    filename: str
    mime_type: str  # claimed, and once it is ready true
    size: int
    alt_text: str = ""
    state: MediaState = MediaState.WAITING
    width: int | None = None  # pixels, as shown (after the file's orientation)
    height: int | None = None
    video: VideoFacts | None = None
    pages: int | None = None  # of a document
    created_at: Moment
    version: int = 0

    @property
    def upload_key(self) -> str:
        return f"uploads/{self.workspace_id}/{self.media_id}"

    @property
    def object_key(self) -> str:
        return f"media/{self.workspace_id}/{self.media_id}"

    def attached(self, alt_text: str | None) -> AttachedMedia:
        return AttachedMedia(
            media_id=self.media_id,
            object_key=self.object_key,
            mime_type=self.mime_type,
            size=self.size,
            width=self.width,
            height=self.height,
            video=self.video,
            pages=self.pages,
            alt_text=self.alt_text if alt_text is None else alt_text,
        )


@dataclass(frozen=True)
class Probed:
    """What the bytes of a file say."""

    mime_type: str
    width: int | None = None
    height: int | None = None
    video: VideoFacts | None = None
    pages: int | None = None


def check_promise(mime_type: str, size: int) -> None:
    """Whether a file of this type and size may be uploaded at all."""
    kind = KIND_OF.get(mime_type)
    if kind is None:
        raise Unacceptable(Broken("mime_type", f"is not one of {', '.join(KIND_OF)}"))
    if size > MOST_BYTES[kind]:
        rule = f"too large: {size} of {MOST_BYTES[kind]} bytes"
        raise Unacceptable(Broken("size", rule))
