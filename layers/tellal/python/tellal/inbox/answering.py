"""What answering a message makes: a delivery like any other, our message, the conversation. Pure.

All three are written in one transaction by whoever asks; the delivery's own life does the rest.
"""

from dataclasses import dataclass
from datetime import datetime

from tellal import ids
from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Conversation, Direction, Message, MessageKind
from tellal.deliveries import Delivery, Step
from tellal.errors import Broken, Unacceptable
from tellal.inbox import work
from tellal.inbox.excerpts import excerpt
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Publishes, Replies
from tellal.posts import Part, Remote, ReplyTo


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
) -> Answer:
    """Raises Unacceptable."""
    platform = PLATFORMS[channel.platform]
    if not issubclass(platform, Replies):
        rule = f"messages on {platform.facts.title} cannot be answered from here"
        raise Unacceptable(Broken("text", rule))
    parts = platform.render_reply(text, _reply_to(message), channel)
    delivery = Delivery(
        delivery_id=ids.new("dlv", now=now),
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        conversation_id=conversation.conversation_id,
        answers=message.message_id,
        parts=parts,
        publish_at=now,
        next_attempt_at=now,
        next_step=_first_step(parts, channel),
        created_at=now,
    )
    turn = conversation.version + 1
    said = {"unanswered": 0, "excerpt": excerpt(text), "last_turn": turn, "answered_at": now}
    last = max(now, conversation.last_message_at)
    after = work.answered(conversation, closes=closes)
    ours = _ours(delivery, message, text, now=now)
    return Answer(
        delivery=delivery,
        message=ours.model_copy(update={"by": by, "turn": turn}),
        conversation=after.model_copy(update={**said, "last_message_at": last}),
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


def _reply_to(message: Message) -> ReplyTo:
    if message.remote_id is None or message.author is None:
        raise Unacceptable(Broken("text", "only a message that somebody sent us can be answered"))
    if message.kind is MessageKind.SHARE:
        raise Unacceptable(Broken("text", "who passed a post on said nothing that can be answered"))
    if message.removed_at is not None:
        raise Unacceptable(Broken("text", "the message it answers was removed"))
    return ReplyTo(
        remote=Remote(id=message.remote_id, url=message.url, refs=message.refs),
        author_handle=message.author.handle,
        visibility=message.refs.get("visibility"),
    )


def _first_step(parts: tuple[Part, ...], channel: Channel) -> Step:
    platform = PLATFORMS[channel.platform]
    prepares = issubclass(platform, Publishes) and any(map(platform.needs_preparing, parts))
    return Step.PREPARE if prepares else Step.PUBLISH


def _ours(delivery: Delivery, answered: Message, text: str, *, now: datetime) -> Message:
    return Message(
        message_id=ids.derived("msg", delivery.delivery_id),
        conversation_id=answered.conversation_id,
        workspace_id=delivery.workspace_id,
        channel_id=delivery.channel_id,
        direction=Direction.OUT,
        kind=answered.kind,
        remote_id=None,
        author=None,
        text=text,
        sent_at=now,
        delivery_id=delivery.delivery_id,
    )
