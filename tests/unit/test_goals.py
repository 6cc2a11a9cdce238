"""How a goal fares: where a straight line leads, and when it says nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tellal import clock, goals
from tellal.goals import Every, Found, Goal, GoalMeasure, Pace, Span
from tellal.reporting.measures import MEASURES
from tests.conftest import TEN

ISTANBUL, BERLIN = "Europe/Istanbul", "Europe/Berlin"


def goal(**facts: Any) -> Goal:
    usual = {
        "goal_id": "goal_1",
        "workspace_id": "ws_1",
        "name": "More visits",
        "measure": GoalMeasure.WEBSITE_CLICKS,
        "target": 100,
        "first": date(2026, 1, 1),
        "last": date(2026, 1, 10),
        "created_at": TEN,
    }
    return Goal.model_validate(usual | facts)


def at(day: float, first: date = date(2026, 1, 1), zone: str = ISTANBUL) -> datetime:
    """So many days after the beginning."""
    midnight = clock.instant(datetime.combine(first, datetime.min.time()), zone)
    return midnight + timedelta(days=day)


def pace(seen: Goal, so_far: float | None, *, now: datetime, zone: str = ISTANBUL) -> Pace:
    within = goals.span(seen, zone=zone, day=goals.local_day(now, zone))
    return goals.pace(seen, so_far, within=within, now=now)


def test_a_goal_can_be_for_every_measure_of_the_reports() -> None:
    assert {each.name for each in MEASURES} < set(GoalMeasure)


def test_halfway_with_half_of_it_is_on_track() -> None:
    found = pace(goal(), 50, now=at(5))
    assert (found.expected, found.forecast, found.on_track) == (50, 100, True)
    assert "straight line" in found.says


def test_halfway_with_less_is_off_track_and_tells_what_it_comes_to() -> None:
    found = pace(goal(), 30, now=at(5))
    assert (found.expected, found.forecast, found.on_track) == (50, 60, False)
    assert "60 of 100" in found.says


@pytest.mark.parametrize("measure", ["website_clicks", "engagement_rate"])
def test_before_a_tenth_of_the_time_it_says_nothing(measure: str) -> None:
    seen = goal(measure=measure)
    assert pace(seen, 0, now=at(0.99)).on_track is None
    assert "too early" in pace(seen, 0, now=at(0.99)).says
    assert pace(seen, 0, now=at(1)).on_track is False


def test_without_a_number_it_says_nothing_which_is_not_0() -> None:
    found = pace(goal(), None, now=at(5))
    assert (found.on_track, found.so_far, found.forecast) == (None, None, None)
    assert "Nothing was measured" in found.says


def test_what_is_reached_is_on_track_however_early() -> None:
    assert pace(goal(), 100, now=at(0.1)).on_track is True


def test_what_is_reached_is_forecast_too_once_a_line_says_something() -> None:
    assert pace(goal(), 120, now=at(0.5)).forecast is None
    assert pace(goal(), 120, now=at(5)).forecast == 240


def test_before_it_begins_it_says_when() -> None:
    assert pace(goal(), 7, now=at(-1)).says == "It begins on 2026-01-01."


@pytest.mark.parametrize(("so_far", "good"), [(100, True), (99, False)])
def test_after_its_end_it_says_what_became_of_it(so_far: float, *, good: bool) -> None:
    found = pace(goal(), so_far, now=at(10.1))
    assert (found.forecast, found.on_track) == (so_far, good)


@pytest.mark.parametrize(("so_far", "good"), [(4.9, False), (5, True)])
def test_a_rate_does_not_add_up(so_far: float, *, good: bool) -> None:
    found = pace(goal(measure="engagement_rate", target=5), so_far, now=at(5))
    assert (found.expected, found.forecast, found.on_track) == (5, so_far, good)


@pytest.mark.parametrize(("so_far", "good"), [(60, True), (61, False)])
def test_of_waiting_less_is_better(so_far: float, *, good: bool) -> None:
    seen = goal(measure="first_answer_minutes", target=60)
    assert pace(seen, so_far, now=at(5)).on_track is good
    assert pace(seen, so_far, now=at(11)).on_track is good


def test_an_audience_that_shrinks_is_off_track() -> None:
    found = pace(goal(measure="audience_growth"), -10, now=at(5))
    assert (found.forecast, found.on_track) == (-20, False)


@pytest.mark.parametrize(
    ("day", "first", "last", "hours"),
    [
        (date(2026, 3, 29), date(2026, 3, 23), date(2026, 3, 29), 167),  # clocks go forward
        (date(2026, 10, 19), date(2026, 10, 19), date(2026, 10, 25), 169),  # and back
        (date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 4), 168),
    ],
)
def test_a_week_begins_on_monday_and_has_the_hours_that_it_has(
    day: date, first: date, last: date, hours: int
) -> None:
    within = goals.span(goal(every="week", first=None, last=None), zone=BERLIN, day=day)
    assert (within.first, within.last) == (first, last)
    assert within.until - within.since == timedelta(hours=hours)


def test_in_a_week_of_169_hours_the_line_is_drawn_by_hours_that_passed() -> None:
    weekly = goal(every="week", first=None, last=None, target=169)
    noon = datetime.fromisoformat("2026-10-25T12:00")
    now = clock.instant(noon, BERLIN)  # 157 hours after Monday, not 156
    found = pace(weekly, 157, now=now, zone=BERLIN)
    assert (found.expected, found.on_track) == (157, True)
    assert pace(weekly, 156, now=now, zone=BERLIN).on_track is False


@pytest.mark.parametrize(
    ("day", "last"),
    [(date(2026, 2, 10), date(2026, 2, 28)), (date(2026, 12, 31), date(2026, 12, 31))],
)
def test_a_month_ends_when_it_does(day: date, last: date) -> None:
    within = goals.span(goal(every="month", first=None, last=None), zone=ISTANBUL, day=day)
    assert (within.first, within.last) == (day.replace(day=1), last)


# ── falls ────────────────────────────────────────────────────────────────────────────────────

SPAN = Span(first=date(2026, 1, 1), last=date(2026, 1, 10), since=TEN, until=TEN)
NEXT = SPAN.model_copy(update={"first": date(2026, 2, 1)})


def looked(seen: Goal, number: int, *, on_track: bool | None, within: Span = SPAN) -> Goal:
    pace_ = Pace(so_far=1, on_track=on_track, says="…")
    now = datetime(2026, 1, number, 3, tzinfo=UTC)
    return goals.looked_at(seen, Found(span=within, pace=pace_, at=now), day=now.date())


def test_it_falls_once_and_again_only_after_it_was_on_track() -> None:
    fallen = looked(goal(), 2, on_track=False)
    assert fallen.off_track_since == datetime(2026, 1, 2, 3, tzinfo=UTC)
    assert looked(fallen, 3, on_track=False).off_track_since == fallen.off_track_since
    assert looked(fallen, 3, on_track=None).off_track_since == fallen.off_track_since
    risen = looked(fallen, 3, on_track=True)
    assert risen.off_track_since is None
    assert looked(risen, 4, on_track=False).off_track_since == datetime(2026, 1, 4, 3, tzinfo=UTC)


def test_in_its_next_period_it_begins_anew() -> None:
    fallen = looked(goal(), 2, on_track=False)
    assert looked(fallen, 3, on_track=None, within=NEXT).off_track_since is None
    assert looked(fallen, 3, on_track=False, within=NEXT).off_track_since == datetime(
        2026, 1, 3, 3, tzinfo=UTC
    )


def test_it_is_looked_at_once_after_its_last_day() -> None:
    assert not goals.is_over(looked(goal(), 10, on_track=True))
    assert goals.is_over(looked(goal(), 11, on_track=True))
    assert not goals.is_over(goal(every="week", first=None, last=None, looked_on=date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, None),
        ({"every": Every.WEEK}, "every"),
        ({"first": None, "last": None}, "every"),
        ({"first": None, "last": None, "every": Every.MONTH}, None),
        ({"last": None}, "last"),
        ({"first": None}, "first"),
        ({"last": date(2025, 12, 31)}, "last"),
        ({"channel_id": "ch_1"}, None),
        ({"channel_id": "ch_1", "campaign_id": "cmp_1"}, "campaign_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(
    facts: dict[str, Any], field: str | None
) -> None:
    assert [name for name, _ in goals.broken_target(goal(**facts))] == ([field] if field else [])
