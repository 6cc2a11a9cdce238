"""What a file's bytes say it is: only its header, its index or its end are read, by ranges.

An image's pixels are never unpacked, so one that would fill gigabytes costs nothing here, and a
film of gigabytes is read for a few megabytes at most.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tellal.errors import Broken, Unacceptable
from tellal.media import KIND_OF, TYPES, Probed
from tellal.media.apart import read_apart
from tellal.media.images import read_image
from tellal.media.ranged import ReadRange
from tellal.posts import MediaKind

NAMES = {MediaKind.IMAGE: "an image", MediaKind.VIDEO: "a video", MediaKind.DOCUMENT: "a document"}
NOTHING: Mapping[str, str] = MappingProxyType({})


def probe(
    read: ReadRange, *, size: int, claimed: str, environment: Mapping[str, str] = NOTHING
) -> Probed:
    """Raises Unacceptable for what cannot be read, is cut off, or is not what it was called.

    `environment` is what a process of ours needs to begin, where it needs anything.
    """
    kind = KIND_OF[claimed]
    if size == 0:
        raise Unacceptable(Broken("file", "is empty: upload it again"))
    if kind is MediaKind.IMAGE:
        probed = read_image(read, size)
    else:
        probed = read_apart(kind, read, size, environment=environment)
    if probed is None:
        types = ", ".join(TYPES[kind])
        raise Unacceptable(Broken("file", f"is not {NAMES[kind]} we can read: {types}"))
    if probed.mime_type != claimed:
        rule = f"was announced as {claimed}, but the file is {probed.mime_type}"
        raise Unacceptable(Broken("mime_type", rule))
    return probed
