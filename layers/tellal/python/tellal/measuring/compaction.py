"""Many small objects become one: for every day that ended, then for every month.

What must stay true: no observation is lost, however many compactions run at once and wherever
one is killed. So an object is never written over: the merged one is named for what went into it,
it is written before anything is taken away, and only what went into it is. Until then readers
meet some observations twice, and count them once. What cannot be read spoils nothing else: it
stays where it is, apart, and is named.

A month's object stands under the month's first day: reading by date begins there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from tellal import clock, ids
from tellal.errors import Unreadable
from tellal.measuring.shelf import JSON_LINES, Shelf, day_of, is_readable, observations_key
from tellal.observability import logger

SETTLED_AFTER = timedelta(hours=2)  # a run that began before midnight has written by then
# What comes late (a back-fill, an import) lies in months that were merged long ago: each of these
# is looked at again in turn, one an hour.
OLDER_MONTHS = 24


@dataclass(frozen=True)
class Compactor:
    shelf: Shelf

    def compact(self, workspace_id: str, *, now: datetime) -> int:
        """Merge what ended; returns how many objects went into others.

        Raises Unreadable in the end, all else being done, if something could not be read.
        """
        today = clock.day(now - SETTLED_AFTER)
        this_month = today[:7]
        unreadable: list[str] = []
        merged = 0
        for back in (1, 2 + int(now.timestamp() // 3600) % OLDER_MONTHS):
            month = _month_before(this_month, back)
            keys = sorted(self.shelf.observed(workspace_id, month=month))
            merged += self._merge(workspace_id, f"{month}-01", keys, unreadable)
        days = (
            key
            for key in self.shelf.observed(workspace_id, month=this_month)
            if day_of(key) < today
        )
        for day, some in groupby(sorted(days), key=day_of):
            merged += self._merge(workspace_id, day, list(some), unreadable)
        logger.info("observations merged", workspace_id=workspace_id, objects=merged)
        if unreadable:
            raise Unreadable(unreadable)
        return merged

    def _merge(
        self, workspace_id: str, day: str, keys: Sequence[str], unreadable: list[str]
    ) -> int:
        if len(keys) < 2:
            return 0
        bodies = {key: body for key in keys if (body := self.shelf.bucket.get(key)) is not None}
        for key in [key for key, body in bodies.items() if not is_readable(body)]:
            unreadable.append(key)
            del bodies[key]
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


def _month_before(month: str, back: int) -> str:
    year, number = (int(part) for part in month.split("-"))
    earlier, rest = divmod(year * 12 + number - 1 - back, 12)
    return f"{earlier:04}-{rest + 1:02}"
