"""What a file's bytes say it is: only its header, its index or its end are read, by ranges.

An image's pixels are never unpacked, so one that would fill gigabytes costs nothing here, and a
film of gigabytes is read for a few megabytes at most.
"""

from collections.abc import Callable, Mapping

from tellal.errors import Broken, Unacceptable
from tellal.media import KIND_OF, TYPES, Probed
from tellal.media.documents import read_document
from tellal.media.images import read_image
from tellal.media.ranged import ReadRange
from tellal.media.videos import read_video
from tellal.posts import MediaKind

# Each brings a library of its own, which it imports when it is called.
READERS: Mapping[MediaKind, Callable[[ReadRange, int], Probed | None]] = {
    MediaKind.IMAGE: read_image,
    MediaKind.VIDEO: read_video,
    MediaKind.DOCUMENT: read_document,
}
NAMES = {MediaKind.IMAGE: "an image", MediaKind.VIDEO: "a video", MediaKind.DOCUMENT: "a document"}


def probe(read: ReadRange, *, size: int, claimed: str) -> Probed:
    """Raises Unacceptable for what cannot be read, is cut off, or is not what it was called."""
    kind = KIND_OF[claimed]
    if size == 0:
        raise Unacceptable(Broken("file", "is empty: upload it again"))
    probed = READERS[kind](read, size)
    if probed is None:
        types = ", ".join(TYPES[kind])
        raise Unacceptable(Broken("file", f"is not {NAMES[kind]} we can read: {types}"))
    if probed.mime_type != claimed:
        rule = f"was announced as {claimed}, but the file is {probed.mime_type}"
        raise Unacceptable(Broken("mime_type", rule))
    return probed
