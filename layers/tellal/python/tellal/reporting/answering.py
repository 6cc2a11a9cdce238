"""How soon people were answered: the inbox's durations, told as service levels. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tellal.observations import Metric
from tellal.reporting.document import AnswerRow

# How often something took so many minutes, on one channel.
SQL = """
SELECT channel_id, metric, value, count(*) AS times
FROM facts
WHERE n >= $since AND n < $after
GROUP BY ALL
"""


@dataclass(frozen=True)
class Durations:
    """Minutes → how often."""

    counted: Mapping[int, int]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], metric: Metric) -> Self:
        counted: dict[int, int] = {}
        for row in rows:
            if row["metric"] == metric:
                counted[row["value"]] = counted.get(row["value"], 0) + row["times"]
        return cls(counted)

    @property
    def number(self) -> int:
        return sum(self.counted.values())

    @property
    def median(self) -> float | None:
        """The middle one; between two, halfway."""
        if not self.counted:
            return None
        low, high = (self.number - 1) // 2, self.number // 2
        return (self._ranked(low) + self._ranked(high)) / 2

    def within(self, minutes: int | None) -> float | None:
        """Percent of them that took no longer."""
        if minutes is None or not self.counted:
            return None
        good = sum(times for value, times in self.counted.items() if value <= minutes)
        return round(100 * good / self.number, 2)

    def _ranked(self, place: int) -> int:
        passed = 0
        for value in sorted(self.counted):
            passed += self.counted[value]
            if passed > place:
                return value
        raise IndexError(place)


def rows(found: Sequence[Mapping[str, Any]], *, target: int | None) -> Iterator[AnswerRow]:
    """All channels first; nothing where nobody was answered."""
    channels = sorted({row["channel_id"] for row in found})
    if not found:
        return
    yield _row(None, found, target)
    for channel in channels:
        yield _row(channel, [row for row in found if row["channel_id"] == channel], target)


def _row(channel: str | None, found: Sequence[Mapping[str, Any]], target: int | None) -> AnswerRow:
    first = Durations.of(found, Metric.FIRST_ANSWER_MINUTES)
    resolved = Durations.of(found, Metric.RESOLUTION_MINUTES)
    return AnswerRow(
        channel=channel,
        first_answers=first.number,
        first_answer_median=first.median,
        target_minutes=target,
        within_target=first.within(target),
        resolved=resolved.number,
        resolution_median=resolved.median,
    )
