"""The weeks, months and stretches of days that reports are about, by a workspace's clocks.

"2026-W47" is an ISO week, from Monday; "2026-11" a month; "2026-11-03..2026-11-20" the days from
one to the other, both included. All begin and end at local midnight, so a week in which clocks
change has 167 or 169 hours. A report of a campaign alone is named for both: "2026-11~cmp_…". Pure.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tellal import clock
from tellal.errors import Broken, Unacceptable

# Of this century: calendars end at the year 1, and the periods before one are read with it.
WEEK = re.compile(r"(20\d{2})-W(\d{2})", re.ASCII)
MONTH = re.compile(r"(20\d{2})-(\d{2})", re.ASCII)
RANGE = re.compile(r"(20\d{2}-\d{2}-\d{2})\.\.(20\d{2}-\d{2}-\d{2})", re.ASCII)
MOST_DAYS = 400  # of a range: a year and what stands beside it
OF_CAMPAIGN = "~"  # between the period and the campaign, in a report's name


class Kind(StrEnum):
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"


@dataclass(frozen=True, kw_only=True)
class Day:
    """A local day; `since` and `until` are instants."""

    date: date
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Period:
    name: str
    zone: str
    first: date
    after: date  # the first day that is not in it

    @property
    def since(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        return midnight(self.after, self.zone)

    @property
    def kind(self) -> Kind:
        return kind_of(self.name)

    @property
    def before(self) -> "Period":
        """The one that ended when this began; of a range, one of as many days."""
        if self.kind is Kind.RANGE:
            return stretch(self.first - (self.after - self.first), self.first, self.zone)
        week = self.kind is Kind.WEEK
        return containing(self.first - timedelta(days=1), self.zone, week=week)

    @property
    def days(self) -> tuple[Day, ...]:
        return days(self.first, self.after, self.zone)


def read(name: str, zone: str) -> Period:
    """The period of that name. Raises Unacceptable for any other text."""
    try:
        if found := RANGE.fullmatch(name):
            first, last = (date.fromisoformat(each) for each in found.groups())
            return _range(first, last, zone)
        return containing(first_day(name), zone, week="W" in name)
    except (ValueError, OverflowError) as error:
        rule = (
            "is not a week like 2026-W47, a month like 2026-11, or days like 2026-11-03..2026-11-20"
        )
        raise Unacceptable(Broken("period", rule)) from error


def kind_of(name: str) -> Kind:
    if ".." in name:
        return Kind.RANGE
    return Kind.WEEK if "W" in name else Kind.MONTH


def first_day(name: str) -> date:
    """Of a period, or of a report by its name. Raises ValueError for any other text."""
    name, _ = of_report(name)
    if found := RANGE.fullmatch(name):
        return date.fromisoformat(found[1])
    if found := WEEK.fullmatch(name):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    if found := MONTH.fullmatch(name):
        return date(int(found[1]), int(found[2]), 1)
    raise ValueError(name)


def of_report(name: str) -> tuple[str, str | None]:
    """The names of a report's period, and of its campaign if it is of one alone."""
    period, _, campaign_id = name.partition(OF_CAMPAIGN)
    return period, campaign_id or None


def report_name(period: str, campaign_id: str | None) -> str:
    return period if campaign_id is None else f"{period}{OF_CAMPAIGN}{campaign_id}"


def stretch(first: date, after: date, zone: str) -> Period:
    """The days from `first` until `after`, which is not in it."""
    name = f"{first.isoformat()}..{(after - timedelta(days=1)).isoformat()}"
    return Period(name=name, zone=zone, first=first, after=after)


def _range(first: date, last: date, zone: str) -> Period:
    if last < first:
        raise Unacceptable(Broken("period", "ends before it begins"))
    if (last - first).days >= MOST_DAYS:
        raise Unacceptable(Broken("period", f"is longer than {MOST_DAYS} days"))
    return stretch(first, last + timedelta(days=1), zone)


def containing(day: date, zone: str, *, week: bool) -> Period:
    if week:
        year, number, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        after = first + timedelta(days=7)
        return Period(name=f"{year:04}-W{number:02}", zone=zone, first=first, after=after)
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return Period(name=f"{first:%Y-%m}", zone=zone, first=first, after=after)


def ended_since(now: datetime, zone: str, lag: timedelta) -> tuple[Period, Period]:
    """The last week and the last month that ended at least `lag` ago."""
    day = (now - lag).astimezone(ZoneInfo(zone)).date()
    week, month = (containing(day, zone, week=kind).before for kind in (True, False))
    return week, month


def days(first: date, after: date, zone: str) -> tuple[Day, ...]:
    """Every local day from `first` up to `after`."""
    dates = [first + timedelta(days=n) for n in range((after - first).days + 1)]
    bounds = [midnight(each, zone) for each in dates]
    return tuple(
        Day(date=each, since=since, until=until)
        for each, since, until in zip(dates, bounds, bounds[1:], strict=False)
    )


def midnight(day: date, zone: str) -> datetime:
    """When the day begins there; where clocks skip midnight, when they have skipped it."""
    return clock.instant(datetime.combine(day, time.min), zone)
