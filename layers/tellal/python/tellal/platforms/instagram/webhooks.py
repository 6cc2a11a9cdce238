"""What Instagram's webhooks tell of an account: comments, mentions and messages.
https://developers.facebook.com/documentation/instagram-platform/webhooks/examples

Of a mention only its place is told; with this login nobody can ask for its words, so it is heard
without. When a comment was written is not told either: it is as old as its telling.
"""

from typing import Any

from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms import graph_messages, graph_webhooks
from tellal.platforms.graph_messages import Person, author
from tellal.platforms.graph_subscriptions import Fields
from tellal.platforms.graph_webhooks import Entry, Model
from tellal.platforms.hearing import Told
from tellal.platforms.telling import OURS

# Of what is told, what is read.
FIELDS = Fields(public=("comments", "mentions"), direct=("messages", "message_edit"))


class Commenter(Person):
    self_ig_scoped_id: str | None = None  # told of the account itself alone


class Media(Model):
    id: str
    original_media_id: str | None = None  # of an ad: the post that it was made of


class Comment(Model):
    id: str
    parent_id: str | None = None
    text: str = ""
    media: Media
    commenter: Commenter | None = None


class Mention(Model):
    media_id: str
    comment_id: str | None = None


def normalise(body: bytes) -> Told:
    return graph_webhooks.normalise(
        body,
        about="instagram",
        changes={
            "comments": _comment,
            "mentions": _mention,
            "messages": graph_messages.read,
            "message_edit": graph_messages.read,
        },
        messaging=graph_messages.read,
    )


def _comment(value: Any, entry: Entry) -> Heard | str:
    if isinstance(value, dict):
        value = {**value, "commenter": value.get("from")}
    comment = Comment.model_validate(value)
    person = comment.commenter
    if person and (person.self_ig_scoped_id or person.id == entry.id):
        return OURS
    if entry.time is None:
        raise ValueError("a comment of no time")
    post = comment.media.original_media_id or comment.media.id
    return Heard(
        channel_remote_id=entry.id,
        remote_id=comment.id,
        kind=MessageKind.REPLY if comment.parent_id else MessageKind.COMMENT,
        author=known_or_alone(person, comment.id),
        text=comment.text,
        sent_at=entry.time,
        thread=post,
        post_remote_id=post,
        parent_remote_id=comment.parent_id,
        refs={"parent_id": comment.parent_id} if comment.parent_id else {},
    )


def _mention(value: Any, entry: Entry) -> Heard | str:
    mention = Mention.model_validate(value)
    if entry.time is None:
        raise ValueError("a mention of no time")
    said = mention.comment_id or mention.media_id
    places = {"media_id": mention.media_id, "comment_id": mention.comment_id}
    return Heard(
        channel_remote_id=entry.id,
        remote_id=said,
        kind=MessageKind.MENTION,
        author=known_or_alone(None, said),
        sent_at=entry.time,
        thread=mention.media_id,
        refs={name: place for name, place in places.items() if place},
    )


def known_or_alone(person: Person | None, said: str) -> Author:
    """Whom Instagram does not name has a conversation for each thing said."""
    return author(person or Person(id=f"unknown:{said}"))
