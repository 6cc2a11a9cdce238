"""Conversions become observations: what is uncounted is written to S3, then marked as counted.

In that order, so that a kill in between loses nothing: the next run writes the same observations
again, with the same values and times, and of the same number the newest counts once. The mark is
taken away only if the row is as it was read: one that was taken back meanwhile stays marked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tellal import ids
from tellal.conversions import Conversion
from tellal.errors import AlreadyChanged
from tellal.measuring.shelf import Shelf
from tellal.observations import Metric, Observation
from tellal.stores.conversions import ConversionStore


@dataclass(frozen=True, kw_only=True)
class Converted:
    conversions: ConversionStore
    shelf: Shelf
    most_at_once: int = 500  # rows in one object
    most_a_run: int = 10_000  # what is left is the next hour's

    def take_in(self, workspace_id: str, *, now: datetime) -> int:  # noqa: ARG002  # as all do
        """How many were counted. The times of the observations are the rows' own."""
        counted: set[tuple[str, int]] = set()
        while len(counted) < self.most_a_run:
            rows = self.conversions.uncounted(workspace_id, most=self.most_at_once)
            # The index may still show what was counted a moment ago.
            fresh = [row for row in rows if (row.conversion_id, row.version) not in counted]
            if not fresh:
                break
            self._keep(workspace_id, fresh)
            for row in fresh:
                self._mark(row)
            counted |= {(row.conversion_id, row.version) for row in fresh}
        return len(counted)

    def _keep(self, workspace_id: str, rows: Sequence[Conversion]) -> None:
        """Named for what is in it: written again, it replaces itself."""
        self.shelf.keep(
            (observation for row in rows for observation in observed(row)),
            workspace_id=workspace_id,
            name=ids.derived(
                "conversions", *(f"{row.conversion_id}.{row.version}" for row in rows)
            ),
            at=max(map(_told_at, rows)),
        )

    def _mark(self, row: Conversion) -> None:
        try:
            self.conversions.save(row, row.model_copy(update={"uncounted": None}))
        except AlreadyChanged:
            return  # taken back since, or counted by another run: the row says which


def observed(row: Conversion) -> Iterator[Observation]:
    """What a conversion counts for; 0 once it was taken back."""
    shared: dict[str, Any] = {
        "workspace_id": row.workspace_id,
        "channel_id": row.attribution.channel_id,
        "platform": row.attribution.platform,
        "delivery_id": row.attribution.delivery_id,
        "campaign_id": row.attribution.campaign_id,
        "counted_id": row.conversion_id,
        "of_day": row.of_day,
        "at": _told_at(row),
    }
    stands = row.taken_back_at is None
    yield Observation(
        **shared, metric=Metric.CONVERSIONS, segment=row.stage, value=1 if stands else 0
    )
    if row.value is not None:
        yield Observation(
            **shared,
            metric=Metric.CONVERSION_VALUE,
            segment=f"{row.stage}:{row.currency}",
            value=row.value if stands else 0,
        )


def _told_at(row: Conversion) -> datetime:
    return row.taken_back_at or row.noted_at
