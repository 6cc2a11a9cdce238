"""When a post is measured: often, and then ever less."""

from datetime import datetime, timedelta

from tellal.observations import next_measurement
from tests.conftest import TEN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def looks(late: timedelta) -> list[timedelta]:
    """How old a post is each time its numbers are due, each look being so much too late."""
    ages: list[timedelta] = []
    measured_at: datetime | None = None
    while (due := next_measurement(TEN, measured_at)) is not None:
        ages.append(due - TEN)
        measured_at = due + late
    return ages


def test_hourly_at_first_then_daily_then_weekly_and_never_again() -> None:
    daily = [n * DAY for n in range(1, 31)]
    weekly = [n * DAY for n in (37, 44, 51, 58, 65, 72, 79, 86, 90)]
    assert looks(timedelta(0)) == [HOUR, 6 * HOUR, *daily, *weekly]


def test_a_look_that_came_late_moves_none_after_it() -> None:
    assert looks(50 * timedelta(minutes=1)) == looks(timedelta(0))


def test_after_an_outage_the_next_look_is_the_one_that_is_due_then() -> None:
    assert next_measurement(TEN, TEN + 5 * DAY + HOUR) == TEN + 6 * DAY
    assert next_measurement(TEN, TEN + 40 * DAY) == TEN + 44 * DAY
    assert next_measurement(TEN, TEN + 200 * DAY) is None


def test_a_clock_that_was_behind_when_it_was_measured_asks_again() -> None:
    assert next_measurement(TEN, TEN - HOUR) == TEN + HOUR
