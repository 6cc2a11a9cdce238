"""Where observations and reports lie in the reports bucket.

    observations/workspace=<id>/date=YYYY-MM-DD/<name>.jsonl.gz
    reports/<workspace>/<period>/report.{html,json,csv}

Observations are JSON, one a line. A running total lies under the date, UTC's, on which it was seen,
an amount under its day; of a month that ended, under the month's first. Objects are never changed,
only merged (see `compaction`), and a reader may meet the same observation in two of them: it counts
once. What was measured once lies in an object of its own, `fact_…`, until it is merged. Workspaces
are told apart by their prefix: no reading here crosses it.
"""

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from tellal import clock, ids
from tellal.clock import Moment
from tellal.measuring import periods
from tellal.observations import Observation
from tellal.posts import Frozen
from tellal.stores.objects import Bucket

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
JSON_LINES = "application/x-ndjson"
FACT = "fact"  # what the names of those begin with


class Report(Frozen):
    """A report that was built: `keys` by format, each an object in the reports bucket."""

    period: str
    made_at: Moment
    keys: dict[str, str]


@dataclass(frozen=True)
class Shelf:
    bucket: Bucket

    def keep(
        self,
        observations: Iterable[Observation],
        *,
        workspace_id: str,
        name: str,
        at: datetime,
    ) -> None:
        """What one run saw: an object for each date that it is about, under the run's own name.
        The same name at the same time replaces what it wrote."""
        lines: dict[str, list[str]] = defaultdict(list)
        for each in observations:
            lines[_date_of(each, at)].append(f"{each.model_dump_json(exclude_none=True)}\n")
        for day, some in lines.items():
            self.bucket.put_gzipped(
                observations_key(workspace_id, date=day, name=f"{name}-{at:%Y%m%dT%H%M%S%f}"),
                "".join(some).encode(),
                content_type=JSON_LINES,
            )

    def keep_fact(self, observation: Observation) -> None:
        """What was measured once: told again, it replaces itself."""
        at = clock.text(observation.at)
        of = observation.counted_id or observation.conversation_id or observation.channel_id or ""
        self.bucket.put_gzipped(
            observations_key(
                observation.workspace_id,
                date=clock.day(observation.at),
                name=ids.derived(FACT, of, observation.metric, at),
            ),
            f"{observation.model_dump_json(exclude_none=True)}\n".encode(),
            content_type=JSON_LINES,
        )

    def observed(self, workspace_id: str, *, month: str) -> Iterator[str]:
        """The keys of a month's ("2026-11") observations."""
        return self.bucket.keys(f"{_observations(workspace_id)}{month}-")

    def observed_in(self, workspace_id: str, first: str, last: str) -> Iterator[str]:
        """The keys of the observations of these months and all between: one listing, not many."""
        folder = _observations(workspace_id)
        keys = self.bucket.keys(folder, after=f"{folder}{first}")
        return takewhile(lambda key: day_of(key)[:7] <= last, keys)

    def objects(self, workspace_id: str, first: date, last: date) -> Iterator[tuple[str, bytes]]:
        """Every object that may speak of these days, UTC's or local ones: its key and its bytes.

        Until nothing that was listed is missing: a compaction may run at the same moment, and what
        was in an object that is gone stands in a new one.
        """
        months = [f"{day:%Y-%m}" for day in (first - timedelta(days=1), last + timedelta(days=1))]
        read: set[str] = set()
        complete = False
        while not complete:
            complete = True
            listed = set(self.observed_in(workspace_id, *months))
            for key in sorted(listed - read):
                if (body := self.bucket.get(key)) is None:
                    complete = False
                    continue
                read.add(key)
                yield key, body

    def put_report(self, workspace_id: str, period: str, contents: dict[str, str]) -> None:
        """`contents` by format. The JSON comes last: with it the report is there, whole."""
        for kind, text in sorted(contents.items(), key=lambda each: each[0] == "json"):
            key = report_key(workspace_id, period, kind)
            self.bucket.put(key, text.encode(), content_type=CONTENT_TYPES[kind])

    def report(self, workspace_id: str, period: str) -> Report | None:
        found = self.bucket.get(report_key(workspace_id, period, "json"))
        if found is None:
            return None
        keys = {kind: report_key(workspace_id, period, kind) for kind in CONTENT_TYPES}
        return Report(period=period, made_at=json.loads(found)["made_at"], keys=keys)

    def reports(self, workspace_id: str, *, most: int = 60) -> list[Report]:
        """The newest first; 60 are a year of weeks and months, nearly."""
        prefix = f"reports/{workspace_id}/"
        names = {key.removeprefix(prefix).split("/")[0] for key in self.bucket.keys(prefix)}
        newest = sorted(names, key=periods.first_day, reverse=True)[:most]
        made = (self.report(workspace_id, period) for period in newest)
        return [report for report in made if report is not None]


def _observations(workspace_id: str) -> str:
    return f"observations/workspace={workspace_id}/date="


def _date_of(observation: Observation, at: datetime) -> str:
    if observation.of_day is None:
        return clock.day(observation.at)
    day = observation.of_day.isoformat()
    return day if day[:7] == clock.day(at)[:7] else f"{day[:7]}-01"


def observations_key(workspace_id: str, *, date: str, name: str) -> str:
    return f"{_observations(workspace_id)}{date}/{name}.jsonl.gz"


def is_readable(body: bytes) -> bool:
    """Whether an object of observations is whole: by gzip's checksum, an observation a line."""
    try:
        lines = gzip.decompress(body).splitlines()
        return all(_is_observation(json.loads(line)) for line in lines)
    except (OSError, EOFError, zlib.error, ValueError):
        return False


def _is_observation(line: object) -> bool:
    """As far as those who add it up must know: fields may come that are not known yet."""
    match line:
        case {"metric": str(), "value": bool()}:
            return False
        case {"metric": str(), "value": int(), "at": str(at), **others}:
            clock.read(at)
            date.fromisoformat(str(others.get("of_day", "2026-01-01")))
            return True
        case _:
            return False


def day_of(key: str) -> str:
    """The date that an observations' key stands under."""
    return key.split("/date=")[1][:10]


def report_key(workspace_id: str, period: str, kind: str) -> str:
    return f"reports/{workspace_id}/{period}/report.{kind}"
