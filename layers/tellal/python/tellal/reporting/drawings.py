"""A report's charts: which numbers each shows, and how it is told to who cannot see it. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tellal.reporting import charts
from tellal.reporting.charts import Bars, Line, Squares
from tellal.reporting.document import ChannelRow, ReportDocument
from tellal.reporting.timeline import Timeline
from tellal.reporting.wording import Wording, marked


@dataclass(frozen=True, kw_only=True)
class Telling:
    """The sentences of the charts over time."""

    engagements: str
    most: str
    followers: str


ON_DAYS = Telling(
    engagements=marked("New likes, shares, replies, quotes and saves on each day, by channel"),
    most=marked("In all: {sum}. The most on {day}: {most}."),
    followers=marked("Followers at the end of each day: {channel}"),
)
IN_WEEKS = Telling(
    engagements=marked("New likes, shares, replies, quotes and saves in each week, by channel"),
    most=marked("In all: {sum}. The most in the week of {day}: {most}."),
    followers=marked("Followers as last known in each week: {channel}"),
)


@dataclass(frozen=True, kw_only=True)
class Drawing[Chart]:
    key: str  # unique in the page
    title: str
    told: str  # in words
    chart: Chart


@dataclass(frozen=True, kw_only=True)
class HourOfWeek:
    weekday: int
    hour: int
    posts: int
    engagements: int

    @property
    def per_post(self) -> float:
        return round(self.engagements / self.posts, 1)


@dataclass(frozen=True, kw_only=True)
class Drawings:
    engagements: Drawing[Bars] | None
    followers: tuple[tuple[int, Drawing[Line]], ...]  # the channel's number, for its colour
    hours: Drawing[Squares] | None
    table_of_hours: tuple[HourOfWeek, ...]


def drawn(document: ReportDocument, timeline: Timeline, wording: Wording) -> Drawings:
    table = _table_of_hours(document)
    lines = [
        (number, made)
        for number, channel in enumerate(document.channels)
        if (made := _followers(number, channel, timeline, wording)) is not None
    ]
    return Drawings(
        engagements=_engagements(document, timeline, wording),
        followers=tuple(lines),
        hours=_hours(table, wording) if table else None,
        table_of_hours=table,
    )


def named(channel: ChannelRow) -> str:
    return f"{channel.name} ({channel.platform_title})"


def _engagements(
    document: ReportDocument, timeline: Timeline, wording: Wording
) -> Drawing[Bars] | None:
    series = {named(each): timeline.of(each.channel_id).engagements for each in document.channels}
    sums = [sum(value or 0 for value in column) for column in zip(*series.values(), strict=True)]
    if not any(value for values in series.values() for value in values):
        return None
    most = max(range(len(sums)), key=lambda n: sums[n])
    told = IN_WEEKS if timeline.weekly else ON_DAYS
    return Drawing(
        key="engagements",
        title=wording.say(told.engagements),
        told=wording.say(
            told.most,
            sum=wording.number(sum(sums)),
            day=timeline.spans[most].name,
            most=wording.number(sums[most]),
        ),
        chart=charts.bars(series, timeline.spans, wording.number),
    )


def _followers(
    number: int, channel: ChannelRow, timeline: Timeline, wording: Wording
) -> Drawing[Line] | None:
    values = timeline.of(channel.channel_id).followers
    told = [
        (span.name, value)
        for span, value in zip(timeline.spans, values, strict=True)
        if value is not None
    ]
    if not told:
        return None
    (first_day, first), (last_day, last) = told[0], told[-1]
    title = (IN_WEEKS if timeline.weekly else ON_DAYS).followers
    return Drawing(
        key=f"followers-{number}",
        title=wording.say(title, channel=named(channel)),
        told=wording.say(
            "{first_day}: {first}. {last_day}: {last}.",
            first_day=first_day,
            first=wording.number(first),
            last_day=last_day,
            last=wording.number(last),
        ),
        chart=charts.line(values, timeline.spans, wording.number),
    )


def _table_of_hours(document: ReportDocument) -> tuple[HourOfWeek, ...]:
    """Of all channels together."""
    counted: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row in document.hours:
        counted[row.weekday, row.hour].append((row.posts, row.engagements))
    return tuple(
        HourOfWeek(
            weekday=weekday,
            hour=hour,
            posts=sum(posts for posts, _ in rows),
            engagements=sum(engagements for _, engagements in rows),
        )
        for (weekday, hour), rows in sorted(counted.items())
    )


def _hours(table: Sequence[HourOfWeek], wording: Wording) -> Drawing[Squares]:
    cells = {
        (row.weekday, row.hour): (
            row.per_post,
            wording.say(
                "{weekday} {hour}: engagements per post {each}, posts {posts}",
                weekday=wording.weekday(row.weekday),
                hour=f"{row.hour:02}:00",
                each=wording.number(row.per_post, digits=1),
                posts=wording.number(row.posts),
            ),
        )
        for row in table
    }
    best = max(table, key=lambda row: (row.per_post, row.posts))
    weekdays = [wording.weekday(n, short=True) for n in range(7)]
    return Drawing(
        key="hours",
        title=wording.say("Engagements per post, by the weekday and hour at which it went out"),
        told=wording.say("The most: {cell}.", cell=cells[best.weekday, best.hour][1]),
        chart=charts.hours(cells, weekdays),
    )
