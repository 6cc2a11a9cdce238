"""The EventBridge bus that events are told on."""

from collections.abc import Iterable
from itertools import batched
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from types_boto3_events.client import EventBridgeClient

SOURCE = "tellal"
MOST_AT_ONCE = 10  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html


class EventBus:
    def __init__(self, events: "EventBridgeClient", bus: str) -> None:
        self._events = events
        self._bus = bus

    def tell[E: BaseModel](self, events: Iterable[E]) -> list[E]:
        """Each under the name of its class. Returns those that the bus did not take."""
        refused: list[E] = []
        for batch in batched(events, MOST_AT_ONCE, strict=False):
            reply = self._events.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": SOURCE,
                        "DetailType": type(event).__name__,
                        "Detail": event.model_dump_json(exclude_none=True),
                    }
                    for event in batch
                ]
            )
            answers = zip(batch, reply["Entries"], strict=True)
            refused += [event for event, answer in answers if "ErrorCode" in answer]
        return refused
