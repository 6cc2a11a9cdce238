from datetime import UTC, datetime, timedelta, timezone

import pytest

from tellal import clock


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-11-23T09:00", "Europe/Istanbul", "2026-11-23T06:00:00.000Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"),  # does not exist
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30:00.000Z"),  # nor does this
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"),  # exists twice
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00.000Z"),  # a gap of 30 min
    ],
)
def test_a_wall_clock_means_the_instant_rfc_5545_says(wall: str, zone: str, instant: str) -> None:
    assert clock.text(clock.instant(datetime.fromisoformat(wall), zone)) == instant


def test_there_is_one_spelling_and_it_sorts_by_time() -> None:
    early = datetime(2026, 1, 1, 10, 0, 0, 1999, tzinfo=UTC)
    late = datetime(2026, 1, 1, 12, 0, 1, tzinfo=timezone(timedelta(hours=1)))

    assert clock.text(early) == "2026-01-01T10:00:00.001Z"
    assert clock.text(late) == "2026-01-01T11:00:01.000Z"
    assert clock.read(clock.text(late)) == late
