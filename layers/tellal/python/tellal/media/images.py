"""Images: their header, and whether their end is there. Pixels are never unpacked."""

import io
import re
import struct
import warnings
from collections.abc import Mapping
from contextlib import suppress

from tellal.errors import Broken, Unacceptable
from tellal.media import Probed
from tellal.media.ranged import ReadRange

FIRST_READ = 256 * 1024  # holds the header of nearly every image
LAST_READ = 64 * 1024  # holds the end of nearly every image; a header's thumbnail is no longer
ENDS: Mapping[str, re.Pattern[bytes]] = {  # what a file cut off in the middle lacks
    "image/jpeg": re.compile(rb"\xff\xd9"),
    "image/png": re.compile(rb"IEND\xaeB`\x82"),
    "image/gif": re.compile(rb"\x00;\x00*\Z"),
    "image/webp": re.compile(b""),  # begins with its length, which Pillow checks
}
FORMATS: Mapping[str, str] = {  # as Pillow names them
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
ORIENTATION = 0x0112  # EXIF; from 5 on the image is shown on its side
ON_ITS_SIDE = frozenset({5, 6, 7, 8})


def read_image(read: ReadRange, size: int) -> Probed | None:
    """None for what is no image; raises Unacceptable for one that is cut off, or a bomb."""
    probed = _probed(read(0, min(size, FIRST_READ)))
    if probed is None and size > FIRST_READ:  # its header is longer: a large colour profile, say
        probed = _probed(read(0, size))
    if probed and not _has_end(read, size=size, end=ENDS[probed.mime_type]):
        raise Unacceptable(Broken("file", "is cut off: its end is missing, upload it again"))
    return probed


def _has_end(read: ReadRange, *, size: int, end: re.Pattern[bytes]) -> bool:
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
            with Image.open(io.BytesIO(beginning), formats=list(FORMATS.values())) as image:
                width, height = image.size
                if _orientation(image.info.get("exif", b"")) in ON_ITS_SIDE:
                    width, height = height, width
                mime_type = next(mime for mime, name in FORMATS.items() if name == image.format)
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
