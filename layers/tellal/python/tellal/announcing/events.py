"""What happened, as the owner's own automations are told it: names, shapes, and what causes them.

At least once, and an event has an id that stays the same however often it is told: the row, and
the version that made it so. Events say what happened and to what, never what anybody wrote. The
shapes are a contract (docs/contracts): fields may be added, never taken away or changed.
"""

from collections.abc import Mapping
from typing import Any

from tellal.channels import ChannelState
from tellal.clock import Moment
from tellal.conversations import Direction, MessageKind
from tellal.deliveries import State, Trouble
from tellal.posts import Frozen

Row = Mapping[str, Any]


class Event(Frozen):
    """The detail of an event on the bus; its detail-type is the name of the class."""

    event_id: str  # the same if it is told again
    workspace_id: str
    channel_id: str


class _OfDelivery(Event):
    delivery_id: str
    platform: str
    post_id: str | None = None
    answers: str | None = None  # of a reply, instead: the message it answers
    permalinks: tuple[str, ...]  # of what is public, part by part
    published_at: Moment | None = None
    trouble: Trouble | None = None  # why, in a word for programs and a sentence for people


class PostPublished(_OfDelivery):
    """A post, or a reply, is public on a channel to its last part."""


class PublishFailed(_OfDelivery):
    """A person must change it, or connect the channel again. The beginning of a thread may be
    public: then it has permalinks."""


class DeliveryUnconfirmed(_OfDelivery):
    """Nobody knows whether it is public: a person must look."""


class DeliveryHeld(_OfDelivery):
    """Publishing is paused: it waits until somebody releases or drops it."""


class MessageReceived(Event):
    """Somebody wrote to a channel. What they wrote is in the inbox."""

    message_id: str
    conversation_id: str
    kind: MessageKind
    sent_at: Moment


class ChannelNeedsReconnect(Event):
    """A platform no longer accepts a channel's credentials."""

    platform: str
    trouble: str | None = None


EVENTS: tuple[type[Event], ...] = (
    PostPublished,
    PublishFailed,
    DeliveryUnconfirmed,
    DeliveryHeld,
    MessageReceived,
    ChannelNeedsReconnect,
)
OF_DELIVERY: Mapping[State, type[_OfDelivery]] = {
    State.PUBLISHED: PostPublished,
    State.FAILED: PublishFailed,
    State.UNCONFIRMED: DeliveryUnconfirmed,
    State.HELD: DeliveryHeld,
}


def event(before: Row | None, after: Row | None) -> Event | None:
    """What one change of a row means to the outside, if anything. Its key tells what a row is."""
    if after is None:
        return None
    before = before or {}
    if "delivery_id" in after and "parts" in after:
        return _of_delivery(before, after)
    if "message_id" in after:
        return _of_message(before, after)
    if "channel_id" in after and "conversation_id" not in after:
        return _of_channel(before, after)
    return None


def _of_delivery(before: Row, after: Row) -> Event | None:
    kind = OF_DELIVERY.get(State(after["state"]))
    if kind is None or before.get("state") == after["state"]:
        return None
    remotes = [part["remote"] for part in after["parts"] if "remote" in part]
    permalinks = [remote["url"] for remote in remotes if "url" in remote]
    return _told(kind, after, key=after["delivery_id"], permalinks=permalinks)


def _of_message(before: Row, after: Row) -> Event | None:
    removed_already = "removed_at" in after  # its removal was heard before it was
    if before or removed_already or after["direction"] != Direction.IN:
        return None
    return _told(MessageReceived, after, key=after["message_id"])


def _of_channel(before: Row, after: Row) -> Event | None:
    if before.get("state") == after["state"] or after["state"] != ChannelState.NEEDS_RECONNECT:
        return None
    return _told(ChannelNeedsReconnect, after, key=after["channel_id"])


def _told[E: Event](kind: type[E], row: Row, *, key: str, **more: Any) -> E:
    """The event, its facts taken from the row by their names."""
    facts = {name: row[name] for name in kind.model_fields if name in row}
    return kind.model_validate({**facts, **more, "event_id": f"{key}.{row['version']}"})
