"""The weeks and months that reports are about, as a workspace's own clocks show them.

"2026-W47" is an ISO week, from Monday; "2026-11" a month. Both begin and end at local midnight,
so a week in which clocks change has 167 or 169 hours. Pure.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tellal import clock
from tellal.errors import Broken, Unacceptable

# Of this century: calendars end at the year 1, and the periods before one are read with it.
WEEK = re.compile(r"(20\d{2})-W(\d{2})", re.ASCII)
MONTH = re.compile(r"(20\d{2})-(\d{2})", re.ASCII)


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
    def is_week(self) -> bool:
        return "W" in self.name

    @property
    def before(self) -> "Period":
        return containing(self.first - timedelta(days=1), self.zone, week=self.is_week)

    @property
    def days(self) -> tuple[Day, ...]:
        return days(self.first, self.after, self.zone)


def read(name: str, zone: str) -> Period:
    """The period of that name. Raises Unacceptable for any other text."""
    try:
        return containing(first_day(name), zone, week="W" in name)
    except (ValueError, OverflowError) as error:
        rule = "is not a week like 2026-W47 or a month like 2026-11"
        raise Unacceptable(Broken("period", rule)) from error


def first_day(name: str) -> date:
    if found := WEEK.fullmatch(name):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    if found := MONTH.fullmatch(name):
        return date(int(found[1]), int(found[2]), 1)
    raise ValueError(name)


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
