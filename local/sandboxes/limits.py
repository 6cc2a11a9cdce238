"""How many requests a platform lets through in a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Quota:
    limit: int
    remaining: int
    resets_at: datetime
    allowed: bool


class Windows:
    """Counts by key in fixed windows, each of which opens with its first request."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[datetime, int]] = {}

    def take(self, key: str, *, limit: int, seconds: int, now: datetime) -> Quota:
        opened, taken = self._windows.get(key, (now, 0))
        if now >= opened + timedelta(seconds=seconds):
            opened, taken = now, 0
        self._windows[key] = (opened, taken + 1)
        return Quota(
            limit=limit,
            remaining=max(0, limit - taken - 1),
            resets_at=opened + timedelta(seconds=seconds),
            allowed=taken < limit,
        )

    def clear(self) -> None:
        self._windows.clear()
