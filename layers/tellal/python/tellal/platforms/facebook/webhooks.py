"""What Facebook's webhooks tell of a page: comments, mentions and messages.
https://developers.facebook.com/docs/graph-api/webhooks/reference/page

Of what people do on a page we read their comments and their messages, and their mentions of it
elsewhere; all else (likes, hiding, our own posts coming back) is named and left, and may grow
without notice.
"""

from typing import Any

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.platforms import graph_messages, graph_webhooks
from tellal.platforms.graph_messages import Person, author
from tellal.platforms.graph_subscriptions import Fields
from tellal.platforms.graph_webhooks import Entry, Model
from tellal.platforms.hearing import Told
from tellal.platforms.telling import OURS, Epoch

# Of what is told, what is read.
FIELDS = Fields(public=("feed", "mention"), direct=("messages", "message_edits"))
CHANGES = {"add": Change.ADDED, "edited": Change.EDITED, "remove": Change.REMOVED}


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


class Mention(Model):
    """In a post, or in a comment below one."""

    post_id: str
    comment_id: str | None = None
    message: str = ""
    created_time: Epoch | None = None
    sender_id: str | None = None  # beside `from`: both are told, and often neither
    sender_name: str = ""
    photo: str | None = None
    video: str | None = None


def normalise(body: bytes) -> Told:
    return graph_webhooks.normalise(
        body,
        about="page",
        changes={
            "feed": _comment,
            "mention": _mention,
            # The same as in messaging, as Meta's newer pages write it.
            "messages": graph_messages.read,
            "message_edits": graph_messages.read,
        },
        messaging=graph_messages.read,
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
    above = parent(comment.parent_id, comment.post_id)
    return Heard(
        channel_remote_id=entry.id,
        remote_id=comment.comment_id,
        change=change,
        kind=MessageKind.REPLY if above else MessageKind.COMMENT,
        author=known_or_alone(person, comment.comment_id),
        text=comment.message,
        # an edit is as old as its telling: the last one told is the one that holds
        sent_at=entry.time if change is Change.EDITED and entry.time else comment.created_time,
        url=comment.post.permalink_url,
        thread=comment.post_id,
        post_remote_id=comment.post_id,
        parent_remote_id=above,
        refs={"parent_id": above} if above else {},
        media_urls=tuple(url for url in (comment.photo, comment.video) if url),
    )


def parent(above: str | None, post: str) -> str | None:
    """The comment that a comment answers; the post, or its photo, is none."""
    if above is None:
        return None
    post_number, above_number = post.rpartition("_")[2], above.rpartition("_")[2]
    return None if above_number == post_number else above


def _mention(value: Any, entry: Entry) -> Heard | str:
    change = CHANGES.get(str(value.get("verb"))) if isinstance(value, dict) else None
    if change is None:
        return "mention"
    mention = Mention.model_validate(value)
    if mention.comment_id and mention.post_id.startswith(f"{entry.id}_"):
        return "mention.below our post"  # which `feed` tells, with its author
    told_at = entry.time if change is Change.EDITED else None
    sent_at = told_at or mention.created_time or entry.time
    if sent_at is None:
        raise ValueError("a mention of no time")
    person = Person.model_validate(value["from"]) if value.get("from") else None
    if person is None and mention.sender_id:
        person = Person(id=mention.sender_id, name=mention.sender_name)
    if person and person.id == entry.id:
        return OURS
    said = mention.comment_id or mention.post_id
    return Heard(
        channel_remote_id=entry.id,
        remote_id=said,
        change=change,
        kind=MessageKind.MENTION,
        author=known_or_alone(person, said),
        text=mention.message,
        sent_at=sent_at,
        thread=mention.post_id,
        media_urls=tuple(url for url in (mention.photo, mention.video) if url),
    )


def known_or_alone(person: Person | None, said: str) -> Author:
    """Whom Facebook hides from the app has a conversation for each thing said."""
    return author(person or Person(id=f"unknown:{said}"))
