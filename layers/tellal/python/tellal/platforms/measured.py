"""What a platform tells of itself in numbers: which, by which names, how far back, and what not.

All of it is data in the adapter's file. A name that a platform has given up disappears from its
answers, or is refused; either way the metric is missing, and the others are kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol, runtime_checkable

from tellal.observations import Metric

type Names = Mapping[str, Metric]  # the platform's name → ours


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Whatever metric stands in none of the names is not told; `not_told` says why where that is
    known, as a sentence's end: "TikTok counts no saves for apps"."""

    source: str  # where it is written
    channel: Names = field(default_factory=dict)  # running totals
    posts: Names = field(default_factory=dict)
    days: Names = field(default_factory=dict)  # of a channel, day by day
    audience: Mapping[str, str] = field(default_factory=dict)  # its breakdown → our segment
    not_told: Mapping[Metric, str] = field(default_factory=dict)
    together: int = 1  # posts that are asked for in one request
    back: timedelta = timedelta(0)  # how far back days are told
    at_once: timedelta = timedelta(days=30)  # days that one request asks for at most
    settles: timedelta = timedelta(days=2)  # so long after its end a day's numbers still change


@dataclass(frozen=True)
class OfDay:
    """An amount of one day; of FOLLOWERS and POSTS, how many there were when it ended."""

    day: date  # as the platform keeps days
    metric: Metric
    value: int


@runtime_checkable
class ReadsDays(Protocol):
    def read_days(self, first: date, after: date) -> Iterable[OfDay]:
        """The channel's own amounts of the days from `first` until `after`, which is not in it; at
        most `Measured.at_once` of them. A day that is not told is missing."""
        ...


@runtime_checkable
class ReadsAudience(Protocol):
    def read_audience(self) -> Mapping[str, int]:
        """Who follows, as far as the platform tells: followers by segment, each a kind and a value
        ("country:TR", "city:Istanbul", "age:25-34", "gender:female", "language:tr"). Empty where
        there are too few to tell of."""
        ...
