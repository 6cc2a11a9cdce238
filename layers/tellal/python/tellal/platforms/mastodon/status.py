"""A status: what its author may choose of it, how it is counted, and the body that makes it.

What is chosen holds for the whole thread: a second part that stood uncovered under a first with
a warning, or that more people could read, would undo it.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from tellal.errors import Broken
from tellal.platforms.choices import Language
from tellal.platforms.protocol import Limits, Thread, answered
from tellal.platforms.rules import path
from tellal.platforms.text import Kind, count_graphemes, find
from tellal.posts import Frozen, Part, Poll, ReplyTo

TITLE = "Mastodon"
SECONDS = 60  # of a minute


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"  # public, but in no public timeline
    PRIVATE = "private"  # for followers


class MastodonOptions(Frozen):
    """What an author may choose on Mastodon, for a post and its thread."""

    visibility: Annotated[
        Visibility, Field(description="unlisted: in no public timeline; private: for followers")
    ] = Visibility.PUBLIC
    sensitive: Annotated[
        bool, Field(description="files are covered until somebody asks to see them")
    ] = False
    spoiler_text: Annotated[
        str,
        StringConstraints(strip_whitespace=True),
        Field(description="a content warning that covers the text, and counts into its length"),
    ] = ""
    language: Annotated[
        Language | None, Field(description="of the text: en, tr, pt-BR; else the account's")
    ] = None


def length(text: str, limits: Limits) -> int:
    """Links count as the server says, and mentions without their @host."""
    link = "x" * (limits.link_length or 0)
    for found in reversed(find(text)):
        if found.kind is Kind.LINK and link:
            text = text[: found.start] + link + text[found.end :]
        elif found.kind is Kind.MENTION:
            local = "@" + found.text.split("@")[1]
            text = text[: found.start] + local + text[found.end :]
    return count_graphemes(text)


def broken_rules(parts: Sequence[Part], limits: Limits) -> Iterator[Broken]:
    """Mastodon's own, beside those that every platform has."""
    for number, part in enumerate(parts):
        for index, media in enumerate(part.media):
            if media.mime_type == "image/gif" and len(part.media) > 1:
                yield Broken(path(part, number, f"media[{index}]"), "a GIF goes alone on Mastodon")
        yield from (
            Broken(path(part, number, "text"), rule) for rule in _with_warning(part, limits)
        )
        if part.poll:
            yield from _long_links(part.poll, limits)


def body_of(part: Part, thread: Thread) -> dict[str, Any]:
    """What is sent; a part that was written before there were choices has the usual ones."""
    choices = MastodonOptions.model_validate(part.options)
    body: dict[str, Any] = {
        "status": part.text,
        "visibility": _visibility_of_reply(part.reply_to) if part.reply_to else choices.visibility,
    }
    optional: Mapping[str, Any] = {
        "sensitive": choices.sensitive,
        "spoiler_text": choices.spoiler_text,
        "language": choices.language,
        "poll": _poll(part.poll) if part.poll else None,
    }
    body |= {name: value for name, value in optional.items() if value}
    if part.media:
        body["media_ids"] = (part.prepared or {})["media_ids"].split()
    if above := answered(part, thread):
        body["in_reply_to_id"] = above.id
    return body


def _with_warning(part: Part, limits: Limits) -> Iterator[str]:
    """The warning is counted as it is, its links too."""
    warning = count_graphemes(MastodonOptions.model_validate(part.options).spoiler_text)
    text, most = length(part.text, limits), limits.text_length
    if warning and text <= most < text + warning:
        yield f"too long for {TITLE} with its warning: {text + warning} of {most} characters"


def _long_links(poll: Poll, limits: Limits) -> Iterator[Broken]:
    """In an answer a link counts in full, and so does a mention."""
    most = limits.poll_option_length or 0
    for index, option in enumerate(poll.options):
        if length(option, limits) <= most < (long := count_graphemes(option)):
            rule = f"too long for {TITLE}: {long} of {most} characters"
            yield Broken(f"poll.options[{index}]", rule)


def _poll(poll: Poll) -> dict[str, Any]:
    return {
        "options": list(poll.options),
        "expires_in": poll.minutes * SECONDS,
        "multiple": poll.multiple,
    }


def _visibility_of_reply(to: ReplyTo) -> str:
    """Never more public than what is answered; unless told, only the two of them read it."""
    return to.visibility or to.remote.refs.get("visibility", "direct")
