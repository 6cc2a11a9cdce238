"""What may stand in a post on Threads, and what its containers are made of.
https://developers.facebook.com/docs/threads/posts
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tellal.errors import Broken
from tellal.platforms import images
from tellal.platforms.containers import Form, Recipe
from tellal.platforms.protocol import Limits, MediaReader, Sourced
from tellal.platforms.rules import path
from tellal.platforms.text import Kind, find
from tellal.posts import AttachedMedia, Frozen, MediaKind, Part, PartKind, Poll

POSTS = "https://developers.facebook.com/docs/threads/posts"
OVERVIEW = "https://developers.facebook.com/docs/threads/overview"
POLLS = "https://developers.facebook.com/documentation/threads/create-posts/polls"
LINKS = "https://developers.facebook.com/documentation/threads/create-posts/text-attachments"
IMAGE_BYTES = 8_000_000  # of the image that we make
MOST_LINKS = 5
LIMITS: Mapping[str, Sourced[Any]] = {
    "text_length": Sourced(500, POSTS),
    "links": Sourced(MOST_LINKS, LINKS),
    "images": Sourced(20, POSTS),
    "image_ratio": Sourced((0.1, 10), OVERVIEW),
    "image_types": Sourced(("image/jpeg", "image/png", "image/webp"), OVERVIEW),  # WebP is remade
    "alt_text_length": Sourced(1000, POSTS),
    "videos": Sourced(20, POSTS),
    "video_bytes": Sourced(1_000_000_000, OVERVIEW),
    "video_seconds": Sourced((0, 300), OVERVIEW),
    "video_frame_rate": Sourced((23, 60), OVERVIEW),
    "video_types": Sourced(("video/mp4", "video/quicktime"), OVERVIEW),
    "video_codecs": Sourced(("AVC", "HEVC"), OVERVIEW),
    "poll_options": Sourced((2, 4), POLLS),
    "poll_option_length": Sourced(25, POLLS),
    "poll_minutes": Sourced((1440, 1440), POLLS),  # unverified: a day, and nothing to choose
}
ANSWERS = ("option_a", "option_b", "option_c", "option_d")
WITHOUT_SCHEME = re.compile(r"(?<![\w@/.])www\.[\w-]+\.[^\s<>\"]+", re.IGNORECASE)


class ReplyControl(StrEnum):
    """Who may answer."""

    EVERYONE = "everyone"
    ACCOUNTS_YOU_FOLLOW = "accounts_you_follow"
    MENTIONED_ONLY = "mentioned_only"
    PARENT_POST_AUTHOR_ONLY = "parent_post_author_only"
    FOLLOWERS_ONLY = "followers_only"


def _tag(given: str) -> str:
    tag = given.strip().removeprefix("#")
    if not 0 < len(tag) <= 50 or "." in tag or "&" in tag:
        raise PydanticCustomError("tag", "is 1 to 50 characters long, without . and &")
    return tag


def _web_address(given: str) -> str:
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise PydanticCustomError("link", "is no address of a page, such as https://example.com")
    return given


class ThreadsOptions(Frozen):
    """Of the first part: the others stand under it."""

    topic_tag: Annotated[str, AfterValidator(_tag)] | None = Field(
        default=None, description="What it is about; without one, the first # in the text"
    )
    reply_control: ReplyControl = ReplyControl.EVERYONE
    link_attachment: Annotated[str, AfterValidator(_web_address)] | None = Field(
        default=None, description="A page whose preview is shown, where no files are"
    )
    spoiler: bool = Field(default=False, description="Files are veiled until somebody taps them")


def length(text: str) -> int:
    """An emoji counts for its bytes in UTF-8, all of one that is made of several; others one."""
    import regex  # noqa: PLC0415 – 70 ms of import, and many functions never count

    emoji = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
    return sum(
        len(each.encode()) if emoji.search(each) else len(each)
        for each in regex.findall(r"\X", text)
    )


def limits() -> Limits:
    """Links are counted by a rule of their own: one that comes twice is one."""
    return Limits.of(
        LIMITS,
        text_unit="characters",
        thread_parts=None,
        mixed_media=True,
        image_pixels=images.MOST_PIXELS,
        links=None,
    )


def broken_choices(parts: Sequence[Part], options: ThreadsOptions) -> Iterator[Broken]:
    for number, part in enumerate(parts):
        links = _links(part.text)
        if number == 0 and options.link_attachment:
            links.add(options.link_attachment)
        if len(links) > MOST_LINKS:
            rule = f"too many links for Threads: {len(links)} of {MOST_LINKS}"
            yield Broken(path(part, number, "text"), rule)
    main = parts[0]
    if options.link_attachment and main.media:
        yield _option("link_attachment", "is shown only where no files are")
    if options.spoiler and not main.media:
        yield _option("spoiler", "is for files, and there are none")
    if main.poll:
        yield from _of_poll(main.poll)


def _of_poll(poll: Poll) -> Iterator[Broken]:
    if poll.multiple:
        yield Broken("poll.multiple", "everybody gives one answer on Threads")
    for index, option in enumerate(poll.options):
        if not option.strip():
            yield Broken(f"poll.options[{index}]", "is empty")


def _links(text: str) -> set[str]:
    links = {each.text for each in find(text) if each.kind is Kind.LINK}
    return links | set(WITHOUT_SCHEME.findall(text))


def _option(name: str, rule: str) -> Broken:
    return Broken(f"options.threads.{name}", rule)


# ── containers ───────────────────────────────────────────────────────────────────────────────


def recipe(part: Part, media: MediaReader, *, under: str | None = None) -> Recipe:
    """`under` is the post that it answers."""
    words = _words(part, under)
    match part.media:
        case ():
            return Recipe(whole=lambda: {"media_type": "TEXT"} | words)
        case (only,):
            return Recipe(whole=lambda: _file(only, media) | words)
        case several:
            items = [partial(_item, each, media) for each in several]
            return Recipe(whole=lambda: {"media_type": "CAROUSEL"} | words, items=items)


def _words(part: Part, under: str | None) -> Form:
    words = {"text": part.text} if part.text else {}
    if part.poll:
        answers = dict(zip(ANSWERS, part.poll.options, strict=False))
        words["poll_attachment"] = json.dumps(answers, ensure_ascii=False)
    if under:
        words["reply_to_id"] = under
    return words | (_chosen(part) if part.kind is PartKind.MAIN else {})


def _chosen(part: Part) -> Form:
    options = ThreadsOptions.model_validate(part.options)
    chosen: Form = {}
    if options.topic_tag:
        chosen["topic_tag"] = options.topic_tag
    if options.reply_control is not ReplyControl.EVERYONE:
        chosen["reply_control"] = options.reply_control.value
    if options.link_attachment:
        chosen["link_attachment"] = options.link_attachment
    if options.spoiler:
        chosen["is_spoiler_media"] = "true"
    return chosen


def _item(each: AttachedMedia, media: MediaReader) -> Form:
    return {"is_carousel_item": "true"} | _file(each, media)


def _file(each: AttachedMedia, media: MediaReader) -> Form:
    alt = {"alt_text": each.alt_text} if each.alt_text else {}
    if each.kind is MediaKind.VIDEO:
        return {"media_type": "VIDEO", "video_url": media.link(each)} | alt
    data = media.read(each)
    image = images.clean(data, most_bytes=IMAGE_BYTES)
    if image.mime_type == "image/webp":  # as it was, or as it came to fit
        image = images.clean(data, most_bytes=IMAGE_BYTES, as_jpeg=True)
    url = media.link_to(image.data, image.mime_type, of=each)
    return {"media_type": "IMAGE", "image_url": url} | alt
