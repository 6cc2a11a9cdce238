"""What is sent: a text, photos with a text, an answer. https://core.telegram.org/bots/api#sendmessage

A message is known by its chat and its number there: "-1001234567890:42". An album is as many
messages as it has photos; it is named by the first, which shows the text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tellal.channels import Channel
from tellal.errors import Broken, Rejected
from tellal.platforms import images
from tellal.platforms.protocol import MediaReader, Prepared, Published
from tellal.platforms.telegram import answers
from tellal.platforms.telegram.facts import FACTS, MOST_SIDES
from tellal.platforms.telegram.line import Line
from tellal.posts import Part, PartKind, Remote

ANSWERS = frozenset({PartKind.ANSWER, PartKind.DIRECT})
ALBUM = "album"  # of a remote: the numbers of its other messages
NO_CHANNEL = "this bot has no channel to publish to: connect it again with the channel's address"


def broken(part: Part, channel: Channel) -> Iterator[Broken]:
    if "chat_id" not in channel.server:
        yield Broken("text", NO_CHANNEL)
    for number, photo in enumerate(part.media):
        sides = (photo.width or 0) + (photo.height or 0)
        if sides > MOST_SIDES:
            rule = f"too large for {FACTS.title}: {sides} of {MOST_SIDES} pixels, both sides added"
            yield Broken(f"media[{number}]", rule)


def prepare(part: Part, media: MediaReader) -> Prepared:
    """Each photo as a JPEG without its metadata, kept where Telegram may fetch it."""
    notes = dict(part.prepared or {})
    most = FACTS.limits["image_bytes"].value
    for number, photo in enumerate(part.media):
        if str(number) not in notes:
            clean = images.clean(media.read(photo), most_bytes=most, as_jpeg=True)
            kept = media.keep(clean.data, clean.mime_type, of=photo)
            notes[str(number)] = kept.object_key
    return Prepared(notes)


def commit(line: Line, part: Part, channel: Channel, media: MediaReader, *, site: str) -> Published:
    if part.kind in ANSWERS:
        assert part.reply_to is not None, "an answer answers something"
        chat, number = parted(part.reply_to.remote)
        above = {"message_id": number}
        if part.kind is PartKind.DIRECT:  # they may have taken back what they wrote
            above["allow_sending_without_reply"] = True
        asked = {"text": part.text, "reply_parameters": above}
        reply = line("sendMessage", commits=True, chat_id=chat, **asked)
        return Published(_remote([reply.read(answers.Made).result], site=site))
    method, asked = _post(part, media)
    reply = line(method, commits=True, chat_id=int(channel.server["chat_id"]), **asked)
    if method == "sendMediaGroup":
        return Published(_remote(reply.read(answers.AllMade).result, site=site))
    return Published(_remote([reply.read(answers.Made).result], site=site))


def delete(line: Line, message: Remote) -> None:
    chat, first = parted(message)
    others = [int(each) for each in message.refs.get(ALBUM, "").split(",") if each]
    if others:
        line("deleteMessages", chat_id=chat, message_ids=[first, *others])
    else:
        line("deleteMessage", chat_id=chat, message_id=first)


def parted(message: Remote) -> tuple[int, int]:
    """Its chat, and its number there."""
    chat, _, number = message.id.partition(":")
    try:
        return int(chat), int(number)
    except ValueError:
        raise Rejected("This is not a message that Telegram could know") from None


def address(chat: answers.Chat | Any, number: int, *, site: str) -> str | None:
    """Where people find it, those who may; of what is private there is no such place."""
    if chat.username and chat.type in ("channel", "supergroup"):
        return f"{site}/{chat.username}/{number}"
    inner = str(chat.id).removeprefix("-100")
    return f"{site}/c/{inner}/{number}" if chat.type in ("channel", "supergroup") else None


def _post(part: Part, media: MediaReader) -> tuple[str, dict[str, Any]]:
    if not part.media:
        return "sendMessage", {"text": part.text}
    notes = part.prepared or {}
    links = [_link(photo, notes[str(number)], media) for number, photo in enumerate(part.media)]
    caption = {"caption": part.text} if part.text else {}
    if len(links) == 1:
        return "sendPhoto", {"photo": links[0], **caption}
    album: list[Mapping[str, Any]] = [{"type": "photo", "media": link} for link in links]
    return "sendMediaGroup", {"media": [{**album[0], **caption}, *album[1:]]}


def _link(photo: Any, key: str, media: MediaReader) -> str:
    return media.link(photo.model_copy(update={"object_key": key, "mime_type": "image/jpeg"}))


def _remote(made: list[answers.Sent], *, site: str) -> Remote:
    first, *others = made
    album = {ALBUM: ",".join(str(each.message_id) for each in others)} if others else {}
    url = address(first.chat, first.message_id, site=site)
    return Remote(id=f"{first.chat.id}:{first.message_id}", url=url, refs=album)
