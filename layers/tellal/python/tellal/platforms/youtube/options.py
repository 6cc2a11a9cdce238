"""What the author of a video decides that no other platform asks."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from tellal.channels import Channel
from tellal.errors import Broken
from tellal.posts import AttachedMedia, Content, Frozen, MediaKind

# https://developers.google.com/youtube/v3/docs/videos#properties says all of these.
TITLE_LENGTH = 100  # «characters»: taken for Unicode's code points, which it does not say
TAGS_LENGTH = 500
FORBIDDEN = "<>"  # in titles and descriptions; tags with them are refused as well
PEOPLE_AND_BLOGS = "22"
# https://support.google.com/youtube/answer/15424877
SHORT_SECONDS = 180
# https://support.google.com/youtube/answer/71673: of a channel that is not verified
UNVERIFIED_SECONDS = 900
UNVERIFIED = frozenset({"eligible", "disallowed"})  # what YouTube calls it


class YouTubeVisibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class YouTubeLicense(StrEnum):
    YOUTUBE = "youtube"
    CREATIVE_COMMONS = "creativeCommon"  # as YouTube spells it


def tags_length(tags: tuple[str, ...]) -> int:
    """As YouTube counts: commas between them, and quotation marks around those with a space."""
    quoted = (len(tag) + 2 if " " in tag else len(tag) for tag in tags)
    return sum(quoted) + max(0, len(tags) - 1)


def _title(title: str) -> str:
    if not title.strip():
        raise ValueError("YouTube shows no video without a title")
    if len(title) > TITLE_LENGTH:
        raise ValueError(f"too long for YouTube: {len(title)} of {TITLE_LENGTH} characters")
    if has_forbidden(title):
        raise ValueError("YouTube takes no < or > in a title")
    return title


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    if not all(tag.strip() for tag in tags):
        raise ValueError("one of them is empty")
    if any("," in tag or has_forbidden(tag) for tag in tags):
        raise ValueError("a tag holds no comma, < or >")
    if (long := tags_length(tags)) > TAGS_LENGTH:
        counted = "commas between them and quotation marks around those with a space are counted"
        raise ValueError(f"too long for YouTube: {long} of {TAGS_LENGTH} characters; {counted}")
    return tags


def _category(category: str) -> str:
    if not (category.isascii() and category.isdecimal()):
        raise ValueError("is a number, such as 22 for People & Blogs")
    return category


class YouTubeOptions(Frozen):
    title: Annotated[
        str,
        AfterValidator(_title),
        Field(description=f"above the video: at most {TITLE_LENGTH} characters, no < or >"),
    ]
    tags: Annotated[
        tuple[str, ...],
        AfterValidator(_tags),
        Field(description=f"keywords: together at most {TAGS_LENGTH} characters"),
    ] = ()
    visibility: Annotated[
        YouTubeVisibility, Field(description="who sees it from its time on; until then nobody does")
    ] = YouTubeVisibility.PUBLIC
    category_id: Annotated[
        str,
        AfterValidator(_category),
        Field(description="the number of one of YouTube's categories; 22 is People & Blogs"),
    ] = PEOPLE_AND_BLOGS
    made_for_kids: Annotated[
        bool | None,
        Field(
            description="whether it is made for children, which the law wants to be told; may be"
            " left out where the channel's owner has said so for all its videos"
        ),
    ] = None
    short: Annotated[
        bool, Field(description="it is meant as a Short: upright or square, three minutes at most")
    ] = False
    notify_subscribers: bool = True
    contains_synthetic_media: Annotated[
        bool, Field(description="it shows what did not happen and looks as if it had")
    ] = False
    license: YouTubeLicense = YouTubeLicense.YOUTUBE
    embeddable: Annotated[bool, Field(description="other sites may show it")] = True
    thumbnail: Annotated[
        str | None, Field(description="the media_id of the attached image that is its thumbnail")
    ] = None


def has_forbidden(text: str) -> bool:
    return any(mark in text for mark in FORBIDDEN)


def film_of(media: tuple[AttachedMedia, ...]) -> AttachedMedia | None:
    return next((each for each in media if each.kind is MediaKind.VIDEO), None)


def broken_by(
    content: Content, chosen: YouTubeOptions | None, channel: Channel
) -> Iterator[Broken]:
    """The rules that are YouTube's own; `chosen` is None where the options break rules."""
    if has_forbidden(content.text):
        yield Broken("text", "YouTube takes no < or > in a description")
    film = film_of(content.media)
    if film is None:
        yield Broken("media", "YouTube shows nothing without a video")
    if chosen is None:
        return
    yield from _of_thumbnail(content, chosen)
    yield from _of_audience(content, chosen, channel)
    if film is not None:
        yield from _of_film(film, content.media.index(film), chosen, channel)


def _of_thumbnail(content: Content, chosen: YouTubeOptions) -> Iterator[Broken]:
    images = [
        (number, each.media_id)
        for number, each in enumerate(content.media)
        if each.kind is MediaKind.IMAGE
    ]
    for number, media_id in images:
        if media_id != chosen.thumbnail:
            rule = "YouTube shows an image as a thumbnail only: name it in options.youtube"
            yield Broken(f"media[{number}]", rule)
    if chosen.thumbnail and chosen.thumbnail not in {media_id for _, media_id in images}:
        rule = "is no image that is attached to this post"
        yield Broken("options.youtube.thumbnail", rule)


def _of_audience(content: Content, chosen: YouTubeOptions, channel: Channel) -> Iterator[Broken]:
    of_channel = channel.server.get("made_for_kids")
    if chosen.made_for_kids is None and of_channel is None:
        rule = (
            "is required: say whether the video is made for kids (or set it for the whole"
            " channel in YouTube Studio, then connect it again)"
        )
        yield Broken("options.youtube.made_for_kids", rule)
    if not content.first_comment:
        return
    if chosen.visibility is YouTubeVisibility.PRIVATE:
        yield Broken("first_comment", "nobody can comment below a private video")
    if chosen.made_for_kids or (chosen.made_for_kids is None and of_channel):
        yield Broken("first_comment", "YouTube has no comments below a video made for kids")


def _of_film(
    film: AttachedMedia, number: int, chosen: YouTubeOptions, channel: Channel
) -> Iterator[Broken]:
    seconds = _seconds(film)
    if chosen.short and seconds > SHORT_SECONDS:
        rule = f"too long for a Short: {seconds:g} of {SHORT_SECONDS} seconds"
        yield Broken(f"media[{number}]", rule)
    if chosen.short and _is_wide(film):
        rule = f"too wide for a Short: {film.width} × {film.height}, it is upright or square"
        yield Broken(f"media[{number}]", rule)
    if seconds > UNVERIFIED_SECONDS and not may_upload_long(channel):
        rule = (
            f"only a verified channel may show more than {UNVERIFIED_SECONDS // 60} minutes:"
            " verify it at youtube.com/verify, then connect it again"
        )
        yield Broken(f"media[{number}]", rule)


def may_become_short(film: AttachedMedia) -> bool:
    """YouTube itself decides, whatever was meant."""
    return _seconds(film) <= SHORT_SECONDS and not _is_wide(film)


def _seconds(film: AttachedMedia) -> float:
    return film.video.seconds if film.video else 0


def _is_wide(film: AttachedMedia) -> bool:
    return (film.width or 0) > (film.height or 0)


def may_upload_long(channel: Channel) -> bool:
    """As YouTube said when it was connected; a channel of which it said nothing is trusted."""
    return channel.server.get("long_uploads") not in UNVERIFIED
