"""Time as we keep it: UTC, milliseconds, and one spelling that sorts as text.

Wall-clock intent ("09:00 in Istanbul") is kept as wall clock plus zone and becomes an instant
here, with the IANA database. Where a wall clock does not exist (clocks go forward) it is read
with the offset from before the gap, as RFC 5545 does; where it exists twice (clocks go back)
the first of the two is meant.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, PlainSerializer


def _kept(given: datetime) -> datetime:
    given = given.astimezone(UTC)
    return given.replace(microsecond=given.microsecond // 1000 * 1000)


def text(moment: datetime) -> str:
    """2026-01-01T10:00:00.000Z: always as long, so that it sorts by time."""
    return _kept(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[AwareDatetime, AfterValidator(_kept), PlainSerializer(text, when_used="json")]


def now() -> datetime:
    return _kept(datetime.now(UTC))


def read(spelled: str) -> datetime:
    return _kept(datetime.fromisoformat(spelled))


def day(moment: datetime) -> str:
    """The UTC day, as 2026-01-01."""
    return text(moment)[:10]


def instant(wall: datetime, zone: str) -> datetime:
    """The instant at which clocks in `zone` show `wall` (naive); gaps and folds as said above."""
    return _kept(wall.replace(tzinfo=ZoneInfo(zone), fold=0))


def seconds_between(earlier: datetime, later: datetime) -> float:
    return (later - earlier) / timedelta(seconds=1)
