"""A sandbox's time. It runs with this machine's, and can be moved ahead so that tests see tokens
and keys expire without waiting.
"""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


def spell(moment: datetime) -> str:
    """2026-01-05T14:00:00.000Z: how both platforms write time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
