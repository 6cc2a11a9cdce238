"""The deliveries: the truth about what is published, and the clock that says what is due.

A queue message is only a hint that a row wants to be looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from tellal import clock
from tellal.deliveries import Delivery, State, Step, Summary
from tellal.errors import AlreadyChanged
from tellal.observations import next_measurement
from tellal.stores.rows import Rows
from tellal.stores.table import MOST_READ, Page, Table

KEYS = 1_000  # of an index that holds nothing else, in one call


@dataclass(frozen=True)
class Due:
    """What the index `due` tells of a row; it may be seconds old."""

    delivery_id: str
    channel_id: str
    next_attempt_at: datetime
    next_step: Step
    queued_for: datetime | None


@dataclass(frozen=True)
class Accounted:
    """What the index `by_day` tells of a row."""

    delivery_id: str
    state: str
    next_attempt_at: datetime | None


class DeliveryStore(Rows[Delivery]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Delivery, key="delivery_id", also=_for_indexes)

    def due(self, platform: str, *, until: datetime) -> Iterator[Due]:
        """Everything that wants to be looked at by then, read to the end, the oldest first."""
        for item in self.table.all(platform, index="due", until=clock.text(until)):
            yield Due(
                delivery_id=item["delivery_id"],
                channel_id=item["channel_id"],
                next_attempt_at=clock.read(item["next_attempt_at"]),
                next_step=Step(item["next_step"]),
                queued_for=clock.read(item["queued_for"]) if "queued_for" in item else None,
            )

    def mark_queued(self, delivery_id: str, *, queued_for: datetime) -> None:
        """Remember what a hint was sent for, unless the row has moved on. Not a new version."""
        at = clock.text(queued_for)
        try:
            self.table.change(delivery_id, {"queued_for": at}, when={"next_attempt_at": at})
        except AlreadyChanged:
            return

    def of_day(self, day: str) -> Iterator[Accounted]:
        for item in self.table.all(day, index="by_day"):
            alarm = item.get("next_attempt_at")
            yield Accounted(
                item["delivery_id"], item["state"], clock.read(alarm) if alarm else None
            )

    def of_remote(self, channel_id: str, remote_id: str) -> Delivery | None:
        """The post of ours that a platform knows by this id, if we published it."""
        page = self.table.query(_public_as(channel_id, remote_id), index="by_remote", limit=1)
        return self.get(page.items[0]["delivery_id"]) if page.items else None

    def to_measure(self, channel_id: str, *, until: datetime | None, most: int) -> list[Delivery]:
        """Public posts whose numbers are to be read by then (None: ever again); those that waited
        longest first."""
        bound = clock.text(until) if until else None
        page = self.table.query(channel_id, index="to_measure", until=bound, limit=most)
        rows = self.get_many([item["delivery_id"] for item in page.items])
        due = [(row, at) for row in rows if (at := _measure_at(row)) is not None]
        # the index may be seconds old
        return [row for row, at in due if until is None or at <= until]

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        """One page by `publish_at`; its items are whole rows, for `value`.

        The index holds keys alone: it would be written with every change of a row otherwise.
        """
        page = self.table.query(workspace_id, index="by_workspace", **bounds)
        keys = [item["delivery_id"] for item in page.items]
        return Page(self.table.get_many(keys), page.cursor)

    def all_of_workspace[S: Summary](
        self, workspace_id: str, kind: type[S], **bounds: Any
    ) -> Iterator[S]:
        """All of them by `publish_at`, of each as much as `kind` holds."""
        found = self.table.all(workspace_id, index="by_workspace", limit=KEYS, **bounds)
        for some in batched((item["delivery_id"] for item in found), MOST_READ, strict=False):
            for item in self.table.get_many(some, only=kind.model_fields):
                yield kind.model_validate(item)


def _for_indexes(delivery: Delivery) -> dict[str, str]:
    facts = {"publish_day": clock.day(delivery.publish_at)}
    remote = delivery.parts[0].remote
    if remote is None or delivery.post_id is None:
        return facts
    facts["public_as"] = _public_as(delivery.channel_id, remote.id)
    if (at := _measure_at(delivery)) is not None:
        facts |= {"measured_in": delivery.channel_id, "measure_at": clock.text(at)}
    return facts


def _measure_at(delivery: Delivery) -> datetime | None:
    if delivery.published_at is None or delivery.state is State.DELETED:
        return None
    return next_measurement(delivery.published_at, delivery.measured_at)


def _public_as(channel_id: str, remote_id: str) -> str:
    return f"{channel_id}#{remote_id}"
