"""What may stand in a post on Instagram, and what its containers are made of.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tellal.errors import Broken
from tellal.platforms import images
from tellal.platforms.containers import Form, Recipe
from tellal.platforms.protocol import Limits, MediaReader, Sourced
from tellal.posts import AttachedMedia, Frozen, MediaKind, Part, PartKind

DOCS = "https://developers.facebook.com/docs/instagram-platform"
MEDIA = f"{DOCS}/instagram-graph-api/reference/ig-user/media"
PUBLISHING = f"{DOCS}/content-publishing"
COMMENTS = f"{DOCS}/instagram-graph-api/reference/ig-media/comments"
IMAGE_BYTES = 8_000_000  # of the JPEG that we make
LIMITS: Mapping[str, Sourced[Any]] = {
    "text_length": Sourced(2200, MEDIA),
    "hashtags": Sourced(30, MEDIA),  # the app has begun to take 5; the API still says 30
    "mentions": Sourced(20, MEDIA),
    "comment_length": Sourced(2200, COMMENTS),  # unverified: the page names none
    "media": Sourced((1, 10), PUBLISHING),
    "images": Sourced(10, PUBLISHING),
    "image_ratio": Sourced((0.8, 1.91), MEDIA),
    "image_types": Sourced(("image/jpeg", "image/png", "image/webp"), MEDIA),  # JPEG is made
    "alt_text_length": Sourced(1000, MEDIA),  # unverified
    "videos": Sourced(10, PUBLISHING),
    "video_bytes": Sourced(300_000_000, MEDIA),
    "video_seconds": Sourced((3, 900), MEDIA),
    "video_ratio": Sourced((0.01, 10), MEDIA),
    "video_width": Sourced((1, 1920), MEDIA),
    "video_frame_rate": Sourced((23, 60), MEDIA),
    "video_types": Sourced(("video/mp4", "video/quicktime"), MEDIA),
    "video_codecs": Sourced(("AVC", "HEVC"), MEDIA),
}
SHORT_FILM = (3, 60)  # seconds, in a carousel or a story; unverified
STORY_BYTES = 100_000_000  # unverified


class Kind(StrEnum):
    FEED = "feed"
    REEL = "reel"
    STORY = "story"


def _username(given: str) -> str:
    name = given.strip().removeprefix("@")
    if not name or len(name) > 30 or not name.replace(".", "").replace("_", "").isalnum():
        raise PydanticCustomError("username", "is not the name of an account on Instagram")
    return name


def _place(given: str) -> str:
    if not given.isdecimal():
        raise PydanticCustomError("place", "is the number of a Facebook page that has a place")
    return given


class InstagramOptions(Frozen):
    kind: Kind = Kind.FEED  # one video in the feed is a reel there
    share_to_feed: bool = Field(default=True, description="A reel is on the profile's grid too")
    thumb_offset_ms: int | None = Field(
        default=None, ge=0, description="Where in the video its cover is taken from"
    )
    collaborators: Annotated[
        tuple[Annotated[str, AfterValidator(_username)], ...],
        Field(max_length=3, description="Accounts that are asked to be its authors as well"),
    ] = ()
    location_id: Annotated[str, AfterValidator(_place)] | None = Field(
        default=None, description="A Facebook page with a place, by its number"
    )
    ai_generated: bool = Field(default=False, description="It is labelled as made with AI")


def is_film(media: Sequence[AttachedMedia]) -> bool:
    return len(media) == 1 and media[0].kind is MediaKind.VIDEO


def limits_for(part: Part, kind: Kind) -> Limits:
    most = Limits.of(
        LIMITS, text_unit="characters", mixed_media=True, image_pixels=images.MOST_PIXELS
    )
    if kind is Kind.STORY:
        return replace(
            most,
            media=(1, 1),
            image_ratio=None,
            video_seconds=SHORT_FILM,
            video_bytes=STORY_BYTES,
        )
    return most if is_film(part.media) else replace(most, video_seconds=SHORT_FILM)


def broken_choices(parts: Sequence[Part], options: InstagramOptions) -> Iterator[Broken]:
    main = parts[0]
    if options.kind is Kind.STORY:
        yield from _of_story(parts, options)
    elif options.kind is Kind.REEL and not is_film(main.media):
        yield Broken("media", "a reel on Instagram is one video, and nothing else")
    if options.kind is Kind.STORY or not is_film(main.media):
        for name, chosen in (
            ("share_to_feed", not options.share_to_feed),
            ("thumb_offset_ms", options.thumb_offset_ms is not None),
        ):
            if chosen:
                yield _option(name, "is for a reel: one video, and nothing else")
    elif (film := main.media[0].video) and (options.thumb_offset_ms or 0) >= film.seconds * 1000:
        yield _option("thumb_offset_ms", f"is after the video's end: {film.seconds:g} seconds")


def _of_story(parts: Sequence[Part], options: InstagramOptions) -> Iterator[Broken]:
    if parts[0].text:
        yield Broken("text", "a story on Instagram has no text: leave it empty for this channel")
    if any(part.kind is PartKind.COMMENT for part in parts):
        yield Broken("first_comment", "nobody can comment on a story on Instagram")
    for name in ("collaborators", "location_id"):
        if getattr(options, name):
            yield _option(name, "is not for stories")


def _option(name: str, rule: str) -> Broken:
    return Broken(f"options.instagram.{name}", rule)


# ── containers ───────────────────────────────────────────────────────────────────────────────


def recipe(part: Part, media: MediaReader) -> Recipe:
    options = InstagramOptions.model_validate(part.options)
    if options.kind is Kind.STORY:
        return Recipe(whole=lambda: {"media_type": "STORIES"} | _file(part.media[0], media))
    words = _words(part, options)
    if len(part.media) > 1:
        return Recipe(
            whole=lambda: {"media_type": "CAROUSEL"} | words,
            items=[partial(_item, each, media) for each in part.media],
        )
    if not is_film(part.media):
        return Recipe(whole=lambda: _file(part.media[0], media) | _alt(part.media[0]) | words)
    film = {"media_type": "REELS", "share_to_feed": str(options.share_to_feed).lower()}
    if options.thumb_offset_ms is not None:
        film["thumb_offset"] = str(options.thumb_offset_ms)
    return Recipe(whole=lambda: film | _file(part.media[0], media) | words)


def _words(part: Part, options: InstagramOptions) -> Form:
    words = {"caption": part.text} if part.text else {}
    if options.collaborators:
        words["collaborators"] = json.dumps(options.collaborators)
    if options.location_id:
        words["location_id"] = options.location_id
    if options.ai_generated:
        words["is_ai_generated"] = "true"
    return words


def _item(each: AttachedMedia, media: MediaReader) -> Form:
    kind = {"media_type": "VIDEO"} if each.kind is MediaKind.VIDEO else _alt(each)
    return {"is_carousel_item": "true"} | kind | _file(each, media)


def _alt(each: AttachedMedia) -> Form:
    """Of images alone, and not in stories."""
    return {"alt_text": each.alt_text} if each.alt_text else {}


def _file(each: AttachedMedia, media: MediaReader) -> Form:
    if each.kind is MediaKind.VIDEO:
        return {"video_url": media.link(each)}
    image = images.clean(media.read(each), most_bytes=IMAGE_BYTES, as_jpeg=True)
    return {"image_url": media.link_to(image.data, image.mime_type, of=each)}
