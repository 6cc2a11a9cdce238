"""What a report's charts and its table show over time: days, or weeks where a period is long. Pure.

The document has the days, whatever the page shows. A week begins on Monday, as the weeks do that
reports are of, so its engagements are those of the week's own report; the period may cut the first
and the last short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tellal.reporting.document import DayRow, ReportDocument
from tellal.reporting.wording import Wording

MOST_DAYS = 92  # a quarter; the bars of more would be too thin to tell apart
WEEK = 7

type Values = Sequence[int | None]  # one for each day or week; None: not known


@dataclass(frozen=True)
class Span:
    """A day or a week, as an axis has it («16 Nov») and as sentences name it («16–22 Nov»)."""

    short: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """Of one channel."""

    followers: Values  # as last known in each
    engagements: Values


@dataclass(frozen=True, kw_only=True)
class Timeline:
    weekly: bool
    spans: tuple[Span, ...]
    known: Mapping[str, Course]  # by channel; those of which nothing is known are not in it

    def of(self, channel: str) -> Course:
        nothing = (None,) * len(self.spans)
        return self.known.get(channel) or Course(followers=nothing, engagements=nothing)


def made(document: ReportDocument, wording: Wording) -> Timeline:
    first, last = document.first_day, document.last_day
    weekly = (last - first).days >= MOST_DAYS
    length = WEEK if weekly else 1
    begins = first - timedelta(days=first.weekday()) if weekly else first
    count = (last - begins).days // length + 1
    days: dict[str, list[tuple[int, DayRow]]] = {}
    for day in sorted(document.days, key=lambda each: each.date):
        if first <= day.date <= last:
            days.setdefault(day.channel, []).append(((day.date - begins).days // length, day))
    starts = [begins + timedelta(days=n * length) for n in range(count)]
    return Timeline(
        weekly=weekly,
        spans=tuple(_week(each, first, last, wording) for each in starts)
        if weekly
        else tuple(_day(each, count, wording) for each in starts),
        known={channel: _course(rows, count) for channel, rows in days.items()},
    )


def _course(rows: Sequence[tuple[int, DayRow]], count: int) -> Course:
    """`rows` are (the place, the day), the oldest first."""
    followers: list[int | None] = [None] * count
    engagements: list[int | None] = [None] * count
    for place, day in rows:
        if day.followers is not None:
            followers[place] = day.followers
        if day.engagements is not None:
            engagements[place] = (engagements[place] or 0) + day.engagements
    return Course(followers=followers, engagements=engagements)


def _day(day: date, count: int, wording: Wording) -> Span:
    shown = wording.day_of(day, "d EEE" if count <= WEEK else "d MMM")
    return Span(shown, shown)


def _week(monday: date, first: date, last: date, wording: Wording) -> Span:
    """Of it what is in the period."""
    begins, ends = max(monday, first), min(monday + timedelta(days=WEEK - 1), last)
    return Span(wording.day_of(begins, "d MMM"), wording.days(begins, ends))
