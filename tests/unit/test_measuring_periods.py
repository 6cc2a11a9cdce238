import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from tellal.errors import Unacceptable
from tellal.measuring import periods

LAG = timedelta(hours=6)


def hours(period: periods.Period) -> float:
    return (period.until - period.since) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "zone", "expected"),
    [
        ("2026-W47", "Europe/Istanbul", 168),
        ("2026-W43", "Europe/Istanbul", 168),  # Istanbul's clocks stand still
        ("2026-W43", "Europe/Berlin", 169),
        ("2026-W13", "Europe/Berlin", 167),
        ("2026-W44", "America/New_York", 169),
        ("2026-W10", "America/New_York", 167),
        ("2026-10", "Europe/Berlin", 31 * 24 + 1),
    ],
)
def test_a_period_is_as_long_as_its_clocks_say(name: str, zone: str, expected: float) -> None:
    assert hours(periods.read(name, zone)) == expected


def test_a_week_begins_on_monday_at_local_midnight() -> None:
    week = periods.read("2026-W47", "Europe/Istanbul")
    assert week.first == date(2026, 11, 16)
    assert week.since == datetime(2026, 11, 15, 21, tzinfo=UTC)
    assert week.until == datetime(2026, 11, 22, 21, tzinfo=UTC)


def test_periods_follow_one_another_over_the_end_of_a_year() -> None:
    week = periods.read("2027-W01", "Europe/Berlin")  # Monday is 4 January: 2026 has 53 weeks
    assert week.before.name == "2026-W53"
    assert week.before.until == week.since
    assert periods.read("2027-01", "Europe/Berlin").before.name == "2026-12"


def test_the_days_of_a_period_leave_no_gap() -> None:
    days = periods.read("2026-10", "Europe/Berlin").days
    assert len(days) == 31
    assert all(one.until == next_one.since for one, next_one in itertools.pairwise(days))


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-13", "2026-W54", "2025-W53", "2026-W4", "2026-11-01", "../2026-11"]
)
def test_other_texts_are_no_periods(name: str) -> None:
    with pytest.raises(Unacceptable, match="2026-W47"):
        periods.read(name, "Europe/Berlin")


def test_a_period_has_ended_where_the_people_are_and_only_after_the_lag() -> None:
    monday_five = datetime(2026, 11, 23, 2, 59, tzinfo=UTC)  # 05:59 in Istanbul
    week, month = periods.ended_since(monday_five, "Europe/Istanbul", LAG)
    assert (week.name, month.name) == ("2026-W46", "2026-10")
    week, _ = periods.ended_since(monday_five + timedelta(minutes=1), "Europe/Istanbul", LAG)
    assert week.name == "2026-W47"
    week, _ = periods.ended_since(monday_five, "America/New_York", LAG)
    assert week.name == "2026-W46"  # it is Sunday evening there


def test_any_days_can_be_a_period_and_the_one_before_is_as_long() -> None:
    days = periods.read("2026-11-03..2026-11-20", "Europe/Istanbul")
    assert (days.first, days.after) == (date(2026, 11, 3), date(2026, 11, 21))
    assert days.kind is periods.Kind.RANGE
    assert days.before.name == "2026-10-16..2026-11-02"
    assert days.before.until == days.since
    assert periods.read(days.before.name, "Europe/Istanbul") == days.before


def test_one_day_is_a_period_and_400_are_the_most() -> None:
    assert hours(periods.read("2026-10-25..2026-10-25", "Europe/Berlin")) == 25
    assert len(periods.read("2025-01-01..2026-02-04", "UTC").days) == 400
    for name, rule in (
        ("2025-01-01..2026-02-05", "longer than 400 days"),
        ("2026-11-20..2026-11-19", "ends before it begins"),
        ("2026-02-30..2026-03-01", "2026-W47"),
    ):
        with pytest.raises(Unacceptable, match=rule):
            periods.read(name, "UTC")


def test_a_report_is_named_for_its_period_and_its_campaign() -> None:
    for name in ("2026-W47", "2026-11-03..2026-11-20~cmp_1"):
        assert periods.report_name(*periods.of_report(name)) == name
    assert periods.of_report("2026-11~cmp_1") == ("2026-11", "cmp_1")
    assert periods.first_day("2026-11-03..2026-11-20~cmp_1") == date(2026, 11, 3)
