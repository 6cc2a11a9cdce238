"""What was counted on short links goes to where all observations are, hourly.

Each row is written as the amounts of its day so far, so writing one again doubles nothing; its mark
goes only if it is as it was written, so nothing is lost. Of two that take the same row, the later
one says so on the row first, and the earlier one is refused: an older number is never written
under a newer time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tellal import ids
from tellal.errors import AlreadyChanged
from tellal.measuring.shelf import Shelf
from tellal.observations import Metric, Observation
from tellal.stores.links import ClickStore, DayOfVisits


@dataclass(frozen=True)
class Counting:
    clicks: ClickStore
    shelf: Shelf

    def take_in(self, workspace_id: str, *, now: datetime) -> int:
        """Write what changed since the last time; returns how many days of deliveries that were."""
        settled = 0
        for seen in self.clicks.uncounted(workspace_id):
            if taken := list(self._taken(seen, now)):
                self._keep(workspace_id, taken, now)
                settled += sum(self._settled(each) for each in taken)
        return settled

    def _taken(self, seen: Sequence[DayOfVisits], now: datetime) -> Iterator[DayOfVisits]:
        for each in seen:
            if each.taken_at is not None and each.taken_at >= now:
                continue  # by one whose clock is no earlier: it stays marked until the next time
            try:
                self.clicks.take(each, now=now)
            except AlreadyChanged:
                continue  # it is still marked: the next hour takes it
            yield each.model_copy(update={"taken_at": now})

    def _keep(self, workspace_id: str, taken: Sequence[DayOfVisits], now: datetime) -> None:
        """Under a name of this very taking: repeated, it replaces itself."""
        self.shelf.keep(
            (each for row in taken for each in _observations(row, now)),
            workspace_id=workspace_id,
            name=ids.derived("visits", *(each.visits_id for each in taken)),
            at=now,
        )

    def _settled(self, taken: DayOfVisits) -> bool:
        try:
            self.clicks.settle(taken)
        except AlreadyChanged:
            return False  # somebody came meanwhile
        return True


def _observations(row: DayOfVisits, now: datetime) -> Iterator[Observation]:
    for metric, value in ((Metric.VISITS, row.visits), (Metric.VISITORS, row.visitors)):
        yield Observation(
            workspace_id=row.workspace_id,
            channel_id=row.channel_id,
            platform=row.platform,
            delivery_id=row.delivery_id,
            of_day=row.of_day,
            metric=metric,
            value=value,
            at=now,
        )
