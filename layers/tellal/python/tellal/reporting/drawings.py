"""A report's charts: which numbers each shows, and how it is told to who cannot see it. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tellal.reporting import charts
from tellal.reporting.charts import Bars, Line, Squares
from tellal.reporting.document import ChannelRow, ReportDocument
from tellal.reporting.wording import Wording


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


def drawn(document: ReportDocument, days: Sequence[str], wording: Wording) -> Drawings:
    table = _table_of_hours(document)
    lines = [
        (number, made)
        for number, channel in enumerate(document.channels)
        if (made := _followers(document, number, channel, days, wording)) is not None
    ]
    return Drawings(
        engagements=_engagements(document, days, wording),
        followers=tuple(lines),
        hours=_hours(table, wording) if table else None,
        table_of_hours=table,
    )


def named(channel: ChannelRow) -> str:
    return f"{channel.name} ({channel.platform_title})"


def _dates(document: ReportDocument) -> list[int]:
    first = document.first_day.toordinal()
    return list(range(first, document.last_day.toordinal() + 1))


def _told(document: ReportDocument, channel: ChannelRow, what: str) -> list[int | None]:
    told = {
        day.date.toordinal(): getattr(day, what)
        for day in document.days
        if day.channel == channel.channel_id
    }
    return [told.get(each) for each in _dates(document)]


def _engagements(
    document: ReportDocument, days: Sequence[str], wording: Wording
) -> Drawing[Bars] | None:
    series = {named(each): _told(document, each, "engagements") for each in document.channels}
    sums = [sum(value or 0 for value in column) for column in zip(*series.values(), strict=True)]
    if not any(value for values in series.values() for value in values):
        return None
    most = max(range(len(sums)), key=lambda n: sums[n])
    return Drawing(
        key="engagements",
        title=wording.say("New likes, shares, replies, quotes and saves on each day, by channel"),
        told=wording.say(
            "In all: {sum}. The most on {day}: {most}.",
            sum=wording.number(sum(sums)),
            day=days[most],
            most=wording.number(sums[most]),
        ),
        chart=charts.bars(series, days, wording.number),
    )


def _followers(
    document: ReportDocument,
    number: int,
    channel: ChannelRow,
    days: Sequence[str],
    wording: Wording,
) -> Drawing[Line] | None:
    values = _told(document, channel, "followers")
    told = [(day, value) for day, value in zip(days, values, strict=True) if value is not None]
    if not told:
        return None
    (first_day, first), (last_day, last) = told[0], told[-1]
    return Drawing(
        key=f"followers-{number}",
        title=wording.say("Followers at the end of each day: {channel}", channel=named(channel)),
        told=wording.say(
            "{first_day}: {first}. {last_day}: {last}.",
            first_day=first_day,
            first=wording.number(first),
            last_day=last_day,
            last=wording.number(last),
        ),
        chart=charts.line(values, days, wording.number),
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
