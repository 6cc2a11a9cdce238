"""What report.json says: the one shape that the page, the sheet and the terminal are made of.

`version` goes up when a field changes its meaning or goes away; new fields may come at any time.
A value that is None was not told, and its row's note says why.
"""

from datetime import date
from typing import Literal

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
    metrics: dict[str, int]
    engagements: int | None
    engagement_rate: float | None  # percent of its reach


class DayRow(Frozen):
    date: date
    channel: str
    followers: int | None  # as they last were that day
    engagements: int | None  # that were seen to be new that day


class ReportDocument(Frozen):
    version: Literal[1] = 1
    made_at: Moment
    workspace_id: str
    workspace: str
    period: str
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

    def measure(self, name: str, channel: str | None = None) -> MeasureRow | None:
        rows = (row for row in self.measures if (row.measure, row.channel) == (name, channel))
        return next(rows, None)
