"""A workspace's observations in DuckDB, and the measures asked of them.

Nothing is fetched while it runs: no extension is installed or loaded, and once the observations
are read DuckDB may open no file and no address. It stays within its memory, spilling to `scratch`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Self

import duckdb

from tellal import clock
from tellal.measuring.periods import Day, Period, days
from tellal.measuring.shelf import is_readable
from tellal.reporting.measures import MEASURES, News

MEMORY = "320MB"  # and about 80 besides; what is larger is spilled
# Measuring is hourly: what went out less than two hours before a period began was, as a rule, never
# measured in the one before, and counts from 0 in this one.
NEVER_MEASURED = timedelta(hours=2)
FILES = "*.jsonl.gz"
# Of what belongs to no post, its conversions: a campaign has no followers and no conversations.
OF_CAMPAIGN = """
DELETE FROM totals WHERE delivery_id IS NULL OR delivery_id NOT IN (SELECT delivery_id FROM posts);
DELETE FROM daily WHERE total NOT IN (SELECT total FROM totals);
DELETE FROM facts;
DELETE FROM audience;
DELETE FROM amounts
WHERE campaign_id IS DISTINCT FROM $campaign
  AND (delivery_id IS NULL OR delivery_id NOT IN (SELECT delivery_id FROM posts));
"""
COLUMNS = {
    "channel_id": "VARCHAR",
    "delivery_id": "VARCHAR",
    "conversation_id": "VARCHAR",
    "campaign_id": "VARCHAR",
    "counted_id": "VARCHAR",
    "segment": "VARCHAR",
    "of_day": "DATE",
    "metric": "VARCHAR",
    "value": "BIGINT",
    "at": "TIMESTAMP",
}


@dataclass(frozen=True, kw_only=True)
class PublishedPost:
    delivery_id: str
    published_at: str  # as the clock spells it


Values = dict[str | None, dict[str, float | None]]  # channel (None: all) → measure → value


class Figures:
    def __init__(
        self,
        *,
        first: Period,
        last: Period,
        posts: Sequence[PublishedPost],
        scratch: Path,
        campaign: str | None = None,
    ) -> None:
        """Reads every `*.jsonl.gz` in `scratch`, for the days from `first` through `last`; of a
        campaign alone, whose posts these are, if one is named."""
        self.days: tuple[Day, ...] = days(first.first, last.after, first.zone)
        self._numbers = {day.date: n for n, day in enumerate(self.days)}
        self._db = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": MEMORY,
                "temp_directory": str(scratch / "spilled"),
                "threads": "2",
                "preserve_insertion_order": "false",
            }
        )
        self._fill(posts)
        self.unreadable: tuple[str, ...] = ()  # the names of files that were left out
        try:
            self._read(scratch)
        except duckdb.Error:
            self.unreadable = _take_out_unreadable(scratch)
            if not self.unreadable:
                raise  # it is no file's fault
            self._read(scratch)
        if campaign is not None:
            self._db.execute(OF_CAMPAIGN, {"campaign": campaign})
        self._db.execute("SET enable_external_access = false")
        self._db.execute("SET lock_configuration = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def values(self, period: Period) -> Values:
        """Every measure, for each channel and for all of them."""
        asked = ", ".join(f"{measure.sql} AS {measure.name}" for measure in MEASURES)
        rows = self.rows(
            f"SELECT channel_id, {asked} FROM {self._news(period)}"  # noqa: S608  # our constants
            " GROUP BY GROUPING SETS ((channel_id), ())",
            period,
        )
        return {row.pop("channel_id"): row for row in rows}

    def news(self, period: Period) -> list[News]:
        rows = self.rows(f"FROM {self._news(period)} ORDER BY ALL", period)
        return [News(**row) for row in rows]

    def by_day(self, period: Period) -> list[dict[str, Any]]:
        """channel_id, n (of the day), followers, engagements."""
        return self.rows("SELECT * FROM by_day($since, $after) ORDER BY ALL", period)

    def rows(self, sql: str, period: Period) -> list[dict[str, Any]]:
        """What a query of ours over the tables of `figures.sql` answers; $since and $after stand in
        it for the numbers of the period's first day, and of the first that is not in it."""
        bounds = dict(zip(("since", "after"), self._bounds(period), strict=True))
        answer = self._db.execute(sql, {n: v for n, v in bounds.items() if f"${n}" in sql})
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _news(self, period: Period) -> str:
        """The table of what was new in a period, which is asked for more than once."""
        since, after = self._bounds(period)
        name = f"news_{since}_{after}"
        self._db.execute(
            f"CREATE TABLE IF NOT EXISTS {name} AS FROM news($since, $after)",
            {"since": since, "after": after},
        )
        return name

    def _bounds(self, period: Period) -> tuple[int, int]:
        """The numbers of its first day, and of the first that is not in it."""
        since = self._numbers[period.first]
        return since, since + (period.after - period.first).days

    def _fill(self, posts: Sequence[PublishedPost]) -> None:
        self._db.execute(
            "CREATE TABLE days AS SELECT unnest($n)::BIGINT AS n, unnest($date)::DATE AS date,"
            " unnest($since)::TIMESTAMP AS since, unnest($until)::TIMESTAMP AS until,"
            " unnest($early)::TIMESTAMP AS early",
            {
                "n": list(range(len(self.days))),
                "date": [day.date.isoformat() for day in self.days],
                "since": [clock.text(day.since) for day in self.days],
                "until": [clock.text(day.until) for day in self.days],
                "early": [clock.text(day.since - NEVER_MEASURED) for day in self.days],
            },
        )
        self._db.execute(
            "CREATE TABLE posts AS SELECT unnest($ids)::VARCHAR AS delivery_id,"
            " unnest($times)::TIMESTAMP AS published_at",
            {
                "ids": [post.delivery_id for post in posts],
                "times": [post.published_at for post in posts],
            },
        )

    def _read(self, scratch: Path) -> None:
        if any(scratch.glob(FILES)):
            read = self._db.read_json(
                str(scratch / FILES),
                columns=COLUMNS,
                format="newline_delimited",
                compression="gzip",
            )
        else:
            empty = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in COLUMNS.items())
            read = self._db.sql(f"SELECT {empty} LIMIT 0")
        read.create_view("read")
        self._db.execute(resources.files(__package__).joinpath("figures.sql").read_text("utf-8"))


def _take_out_unreadable(scratch: Path) -> tuple[str, ...]:
    files = sorted(scratch.glob(FILES))
    damaged = [each for each in files if not is_readable(each.read_bytes())]
    for each in damaged:
        each.unlink()
    return tuple(each.name for each in damaged)
