"""What X tells of an account: the X Activity API. https://docs.x.com/x-api/activity/introduction

A post is what it is by its own facts, not by the event that brought it: X tells a reply that also
names us twice, and the mentions that are read tell it again. All three make one message.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from pydantic import AliasChoices, Field, SecretStr

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Revoked, Told
from tellal.platforms.telling import (
    OURS,
    Came,
    Epoch,
    Event,
    Id,
    Model,
    digest,
    is_among,
    keys,
    told,
    unreadable,
)
from tellal.platforms.x import inbox
from tellal.platforms.x.answers import Included, Post, User

SIGNATURE = "x-twitter-webhooks-signature"
# The answer to a question is also the signature of a body that is the question. So nothing is
# answered that could be a body: that is an object, in braces.
QUESTION = re.compile(r"[\w.~+/=-]{1,512}", re.ASCII)
SAID = frozenset({"post.mention.create", "post.reply.create", "post.quote.create"})


class Filter(Model):
    user_id: Id


class Activity(Model):
    event_type: str
    filter: Filter | None = None
    payload: dict[str, Any] = Field(default_factory=dict)
    includes: Included = Included()


class Gone(Model):
    """Of a deleted post: its shape is not written anywhere; these names are X's elsewhere."""

    id: Annotated[Id, Field(validation_alias=AliasChoices("id", "post_id", "tweet_id"))]
    author_id: Annotated[
        Id | None, Field(validation_alias=AliasChoices("author_id", "user_id"))
    ] = None


class Sent(Model):
    text: str = ""


class Recipient(Model):
    recipient_id: Id


class Words(Model):
    sender_id: Id
    target: Recipient
    message_data: Sent = Sent()


class Direct(Model):
    id: Id
    created_timestamp: Epoch
    message_create: Words


class Taken(Model):
    user_id: Id
    date_time: datetime


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    expected = (_signature(secret, body) for secret in keys(secrets))
    if not is_among(headers.get(SIGNATURE, ""), expected):
        raise Forged("the signature does not fit the body")


def challenge(query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> Mapping[str, str]:
    """With the newest secret of the first app that has one: X does not say whose it asks for."""
    asked, secret = query.get("crc_token", ""), next(keys(secrets), None)
    if secret is None or not QUESTION.fullmatch(asked):
        raise Forged("not a question that X asks")
    return {"response_token": _signature(secret, asked.encode())}


def normalise(body: bytes, *, site: str) -> Told:
    try:
        data = Body.model_validate_json(body).data
    except ValueError:
        raise BadMessage("not a body that X sends") from None
    return told(
        event
        for each in (data if isinstance(data, list) else [data])
        for event in _events(each, site)
    )


class Body(Model):
    data: dict[str, Any] | list[Any]


def _events(data: Any, site: str) -> Iterator[Event]:
    try:
        activity = Activity.model_validate(data)
    except ValueError:
        name = data.get("event_type") if isinstance(data, dict) else None
        yield Event(name if isinstance(name, str) else "event", unreadable)
        return
    name, us = activity.event_type, activity.filter.user_id if activity.filter else ""
    match name:
        case _ if name in SAID:
            yield Event(name, lambda: _said(activity, us, site))
        case "post.repost.create":
            yield Event(name, lambda: _shared(activity, us, site))
        case "post.delete":
            yield Event(name, lambda: _deleted(activity, us))
        case "dm.received":
            yield from _directs(activity, us, site)
        case "oauth.revoke":
            yield Event(name, lambda: _revoked(activity))
        case _:
            yield Event(name, lambda: name)


def _said(activity: Activity, us: str, site: str) -> Came:
    post = Post.model_validate(activity.payload)
    if post.author_id == us:
        return OURS
    quotes_us = activity.event_type == "post.quote.create"
    return inbox.message(post, activity.includes, us=_known(us), site=site, quotes_us=quotes_us)


def _shared(activity: Activity, us: str, site: str) -> Came:
    """A repost has no words of its own: what X gives as its text is ours."""
    post = Post.model_validate(activity.payload)
    if post.author_id == us:
        return OURS
    shared = post.reference("retweeted", "reposted")
    heard = inbox.message(post, activity.includes, us=_known(us), site=site)
    return heard.model_copy(
        update={
            "kind": MessageKind.SHARE,
            "text": "",
            "thread": shared or heard.thread,
            "post_remote_id": shared,
            "parent_remote_id": None,
        }
    )


def _deleted(activity: Activity, us: str) -> Came:
    payload = activity.payload
    inner = payload.get("post", payload.get("tweet"))
    gone = Gone.model_validate(inner if isinstance(inner, dict) else payload)
    return Heard(
        channel_remote_id=_known(us),
        remote_id=gone.id,
        change=Change.REMOVED,
        kind=MessageKind.MENTION,
        author=Author(remote_id=gone.author_id or us, handle=""),
        sent_at=inbox.made_at(gone.id),
        thread=gone.id,
    )


def _directs(activity: Activity, us: str, site: str) -> Iterator[Event]:
    listed = activity.payload.get("direct_message_events")
    people = activity.payload.get("users")
    if not isinstance(listed, list):
        yield Event(activity.event_type, unreadable)
        return
    known = people if isinstance(people, dict) else {}
    for each in listed:
        yield Event(activity.event_type, partial(_direct, each, known, us, site))


def _direct(event: Any, people: Mapping[str, Any], us: str, site: str) -> Came:
    kind = event.get("type") if isinstance(event, dict) else None
    if isinstance(kind, str) and kind != "message_create":
        return f"dm.received.{kind}"
    direct = Direct.model_validate(event)
    words = direct.message_create
    if words.sender_id == us:
        return OURS
    return inbox.direct(
        direct.id,
        words.message_data.text,
        sender=_person(people, words.sender_id),
        us=_known(us or words.target.recipient_id),
        at=direct.created_timestamp,
        site=site,
    )


def _person(people: Mapping[str, Any], user_id: str) -> User:
    """X keeps what it knows of people below `data`, and calls a name what it did of old."""
    stated = people.get(user_id)
    stated = stated.get("data", stated) if isinstance(stated, dict) else {}
    stated = stated if isinstance(stated, dict) else {}
    named = {"username": stated.get("screen_name", ""), **stated, "id": user_id}
    try:
        return User.model_validate(named)
    except ValueError:
        return User(id=user_id, username="")


def _revoked(activity: Activity) -> Came:
    taken = Taken.model_validate(activity.payload)
    if taken.date_time.tzinfo is None:
        raise ValueError("a time without its zone")
    return Revoked(taken.user_id, taken.date_time)


def _known(us: str) -> str:
    if not us:
        raise ValueError("of nobody's account")
    return us


def _signature(secret: SecretStr, signed: bytes) -> str:
    return f"sha256={base64.b64encode(digest(secret, signed)).decode()}"
