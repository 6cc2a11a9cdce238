"""Business time, against a reference that looks at every minute by itself."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellal.channels import Hours, ServiceLevels, Weekday
from tellal.errors import Unacceptable
from tellal.inbox.service_levels import WEEK, BusinessTime, check

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Istanbul", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
OFFICE = {day: (Hours(opens="09:00", closes="18:00"),) for day in WEEK[:5]}
CHANGES = (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC))


def business(
    hours: Mapping[Weekday, tuple[Hours, ...]] = OFFICE,
    *,
    zone: str = "Europe/Berlin",
    holidays: tuple[date, ...] = (),
) -> BusinessTime:
    return BusinessTime(hours, frozenset(holidays), zone)


def at(wall: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def opened(of: BusinessTime, moment: datetime) -> bool:
    """What a person with a clock on the wall would say."""
    wall = moment.astimezone(ZoneInfo(of.zone))
    if wall.date() in of.holidays:
        return False
    if not of.hours:
        return True
    shown = f"{wall:%H:%M}"
    return any(each.opens <= shown < each.closes for each in of.hours.get(WEEK[wall.weekday()], ()))


def spelled(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


@st.composite
def days(draw: st.DrawFn) -> tuple[Hours, ...]:
    """Hours that begin and end at no time that clocks show twice or never."""
    quarters = [each for each in range(97) if not 4 <= each <= 12]
    times = sorted(draw(st.lists(st.sampled_from(quarters), max_size=4, unique=True)))
    pairs = zip(times[::2], times[1::2], strict=False)
    return tuple(Hours(opens=spelled(a), closes=spelled(b)) for a, b in pairs)


@st.composite
def weeks(draw: st.DrawFn) -> BusinessTime:
    hours = draw(st.dictionaries(st.sampled_from(WEEK), days(), max_size=7))
    holidays = draw(st.lists(st.dates(date(2026, 3, 26), date(2026, 4, 1)), max_size=2))
    return BusinessTime(hours, frozenset(holidays), draw(st.sampled_from(ZONES)))


@given(weeks(), st.sampled_from(CHANGES), st.integers(0, 3000), st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_business_time_is_the_minutes_in_which_it_is_open(
    of: BusinessTime, base: datetime, offset: int, length: int
) -> None:
    start = base + offset * MINUTE
    minutes = [start + number * MINUTE for number in range(length)]
    opened_in = [each for each in minutes if opened(of, each)]
    assert of.between(start, start + length * MINUTE) == len(opened_in) * MINUTE
    assert of.is_open(start) == opened(of, start)


@given(weeks(), st.sampled_from(CHANGES), st.integers(0, 3000), st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_what_is_due_has_exactly_its_time_before_it_and_no_earlier_instant_has(
    of: BusinessTime, base: datetime, offset: int, target: int
) -> None:
    start = base + offset * MINUTE
    due = of.after(start, target * MINUTE)
    if due is None:  # not within two years
        assert of.between(start, start + timedelta(days=729)) < target * MINUTE
        return
    assert of.between(start, due) == target * MINUTE
    assert of.between(start, due - MINUTE) < target * MINUTE


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_a_day_has_the_hours_that_its_clocks_give_it(day: str, hours: int) -> None:
    of = business({})
    next_day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    start = at(f"{day}T00:00")
    assert of.between(start, at(f"{next_day}T00:00")) == timedelta(hours=hours)
    assert of.after(start, timedelta(hours=hours)) == at(f"{next_day}T00:00")


def test_a_night_shift_is_an_hour_longer_when_clocks_go_back() -> None:
    nights = {day: (Hours(opens="00:00", closes="06:00"),) for day in WEEK}
    of = business(nights)
    assert of.after(at("2026-10-24T12:00"), timedelta(hours=7)) == at("2026-10-25T06:00")
    assert of.after(at("2026-03-28T12:00"), timedelta(hours=5)) == at("2026-03-29T06:00")


def test_a_weekend_and_a_holiday_do_not_count() -> None:
    of = business(holidays=(date(2026, 6, 8),))  # a Monday
    friday = at("2026-06-05T17:30")
    assert of.after(friday, timedelta(hours=1)) == at("2026-06-09T09:30")
    assert of.between(friday, at("2026-06-09T10:00")) == timedelta(hours=1, minutes=30)
    assert not of.is_open(at("2026-06-08T12:00"))
    assert not of.is_open(at("2026-06-05T18:00"))
    assert of.is_open(at("2026-06-05T09:00"))


def test_what_is_asked_at_night_is_due_in_the_morning() -> None:
    assert business().after(at("2026-06-02T03:00"), MINUTE) == at("2026-06-02T09:01")


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        ([("18:00", "09:00")], "levels.hours.monday[0]"),
        ([("09:00", "12:00"), ("11:00", "18:00")], "levels.hours.monday"),
        ([("00:00", "00:01")], "levels.hours"),
        ([], "levels.hours"),
    ],
)
def test_hours_that_make_no_sense_are_refused_by_their_day(
    hours: list[tuple[str, str]], field: str
) -> None:
    day = tuple(Hours(opens=opens, closes=closes) for opens, closes in hours)
    levels = ServiceLevels(hours={Weekday.MONDAY: day}, first_answer_minutes=600)
    with pytest.raises(Unacceptable) as refused:
        check(levels, zone="UTC", now=CHANGES[0], field="levels")
    assert [each.field for each in refused.value.broken] == [field]
