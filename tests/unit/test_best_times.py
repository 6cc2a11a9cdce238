"""Best times, worked out by hand: lift = (sum / mean + 5) / (posts + 5)."""

from datetime import UTC, datetime, timedelta

import pytest

from tellal.reporting.best_times import Result, best, results
from tests.unit.examples import TEN, delivery

MONDAY = datetime(2026, 11, 16, 6, 30, tzinfo=UTC)  # 09:30 in Istanbul
ISTANBUL = "Europe/Istanbul"


def test_a_time_is_as_good_as_its_posts_drawn_toward_the_mean() -> None:
    mornings = [Result(MONDAY, 20)] * 10
    evenings = [Result(MONDAY + timedelta(hours=9), 10)] * 9
    once = [Result(MONDAY + timedelta(days=5), 110)]
    found = best([*mornings, *evenings, *once], zone=ISTANBUL)
    # 200 + 90 + 110 = 400 engagements of 20 posts: 20 each
    assert (found.posts, found.mean) == (20, 20)
    assert [(slot.weekday, slot.from_hour, slot.posts, slot.lift) for slot in found.slots] == [
        (5, 9, 1, round((5.5 + 5) / 6, 3)),  # 5.5 times the mean once: 1.75
        (0, 9, 10, 1.0),
        (0, 18, 9, round((4.5 + 5) / 14, 3)),  # 0.679
    ]


def test_under_twenty_posts_nothing_is_said() -> None:
    found = best([Result(MONDAY, 5)] * 19, zone=ISTANBUL)
    assert (found.posts, found.mean, found.slots) == (19, 5, ())
    assert best([Result(MONDAY, 5)] * 20, zone=ISTANBUL).slots != ()


def test_where_nobody_engaged_no_time_is_better_than_another() -> None:
    assert best([Result(MONDAY, 0)] * 30, zone=ISTANBUL).slots == ()
    assert best([], zone=ISTANBUL).mean is None


@pytest.mark.parametrize(("zone", "weekday", "hour"), [("UTC", 0, 6), ("Asia/Tokyo", 0, 15)])
def test_hours_are_those_of_the_zone(zone: str, weekday: int, hour: int) -> None:
    [slot] = best([Result(MONDAY, 5)] * 20, zone=zone).slots
    assert (slot.weekday, slot.from_hour) == (weekday, hour)


def test_only_old_posts_of_the_channel_that_tell_engagements_count() -> None:
    at = {"published_at": TEN, "metrics": {"likes": 2, "saves": 3, "reach": 900}}
    posts = [
        delivery(**at),
        delivery(**at | {"channel_id": "ch_2"}),
        delivery(**at | {"metrics": {"reach": 900}}),
        delivery(**at | {"published_at": TEN + timedelta(seconds=1)}),
        delivery(**at | {"published_at": None}),
    ]
    now = TEN + timedelta(hours=48)
    assert list(results(posts, channel_id="ch_1", now=now)) == [Result(TEN, 5)]
