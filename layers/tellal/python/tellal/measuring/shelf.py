"""Where observations and reports lie in the reports bucket.

    observations/workspace=<id>/date=YYYY-MM-DD/<name>.jsonl.gz
    reports/<workspace>/<period>/report.{html,json,csv}

Observations are JSON, one a line; their dates are UTC's. A channel's run writes one object, named
for the channel and the hour: a run repeated replaces itself. Whatever else an object holds is
never changed, only merged (see `compaction`), and a reader may meet the same observation in two
objects: it counts once, by (channel, delivery, conversation, metric, at). What was measured once
lies in an object of its own, `fact_…`, until it is merged. Workspaces are told apart by their
prefix: no reading here crosses it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

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
        channel_id: str,
        at: datetime,
    ) -> None:
        """One channel's run."""
        lines = (each.model_dump_json(exclude_none=True) for each in observations)
        name = f"{channel_id}-{clock.text(at)[11:13]}"
        self.bucket.put_gzipped(
            observations_key(workspace_id, date=clock.day(at), name=name),
            "".join(f"{line}\n" for line in lines).encode(),
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
        return self.bucket.keys(f"observations/workspace={workspace_id}/date={month}-")

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


def observations_key(workspace_id: str, *, date: str, name: str) -> str:
    return f"observations/workspace={workspace_id}/date={date}/{name}.jsonl.gz"


def day_of(key: str) -> str:
    """The date that an observations' key stands under."""
    return key.split("/date=")[1][:10]


def report_key(workspace_id: str, period: str, kind: str) -> str:
    return f"reports/{workspace_id}/{period}/report.{kind}"
