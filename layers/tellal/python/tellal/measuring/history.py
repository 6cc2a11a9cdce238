"""The observations themselves, for programs: some days of one workspace, as they came.

Whole objects are read and most of their lines thrown away, so it is bounded by days; whoever wants
years asks Athena (docs/athena.md). An observation that lies in two objects is told once.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from tellal import clock
from tellal.measuring import periods
from tellal.measuring.shelf import Shelf, is_readable
from tellal.observability import logger
from tellal.observations import Metric, Observation

MOST_DAYS = 92


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The days are local ones, both included. None is «any»."""

    first: date
    last: date
    zone: str
    channel_id: str | None = None
    delivery_id: str | None = None
    metric: Metric | None = None

    def may_hold(self, line: str) -> bool:
        """Whether a line is worth parsing."""
        named = (self.channel_id, self.delivery_id, self.metric)
        return all(each is None or f'"{each}"' in line for each in named)

    def holds(self, seen: Observation) -> bool:
        asked = (
            (self.channel_id, seen.channel_id),
            (self.delivery_id, seen.delivery_id),
            (self.metric, seen.metric),
        )
        if any(wanted is not None and wanted != is_ for wanted, is_ in asked):
            return False
        if seen.of_day is not None:
            return self.first <= seen.of_day <= self.last
        since = periods.midnight(self.first, self.zone)
        return since <= seen.at < periods.midnight(self.last + timedelta(days=1), self.zone)


@dataclass(frozen=True)
class Told:
    observations: tuple[Observation, ...]  # the oldest first
    cursor: str | None  # where the next page begins; None: this was the last
    unreadable: tuple[str, ...]  # objects that were left out, by their keys


@dataclass(frozen=True)
class History:
    shelf: Shelf

    def told(
        self, workspace_id: str, wanted: Wanted, *, limit: int, cursor: str | None = None
    ) -> Told:
        """One page. What is written meanwhile comes in its place, or was passed already."""
        unreadable: list[str] = []
        found: dict[tuple[str, str], Observation] = {}
        for line in self._lines(workspace_id, wanted, unreadable):
            seen = Observation.model_validate_json(line)
            if wanted.holds(seen):
                found[clock.text(seen.at), sha256(line.encode()).hexdigest()[:16]] = seen
        places = sorted(place for place in found if cursor is None or "~".join(place) > cursor)
        page = places[:limit]
        return Told(
            tuple(found[place] for place in page),
            "~".join(page[-1]) if len(places) > limit else None,
            tuple(unreadable),
        )

    def _lines(self, workspace_id: str, wanted: Wanted, unreadable: list[str]) -> Iterator[str]:
        for key, body in self.shelf.objects(workspace_id, wanted.first, wanted.last):
            if not is_readable(body):
                logger.error("observations not readable", workspace_id=workspace_id, key=key)
                unreadable.append(key)
                continue
            lines = gzip.decompress(body).decode().splitlines()
            yield from (line for line in lines if wanted.may_hold(line))
