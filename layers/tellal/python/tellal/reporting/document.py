"""What report.json says: the one shape that the page, the sheet and the terminal are made of.

Its names are English in every report; its sentences are in the report's `language`. `version` goes
up when a field changes its meaning or goes away; new fields may come at any time. A value that is
None was not told, and its row's note says why. Shares and rates are percentages, from 0 to 100;
money is in its currency's smallest unit.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from tellal.channels import Language
from tellal.clock import Moment
from tellal.posts import Frozen


class MeasureRow(Frozen):
    """A measure of one channel, or of the whole workspace."""

    measure: str
    title: str
    channel: str | None  # a channel's id; None: the whole workspace
    value: int | float | None
    unit: str
    previous: int | float | None  # the same, one period earlier
    change: int | float | None = None  # the value less the previous one; of rates, in points
    change_percent: float | None = None  # of the previous one; None too where that was 0 or less
    no_comparison: str | None = None  # why there is no change, if there is a value
    note: str | None = None


class ChannelRow(Frozen):
    channel_id: str
    name: str
    handle: str
    platform: str
    platform_title: str
    url: str | None
    followers: int | None  # when the period ended
    posts: int  # measured in the period
    engagements: int | None
    not_told: tuple[str, ...]  # metrics that it told of none of its posts


class PostRow(Frozen):
    """A post, with what was new of each metric in the period; what is not here was not told."""

    delivery_id: str
    post_id: str
    channel: str
    text: str  # its beginning
    url: str | None
    published_at: Moment
    format: str = "text"  # thread, poll, carousel, video, document, image, text
    campaign: str | None = None  # its id
    metrics: dict[str, int]
    engagements: int | None
    engagement_rate: float | None  # percent of its reach
    clicks: int | None = None  # by our short links, or else as the platform counts them
    visitors: int | None = None


class DayRow(Frozen):
    date: date
    channel: str
    followers: int | None  # as they last were that day
    engagements: int | None  # that were seen to be new that day


class HourRow(Frozen):
    """Posts of the period by when they went out, as local clocks showed it."""

    channel: str
    weekday: int  # 0 is Monday
    hour: int
    posts: int  # of which engagements are told
    engagements: int


class GroupRow(Frozen):
    """Posts that have something in common, added up; None where none of them told it."""

    kind: Literal["format", "campaign"]
    name: str  # the format, or the campaign's id; "" is «none»
    title: str
    posts: int
    engagements: int | None
    per_post: float | None  # engagements, of the posts that tell any
    impressions: int | None
    reach: int | None
    engagement_rate: float | None
    clicks: int | None
    conversions: int | None


class ConversionRow(Frozen):
    """What came of posts: how often, and what it was worth."""

    delivery_id: str | None  # None: of no post
    channel: str | None
    campaign: str | None
    stage: str  # lead, pipeline, sale
    count: int
    value: Mapping[str, int] = {}  # by currency


class CountedRow(Frozen):
    """What a platform counted of a channel itself, day by day, added up."""

    channel: str
    metric: str
    title: str
    value: int
    days: int  # that it told of; the others are in no sum


class AnswerRow(Frozen):
    """How soon people were answered, in minutes of business time."""

    channel: str | None  # None: all of them
    first_answers: int
    first_answer_median: float | None
    target_minutes: int | None
    within_target: float | None  # percent; None where there is no target
    resolved: int
    resolution_median: float | None


class GoalRow(Frozen):
    """A goal, and where it would end if it went on in a straight line."""

    goal_id: str
    title: str
    unit: str
    target: float
    value: float | None
    expected: float | None  # by now, in a straight line
    forecast: float | None  # when it ends, in a straight line
    first_day: date
    last_day: date
    on_track: bool | None  # None: nothing is known


class SegmentRow(Frozen):
    """A part of a channel's followers, of those of whom the platform tells this."""

    channel: str
    kind: str  # country, city, age, gender, language
    segment: str
    followers: int
    share: float


class LikenessRow(Frozen):
    """Does an audience resemble the customers that the personas describe?"""

    channel: str
    kind: str  # age, country, language, city
    overlap: float | None  # percent: the sum of the smaller share of each value; None: unknown
    sentence: str


class MissingRow(Frozen):
    channel: str
    sentence: str  # what is not told, and why where that is known


class ReportDocument(Frozen):
    version: Literal[2] = 2
    language: Language = Language.ENGLISH
    made_at: Moment
    workspace_id: str
    workspace: str
    report: str  # its name: the period's, and the campaign's if it is of one alone
    period: str
    campaign: str | None = None
    campaign_title: str | None = None
    zone: str
    first_day: date
    last_day: date
    since: Moment
    until: Moment
    so_far: bool  # the period had not ended
    previous_period: str
    measures: tuple[MeasureRow, ...]
    channels: tuple[ChannelRow, ...]
    posts: tuple[PostRow, ...]  # the most engaging first
    days: tuple[DayRow, ...]
    hours: tuple[HourRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    conversions: tuple[ConversionRow, ...] = ()
    counted: tuple[CountedRow, ...] = ()
    answers: tuple[AnswerRow, ...] = ()  # all channels first
    goals: tuple[GoalRow, ...] = ()
    audience: tuple[SegmentRow, ...] = ()
    likeness: tuple[LikenessRow, ...] = ()
    missing: tuple[MissingRow, ...] = ()
    unreadable: tuple[str, ...] = ()  # objects of the bucket that are damaged, and left out
    mailing: str | None = None  # why it was not mailed to everybody, and what to do

    def measure(self, name: str, channel: str | None = None) -> MeasureRow | None:
        rows = (row for row in self.measures if (row.measure, row.channel) == (name, channel))
        return next(rows, None)
