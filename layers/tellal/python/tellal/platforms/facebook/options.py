"""What may be posted to a page: the choices that only Facebook knows, and the limits of each kind.

A post stands in the feed, a reel is a short upright film, a story is gone after a day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from tellal.errors import Broken
from tellal.platforms import images
from tellal.platforms.protocol import Limits, Sourced
from tellal.posts import AttachedMedia, Content, Frozen, MediaKind, Part, PartKind

FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed"
PHOTOS = "https://developers.facebook.com/docs/graph-api/reference/page/photos"
VIDEOS = "https://developers.facebook.com/docs/graph-api/reference/page/videos"
COMMENTS = "https://developers.facebook.com/docs/graph-api/reference/page-post/comments"
REELS = "https://developers.facebook.com/docs/video-api/guides/reels-publishing"
STORIES = "https://developers.facebook.com/docs/page-stories-api"

# Where the page does not state a number, it is what has held for years and was not verified:
# the lengths, ten photos, and how large and how long a video may be.
LIMITS: Mapping[str, Sourced[Any]] = {
    "text_length": Sourced(63_206, FEED),
    "comment_length": Sourced(8_000, COMMENTS),
    "images": Sourced(10, FEED),
    "image_types": Sourced(("image/jpeg", "image/png"), PHOTOS),
    "videos": Sourced(1, VIDEOS),
    "video_bytes": Sourced(10_000_000_000, VIDEOS),
    "video_seconds": Sourced((1, 14_400), VIDEOS),
    "video_types": Sourced(("video/mp4", "video/quicktime"), VIDEOS),
}
REEL_LIMITS: Mapping[str, Sourced[Any]] = {
    "media": Sourced((1, 1), REELS),
    "videos": Sourced(1, REELS),
    "video_seconds": Sourced((3, 90), REELS),
    "video_ratio": Sourced((9 / 16, 9 / 16), REELS),
    "video_frame_rate": Sourced((24, 60), REELS),
    "video_types": Sourced(("video/mp4",), REELS),
}
STORY_LIMITS: Mapping[str, Sourced[Any]] = {
    **REEL_LIMITS,
    "images": Sourced(1, STORIES),
    "video_seconds": Sourced((3, 60), STORIES),
}
LEAST_UPRIGHT = Sourced((540, 960), REELS)  # pixels, of a reel's or a story's film
PHOTO_BYTES = Sourced(4_000_000, STORIES)  # larger ones are encoded anew until they fit
TITLE_LENGTH = Sourced(255, VIDEOS)  # not verified


class Kind(StrEnum):
    FEED = "feed"
    REEL = "reel"
    STORY = "story"


def _address(given: str) -> str | None:
    address = given.strip()
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        raise ValueError("is not an address such as https://example.com/page")
    return address


Address = Annotated[str, Field(max_length=2_000), AfterValidator(_address)]


class FacebookOptions(Frozen):
    """What only Facebook knows."""

    kind: Annotated[
        Kind,
        Field(description="a post in the feed, a reel, or a story that is gone after a day"),
    ] = Kind.FEED
    link: Annotated[
        Address | None,
        Field(description="a page whose preview is shown below the text; none is, if left out"),
    ] = None
    title: Annotated[
        str | None, Field(max_length=TITLE_LENGTH.value, description="of a video or a reel")
    ] = None


def kind_of(part: Part) -> Kind:
    return Kind(part.options.get("kind", Kind.FEED))


def film_of(part: Part) -> AttachedMedia | None:
    return next((each for each in part.media if each.kind is MediaKind.VIDEO), None)


# What a rule names, and the limits that are its kind's.
NAMES = {Kind.FEED: "Facebook", Kind.REEL: "a Facebook reel", Kind.STORY: "a Facebook story"}
LIMITS_OF: Mapping[Kind, Limits] = {
    Kind.FEED: Limits.of(LIMITS, text_unit="characters", image_pixels=images.MOST_PIXELS),
    Kind.REEL: Limits.of(
        {**{name: LIMITS[name] for name in ("text_length", "comment_length")}, **REEL_LIMITS},
        text_unit="characters",
    ),
    Kind.STORY: replace(
        Limits.of(STORY_LIMITS, text_unit="characters", text_length=LIMITS["text_length"].value),
        image_types=frozenset(LIMITS["image_types"].value),
        image_pixels=images.MOST_PIXELS,
    ),
}


def broken_choices(content: Content, options: FacebookOptions) -> Iterator[Broken]:
    """What goes together with what."""
    films = [each for each in content.media if each.kind is MediaKind.VIDEO]
    if options.kind is Kind.STORY and content.text.strip():
        yield Broken("text", "a Facebook story shows no text: leave it out on this channel")
    if options.link and (content.media or options.kind is not Kind.FEED):
        yield Broken(
            "options.facebook.link", "a preview stands in a post of the feed that has no files"
        )
    if options.title and (not films or options.kind is Kind.STORY):
        yield Broken("options.facebook.title", "only a video or a reel has a title on Facebook")
    if options.kind is not Kind.FEED:
        yield from _too_small(content, NAMES[options.kind])


def as_checked(part: Part, options: FacebookOptions) -> Part:
    """As the common rules are to see it: a preview alone is a post, though it has no text."""
    if part.kind is PartKind.MAIN and options.link and not part.text.strip():
        return part.model_copy(update={"text": options.link})
    return part


def _too_small(content: Content, title: str) -> Iterator[Broken]:
    width, height = LEAST_UPRIGHT.value
    for number, each in enumerate(content.media):
        sides = (each.width or width, each.height or height)
        if each.kind is MediaKind.VIDEO and (sides[0] < width or sides[1] < height):
            size = f"{sides[0]} × {sides[1]}, the least is {width} × {height}"
            yield Broken(f"media[{number}]", f"too small for {title}: {size}")
