"""How Meta tells numbers on its three platforms. https://developers.facebook.com/docs/graph-api/reference/insights

A name that is none fails all of a question; one that is not told is not in its list.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.sandboxes.answers import Refusal
from local.sandboxes.numbers import grown, on, parts

PACIFIC = ZoneInfo("America/Los_Angeles")  # where days end
TOO_FEW = 100  # followers: of whom nothing is told
LAG = timedelta(days=1)
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "age": ("25-34", "18-24", "35-44", "45-54"),
    "gender": ("F", "M", "U"),
    "country": ("TR", "DE", "US"),
    "city": ("Istanbul, Istanbul Province", "Berlin, Berlin"),
}

type Names = Mapping[str, int]  # a metric, and about how much of it there is in a day


@dataclass(frozen=True)
class Asked:
    """One question, as its query puts it."""

    query: Mapping[str, str]
    untold: Collection[str]
    refused: Collection[str]
    invalid: Callable[[str], Refusal]

    def names(self, known: Collection[str]) -> Sequence[str]:
        """Those that are told; raises for one that is none, or none any more."""
        names = self.query.get("metric", "").split(",")
        for name in names:
            if name not in known or name in self.refused:
                raise self.invalid("The value must be a valid insights metric")
        return [name for name in names if name not in self.untold]

    def days(self, *, now: datetime) -> Iterator[date]:
        """Between its ends, as far as they are over and counted."""
        first, after = (self._moment(name, now) for name in ("since", "until"))
        day = first.astimezone(PACIFIC).date()
        while end_of(day) <= min(after, now - LAG):
            yield day
            day += timedelta(days=1)

    def _moment(self, name: str, now: datetime) -> datetime:
        try:
            return datetime.fromtimestamp(int(self.query[name]), UTC)
        except KeyError:
            return now - timedelta(days=2) if name == "since" else now
        except ValueError:
            raise self.invalid(f"{name} is no time") from None


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), PACIFIC)


def of_a_post(
    asked: Asked, names: Names, post_id: str, *, since: datetime, now: datetime
) -> dict[str, Any]:
    rows = []
    for name in asked.names(names):
        total: Any = grown(f"{name} {post_id}", since, now, a_day=names[name])
        if name.endswith("_by_type"):
            total = {"link clicks": total, "other clicks": 2 * total}
        rows.append({"name": name, "period": "lifetime", "values": [{"value": total}]})
    return {"data": rows}


def day_by_day(asked: Asked, names: Names, who: str, *, now: datetime) -> dict[str, Any]:
    days = list(asked.days(now=now))
    rows = []
    for name in asked.names(names):
        values = [
            {
                "value": on(day, f"{name} {who}", a_day=names[name]),
                "end_time": end_of(day).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            }
            for day in days
        ]
        rows.append({"name": name, "period": "day", "values": values})
    return {"data": [row for row in rows if row["values"]]}


def in_all(asked: Asked, names: Names, who: str, *, now: datetime) -> dict[str, Any]:
    """One total for the whole span; nothing where none of it is known."""
    days = list(asked.days(now=now))
    rows = []
    for name in asked.names(names) if days else ():
        total = sum(on(day, f"{name} {who}", a_day=names[name]) for day in days)
        rows.append({"name": name, "period": "day", "total_value": {"value": total}})
    return {"data": rows}


def people(asked: Asked, who: str, followers: int) -> dict[str, Any]:
    kind = asked.query.get("breakdown", "")
    if kind not in PEOPLE:
        raise asked.invalid("Invalid breakdown")
    if followers < TOO_FEW or not asked.names(("follower_demographics",)):
        return {"data": []}
    among = parts(f"{kind} {who}", followers, PEOPLE[kind])
    results = [{"dimension_values": [value], "value": count} for value, count in among.items()]
    total = {"breakdowns": [{"dimension_keys": [kind], "results": results}]}
    return {"data": [{"name": "follower_demographics", "period": "lifetime", "total_value": total}]}
