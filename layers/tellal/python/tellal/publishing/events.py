"""What happened, told to the owner's own automations: from the tables' streams to the event bus.

At least once, and each event has an id that stays the same however often it is told: the row and
the version that made it so. Events say what happened and to what, never anybody's text.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from tellal.channels import ChannelState
from tellal.conversations import Direction
from tellal.deliveries import State

if TYPE_CHECKING:
    from types_boto3_events.client import EventBridgeClient

SOURCE = "tellal"
MOST_AT_ONCE = 10  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

Row = Mapping[str, Any]

OF_DELIVERY = {
    State.PUBLISHED: "PostPublished",
    State.FAILED: "PublishFailed",
    State.UNCONFIRMED: "DeliveryUnconfirmed",
    State.HELD: "DeliveryHeld",
}


@dataclass(frozen=True)
class Event:
    name: str
    event_id: str
    detail: Mapping[str, Any]


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
    if before.get("state") == after["state"]:
        return None
    name = OF_DELIVERY.get(State(after["state"]))
    if name is None:
        return None
    facts = ("delivery_id", "workspace_id", "channel_id", "platform", "post_id", "answers")
    detail = {fact: after[fact] for fact in facts if fact in after}
    remotes = [part["remote"] for part in after["parts"] if "remote" in part]
    detail["permalinks"] = [remote["url"] for remote in remotes if "url" in remote]
    if "trouble" in after:
        detail["trouble"] = after["trouble"]
    if "published_at" in after:
        detail["published_at"] = after["published_at"]
    return _event(name, after["delivery_id"], after, detail)


def _of_message(before: Row, after: Row) -> Event | None:
    removed_already = "removed_at" in after  # its removal was heard before it was
    if before or removed_already or after["direction"] != Direction.IN:
        return None
    facts = ("message_id", "conversation_id", "workspace_id", "channel_id", "kind", "sent_at")
    detail = {fact: after[fact] for fact in facts}
    return _event("MessageReceived", after["message_id"], after, detail)


def _of_channel(before: Row, after: Row) -> Event | None:
    if before.get("state") == after["state"] or after["state"] != ChannelState.NEEDS_RECONNECT:
        return None
    facts = ("channel_id", "workspace_id", "platform", "trouble")
    detail = {fact: after[fact] for fact in facts if fact in after}
    return _event("ChannelNeedsReconnect", after["channel_id"], after, detail)


def _event(name: str, key: str, row: Row, detail: Mapping[str, Any]) -> Event:
    event_id = f"{key}.{row['version']}"
    return Event(name, event_id, {"event_id": event_id, **detail})


class EventBus:
    def __init__(self, events: "EventBridgeClient", bus: str) -> None:
        self._events = events
        self._bus = bus

    def tell(self, events: Iterable[Event]) -> list[Event]:
        """Returns those that the bus did not take."""
        refused: list[Event] = []
        for batch in batched(events, MOST_AT_ONCE, strict=False):
            entries = [
                {
                    "EventBusName": self._bus,
                    "Source": SOURCE,
                    "DetailType": event.name,
                    "Detail": json.dumps(event.detail),
                }
                for event in batch
            ]
            reply = self._events.put_events(Entries=entries)  # type: ignore[arg-type]
            answers = zip(batch, reply["Entries"], strict=True)
            refused += [event for event, answer in answers if "ErrorCode" in answer]
        return refused
