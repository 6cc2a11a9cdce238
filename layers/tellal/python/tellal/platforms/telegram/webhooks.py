"""What Telegram tells a bot. https://core.telegram.org/bots/api#getting-updates

An update does not say which bot it is for, and is not signed: with each comes the word that was
set for it. Ours names the bot, and proves by the app's secret that we made it for that one.

In a group what stands below a post of its channel is heard, and what answers something; Telegram
brings a channel's posts there itself, and comments are answers to those.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, SecretStr

from tellal.conversations import Author, Change, Heard, MessageKind
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import UNNAMED, AppSecrets, Told
from tellal.platforms.telegram.facts import FACTS
from tellal.platforms.telegram.posting import address
from tellal.platforms.telling import OURS, Came, Epoch, Event, Model, digest, is_among, keys, told

HEADER = "x-telegram-bot-api-secret-token"
WANTED = ("message", "edited_message")  # of all that it could tell
WORD = re.compile(r"(?P<bot>[0-9]{1,20})_(?P<proof>(?:of-)?[0-9a-f]{64})")
CHANGES = {"message": Change.ADDED, "edited_message": Change.EDITED}
GROUPS = frozenset({"group", "supergroup"})
# What a message may be of besides a text, as it is told where it has none.
KINDS = (
    *("photo", "video", "animation", "sticker", "voice", "audio", "document", "video_note"),
    *("contact", "location", "venue", "poll", "dice", "story", "paid_media", "checklist"),
)


class User(Model):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""


class Chat(Model):
    id: int
    type: str = ""
    title: str = ""
    username: str = ""


class Origin(Model):
    chat: Chat | None = None
    message_id: int | None = None


class Above(Model):
    """What a message answers."""

    message_id: int
    is_automatic_forward: bool = False  # a post of the channel, as it stands in the group
    sender_chat: Chat | None = None
    forward_origin: Origin | None = None


class Message(Model):
    message_id: int
    message_thread_id: int | None = None
    sender: User | None = Field(default=None, validation_alias="from")
    sender_chat: Chat | None = None  # who wrote as a channel, or as the group itself
    chat: Chat
    date: Epoch
    edit_date: Epoch | None = None
    text: str = ""
    caption: str = ""
    is_automatic_forward: bool = False
    reply_to_message: Above | None = None


def word_for(bot: str, secret: SecretStr) -> str:
    """What Telegram is to send with each update for this bot; it takes letters, digits, _ and -."""
    return f"{bot}_{digest(secret, bot.encode()).hex()}"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
    given = headers.get(HEADER, "")
    known = WORD.fullmatch(given)
    words = [word_for(known["bot"], secret) for secret in keys(secrets)] if known else []
    if not is_among(given, (*words, *(_of_body(word, body) for word in words))):
        raise Forged("not the word that was set for a bot")


def receiver(headers: Mapping[str, str]) -> str:
    """The bot. Of a verified webhook."""
    return headers[HEADER].partition("_")[0]


def archived_headers(body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
    given = headers[HEADER]
    return {HEADER: given if "_of-" in given else _of_body(given, body)}


def normalise(body: bytes) -> Told:
    try:
        update = Update.model_validate_json(body)
    except ValueError:
        raise BadMessage("not an update that Telegram sends") from None
    whole: Mapping[str, Any] = update.model_extra or {}
    return told(_event(name, whole[name]) for name in whole)


class Update(Model, extra="allow"):
    """Its number, and beside it the one thing that it tells."""

    update_id: int


def _of_body(word: str, body: bytes) -> str:
    """As a word, but for one body."""
    bot = word.partition("_")[0]
    return f"{bot}_of-{digest(SecretStr(word), body).hex()}"


def _event(name: str, value: Any) -> Event:
    change = CHANGES.get(name)
    if change is None:
        return Event(name, lambda: name)
    return Event(name, lambda: _said(name, value, change))


def _said(name: str, value: Any, change: Change) -> Came:
    message = Message.model_validate(value)
    if message.chat.type != "private" and message.chat.type not in GROUPS:
        return f"{name}.{message.chat.type}"
    if _is_ours(message):
        return OURS
    if message.sender is not None and message.sender.is_bot and message.sender_chat is None:
        return f"{name}.bot"
    text = message.text or message.caption or _named(value)
    if not text:  # somebody came, left, pinned something
        return f"{name}.service"
    if message.chat.type in GROUPS and message.reply_to_message is None:
        return f"{name}.group"
    return _heard(message, text, change)


def _is_ours(message: Message) -> bool:
    """What the channel itself says: its posts, comments in its name, and those of its group's."""
    above, who = message.reply_to_message, message.sender_chat
    if message.is_automatic_forward:
        return True
    if who is None:
        return False
    channel = above.sender_chat if above and above.is_automatic_forward else None
    return who.id == message.chat.id or (channel is not None and who.id == channel.id)


def _heard(message: Message, text: str, change: Change) -> Heard:
    chat, above = message.chat, message.reply_to_message
    edited = change is Change.EDITED and message.edit_date is not None
    in_group = chat.type in GROUPS
    root = message.message_thread_id or (above.message_id if above else message.message_id)
    return Heard(
        channel_remote_id=UNNAMED,  # the header tells
        remote_id=f"{chat.id}:{message.message_id}",
        change=change,
        kind=_kind(message),
        author=_author(message),
        text=text,
        sent_at=message.edit_date if edited and message.edit_date else message.date,
        url=address(chat, message.message_id, site=FACTS.hosts["site"]),
        thread=f"{chat.id}:{root}" if in_group else str(chat.id),
        post_remote_id=_post(above) if in_group and above else None,
        parent_remote_id=f"{chat.id}:{above.message_id}" if above else None,
    )


def _kind(message: Message) -> MessageKind:
    if message.chat.type == "private":
        return MessageKind.DIRECT
    above = message.reply_to_message
    below_a_post = above is not None and above.is_automatic_forward
    return MessageKind.COMMENT if below_a_post else MessageKind.REPLY


def _post(above: Above) -> str | None:
    """The channel's post that a comment stands below, as publishing names it."""
    origin = above.forward_origin
    if not above.is_automatic_forward or origin is None or origin.chat is None:
        return None
    return f"{origin.chat.id}:{origin.message_id}" if origin.message_id is not None else None


def _author(message: Message) -> Author:
    who, site = message.sender_chat, FACTS.hosts["site"]
    if who is not None:
        url = f"{site}/{who.username}" if who.username else None
        return Author(remote_id=str(who.id), handle=who.username, name=who.title, url=url)
    person = message.sender
    if person is None:
        raise ValueError("a message of nobody")
    return Author(
        remote_id=str(person.id),
        handle=person.username,
        name=f"{person.first_name} {person.last_name}".strip(),
        url=f"{site}/{person.username}" if person.username else None,
    )


def _named(value: Any) -> str:
    """What was sent instead of words: where it is would tell the bot's token."""
    return next((f"[{kind.replace('_', ' ')}]" for kind in KINDS if kind in value), "")
