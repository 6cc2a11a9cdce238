"""Uploaded files: what is promised before the upload, and what their bytes then say.

Nothing a client claims is believed: type, size and dimensions are read from the bytes, and that
the file is whole is told by its end. Only headers are read, never pixels, so an image that would
unpack to gigabytes costs nothing here.
"""

import io
import re
import struct
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from tellal.clock import Moment
from tellal.errors import Broken, Unacceptable
from tellal.posts import AttachedMedia, Frozen

MOST_BYTES = 32 * 1024 * 1024  # more than any platform takes of an image
FIRST_READ = 256 * 1024  # holds the header of nearly every image
LAST_READ = 64 * 1024  # holds the end of nearly every image; a header's thumbnail is no longer
ENDS: Mapping[str, re.Pattern[bytes]] = {  # what a file cut off in the middle lacks
    "image/jpeg": re.compile(rb"\xff\xd9"),
    "image/png": re.compile(rb"IEND\xaeB`\x82"),
    "image/gif": re.compile(rb"\x00;\x00*\Z"),
    "image/webp": re.compile(b""),  # begins with its length, which Pillow checks
}
TYPES: Mapping[str, str] = {  # as Pillow names them
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
ORIENTATION = 0x0112  # EXIF; from 5 on the image is shown on its side
ON_ITS_SIDE = frozenset({5, 6, 7, 8})


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
    width: int | None = None  # pixels, as shown (after the EXIF orientation)
    height: int | None = None
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
            alt_text=self.alt_text if alt_text is None else alt_text,
        )


@dataclass(frozen=True)
class Probed:
    mime_type: str
    width: int
    height: int


def check_promise(mime_type: str, size: int) -> None:
    """Whether a file of this type and size may be uploaded at all."""
    broken = []
    if mime_type.startswith("video/"):
        broken.append(Broken("mime_type", "videos cannot be uploaded yet, images can"))
    elif mime_type not in TYPES:
        broken.append(Broken("mime_type", f"is not one of {', '.join(TYPES)}"))
    if size > MOST_BYTES:
        broken.append(Broken("size", f"too large: {size} of {MOST_BYTES} bytes"))
    if broken:
        raise Unacceptable(*broken)


def probe(read: Callable[[int, int], bytes], *, size: int, claimed: str) -> Probed:
    """What the bytes are. `read` gives some of them: from where, how many.

    Raises Unacceptable for what is no image we take, and for one that is not what it was called.
    """
    probed = _probed(read(0, min(size, FIRST_READ)))
    if probed is None and size > FIRST_READ:  # its header is longer: a large colour profile, say
        probed = _probed(read(0, size))
    if probed is None:
        raise Unacceptable(Broken("file", f"is not an image we can read: {', '.join(TYPES)}"))
    if probed.mime_type != claimed:
        rule = f"was announced as {claimed}, but the file is {probed.mime_type}"
        raise Unacceptable(Broken("mime_type", rule))
    if not _has_end(read, size=size, end=ENDS[claimed]):
        raise Unacceptable(Broken("file", "is cut off: its end is missing, upload it again"))
    return probed


def _has_end(read: Callable[[int, int], bytes], *, size: int, end: re.Pattern[bytes]) -> bool:
    last = min(size, LAST_READ)
    if end.search(read(size - last, last)):
        return True
    # Phones put a film behind a photo. Before it, what ends early on is the header's thumbnail.
    return size > last and end.search(read(last, size - last)) is not None


def _probed(beginning: bytes) -> Probed | None:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # only uploads pay for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(beginning), formats=list(TYPES.values())) as image:
                width, height = image.size
                if _orientation(image.info.get("exif", b"")) in ON_ITS_SIDE:
                    width, height = height, width
                mime_type = next(mime for mime, name in TYPES.items() if name == image.format)
                return Probed(mime_type, width, height)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        rule = f"has more than {Image.MAX_IMAGE_PIXELS} pixels"
        raise Unacceptable(Broken("file", rule)) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None


def _orientation(exif: bytes) -> int | None:
    """Not asked of the image: of a PNG, that would unpack its pixels."""
    from PIL import Image  # noqa: PLC0415  # only uploads pay for it

    read = Image.Exif()
    with suppress(SyntaxError, ValueError, struct.error):  # it is shown as if it had none
        read.load(exif)
    return read.get(ORIENTATION)
