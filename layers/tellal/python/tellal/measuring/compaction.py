"""Many small objects become one: for every day that ended, then for every month.

What must stay true: no observation is lost, however many compactions run at once and wherever
one is killed. So an object is never written over: the merged one is named for what went into it,
it is written before anything is taken away, and only what went into it is. Until then readers
meet some observations twice, and count them once.

A month's object stands under the month's first day: reading by date begins there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from tellal import clock, ids
from tellal.measuring.shelf import JSON_LINES, Shelf, day_of, observations_key

SETTLED_AFTER = timedelta(hours=2)  # a run that began before midnight has written by then


@dataclass(frozen=True)
class Compactor:
    shelf: Shelf

    def compact(self, workspace_id: str, *, now: datetime) -> int:
        """Merge what ended; returns how many objects went into others."""
        today = clock.day(now - SETTLED_AFTER)
        month = today[:7]
        last_month = clock.day(clock.read(f"{month}-01T00:00:00Z") - timedelta(days=1))[:7]
        ended = self.shelf.observed(workspace_id, month=last_month)
        days = (
            key for key in self.shelf.observed(workspace_id, month=month) if day_of(key) < today
        )
        merged = self._merge(workspace_id, f"{last_month}-01", sorted(ended))
        for day, keys in groupby(sorted(days), key=day_of):
            merged += self._merge(workspace_id, day, list(keys))
        return merged

    def _merge(self, workspace_id: str, day: str, keys: Sequence[str]) -> int:
        if len(keys) < 2:
            return 0
        bodies = {key: body for key in keys if (body := self.shelf.bucket.get(key)) is not None}
        if len(bodies) < 2:  # another compaction took the rest away, and wrote what was in them
            return 0
        name = ids.derived("merged", *bodies)
        # gzip's own rule: files put one behind the other are one file
        self.shelf.bucket.put(
            observations_key(workspace_id, date=day, name=name),
            b"".join(bodies.values()),
            content_type=JSON_LINES,
        )
        self._take_away(bodies)
        return len(bodies)

    def _take_away(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.shelf.bucket.delete(key)
