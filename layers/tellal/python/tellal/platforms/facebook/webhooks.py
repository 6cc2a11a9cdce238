"""What Facebook's webhooks tell of a page: comments and messages.
https://developers.facebook.com/docs/graph-api/webhooks

Meta signs the escaped text that it sends: the raw bytes are verified, never a body written anew.
Of what people do on a page we read their comments and their messages; everything else (likes,
hiding, our own posts coming back) is ignored, and may grow without notice.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.errors import BadMessage, Forged
from tellal.platforms.protocol import AppSecrets

SIGNATURE = "x-hub-signature-256"
CHANGES = {"add": Change.ADDED, "edited": Change.EDITED, "remove": Change.REMOVED}


def _from_epoch(spelled: Any) -> Any:
    """Meta writes seconds in changes and milliseconds in messaging."""
    if not isinstance(spelled, int):
        return spelled
    return datetime.fromtimestamp(spelled / 1000 if spelled > 100_000_000_000 else spelled, UTC)


Epoch = Annotated[datetime, BeforeValidator(_from_epoch)]


class Told(BaseModel):
    model_config = ConfigDict(defer_build=True)  # most processes receive no webhooks


class Person(Told):
    id: str
    name: str = ""


class PostOfComment(Told):
    permalink_url: str | None = None


class Comment(Told):
    comment_id: str
    post_id: str
    parent_id: str | None = None
    message: str = ""
    created_time: Epoch
    post: PostOfComment = PostOfComment()
    photo: str | None = None
    video: str | None = None


class Payload(Told):
    url: str | None = None


class Attachment(Told):
    payload: Payload | None = None


class Text(Told):
    mid: str
    text: str = ""
    attachments: list[Attachment] = []
    is_echo: bool = False


class Messaging(Told):
    sender: Person | None = None
    timestamp: Epoch | None = None
    message: Text | None = None  # else it is a receipt, a reaction, a button


class ChangedField(Told):
    field: str
    value: Any = None


class Entry(Told):
    id: str  # the page
    time: Epoch | None = None  # when it was told
    changes: list[ChangedField] = []
    messaging: list[Messaging] = []


class Body(Told):
    object: str
    entry: list[Entry] = []


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    known = (secret for each in secrets for secret in each.webhook_secrets)
    expected = (f"sha256={_hmac(secret, body)}" for secret in known)
    if not _is_among(headers.get(SIGNATURE, ""), expected):
        raise Forged("the signature does not fit the body")


def challenge(query: Mapping[str, str], secrets: Sequence[AppSecrets]) -> str:
    tokens = (each.verify_token.get_secret_value() for each in secrets if each.verify_token)
    asked = query.get("hub.mode") == "subscribe" and "hub.challenge" in query
    if not _is_among(query.get("hub.verify_token", ""), tokens) or not asked:
        raise Forged("not a question that we were told to expect")
    return query["hub.challenge"]


def normalise(body: bytes) -> tuple[Heard, ...]:
    try:
        told = Body.model_validate_json(body)
        return tuple(_heard(told)) if told.object == "page" else ()
    except (ValidationError, ValueError, OverflowError):
        raise BadMessage("not a body that Facebook sends") from None


def _hmac(secret: SecretStr, body: bytes) -> str:
    return hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()


def _is_among(given: str, expected: Iterable[str]) -> bool:
    """Compared with all of them, each in constant time; nothing is among nothing."""
    fits = [hmac.compare_digest(_bytes(given), _bytes(each)) for each in expected]
    return bool(given) and any(fits)


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")  # a forged header may hold anything


def _heard(body: Body) -> Iterator[Heard]:
    for entry in body.entry:
        for change in entry.changes:
            if change.field == "feed" and (comment := _comment(change.value, entry)):
                yield comment
        for messaging in entry.messaging:
            if message := _message(messaging, entry.id):
                yield message


def _comment(value: Any, entry: Entry) -> Heard | None:
    if not isinstance(value, dict) or value.get("item") != "comment":
        return None
    change = CHANGES.get(str(value.get("verb")))
    person = Person.model_validate(value["from"]) if value.get("from") else None
    if change is None or (person and person.id == entry.id):
        return None
    comment = Comment.model_validate(value)
    return Heard(
        channel_remote_id=entry.id,
        remote_id=comment.comment_id,
        change=change,
        kind=MessageKind.COMMENT,
        author=_author(person or Person(id=f"unknown:{comment.comment_id}")),
        text=comment.message,
        # an edit is as old as its telling: the last one told is the one that holds
        sent_at=entry.time if change is Change.EDITED and entry.time else comment.created_time,
        url=comment.post.permalink_url,
        thread=comment.post_id,
        post_remote_id=comment.post_id,
        refs={"parent_id": comment.parent_id} if comment.parent_id else {},
        media_urls=tuple(url for url in (comment.photo, comment.video) if url),
    )


def _message(messaging: Messaging, page: str) -> Heard | None:
    message, sender, sent_at = messaging.message, messaging.sender, messaging.timestamp
    if message is None or message.is_echo or sender is None or sent_at is None:
        return None
    if sender.id == page:
        return None
    attached = (each.payload.url for each in message.attachments if each.payload)
    return Heard(
        channel_remote_id=page,
        remote_id=message.mid,
        kind=MessageKind.DIRECT,
        author=_author(sender),
        text=message.text,
        sent_at=sent_at,
        thread=sender.id,
        media_urls=tuple(url for url in attached if url),
    )


def _author(person: Person) -> Author:
    return Author(remote_id=person.id, handle=person.name, name=person.name)
