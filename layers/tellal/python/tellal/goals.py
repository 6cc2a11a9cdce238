"""Goals: how much of what, by when; and whether it goes that way. Pure.

The forecast is a straight line from the beginning of the period through now to its end, and says
so: it knows nothing of weekends, seasons or what is planned. Days are the workspace's, those of 23
and 25 hours too: how much of a period is gone is counted in time that really passed.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tellal import clock
from tellal.clock import Moment
from tellal.posts import Frozen

EARLY = 0.1  # of the period: before that a line says nothing


class GoalMeasure(StrEnum):
    """The measures of reports by their names, and two more."""

    AUDIENCE_GROWTH = "audience_growth"
    ENGAGEMENT_RATE = "engagement_rate"
    ENGAGEMENT_RATE_BY_FOLLOWERS = "engagement_rate_by_followers"
    IMPRESSIONS = "impressions"
    REACH = "reach"
    VIDEO_VIEWS = "video_views"
    WEBSITE_CLICKS = "website_clicks"
    CONVERSIONS = "conversions"
    POSTS_PUBLISHED = "posts_published"
    FIRST_ANSWER_MINUTES = "first_answer_minutes"  # the less the better

    @property
    def adds_up(self) -> bool:
        """Of the others the number so far is also what the end would bring."""
        return self not in RATES


RATES = frozenset(
    {
        GoalMeasure.ENGAGEMENT_RATE,
        GoalMeasure.ENGAGEMENT_RATE_BY_FOLLOWERS,
        GoalMeasure.FIRST_ANSWER_MINUTES,
    }
)
AT_MOST = frozenset({GoalMeasure.FIRST_ANSWER_MINUTES})


class Every(StrEnum):
    WEEK = "week"  # from Monday
    MONTH = "month"


class Span(Frozen):
    """The period that a goal is looked at for; `since` and `until` are local midnights."""

    first: date
    last: date  # the last day that is in it
    since: Moment
    until: Moment


class Pace(Frozen):
    so_far: float | None = None
    expected: float | None = None  # by now
    forecast: float | None = None  # at the end
    on_track: bool | None = None  # None: it is too early to say, or nothing is known
    says: str


class Found(Frozen):
    """What was found when a goal was last looked at."""

    span: Span
    pace: Pace
    at: Moment


class Goal(Frozen):
    """`every` week or month, or once from `first` through `last`."""

    goal_id: str
    workspace_id: str
    name: str
    measure: GoalMeasure
    target: float
    channel_id: str | None = None  # neither: the workspace's
    campaign_id: str | None = None
    every: Every | None = None
    first: date | None = None
    last: date | None = None
    looked_on: date | None = None  # the local day
    found: Found | None = None
    off_track_since: Moment | None = None  # within the period that was looked at
    created_at: Moment
    version: int = 0


def span(goal: Goal, *, zone: str, day: date) -> Span:
    """The period that the day is in, or that of a goal with dates of its own."""
    if goal.every is None:
        assert goal.first is not None
        assert goal.last is not None
        first, last = goal.first, goal.last
    elif goal.every is Every.WEEK:
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
    else:
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    after = last + timedelta(days=1)
    return Span(first=first, last=last, since=_midnight(first, zone), until=_midnight(after, zone))


def pace(goal: Goal, so_far: float | None, *, within: Span, now: datetime) -> Pace:
    gone = (now - within.since) / (within.until - within.since)
    if gone < 0:
        return Pace(says=f"It begins on {within.first}.")
    if so_far is None:
        return Pace(says="Nothing was measured yet, so nothing can be said.")
    if gone >= 1:
        return _ended(goal, so_far)
    return (_sum if goal.measure.adds_up else _rate)(goal, so_far, gone, within.last)


def looked_at(seen: Goal, found: Found, *, day: date) -> Goal:
    """The goal with what was found; it falls off track once a period, until it is on again."""
    fallen: datetime | None = None
    if found.pace.on_track is False:
        same = seen.found is not None and seen.found.span == found.span
        fallen = (seen.off_track_since if same else None) or found.at
    elif found.pace.on_track is None and seen.found and seen.found.span == found.span:
        fallen = seen.off_track_since  # a look that says nothing changes nothing
    changes = {"found": found, "looked_on": day, "off_track_since": fallen}
    return seen.model_copy(update=changes)


def is_over(goal: Goal) -> bool:
    """It was looked at after its last day: nothing will change any more."""
    return goal.last is not None and goal.looked_on is not None and goal.looked_on > goal.last


def local_day(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def hours_into(day: date, *, zone: str, now: datetime) -> timedelta:
    """How long the day has lasted there."""
    return now - _midnight(day, zone)


def broken_target(goal: Goal) -> Iterator[tuple[str, str]]:
    """Field and rule of what cannot be meant."""
    dated = goal.first is not None or goal.last is not None
    if (goal.every is None) != dated:
        yield "every", "is given, or first and last: one of the two"
    elif dated and (goal.first is None or goal.last is None):
        yield "last" if goal.last is None else "first", "is required: both days, or neither"
    elif goal.first and goal.last and goal.last < goal.first:
        yield "last", "is before first"
    if goal.channel_id and goal.campaign_id:
        yield "campaign_id", "is given, or channel_id: a goal is for one of them"


def _ended(goal: Goal, so_far: float) -> Pace:
    reached = _good(goal, so_far)
    says = f"It ended at {so_far:g}; the target was {goal.target:g}."
    return Pace(so_far=so_far, expected=goal.target, forecast=so_far, on_track=reached, says=says)


def _sum(goal: Goal, so_far: float, gone: float, last: date) -> Pace:
    expected = _rounded(goal.target * gone)
    forecast = _rounded(so_far / gone) if gone >= EARLY else None
    if so_far >= goal.target:
        says = "The target is reached."
        return Pace(so_far=so_far, expected=expected, forecast=forecast, on_track=True, says=says)
    if forecast is None:
        return Pace(so_far=so_far, expected=expected, says=_too_early(gone))
    reaches = forecast >= goal.target
    says = (
        f"On a straight line from the beginning through now it comes to {forecast:g} of"
        f" {goal.target:g} by the end of {last}: {'enough' if reaches else 'too few'}."
    )
    return Pace(so_far=so_far, expected=expected, forecast=forecast, on_track=reaches, says=says)


def _rate(goal: Goal, so_far: float, gone: float, last: date) -> Pace:
    """Does not add up: the line is level."""
    if gone < EARLY:
        return Pace(so_far=so_far, expected=goal.target, says=_too_early(gone))
    good = _good(goal, so_far)
    most = "at most" if goal.measure in AT_MOST else "at least"
    says = (
        f"It is {so_far:g}, and {most} {goal.target:g} was wished for. On a straight line, which"
        f" is level for what does not add up, it is that on {last}, too."
    )
    return Pace(so_far=so_far, expected=goal.target, forecast=so_far, on_track=good, says=says)


def _good(goal: Goal, value: float) -> bool:
    return value <= goal.target if goal.measure in AT_MOST else value >= goal.target


def _too_early(gone: float) -> str:
    return f"It is too early to say: {gone:.0%} of the time is gone, and a line needs {EARLY:.0%}."


def _rounded(value: float) -> float:
    return round(value, 2)


def _midnight(day: date, zone: str) -> datetime:
    return clock.instant(datetime.combine(day, time.min), zone)
