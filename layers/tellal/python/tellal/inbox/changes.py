"""What a heard message makes of the message and the conversation we keep. Pure.

Platforms tell things late, twice and in any order, and all orders must end the same: what is
removed stays removed, an older edit never undoes a newer one, and a conversation's last time
never goes back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tellal.channels import Channel
from tellal.conversations import (
    Change,
    Conversation,
    ConversationState,
    Direction,
    Heard,
    Message,
    contact_id,
    conversation_id,
    message_id,
)
from tellal.inbox import work
from tellal.inbox.excerpts import excerpt
from tellal.language import Sentiment, read


def first_heard(channel: Channel, heard: Heard, *, now: datetime) -> Message:
    """A message new to us. A removal leaves an empty one, to meet an addition that is late: it is
    in no conversation, so it may not even say whose it was."""
    removed = heard.change is Change.REMOVED
    text = "" if removed else heard.text
    return Message(
        message_id=message_id(channel.channel_id, heard.remote_id),
        conversation_id=conversation_id(channel.channel_id, heard.thread, heard.author.remote_id),
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        direction=Direction.IN,
        kind=heard.kind,
        remote_id=heard.remote_id,
        author=None if removed else heard.author,
        text=text,
        **_read(text),
        sent_at=heard.sent_at,
        url=None if removed else heard.url,
        refs={} if removed else heard.refs,
        parent_remote_id=heard.parent_remote_id,
        media_urls=() if removed else heard.media_urls,
        removed_at=now if removed else None,
        edited_at=heard.sent_at if heard.change is Change.EDITED else None,
    )


def heard_again(seen: Message, heard: Heard, *, now: datetime) -> Message:
    """The message as it is after this; the same one where it tells nothing new."""
    if seen.removed_at is not None:
        return seen
    match heard.change:
        case Change.REMOVED:  # nobody may read on what its author took back
            return taken_away(seen, now=now)
        case Change.EDITED if heard.sent_at >= (seen.edited_at or seen.sent_at):
            return _edited(seen, heard)
        case Change.ADDED if seen.edited_at and heard.sent_at < seen.sent_at:
            return seen.model_copy(update={"sent_at": heard.sent_at})  # its edit came before it
        case _:
            return seen


def taken_away(seen: Message, *, now: datetime) -> Message:
    if seen.removed_at is not None:
        return seen
    gone = {"removed_at": now, "text": "", "media_urls": (), **_read("")}
    return seen.model_copy(update=gone)


def _edited(seen: Message, heard: Heard) -> Message:
    said = {"text": heard.text, "media_urls": heard.media_urls}
    if all(getattr(seen, name) == value for name, value in said.items()):
        return seen
    sounds = {n: value for n, value in _read(heard.text).items() if n not in seen.said_better}
    return seen.model_copy(update={**said, **sounds, "edited_at": heard.sent_at})


def _read(text: str) -> dict[str, Any]:
    reading = read(text)
    return {name: getattr(reading, name) for name in ("language", "sentiment", "asks")}


def said_better(seen: Message, said: Mapping[str, Any]) -> Message:
    """A person says which language it is in, or how it sounds, and no reading changes it again."""
    named = tuple(sorted({*seen.said_better, *said}))
    return seen.model_copy(update={**said, "said_better": named})


def sounding(conversation: Conversation, message: Message) -> Conversation:
    """It sounds as their last message does; the same one where this is another."""
    if conversation.heard_id != message.message_id:
        return conversation
    return conversation.model_copy(update={n: getattr(message, n) for n in ("sentiment", "asks")})


def opened(channel: Channel, heard: Heard, message: Message, *, now: datetime) -> Conversation:
    return Conversation(
        conversation_id=message.conversation_id,
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        kind=heard.kind,
        author=heard.author,
        contact_id=contact_id(channel.workspace_id, channel.platform, heard.author.remote_id),
        excerpt=excerpt(heard.text),
        heard_id=message.message_id,
        sentiment=message.sentiment,
        asks=message.asks,
        unanswered=1,
        post_remote_id=heard.post_remote_id,
        url=heard.url,
        last_message_at=heard.sent_at,
        open_since=heard.sent_at,
        created_at=now,
    )


def begun_by_us(channel: Channel, said: Heard, message: Message, *, now: datetime) -> Conversation:
    """With whom we wrote to first: they are to come, and nothing of theirs was heard."""
    ours = {
        "unanswered": 0,
        "answered_at": now,
        "state": ConversationState.WAITING,
        "heard_id": None,
        "open_since": None,
        "sentiment": Sentiment.UNKNOWN,
        "asks": False,
    }
    return opened(channel, said, message, now=now).model_copy(update=ours)


def told_them(seen: Conversation, said: Heard, *, now: datetime) -> Conversation:
    """With one more message of ours, to something said elsewhere: what they asked here, is open."""
    said_last = {"excerpt": excerpt(said.text), "answered_at": now, "last_turn": seen.version + 1}
    last = max(said.sent_at, seen.last_message_at)
    return seen.model_copy(update={**said_last, "last_message_at": last})


def continued(seen: Conversation, heard: Heard, message: Message) -> Conversation:
    """With one more message, which nobody has seen yet, however old it is: so it is open again."""
    changes: dict[str, object] = {"unanswered": seen.unanswered + 1}
    changes["last_turn"] = seen.version + 1
    if seen.open_since is None or seen.state is ConversationState.CLOSED:
        changes["open_since"] = heard.sent_at
    if heard.sent_at >= seen.last_message_at:
        changes |= {
            "author": heard.author,  # people change their names
            "excerpt": excerpt(heard.text),
            "last_message_at": heard.sent_at,
            "heard_id": message.message_id,
        }
    elif not seen.excerpt:  # what was shown was taken back
        changes["excerpt"] = excerpt(heard.text)
    return sounding(work.spoken_to(seen).model_copy(update=changes), message)


def _answers(ours: Message, theirs: Message) -> bool:
    """Whether we had theirs before us when we said it: it may have been on its way to us then. Of
    what was edited since, the turn is the edit's."""
    if theirs.edited_at is not None:
        return ours.sent_at >= theirs.sent_at
    return ours.turn > theirs.turn


def corrected(
    seen: Conversation, before: Message, after: Message, newest: Iterable[Message]
) -> Conversation:
    """After one of its messages was edited or removed. `newest`: its messages, newest first."""
    changes: dict[str, object] = {}
    said = (each for each in newest if each.direction is not Direction.NOTE)
    others = [each for each in said if each.message_id != before.message_id]
    if seen.excerpt == excerpt(before.text):  # whatever its time: an edit may have come before it
        left = [each for each in (after, *others) if each.removed_at is None]
        shown = max(left, key=lambda each: each.sent_at, default=None)
        changes["excerpt"] = excerpt(shown.text) if shown else ""
    out = (each for each in others if each.direction is Direction.OUT and each.failed_at is None)
    answered = any(_answers(each, before) for each in out)
    if after.removed_at is not None and not answered:
        changes["unanswered"] = max(0, seen.unanswered - 1)
    if changes.get("unanswered") == 0:
        changes |= work.CLOCK_STOPPED
    if after.edited_at != before.edited_at:  # whoever answers now has not read it
        changes["last_turn"] = seen.version + 1
    return sounding(seen.model_copy(update=changes), after)
