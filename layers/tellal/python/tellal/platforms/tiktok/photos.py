"""Photos on their way to TikTok, which fetches them itself: from a domain that it has verified.

They are cleaned and made to fit when they are prepared, and lie beside their originals. Their
addresses live a quarter of an hour, so they are signed when the post is sent. The domain stands
before the media bucket and hands path and query on to it, so an address of the bucket is one of
the domain's, too. https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from io import BytesIO
from typing import Any

import httpx

from tellal.platforms import images
from tellal.platforms.images import CleanImage
from tellal.platforms.protocol import MediaReader
from tellal.platforms.tiktok.options import LEVELS, TikTokOptions
from tellal.posts import AttachedMedia, Part

TYPES = frozenset({"image/jpeg", "image/webp"})  # all that TikTok takes
SIDES = (1080, 1920)  # «1080p»: pixels of the shorter and of the longer side, at most
QUALITY = 90


def note(number: int) -> str:
    """The note that says where a photo lies, ready to be fetched."""
    return f"photo {number}"


def keep(photo: AttachedMedia, *, media: MediaReader, most_bytes: int) -> str:
    """Make one ready; its key in the bucket."""
    made = fitting(media.read(photo), most_bytes=most_bytes)
    return media.keep(made.data, made.mime_type, of=photo).object_key


def fitting(data: bytes, *, most_bytes: int) -> CleanImage:
    """Without metadata, of a type and size that TikTok takes; as it was if it is so already."""
    from PIL import Image  # noqa: PLC0415 – 100 ms of import

    clean = images.clean(data, most_bytes=most_bytes)
    with Image.open(BytesIO(clean.data)) as image:
        width, height = image.size
        shorter, longer = SIDES
        box = (shorter, longer) if width <= height else (longer, shorter)
        if clean.mime_type in TYPES and width <= box[0] and height <= box[1]:
            return clean
        see_through = image.has_transparency_data
        image.thumbnail(box)  # keeps its ratio, and makes nothing larger
        out = BytesIO()
        if see_through:
            image.convert("RGBA").save(out, "WEBP", quality=QUALITY)
            return CleanImage(out.getvalue(), "image/webp")
        image.convert("RGB").save(out, "JPEG", quality=QUALITY)
        return CleanImage(out.getvalue(), "image/jpeg")


def request(part: Part, *, domain: str, media: MediaReader) -> dict[str, Any]:
    """The one request that publishes them, with addresses that are fresh."""
    notes = part.prepared or {}
    options = TikTokOptions.model_validate(part.options)
    lying = (
        photo.model_copy(update={"object_key": notes[note(number)]})
        for number, photo in enumerate(part.media)
    )
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {
            "title": options.title,
            "description": part.text,
            "privacy_level": LEVELS[options.privacy],
            "disable_comment": not options.allow_comments,
            "auto_add_music": options.auto_add_music,
            "brand_content_toggle": options.paid_partnership,
            "brand_organic_toggle": options.your_brand,
        },
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": [_at(domain, media.link(each)) for each in lying],
            "photo_cover_index": options.cover_photo,
        },
    }


def _at(domain: str, link: str) -> str:
    there = httpx.URL(domain)
    return str(httpx.URL(link).copy_with(scheme=there.scheme, host=there.host, port=there.port))
