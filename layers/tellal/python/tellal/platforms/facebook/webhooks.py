"""What Facebook's webhooks tell of a page: comments and messages.
https://developers.facebook.com/docs/graph-api/webhooks/reference/page

Of what people do on a page we read their comments and their messages; all else (likes, hiding,
our own posts coming back) is named and left, and may grow without notice.
"""

from typing import Any

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.platforms import graph_webhooks
from tellal.platforms.graph_webhooks import Entry, Epoch, Model
from tellal.platforms.hearing import Told

CHANGES = {"add": Change.ADDED, "edited": Change.EDITED, "remove": Change.REMOVED}
OURS = "our own"


class Person(Model):
    id: str
    name: str = ""


class PostOfComment(Model):
    permalink_url: str | None = None


class Comment(Model):
    comment_id: str
    post_id: str
    parent_id: str | None = None
    message: str = ""
    created_time: Epoch
    post: PostOfComment = PostOfComment()
    photo: str | None = None
    video: str | None = None


class Payload(Model):
    url: str | None = None


class Attachment(Model):
    payload: Payload | None = None


class Text(Model):
    mid: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_echo: bool = False


class Messaging(Model):
    sender: Person | None = None
    timestamp: Epoch | None = None
    message: Text | None = None  # else it is a receipt, a reaction, a button


def normalise(body: bytes) -> Told:
    return graph_webhooks.normalise(
        body, about="page", changes={"feed": _comment}, messaging=_message
    )


def _comment(value: Any, entry: Entry) -> Heard | str:
    item = value.get("item") if isinstance(value, dict) else None
    if item != "comment":
        return f"feed.{item}"
    change = CHANGES.get(str(value.get("verb")))
    if change is None:
        return f"feed.comment.{value.get('verb')}"
    person = Person.model_validate(value["from"]) if value.get("from") else None
    if person and person.id == entry.id:
        return OURS
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


def _message(event: Any, entry: Entry) -> Heard | str:
    messaging = Messaging.model_validate(event)
    message, sender, sent_at = messaging.message, messaging.sender, messaging.timestamp
    if message is None or sender is None or sent_at is None:
        return "messaging"
    if message.is_echo or sender.id == entry.id:
        return OURS
    attached = (each.payload.url for each in message.attachments if each.payload)
    return Heard(
        channel_remote_id=entry.id,
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
