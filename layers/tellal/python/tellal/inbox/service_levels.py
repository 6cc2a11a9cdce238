"""Business time: how much of it lies between two instants, and when so much of it will be over.

Pure.
Hours are what clocks show in the workspace's zone, resolved with the IANA database as
`clock.instant` says: where the hours of a day span a change of clocks, a day of 25 hours has an
hour more of them, and one of 23 an hour less.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tellal import clock
from tellal.channels import Hours, ServiceLevels, Weekday, Workspace
from tellal.errors import Broken, Unacceptable

WEEK = tuple(Weekday)  # Monday is 0, as Python counts
DAY = timedelta(days=1)
ALL_DAY = (Hours(opens="00:00", closes="24:00"),)
MOST_DAYS = 800  # looked ahead: a target that is not over by then never comes due
TOO_FEW = "are too few: within two years there is not as much of them as a target asks for"


@dataclass(frozen=True)
class BusinessTime:
    hours: Mapping[Weekday, tuple[Hours, ...]]  # none at all: around the clock
    holidays: frozenset[date]
    zone: str

    @classmethod
    def of(cls, workspace: Workspace) -> "BusinessTime":
        """Of one without service levels: around the clock."""
        levels = workspace.service_levels or ServiceLevels()
        return cls(levels.hours, frozenset(levels.holidays), workspace.zone)

    def is_open(self, at: datetime) -> bool:
        opens, _ = next(self._openings(at), (None, None))
        return opens is not None and opens <= at

    def between(self, start: datetime, end: datetime) -> timedelta:
        """From `start` to `end`, which is no earlier, and no more than two years later."""
        total = timedelta()
        for opens, closes in self._openings(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def after(self, start: datetime, business: timedelta) -> datetime | None:
        """The first instant by which so much business time has passed since `start`."""
        left = business
        for opens, closes in self._openings(start):
            begins = max(opens, start)
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        return None

    def _openings(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Those that end after `since`, in order, none touching what another has taken."""
        first = since.astimezone(ZoneInfo(self.zone)).date() - DAY  # zones have skipped whole days
        last: datetime | None = None
        for number in range(MOST_DAYS):
            for opens, closes in self._of_day(first + number * DAY):
                if closes > (last or since):
                    yield max(opens, last or opens), closes
                    last = closes

    def _of_day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays:
            return
        for each in self.hours.get(WEEK[day.weekday()], ()) if self.hours else ALL_DAY:
            walls = (datetime.combine(day, time()) + _since_midnight(t) for t in _times(each))
            opens, closes = (clock.instant(wall, self.zone) for wall in walls)
            yield opens, closes


def check(levels: ServiceLevels, *, zone: str, now: datetime, field: str) -> None:
    """Raises Unacceptable."""
    broken = []
    for weekday, day in levels.hours.items():
        for number, each in enumerate(day):
            if each.opens >= each.closes:
                rule = "opens no earlier than it closes"
                broken.append(Broken(f"{field}.hours.{weekday}[{number}]", rule))
        if any(second.opens < first.closes for first, second in pairwise(day)):
            rule = "are not in order, or overlap"
            broken.append(Broken(f"{field}.hours.{weekday}", rule))
    if broken:
        raise Unacceptable(*broken)
    business = BusinessTime(levels.hours, frozenset(levels.holidays), zone)
    targets = (levels.first_answer_minutes, levels.next_answer_minutes)
    longest = timedelta(minutes=max(target or 0 for target in targets))
    if longest and business.after(now, longest) is None:
        raise Unacceptable(Broken(f"{field}.hours", TOO_FEW))


def _times(hours: Hours) -> tuple[str, str]:
    return hours.opens, hours.closes


def _since_midnight(spelled: str) -> timedelta:
    hours, _, minutes = spelled.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
