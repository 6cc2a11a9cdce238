"""What answering a message makes: a delivery like any other, our message, the conversation. Pure.

All three are written in one transaction by whoever asks; the delivery's own life does the rest.
What is done with a message without a word is a delivery alone. What a platform cannot do, or not
any more, is refused here, with a sentence.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tellal import ids
from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Conversation, Direction, Message, MessageKind
from tellal.deliveries import Delivery, Step
from tellal.errors import Broken, Unacceptable
from tellal.inbox import work
from tellal.inbox.excerpts import excerpt
from tellal.platforms import PLATFORMS
from tellal.platforms.actions import needs_preparing
from tellal.platforms.answering import (
    COMMENTS,
    DONE,
    MessagesDirectly,
    Replies,
    RepliesPrivately,
    acts_on,
)
from tellal.platforms.protocol import Platform, Publishes, Sourced
from tellal.posts import Action, Part, PartKind, Remote, ReplyTo

PLURALS = {
    MessageKind.COMMENT: "comments",
    MessageKind.REPLY: "replies",
    MessageKind.MENTION: "mentions",
    MessageKind.QUOTE: "quotes",
    MessageKind.SHARE: "shares",
    MessageKind.DIRECT: "direct messages",
    MessageKind.REVIEW: "reviews",
}


class Offer(StrEnum):
    """What can be done with a message from here, as far as its platform goes."""

    ANSWER = "answer"
    ANSWER_PRIVATELY = "answer_privately"
    LIKE = "like"
    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How an answer is to go, and what must be known for it."""

    privately: bool = False
    heard_at: datetime | None = None  # their last message, in a direct conversation
    may_be_late: bool = False  # the deployment's app has leave to write after the usual time


@dataclass(frozen=True, kw_only=True)
class Answer:
    delivery: Delivery  # to be created
    message: Message  # to be created
    conversation: Conversation  # as it is to be, at the version that was given


def answer(
    *,
    conversation: Conversation,
    message: Message,
    channel: Channel,
    text: str,
    by: Who,
    now: datetime,
    closes: bool = False,
    way: Way | None = None,
) -> Answer:
    """Raises Unacceptable."""
    parts = _rendered(text, message, channel, way or Way(), now=now)
    delivery = _delivery(message, channel, parts, now=now)
    turn = conversation.version + 1
    said = {"unanswered": 0, "excerpt": excerpt(text), "last_turn": turn, "answered_at": now}
    last = max(now, conversation.last_message_at)
    after = work.settled(conversation, work.answered(conversation, closes=closes), now=now)
    kind = MessageKind.DIRECT if parts[0].kind is PartKind.PRIVATE else message.kind
    ours = _ours(delivery, message, kind, text, now=now)
    return Answer(
        delivery=delivery,
        message=ours.model_copy(
            update={"by": by, "turn": turn, "owed_since": conversation.owed_since}
        ),
        conversation=after.model_copy(update={**said, "last_message_at": last}),
    )


def action(message: Message, channel: Channel, what: Action, *, now: datetime) -> Delivery:
    """Raises Unacceptable."""
    platform = PLATFORMS[channel.platform]
    to = _reply_to(message, field="message_id")
    if message.kind not in acts_on(platform, what):
        rule = f"{PLURALS[message.kind]} on {platform.facts.title} cannot be {DONE[what]} from here"
        raise Unacceptable(Broken("message_id", rule))
    # of whom it is, is not kept: an erasure finds answers by our messages, and this has none
    nobody = {"remote": to.remote.model_copy(update={"url": None}), "author_remote_id": None}
    to = to.model_copy(update={**nobody, "author_handle": ""})
    part = Part(kind=PartKind.ACTION, text="", action=what, reply_to=to)
    return _delivery(message, channel, (part,), now=now)


def offers(message: Message, platform: type[Platform]) -> tuple[Offer, ...]:
    """In general; whether its time is over, or it was done once, is told when it is asked."""
    if message.direction is not Direction.IN or message.removed_at is not None:
        return ()
    offered = [Offer(each) for each in Action if message.kind in acts_on(platform, each)]
    if message.kind in COMMENTS and issubclass(platform, RepliesPrivately):
        offered.insert(0, Offer.ANSWER_PRIVATELY)
    if _answered_by(message, platform):
        offered.insert(0, Offer.ANSWER)
    return tuple(offered)


def _answered_by(message: Message, platform: type[Platform]) -> bool:
    if message.kind is MessageKind.SHARE:
        return False
    if message.kind is MessageKind.DIRECT and not issubclass(platform, MessagesDirectly):
        return issubclass(platform, Replies) and message.refs.get("visibility") == "direct"
    if message.kind is MessageKind.DIRECT:
        return True
    return issubclass(platform, Replies) and message.kind in platform.facts.answering.public


def _rendered(
    text: str, message: Message, channel: Channel, way: Way, *, now: datetime
) -> tuple[Part, ...]:
    platform, to = PLATFORMS[channel.platform], _reply_to(message)
    title, windows, kinds = platform.facts.title, platform.facts.answering, PLURALS[message.kind]
    if way.privately:
        if message.kind not in COMMENTS or not issubclass(platform, RepliesPrivately):
            rule = f"{kinds} on {title} cannot be answered privately from here"
            raise Unacceptable(Broken("privately", rule))
        parts = platform.render_private_reply(text, to, channel)
        rule = f"{title} takes a private answer to a comment"
        return _within(windows.private_within, parts, rule, since=message.sent_at, now=now)
    if not _answered_by(message, platform):
        raise Unacceptable(Broken("text", f"{kinds} on {title} cannot be answered from here"))
    if message.kind is not MessageKind.DIRECT or not issubclass(platform, MessagesDirectly):
        assert issubclass(platform, Replies), "else it is not answered"
        return platform.render_reply(text, to, channel)
    heard_at, usual = way.heard_at or message.sent_at, windows.direct_within
    late = way.may_be_late and usual is not None and now > heard_at + usual.value
    parts = platform.render_message(text, to, channel, late=late)
    rule = f"{title} takes a message to somebody"
    window = windows.direct_late if late else usual
    return _within(window, parts, f"{rule} after their last one", since=heard_at, now=now)


def _within(
    window: Sourced[timedelta] | None,
    parts: tuple[Part, ...],
    rule: str,
    *,
    since: datetime,
    now: datetime,
) -> tuple[Part, ...]:
    """The parts, which know until when they may be sent."""
    if window is None:
        return parts
    until = since + window.value
    if now > until:
        length, day = _length(window.value), f"{until:%Y-%m-%d %H:%M} UTC"
        raise Unacceptable(Broken("text", f"{rule} for {length}: that was until {day}"))
    return tuple(part.model_copy(update={"until": until}) for part in parts)


def _length(window: timedelta) -> str:
    hours = round(window.total_seconds() / 3600)
    return f"{hours} hours" if hours <= 48 else f"{hours // 24} days"


def _delivery(
    message: Message, channel: Channel, parts: tuple[Part, ...], *, now: datetime
) -> Delivery:
    return Delivery(
        delivery_id=ids.new("dlv", now=now),
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        conversation_id=message.conversation_id,
        answers=message.message_id,
        parts=parts,
        publish_at=now,
        next_attempt_at=now,
        next_step=_first_step(parts, channel),
        created_at=now,
    )


def note(conversation: Conversation, text: str, *, by: Who, now: datetime) -> Message:
    """Among us, beside what was said: it is no turn, and changes nothing in the conversation."""
    return Message(
        message_id=ids.new("msg", now=now),
        conversation_id=conversation.conversation_id,
        workspace_id=conversation.workspace_id,
        channel_id=conversation.channel_id,
        direction=Direction.NOTE,
        kind=conversation.kind,
        text=text,
        sent_at=now,
        by=by,
    )


def _reply_to(message: Message, *, field: str = "text") -> ReplyTo:
    if message.remote_id is None or message.author is None:
        raise Unacceptable(Broken(field, "only a message that somebody sent us can be answered"))
    if message.kind is MessageKind.SHARE:
        raise Unacceptable(Broken(field, "who passed a post on said nothing that can be answered"))
    if message.removed_at is not None:
        raise Unacceptable(Broken(field, "the message it answers was removed"))
    return ReplyTo(
        remote=Remote(id=message.remote_id, url=message.url, refs=message.refs),
        author_handle=message.author.handle,
        author_remote_id=message.author.remote_id,
        visibility=message.refs.get("visibility"),
    )


def _first_step(parts: tuple[Part, ...], channel: Channel) -> Step:
    platform = PLATFORMS[channel.platform]
    assert issubclass(platform, Publishes), "whoever answers publishes"
    prepares = any(needs_preparing(platform, each) for each in parts)
    return Step.PREPARE if prepares else Step.PUBLISH


def _ours(
    delivery: Delivery, answered: Message, kind: MessageKind, text: str, *, now: datetime
) -> Message:
    return Message(
        message_id=ids.derived("msg", delivery.delivery_id),
        conversation_id=answered.conversation_id,
        workspace_id=delivery.workspace_id,
        channel_id=delivery.channel_id,
        direction=Direction.OUT,
        kind=kind,
        remote_id=None,
        author=None,
        text=text,
        sent_at=now,
        delivery_id=delivery.delivery_id,
    )
