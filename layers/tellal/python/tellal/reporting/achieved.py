"""How far goals are: the measure of each, in its own period, from what reports are made of.

Goals of one period and one campaign are told from one reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tellal import goals
from tellal.goals import Goal, GoalMeasure, Span
from tellal.measuring import periods
from tellal.measuring.periods import Period
from tellal.observations import Metric
from tellal.reporting import answering
from tellal.reporting.answering import Durations
from tellal.reporting.document import GoalRow
from tellal.reporting.measures import MEASURES
from tellal.reporting.reading import Reader, Reading
from tellal.stores.goals import GoalStore

A_MOMENT = timedelta(microseconds=1)  # before midnight it is still that day
UNITS = {measure.name: measure.unit for measure in MEASURES} | {
    GoalMeasure.POSTS_PUBLISHED: "posts",
    GoalMeasure.FIRST_ANSWER_MINUTES: "minutes",
}


@dataclass(frozen=True, kw_only=True)
class Achieved:
    """Of one workspace, at one time."""

    reader: Reader
    workspace_id: str
    zone: str
    now: datetime
    _known: dict[tuple[Span, str | None], dict[tuple[str, str | None], float | None]] = field(
        default_factory=dict
    )

    def so_far(self, goal: Goal, within: Span) -> float | None:
        """In its period until now; None: nothing is known."""
        read = (within, goal.campaign_id)
        if read not in self._known:
            self._known[read] = self._read(within, goal.campaign_id)
        return self._known[read].get((goal.measure, goal.channel_id))

    def _read(
        self, within: Span, campaign: str | None
    ) -> dict[tuple[str, str | None], float | None]:
        last = min(within.last, goals.local_day(self.now - A_MOMENT, self.zone))
        period = periods.stretch(within.first, last + timedelta(days=1), self.zone)
        with self.reader.open(self.workspace_id, period, campaign=campaign) as reading:
            return dict(_found(reading, period, self.now))


@dataclass(frozen=True, kw_only=True)
class GoalsOfReports:
    """Those whose period touches the report's, and how they stood when that ended, or stand now."""

    goals: GoalStore
    reader: Reader

    def rows(self, workspace_id: str, period: Period, now: datetime) -> Sequence[GoalRow]:
        return tuple(self._rows(workspace_id, period, now))

    def _rows(self, workspace_id: str, period: Period, now: datetime) -> Iterator[GoalRow]:
        at = min(now, period.until)
        day = goals.local_day(at - A_MOMENT, period.zone)
        achieved = Achieved(reader=self.reader, workspace_id=workspace_id, zone=period.zone, now=at)
        for goal in self.goals.of_workspace(workspace_id):
            within = goals.span(goal, zone=period.zone, day=day)
            if within.since >= period.until or within.until <= period.since:
                continue
            so_far = achieved.so_far(goal, within) if at >= within.since else None
            yield _row(goal, within, so_far, at)


def _row(goal: Goal, within: Span, so_far: float | None, at: datetime) -> GoalRow:
    pace = goals.pace(goal, so_far, within=within, now=at)
    return GoalRow(
        goal_id=goal.goal_id,
        title=goal.name,
        unit=UNITS[goal.measure],
        target=goal.target,
        value=so_far,
        expected=pace.expected,
        forecast=pace.forecast,
        first_day=within.first,
        last_day=within.last,
        on_track=pace.on_track,
    )


def _found(
    reading: Reading, period: Period, now: datetime
) -> Iterator[tuple[tuple[str, str | None], float | None]]:
    """Each measure by (its name, the channel; None: all)."""
    for channel, values in reading.figures.values(period).items():
        for name, value in values.items():
            yield (name, channel), value
    yield from _published(reading, period, now)
    answers: list[dict[str, Any]] = reading.figures.rows(answering.SQL, period)
    for each in (None, *{row["channel_id"] for row in answers}):
        told = [row for row in answers if each in (None, row["channel_id"])]
        median = Durations.of(told, Metric.FIRST_ANSWER_MINUTES).median
        yield (GoalMeasure.FIRST_ANSWER_MINUTES, each), median


def _published(
    reading: Reading, period: Period, now: datetime
) -> Iterator[tuple[tuple[str, str | None], float | None]]:
    """Ours to know: where there were none, there were none."""
    out = [
        post.channel_id
        for post in reading.posts
        if post.published_at and period.since <= post.published_at < min(period.until, now)
    ]
    yield (GoalMeasure.POSTS_PUBLISHED, None), len(out)
    for channel in reading.channels:
        yield (GoalMeasure.POSTS_PUBLISHED, channel.channel_id), out.count(channel.channel_id)
