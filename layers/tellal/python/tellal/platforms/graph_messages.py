"""Messages to a page or an account, as Messenger and Instagram tell and list them alike.
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations

A message told by a webhook and the same one listed have one id, `mid`; a thread is one person's.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.platforms.graph_webhooks import Entry, Model
from tellal.platforms.telling import OURS, Epoch


class Person(Model):
    id: str
    name: str = ""
    username: str = ""


class Payload(Model):
    url: str | None = None


class Attachment(Model):
    payload: Payload | None = None


class Story(Model):
    id: str | None = None
    url: str | None = None


class Answered(Model):
    """What a message answers: one before it, or a story of ours."""

    mid: str | None = None
    story: Story | None = None


class Message(Model):
    mid: str
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    is_echo: bool = False
    is_deleted: bool = False
    reply_to: Answered | None = None


class Edit(Model):
    mid: str
    text: str | None = None


class Messaging(Model):
    sender: Any = None  # who presses a button may have no id: only of messages it is a person
    timestamp: Any = None
    message: Message | None = None
    message_edit: Edit | None = None


class Sent(Model):
    sender: Person
    timestamp: Epoch


# What else comes this way, to be named; the first that is there names it.
OTHER = ("postback", "reaction", "read", "delivery", "referral", "optin")


def read(event: Any, entry: Entry) -> Heard | str:
    """One of a webhook's messaging events."""
    messaging = Messaging.model_validate(event)
    said = messaging.message or messaging.message_edit
    if said is None:
        return next((f"messaging.{each}" for each in OTHER if each in event), "messaging")
    if isinstance(said, Message) and said.is_echo:
        return OURS
    sent = Sent(sender=messaging.sender, timestamp=messaging.timestamp)
    sender = sent.sender
    if sender.id == entry.id:
        return OURS
    whole = said if isinstance(said, Message) else Message(mid=said.mid, text=said.text)
    attached = (each.payload.url for each in whole.attachments if each.payload)
    return Heard(
        channel_remote_id=entry.id,
        remote_id=whole.mid,
        change=_change(said),
        kind=MessageKind.DIRECT,
        author=author(sender),
        text=whole.text or "",
        sent_at=sent.timestamp,
        thread=sender.id,
        parent_remote_id=whole.reply_to.mid if whole.reply_to else None,
        refs=_refs(whole.reply_to),
        media_urls=tuple(url for url in attached if url),
    )


def author(person: Person) -> Author:
    handle = person.username or person.name
    return Author(remote_id=person.id, handle=handle, name=person.name or handle)


def _change(said: Message | Edit) -> Change:
    if isinstance(said, Edit):
        return Change.EDITED
    return Change.REMOVED if said.is_deleted else Change.ADDED


def _refs(answered: Answered | None) -> dict[str, str]:
    story = answered.story if answered else None
    told = {"story_id": story.id, "story_url": story.url} if story else {}
    return {name: value for name, value in told.items() if value}


# ── as they are listed ───────────────────────────────────────────────────────────────────────


class Picture(Model):
    url: str | None = None


class ListedAttachment(Model):
    image_data: Picture | None = None
    video_data: Picture | None = None
    file_url: str | None = None


class ListedAttachments(Model):
    data: tuple[ListedAttachment, ...] = ()


class ListedMessage(Model):
    id: str
    message: str = ""
    sender: Person | None = Field(default=None, validation_alias="from")
    created_time: datetime
    attachments: ListedAttachments = ListedAttachments()


def heard(message: ListedMessage, *, account: str, handle: str) -> Heard | None:
    """None of our own, and of what was said by nobody knows whom: it has no thread."""
    sender = message.sender
    if sender is None or sender.id == account or (handle and sender.username == handle):
        return None
    return Heard(
        channel_remote_id=account,
        remote_id=message.id,
        kind=MessageKind.DIRECT,
        author=author(sender),
        text=message.message,
        sent_at=message.created_time,
        thread=sender.id,
        media_urls=tuple(_urls(message.attachments)),
    )


def _urls(attachments: ListedAttachments) -> Iterator[str]:
    for each in attachments.data:
        picture = each.image_data or each.video_data
        if url := (picture.url if picture else None) or each.file_url:
            yield url
