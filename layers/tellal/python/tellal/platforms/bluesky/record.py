"""The record that is a Bluesky post: its key, its text's facets, what it embeds and answers.

Pure, and the same on every attempt: the key and `createdAt` come from the part's key, so that
writing it again changes nothing. Servers take facets that point nowhere without a word, so
nothing here is guessed: offsets are UTF-8 bytes, end exclusive.
https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tellal import clock
from tellal.platforms.bluesky.choices import Card, Who, choices_of
from tellal.platforms.protocol import PartKey, Thread, answered
from tellal.platforms.text import Found, Kind, byte_span, count_graphemes, find
from tellal.posts import AttachedMedia, Part, Remote

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
LIKE = "app.bsky.feed.like"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # base 32 in the order of its letters
LONGEST_TAG = 64  # graphemes: lexicons/app/bsky/richtext/facet.json

IMAGE = "image "  # a note: its number → the uploaded blob, as JSON
VIDEO = "video"  # a note: the blob that the video service made
DID = "did "  # a note: a handle → its account
GATED = "gated"  # a ref of a post that has a gate
RKEY = "rkey"  # a note: the record key of a post that has a gate

RULES = {
    Who.MENTIONED: "mentionRule",
    Who.FOLLOWERS: "followerRule",
    Who.FOLLOWED: "followingRule",
}


def record_key(key: PartKey) -> str:
    """A TID, 0 + 53 bits of microseconds + 10 bits, spelled in 13 letters.

    We know milliseconds; the rest is a hash of what is posted, so that two posts of one channel
    in one millisecond (one in a million otherwise) do not overwrite each other.
    """
    seed = f"{key.delivery_id}:{key.number}".encode()
    drawn = int.from_bytes(hashlib.sha256(seed).digest()[:8])
    milliseconds = (key.at - EPOCH) // timedelta(milliseconds=1)
    microseconds = milliseconds * 1000 + drawn % 1000
    return _tid(microseconds << 10 | (drawn // 1000) % 1024)


def like_key(uri: str) -> str:
    """The same whenever the same post is liked, so that there is one like of it. Likes need a TID
    as well (lexicons/app/bsky/feed/like.json); this one's time is before 2006, and tells nothing.
    """
    drawn = int.from_bytes(hashlib.sha256(uri.encode()).digest()[:8])
    return _tid(drawn % (1 << 60))


def like_record(liked: Remote, *, now: datetime) -> dict[str, Any]:
    subject = {"uri": liked.id, "cid": liked.refs["cid"]}
    return {"$type": LIKE, "subject": subject, "createdAt": clock.text(now)}


def _tid(number: int) -> str:
    return "".join(SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def post_record(part: Part, *, key: PartKey, thread: Thread) -> dict[str, Any]:
    notes = part.prepared or {}
    record: dict[str, Any] = {
        "$type": POST,
        "text": part.text,
        "createdAt": clock.text(key.at),
    }
    if facets := list(_facets(part.text, notes)):
        record["facets"] = facets
    if reply := _reply(part, thread):
        record["reply"] = reply
    choices = choices_of(part)
    if choices.langs:
        record["langs"] = list(choices.langs)
    if embed := _embed(part, choices.card, notes):
        record["embed"] = embed
    return record


def gate_record(part: Part, *, post: str, key: PartKey) -> dict[str, Any]:
    """Who may answer. It has its post's record key: lexicons/app/bsky/feed/threadgate.json"""
    rules = [RULES[who] for who in choices_of(part).replies_from if who in RULES]
    return {
        "$type": GATE,
        "post": post,
        "allow": [{"$type": f"{GATE}#{rule}"} for rule in rules],
        "createdAt": clock.text(key.at),
    }


def creation(record: Mapping[str, Any], rkey: str) -> dict[str, Any]:
    """One of the writes that are applied together: lexicons/com/atproto/repo/applyWrites.json"""
    return {
        "$type": "com.atproto.repo.applyWrites#create",
        "collection": record["$type"],
        "rkey": rkey,
        "value": record,
    }


def new_key(*, now: datetime) -> str:
    return record_key(PartKey(secrets.token_hex(8), 0, now))


def key_of(part: Part, key: PartKey) -> str:
    """A gated post's was drawn when it was prepared, and stays through every attempt."""
    return (part.prepared or {}).get(RKEY) or record_key(key)


def handles_in(text: str) -> tuple[str, ...]:
    """What might be somebody's handle: names with a dot, and no @host behind them."""
    return tuple(dict.fromkeys(_handle(each) for each in find(text) if _handle(each)))


def root_of(record: Mapping[str, Any], own: Remote) -> dict[str, str]:
    """The refs by which a post is answered: its own cid, and the root of its thread."""
    reply = record.get("reply") or {}
    root = reply.get("root") or {"uri": own.id, "cid": own.refs["cid"]}
    return {"cid": own.refs["cid"], "root_uri": root["uri"], "root_cid": root["cid"]}


def _handle(found: Found) -> str:
    name = found.text[1:].lower()
    is_handle = found.kind is Kind.MENTION and "." in name and "@" not in name
    return name if is_handle else ""


def _facets(text: str, notes: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for found in find(text):
        if feature := _feature(found, notes):
            start, end = byte_span(text, found)
            yield {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def _feature(found: Found, notes: Mapping[str, str]) -> dict[str, str] | None:
    """What a span is to do; an unknown handle and an overlong tag stay plain text."""
    kind = "app.bsky.richtext.facet"
    match found.kind:
        case Kind.LINK:
            return {"$type": f"{kind}#link", "uri": found.text}
        case Kind.MENTION:
            did = notes.get(DID + _handle(found))
            return {"$type": f"{kind}#mention", "did": did} if did else None
        case Kind.HASHTAG:
            tag = found.text[1:]
            fits = count_graphemes(tag) <= LONGEST_TAG
            return {"$type": f"{kind}#tag", "tag": tag} if fits else None


def _reply(part: Part, thread: Thread) -> dict[str, Any] | None:
    parent = answered(part, thread)
    if parent is None:
        return None
    refs = parent.refs
    own = {"uri": parent.id, "cid": refs["cid"]}
    root = {"uri": refs["root_uri"], "cid": refs["root_cid"]} if "root_uri" in refs else own
    return {"root": root, "parent": own}


def _embed(part: Part, card: Card | None, notes: Mapping[str, str]) -> dict[str, Any] | None:
    kind = "app.bsky.embed"
    if card is not None:
        return {"$type": f"{kind}.external", "external": _external(card, notes)}
    if VIDEO in notes:
        (film,) = part.media
        shown = {"$type": f"{kind}.video", "video": json.loads(notes[VIDEO]), "alt": film.alt_text}
        return shown | _aspect_ratio(film)
    if part.media:
        return {"$type": f"{kind}.images", "images": _images(part, notes)}
    return None


def _external(card: Card, notes: Mapping[str, str]) -> dict[str, Any]:
    picture = notes.get(f"{IMAGE}0")
    thumb = {"thumb": json.loads(picture)} if picture else {}
    return {"uri": card.link, "title": card.title, "description": card.description, **thumb}


def _images(part: Part, notes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"alt": media.alt_text, "image": json.loads(notes[f"{IMAGE}{number}"])}
        | _aspect_ratio(media)
        for number, media in enumerate(part.media)
    ]


def _aspect_ratio(media: AttachedMedia) -> dict[str, Any]:
    if not media.width or not media.height:
        return {}
    return {"aspectRatio": {"width": media.width, "height": media.height}}
