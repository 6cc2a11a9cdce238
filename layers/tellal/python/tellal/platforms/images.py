"""Images as they go out: upright, without metadata, and no larger than the platform takes.

A photograph's EXIF tells where its owner lives. Nothing of it may leave; its orientation is
applied to the pixels instead. Pillow is imported when it is needed: most posts are text.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tellal.errors import Rejected

if TYPE_CHECKING:
    from PIL.Image import Image

TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})  # all we can clean
MOST_PIXELS = 50_000_000  # decoded in memory, four bytes each and twice over
ORIENTATION = 0x0112  # the EXIF tag
KEPT = ("icc_profile", "transparency", "gamma", "duration", "loop")  # how it is to be shown
QUALITIES = (90, 75)  # tried in turn, then at a smaller size
MOST_SIZES = 5


@dataclass(frozen=True)
class CleanImage:
    data: bytes
    mime_type: str


def clean(data: bytes, *, most_bytes: int | None = None, as_jpeg: bool = False) -> CleanImage:
    """The same picture; what is larger than `most_bytes` is encoded anew until it fits.

    `as_jpeg`: whatever it was it becomes one; what is see-through is laid upon white, and of what
    moves the first picture is taken. Raises Rejected if it cannot be read.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 – 100 ms of import

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Rejected(f"This image has more than {MOST_PIXELS:,} pixels")
            if image.format == "GIF" and not as_jpeg:
                return CleanImage(data, "image/gif")  # no EXIF; anew it might not move as it did
            turned = image.getexif().get(ORIENTATION, 1) != 1
            upright = ImageOps.exif_transpose(image) if turned else image
            kind = image.format or ""
            if as_jpeg and kind != "JPEG":
                upright, kind = _opaque(upright), "JPEG"
            cleaned = _without_metadata(upright, kind, turned=turned)
            if most_bytes is None or len(cleaned.data) <= most_bytes:
                return cleaned
            return _fitting(upright, most_bytes)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Rejected("This image cannot be read: it is damaged, or not of its type") from error


def _without_metadata(image: "Image", kind: str, *, turned: bool) -> CleanImage:
    image.load()
    image.info = {name: image.info[name] for name in KEPT if name in image.info}
    if kind == "PNG":
        return _encoded(image, "PNG", save_all=getattr(image, "is_animated", False))
    if kind == "WEBP":
        moves = getattr(image, "is_animated", False)
        return _encoded(image, "WEBP", quality=95, save_all=moves)
    # «keep» takes the tables the file came with, so that nothing more is lost.
    keeps = image.format == "JPEG" and not turned
    return _encoded(image, "JPEG", quality="keep" if keeps else 95)


def _opaque(image: "Image") -> "Image":
    """As it looks on white paper."""
    from PIL import Image  # noqa: PLC0415 – 100 ms of import

    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    if image.mode in ("RGB", "RGBA", "P") and (profile := image.info.get("icc_profile")):
        paper.info["icc_profile"] = profile  # of any other mode it describes inks or greys
    return paper


def _fitting(image: "Image", most_bytes: int) -> CleanImage:
    """Worse, then smaller; WebP where it is see-through, which JPEG cannot be."""
    kind, mode = ("WEBP", "RGBA") if image.has_transparency_data else ("JPEG", "RGB")
    if image.mode not in ("RGB", "RGBA", "P"):
        image.info.pop("icc_profile", None)  # it describes inks or greys, not what comes next
    if image.mode != mode:
        image = image.convert(mode)
    for _ in range(MOST_SIZES):
        for quality in QUALITIES:
            encoded = _encoded(image, kind, quality=quality)
            if len(encoded.data) <= most_bytes:
                return encoded
        smaller = 0.95 * (most_bytes / len(encoded.data)) ** 0.5  # bytes go with the area
        image = image.resize((int(image.width * smaller) or 1, int(image.height * smaller) or 1))
    raise Rejected(f"This image cannot be made to fit {most_bytes:,} bytes")


def _encoded(image: "Image", kind: str, **options: Any) -> CleanImage:
    out = BytesIO()
    image.save(out, kind, icc_profile=image.info.get("icc_profile"), **options)
    return CleanImage(out.getvalue(), f"image/{kind.lower()}")
