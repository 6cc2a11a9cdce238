"""What Threads' webhooks tell of a profile: replies, mentions, and what was deleted.
https://developers.facebook.com/documentation/threads/webhooks

A body is about one thing that happened, or about several: documented as an object, seen as a
list. People are known by their names alone, here and wherever else Threads tells of them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.errors import BadMessage
from tellal.platforms import graph_webhooks, telling
from tellal.platforms.graph_webhooks import Entry, Model
from tellal.platforms.hearing import Told
from tellal.platforms.telling import Epoch, Event

OURS = "our own"


class Body(Model):
    target_id: str = ""  # of a mention: whom it names
    time: Epoch | None = None
    values: Any


class Above(Model):
    id: str
    owner_id: str | None = None
    username: str = ""


class Said(Model):
    """A post of somebody's, as it is told and as it is listed."""

    id: str
    username: str = ""
    text: str = ""
    permalink: str | None = None
    timestamp: datetime
    media_url: str | None = None
    profile_picture_url: str | None = None
    replied_to: Above | None = None
    root_post: Above | None = None


class Owner(Model):
    owner_id: str


class Deleted(Model):
    id: str
    owner: Owner
    username: str = ""
    deleted_at: datetime


def normalise(body: bytes) -> Told:
    told = graph_webhooks.parsed(body, object)
    if not isinstance(told, dict | list):
        raise BadMessage("not a body that Threads sends")
    return telling.told(_events(told if isinstance(told, list) else [told]))


def _events(told: list[Any]) -> Iterator[Event]:
    for each in told:
        try:
            body = Body.model_validate(each)
        except ValueError:
            yield graph_webhooks.unreadable("body")
            continue
        at = Entry(id=body.target_id, time=body.time)
        for value in body.values if isinstance(body.values, list) else [body.values]:
            yield graph_webhooks.change(value, at, READERS)


def _reply(value: Any, _: Entry) -> Heard | str:
    said = Said.model_validate(value)
    root = said.root_post
    if root is None or root.owner_id is None:
        raise ValueError("a reply below a post of nobody's")
    if said.username and said.username == root.username:
        return OURS
    return below_ours(said, profile=root.owner_id)


def _mention(value: Any, at: Entry) -> Heard | str:
    said = Said.model_validate(value)
    if not at.id:
        raise ValueError("a mention of nobody")
    if said.root_post and said.root_post.owner_id == at.id:
        return below_ours(said, profile=at.id)
    return mention(said, profile=at.id)


def _deletion(value: Any, _: Entry) -> Heard | str:
    """Of a profile's own posts alone: whose they are is told, not whom they answered."""
    deleted = Deleted.model_validate(value)
    owner = deleted.owner.owner_id
    return Heard(
        channel_remote_id=owner,
        remote_id=deleted.id,
        change=Change.REMOVED,
        kind=MessageKind.REPLY,
        author=Author(remote_id=owner, handle=deleted.username),
        sent_at=deleted.deleted_at,
        thread=deleted.id,
    )


READERS = {"replies": _reply, "mentions": _mention, "delete": _deletion}


def below_ours(said: Said, *, profile: str, root: str | None = None) -> Heard:
    """`root` is the post of ours, where the reply itself does not tell."""
    root = said.root_post.id if said.root_post else root or said.id
    above = said.replied_to.id if said.replied_to else root
    is_reply = above != root
    return _heard(
        said,
        profile,
        kind=MessageKind.REPLY if is_reply else MessageKind.COMMENT,
        thread=root,
        post_remote_id=root,
        parent_remote_id=above if is_reply else None,
    )


def mention(said: Said, *, profile: str) -> Heard:
    return _heard(
        said,
        profile,
        kind=MessageKind.MENTION,
        thread=said.root_post.id if said.root_post else said.id,
        parent_remote_id=said.replied_to.id if said.replied_to else None,
    )


def _heard(said: Said, profile: str, **facts: Any) -> Heard:
    name = said.username
    return Heard(
        channel_remote_id=profile,
        remote_id=said.id,
        author=Author(
            remote_id=name or f"unknown:{said.id}",
            handle=name,
            name=name,
            avatar_url=said.profile_picture_url,
        ),
        text=said.text,
        sent_at=said.timestamp,
        url=said.permalink,
        media_urls=(said.media_url,) if said.media_url else (),
        **facts,
    )
