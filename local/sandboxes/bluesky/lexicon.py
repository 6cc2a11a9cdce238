"""What a record must look like: the parts of the lexicons that a wrong adapter gets wrong.

https://github.com/bluesky-social/atproto/tree/main/lexicons. Unknown collections, embeds and facet
features are let through, since the lexicons are open. So are facets outside the text, as on real
servers: they are simply not shown.
"""

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

import regex
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel

from local.sandboxes.bluesky.sessions import refuse
from local.sandboxes.bluesky.state import FOLLOW, GATE, LIKE, POST, REPOST

MAX_GRAPHEMES = 300
MAX_BYTES = 3_000
THUMB_BYTES = 1_000_000
VIDEO_BYTES = 300_000_000
TID = regex.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
ANY_KEY = regex.compile(r"(?!\.{1,2}$)[A-Za-z0-9_~.:-]{1,512}")
MOMENT = regex.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def check_moment(text: str) -> str:
    """Date, time and zone; `-00:00` says that the zone is unknown, which is none."""
    if not MOMENT.fullmatch(text) or text.endswith("-00:00"):
        raise ValueError("invalid datetime: it needs a date, a time and a zone")
    datetime.fromisoformat(text)
    return text


type Moment = Annotated[str, AfterValidator(check_moment)]
type Did = Annotated[str, StringConstraints(pattern=r"^did:[a-z]+:.+")]
type AtUri = Annotated[str, StringConstraints(pattern=r"^at://.+")]


class Lexicon(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", alias_generator=to_camel)


class Link(Lexicon):
    link: str = Field(alias="$link")


class BlobRef(Lexicon):
    type: Annotated[str, StringConstraints(pattern=r"^blob$")] = Field(alias="$type")
    ref: Link
    mime_type: str
    size: int


class AspectRatio(Lexicon):
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]


class Image(Lexicon):
    image: BlobRef
    alt: str
    aspect_ratio: AspectRatio | None = None

    @field_validator("image")
    @classmethod
    def _fits(cls, blob: BlobRef, info: ValidationInfo) -> BlobRef:
        return _check_blob(blob, most=info.context["image_bytes"] if info.context else 0)


class Images(Lexicon):
    images: Annotated[list[Image], Field(max_length=4)]


class Card(Lexicon):
    uri: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:\S+$")]
    title: str
    description: str
    thumb: BlobRef | None = None

    @field_validator("thumb")
    @classmethod
    def _fits(cls, blob: BlobRef | None) -> BlobRef | None:
        return _check_blob(blob, most=THUMB_BYTES) if blob else None


class External(Lexicon):
    external: Card


class Caption(Lexicon):
    lang: str
    file: BlobRef


class Video(Lexicon):
    video: BlobRef
    alt: str | None = None
    aspect_ratio: AspectRatio | None = None
    captions: Annotated[list[Caption], Field(max_length=20)] = []

    @field_validator("video")
    @classmethod
    def _fits(cls, blob: BlobRef) -> BlobRef:
        return _check_blob(blob, most=VIDEO_BYTES, accept="video/mp4")


class StrongRef(Lexicon):
    uri: AtUri
    cid: str


class Quote(Lexicon):
    record: StrongRef


class Reply(Lexicon):
    root: StrongRef
    parent: StrongRef


class Bytes(Lexicon):
    byte_start: Annotated[int, Field(ge=0)]
    byte_end: Annotated[int, Field(ge=0)]


class LinkFeature(Lexicon):
    uri: str


class MentionFeature(Lexicon):
    did: Did


class TagFeature(Lexicon):
    tag: Annotated[str, StringConstraints(max_length=64)]


class Facet(Lexicon):
    index: Bytes
    features: list[dict[str, Any]]

    @field_validator("features")
    @classmethod
    def _known_ones_are_whole(cls, features: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [_check_open(feature, FEATURES) for feature in features]


class Post(Lexicon):
    text: str
    created_at: Moment
    facets: list[Facet] = []
    reply: Reply | None = None
    embed: dict[str, Any] | None = None
    langs: Annotated[list[str], Field(max_length=3)] = []
    tags: Annotated[list[str], Field(max_length=8)] = []

    @field_validator("text")
    @classmethod
    def _fits(cls, text: str) -> str:
        if (size := len(text.encode())) > MAX_BYTES:
            raise ValueError(f"string too big (maximum {MAX_BYTES}, got {size})")
        if (graphemes := len(regex.findall(r"\X", text))) > MAX_GRAPHEMES:
            raise ValueError(f"grapheme too big (maximum {MAX_GRAPHEMES}, got {graphemes})")
        return text

    @field_validator("embed")
    @classmethod
    def _is_whole(cls, embed: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        return None if embed is None else _check_open(embed, EMBEDS, info.context)


class Reaction(Lexicon):
    subject: StrongRef
    created_at: Moment


class ListRule(Lexicon):
    list: AtUri


class Rule(Lexicon):
    pass


class Gate(Lexicon):
    """Who may answer a thread: nobody if `allow` is empty, everybody if there is none."""

    post: AtUri
    created_at: Moment
    allow: Annotated[list[dict[str, Any]], Field(max_length=5)] | None = None
    hidden_replies: Annotated[list[AtUri], Field(max_length=300)] = []

    @field_validator("allow")
    @classmethod
    def _known_ones_are_whole(
        cls, allow: list[dict[str, Any]] | None
    ) -> list[dict[str, Any]] | None:
        return allow and [_check_open(rule, RULES) for rule in allow]


class Follow(Lexicon):
    subject: Did
    created_at: Moment


COLLECTIONS: dict[str, type[Lexicon]] = {
    POST: Post,
    LIKE: Reaction,
    REPOST: Reaction,
    FOLLOW: Follow,
    GATE: Gate,
}
EMBEDS: dict[str, type[Lexicon]] = {
    "app.bsky.embed.images": Images,
    "app.bsky.embed.video": Video,
    "app.bsky.embed.external": External,
    "app.bsky.embed.record": Quote,
}
RULES: dict[str, type[Lexicon]] = {
    f"{GATE}#mentionRule": Rule,
    f"{GATE}#followerRule": Rule,
    f"{GATE}#followingRule": Rule,
    f"{GATE}#listRule": ListRule,
}
FEATURES: dict[str, type[Lexicon]] = {
    "app.bsky.richtext.facet#link": LinkFeature,
    "app.bsky.richtext.facet#mention": MentionFeature,
    "app.bsky.richtext.facet#tag": TagFeature,
}


def check_record(collection: str, value: dict[str, Any], *, image_bytes: int) -> str:
    """The `validationStatus` that the server reports; refuses what breaks a known lexicon."""
    lexicon = COLLECTIONS.get(collection)
    if lexicon is None:
        return "unknown"
    try:
        lexicon.model_validate(value, context={"image_bytes": image_bytes})
    except ValidationError as error:
        message = f"Invalid {collection} record: {_first_of(error)}"
        raise refuse(400, "InvalidRequest", message) from None
    return "valid"


def check_key(collection: str, rkey: str) -> str:
    shape = TID if collection in COLLECTIONS else ANY_KEY
    if not shape.fullmatch(rkey):
        raise refuse(400, "InvalidRequest", f"Invalid record key for {collection}: {rkey}")
    return rkey


def _check_open(
    value: dict[str, Any], known: dict[str, type[Lexicon]], context: Any = None
) -> dict[str, Any]:
    """The known members of an open union are checked, others are let through."""
    kind = value.get("$type")
    if not isinstance(kind, str):
        raise ValueError('missing "$type"')
    if lexicon := known.get(kind):
        try:
            lexicon.model_validate(value, context=context)
        except ValidationError as error:
            raise ValueError(f"{kind}: {_first_of(error)}") from None
    return value


def _first_of(error: ValidationError) -> str:
    first = error.errors()[0]
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
    return f"{first['msg']} at ${path}"


def _check_blob(blob: BlobRef, *, most: int, accept: str = "image/*") -> BlobRef:
    if not fnmatchcase(blob.mime_type, accept):
        raise ValueError(f"blob of an unaccepted type (expected {accept}, got {blob.mime_type})")
    if blob.size > most:
        raise ValueError(f"blob too big (maximum {most}, got {blob.size})")
    return blob
