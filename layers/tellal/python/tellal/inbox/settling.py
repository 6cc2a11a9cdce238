"""What our inbox knows of an answer once it is out: written before its delivery says so.

Whoever dies in between finds the delivery in doubt, and does this again: all of it may be repeated.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tellal import ids
from tellal.channels import Channel
from tellal.conversations import Direction, Heard, Message, MessageKind
from tellal.deliveries import Delivery
from tellal.errors import AlreadyChanged
from tellal.inbox import changes
from tellal.inbox.receiving import Inbox
from tellal.observability import logger
from tellal.platforms.answering import PERSON
from tellal.posts import Action, Part, PartKind


@dataclass(frozen=True, kw_only=True)
class Settling:
    inbox: Inbox

    def settle(self, delivery: Delivery, channel: Channel, *, now: datetime) -> None:
        part, answered = delivery.parts[0], delivery.answers
        if answered is None or part.remote is None:
            return
        if part.kind is PartKind.ACTION and part.action is not None:
            self.inbox.change(answered, partial(done_with, action=part.action, now=now))
        if part.kind is PartKind.PRIVATE and PERSON in part.remote.refs:
            self._say_directly(delivery, part, channel, now)

    def _say_directly(
        self, delivery: Delivery, part: Part, channel: Channel, now: datetime
    ) -> None:
        """What we said privately is the beginning, or a turn, of their direct conversation."""
        seen = self.inbox.messages.get(delivery.answers or "")
        if seen is None or seen.author is None or part.remote is None:
            return  # erased meanwhile
        person = part.remote.refs[PERSON]
        heard = Heard(
            channel_remote_id=channel.remote_id,
            remote_id=part.remote.id,
            kind=MessageKind.DIRECT,
            author=seen.author.model_copy(update={"remote_id": person}),
            text=part.text,
            sent_at=now,
            thread=person,
        )
        said = _said(channel, heard, delivery, now=now)
        try:
            self.inbox.tell(channel, heard, said, now=now)
        except AlreadyChanged:  # the message stands where it answers all the same
            logger.warning("not told in the direct conversation", delivery=delivery.delivery_id)


def done_with(message: Message, *, action: Action, now: datetime) -> Message:
    """The message after it; the same one where nothing is new."""
    marks: dict[str, Any] = {}
    match action:
        case Action.LIKE if message.liked_at is None:
            marks = {"liked_at": now}
        case Action.HIDE if message.hidden_at is None:
            marks = {"hidden_at": now}
        case Action.UNHIDE:
            marks = {"hidden_at": None}
        case Action.DELETE:
            return changes.taken_away(message, now=now)
    return message.model_copy(update=marks)


def _said(channel: Channel, heard: Heard, delivery: Delivery, *, now: datetime) -> Message:
    said = changes.first_heard(channel, heard, now=now)
    ours: dict[str, Any] = {"direction": Direction.OUT, "author": None, "remote_id": None}
    ours |= {"message_id": ids.derived("msg", delivery.delivery_id, "direct")}
    return said.model_copy(update={**ours, "delivery_id": delivery.delivery_id})
