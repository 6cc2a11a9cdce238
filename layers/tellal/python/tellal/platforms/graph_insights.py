"""Insights, as Facebook, Instagram and Threads all tell them: numbers by name, of a post or a day.
https://developers.facebook.com/docs/graph-api/reference/insights

What must stay true: one name that is none any more fails a whole question («(#100) The value must
be a valid insights metric»), and loses no other number; what is not known is an empty list, and
missing; where the permission was left out the numbers are missing, and the channel is kept.

What a number is made of stands behind a dot ("post_clicks_by_type.link clicks").
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tellal.errors import Rejected
from tellal.platforms.counts import Apart, Ask, NotAllowed, Stated, counts, days_of, number
from tellal.platforms.graph import NOT_ALLOWED, GraphLine, Refusal, Refusals
from tellal.platforms.measured import Names, OfDay

# Days end at midnight there, and so does the last second of a «day» that is told.
PACIFIC = ZoneInfo("America/Los_Angeles")
OF_INSIGHTS: Refusals = dict.fromkeys(
    NOT_ALLOWED, Refusal(NotAllowed, "{title} does not let us read numbers of the channel")
)
GENDERS = {"F": "female", "M": "male", "U": "unknown"}


class Insights:
    """One kind of thing's: all its posts', or the account's own."""

    def __init__(
        self, line: GraphLine, names: Iterable[str], *, edge: str = "insights", **asked: str
    ) -> None:
        self._line = line
        self._edge = edge
        self._asked = asked
        self._when: Mapping[str, str] = {}
        self._apart = Apart(self._ask, (name.partition(".")[0] for name in names))

    def of(self, node: str, **when: str) -> Stated:
        """Raises Gone for a node that is not there."""
        self._when = when
        return self._apart.of(node)

    def _ask(self, node: str, names: Sequence[str]) -> Stated:
        params = {"metric": ",".join(names), **self._asked, **self._when}
        told = self._line("GET", f"{node}/{self._edge}", params=params).read(dict[str, Any])
        return stated(told)


def fields_of(line: GraphLine) -> Ask:
    """For numbers that stand in fields of a node: of one that is none the same is true."""

    def ask(node: str, names: Sequence[str]) -> Stated:
        return line("GET", node, params={"fields": ",".join(names)}).read(dict[str, Any])

    return ask


def stated(told: Mapping[str, Any]) -> dict[str, Any]:
    """Each name's one number, and those that it is made of."""
    flat: dict[str, Any] = {}
    for item in _items(told):
        for part, value in _parts(_value(item)):
            flat[f"{item['name']}{part}"] = value
    return flat


def of_days(told: Mapping[str, Any], names: Names) -> Iterator[OfDay]:
    """Of a time series: the value that ends with a day is that day's."""
    for item in _items(told):
        metric = names.get(item["name"])
        values = item.get("values")
        for each in values if isinstance(values, list) and metric else ():
            day, value = _day(each), number(each.get("value")) if isinstance(each, dict) else None
            if metric and day is not None and value is not None:
                yield OfDay(day, metric, value)


def one_by_one(
    insights: Insights, node: str, names: Names, first: date, after: date
) -> Iterator[OfDay]:
    """Where only a span's total is told: a request for each day."""
    for day in days_of(first, after):
        told = insights.of(node, **span(day, day + timedelta(days=1)))
        for metric, value in counts(told, names).items():
            yield OfDay(day, metric, value)


def span(first: date, after: date) -> dict[str, str]:
    return {"since": str(_midnight(first)), "until": str(_midnight(after))}


def audience(
    line: GraphLine, path: str, kinds: Mapping[str, str], **asked: str
) -> Mapping[str, int]:
    """Followers by what they are, a request for each kind.

    Of fewer than a hundred nothing is told, by an empty list or by a refusal; and what is no kind
    any more is refused by itself.
    """
    told: dict[str, int] = {}
    for breakdown, kind in kinds.items():
        params = {"metric": "follower_demographics", "breakdown": breakdown, **asked}
        try:
            reply = line("GET", path, params=params).read(dict[str, Any])
        except Rejected:
            continue
        for item in _items(reply):
            for value, people in _broken_down(item.get("total_value")):
                count = number(people)
                if count is not None:
                    told[f"{kind}:{GENDERS.get(value, value)}"] = count
    return told


def _items(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    data = told.get("data")
    for item in data if isinstance(data, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            yield item


def _value(item: Mapping[str, Any]) -> Any:
    """A lifetime's, a span's total, or the sum of what was told link by link."""
    if isinstance(total := item.get("total_value"), dict):
        return total.get("value")
    links = item.get("link_total_values")
    if isinstance(links, list):
        clicks = [number(each.get("value")) for each in links if isinstance(each, dict)]
        known = [each for each in clicks if each is not None]
        return sum(known) if known else None
    values = item.get("values")
    first = values[0] if isinstance(values, list) and values else None
    return first.get("value") if isinstance(first, dict) else None


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f".{name}", each) for name, each in value.items())
    else:
        yield "", value


def _broken_down(total: Any) -> Iterator[tuple[str, Any]]:
    breakdowns = total.get("breakdowns") if isinstance(total, dict) else None
    for each in breakdowns if isinstance(breakdowns, list) else ():
        results = each.get("results") if isinstance(each, dict) else None
        for result in results if isinstance(results, list) else ():
            values = result.get("dimension_values") if isinstance(result, dict) else None
            if isinstance(values, list) and values:
                yield str(values[-1]), result.get("value")


def _day(told: Any) -> date | None:
    try:
        ended = datetime.fromisoformat(str(told["end_time"]))
    except (KeyError, TypeError, ValueError):
        return None
    if ended.tzinfo is None:
        return None
    return (ended.astimezone(PACIFIC) - timedelta(seconds=1)).date()


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), PACIFIC).timestamp())
