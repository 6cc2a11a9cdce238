"""What an author may choose on Bluesky, and the rules of it."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tellal.errors import Broken
from tellal.platforms.choices import Language, as_json
from tellal.posts import Frozen, MediaKind, Part, PartKind

LINK = re.compile(r"https?://[^\s/?#]+\S*")
MOST_LANGUAGES = 3  # lexicons/app/bsky/feed/post.json


class Who(StrEnum):
    EVERYBODY = "everybody"
    NOBODY = "nobody"
    MENTIONED = "mentioned"
    FOLLOWERS = "followers"
    FOLLOWED = "followed"


ALONE = frozenset({Who.EVERYBODY, Who.NOBODY})


def _who(given: tuple[Who, ...]) -> tuple[Who, ...]:
    chosen = tuple(dict.fromkeys(given))
    if not chosen or (len(chosen) > 1 and ALONE & set(chosen)):
        says = "is everybody, nobody, or some of mentioned, followers and followed"
        raise PydanticCustomError("who", says)
    return chosen


def _link(given: str) -> str:
    if not LINK.fullmatch(given):
        raise PydanticCustomError("link", "is no link's address, such as https://example.com/bread")
    return given


class Card(Frozen):
    """A link's preview, which Bluesky does not make by itself. The post's image is its picture."""

    link: Annotated[str, Field(max_length=2000), AfterValidator(_link)]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    description: Annotated[str, Field(max_length=1000)] = ""


class BlueskyOptions(Frozen):
    """What an author may choose on Bluesky."""

    langs: Annotated[
        tuple[Language, ...],
        Field(max_length=MOST_LANGUAGES, description="the languages of the text: en, tr, pt-BR"),
    ] = ()
    replies_from: Annotated[
        tuple[Who, ...],
        AfterValidator(_who),
        Field(
            max_length=len(Who),
            description="who may answer: everybody, nobody, or some of those whom the post"
            " mentions, the account's followers, and those it follows (followed)",
        ),
    ] = (Who.EVERYBODY,)
    card: Annotated[
        Card | None, Field(description="a preview of a link, below the text of the first part")
    ] = None


def chosen_for(part: Part, chosen: BlueskyOptions) -> Part:
    """A card belongs to the first part, and so does who may answer: that holds for the thread."""
    own = chosen if part.kind is PartKind.MAIN else BlueskyOptions(langs=chosen.langs)
    return part.model_copy(update={"options": as_json(own)})


def choices_of(part: Part) -> BlueskyOptions:
    """A part that was written before there were choices has the usual ones."""
    return BlueskyOptions.model_validate(part.options)


def is_gated(part: Part) -> bool:
    return choices_of(part).replies_from != (Who.EVERYBODY,)


def broken_rules(parts: Sequence[Part]) -> Iterator[Broken]:
    """Bluesky's own, beside those that every platform has."""
    main = parts[0]
    if choices_of(main).card is None:
        return
    if len(main.media) > 1 or any(each.kind is not MediaKind.IMAGE for each in main.media):
        rule = "beside a card Bluesky shows one image at most, as its picture"
        yield Broken("media", rule)
