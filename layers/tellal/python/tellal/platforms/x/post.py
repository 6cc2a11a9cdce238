"""What a post on X is: its author's choices, the rules only X has, its price, and its body."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from tellal.channels import Channel
from tellal.errors import Broken
from tellal.platforms import images
from tellal.platforms.choices import as_json, chosen
from tellal.platforms.protocol import Limits, Thread, answered
from tellal.platforms.rules import broken_rules, parts_of, path, refuse
from tellal.platforms.x import text
from tellal.platforms.x.facts import (
    A_MESSAGE,
    A_POST,
    AN_ANSWER,
    CASHTAGS,
    FACTS,
    GIF_BYTES,
    GIF_SIZE,
    LONG_POST,
    WITH_A_LINK,
)
from tellal.posts import AttachedMedia, Content, Frozen, Part, PartKind

MEDIA_IDS = "media_ids"  # a note, separated by spaces
GIF = "image/gif"
PREMIUM = frozenset({"Basic", "Premium", "PremiumPlus"})


class XOptions(Frozen):
    """What only X knows of a post."""

    reply_settings: Annotated[
        Literal["following", "mentionedUsers", "subscribers", "verified"] | None,
        Field(description="who may answer; everybody, if it is not given"),
    ] = None
    made_with_ai: Annotated[bool, Field(description="its images or videos were made by AI")] = False
    paid_partnership: Annotated[bool, Field(description="somebody paid for it")] = False
    community_id: Annotated[
        str | None, Field(pattern=r"^[0-9]{1,19}$", description="the community it is posted to")
    ] = None
    long_post: Annotated[
        bool, Field(description="more than 280 characters, which X lets Premium accounts post")
    ] = False


OF_EVERY_PART = {"made_with_ai", "paid_partnership"}  # an answer asks nobody, and goes nowhere else


def limits(channel: Channel, *, long_post: bool = False) -> Limits:
    """Images have any number of bytes: they are made to fit."""
    stated = {name: limit for name, limit in FACTS.limits.items() if name != "image_bytes"}
    known = Limits.of(
        stated, text_unit="characters", thread_parts=None, image_pixels=images.MOST_PIXELS
    )
    may_be_long = long_post or channel.server.get("subscription") in PREMIUM
    return replace(known, text_length=LONG_POST) if may_be_long else known


def rendered(content: Content, channel: Channel) -> tuple[Part, ...]:
    """Raises Unacceptable."""
    options = chosen(XOptions, content, platform="x")
    parts = tuple(
        part.model_copy(update={"options": _options(part, options)}) for part in parts_of(content)
    )
    return checked(parts, limits(channel, long_post=options.long_post))


def checked(parts: tuple[Part, ...], most: Limits) -> tuple[Part, ...]:
    # An answer of a poll is counted plainly: see _of_poll.
    common = broken_rules(
        parts,
        title=FACTS.title,
        limits=replace(most, poll_option_length=None),
        length=text.weighted_length,
    )
    refuse((*common, *_own_rules(parts)))
    return parts


def price(part: Part) -> float:
    """With a link it is dear, whatever else it is."""
    if part.kind is PartKind.ACTION:
        return 0.0
    if part.kind is PartKind.DIRECT:
        return float(FACTS.prices[A_MESSAGE].value)
    if text.links(text.composed(part.text)):
        return float(FACTS.prices[WITH_A_LINK].value)
    return float(FACTS.prices[AN_ANSWER if part.reply_to else A_POST].value)


def body(part: Part, thread: Thread) -> dict[str, Any]:
    made: dict[str, Any] = {"text": part.text}
    if above := answered(part, thread):
        made["reply"] = {"in_reply_to_tweet_id": above.id}
    if part.media:
        made["media"] = {"media_ids": (part.prepared or {})[MEDIA_IDS].split()}
    if part.poll:
        made["poll"] = {
            "options": list(part.poll.options),
            "duration_minutes": part.poll.minutes,
        }
    options = XOptions.model_validate(part.options).model_dump(exclude_defaults=True)
    options.pop("long_post", None)  # ours: X looks at the account
    return made | options


def is_gif(media: AttachedMedia) -> bool:
    return media.mime_type == GIF


def _options(part: Part, options: XOptions) -> dict[str, Any]:
    if part.kind is PartKind.MAIN:
        return as_json(options)
    return options.model_dump(mode="json", include=OF_EVERY_PART)


def _own_rules(parts: Sequence[Part]) -> Iterator[Broken]:
    for number, part in enumerate(parts):
        if (named := text.cashtags(part.text)) > CASHTAGS:
            rule = f"too many cashtags for X: {named} of {CASHTAGS}"
            yield Broken(path(part, number, "text"), rule)
        for index, media in enumerate(part.media):
            if is_gif(media):
                for rule in _of_gif(media, alone=len(part.media) == 1):
                    yield Broken(path(part, number, f"media[{index}]"), rule)
        yield from _of_poll(part)


def _of_gif(media: AttachedMedia, *, alone: bool) -> Iterator[str]:
    if not alone:
        yield "a GIF goes alone on X"
    if media.size > GIF_BYTES:
        yield f"too large for X: {media.size} of {GIF_BYTES} bytes"
    width, height = GIF_SIZE
    if (media.width or 0) > width or (media.height or 0) > height:
        size = f"{media.width} × {media.height}"
        yield f"too large for X: a GIF may be {width} × {height}, not {size}"


def _of_poll(part: Part) -> Iterator[Broken]:
    if part.poll is None:
        return
    if part.poll.multiple:
        yield Broken("poll.multiple", "on X everybody gives one answer")
    longest = FACTS.limits["poll_option_length"].value
    for index, option in enumerate(part.poll.options):
        if not 1 <= len(option.strip()) <= longest:
            rule = f"X takes answers of 1 to {longest} characters, not {len(option.strip())}"
            yield Broken(f"poll.options[{index}]", rule)
