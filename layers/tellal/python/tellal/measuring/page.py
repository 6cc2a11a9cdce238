"""report.html: one page that an owner reads, prints or keeps; it needs nothing but itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import jinja2

from tellal.measuring import charts
from tellal.measuring.charts import Bars, Line
from tellal.measuring.document import ChannelRow, MeasureRow, ReportDocument
from tellal.measuring.measures import (
    ENGAGEMENT_RATE,
    ENGAGEMENT_RATE_BY_FOLLOWERS,
    MEASURES,
    OF_POSTS,
    SIX,
)
from tellal.measuring.numbers import spelled

MOST_POSTS = 100  # on the page; the sheet and the JSON have them all


@dataclass(frozen=True, kw_only=True)
class Card:
    row: MeasureRow
    stands_in: MeasureRow | None  # the rate by followers, of channels without reach


@dataclass(frozen=True, kw_only=True)
class DayOfChannels:
    label: str
    cells: tuple[tuple[int | None, int | None], ...]  # followers, engagements; channel by channel


def rendered(document: ReportDocument) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tellal.measuring"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"spelled": spelled, "safe_url": safe_url, "capital": capital}
    days = _dates(document)
    return environment.get_template("report.html").render(
        document=document,
        title=title(document),
        made_at=local(document.made_at, document.zone),
        local=lambda moment: local(moment, document.zone),
        cards=_cards(document),
        measures=MEASURES,
        table_measures=[
            m for m in MEASURES if any(m.name == row.measure for row in document.measures)
        ],
        of_posts=_told_of_posts(document),
        posts=document.posts[:MOST_POSTS],
        names={channel.channel_id: channel for channel in document.channels},
        engagements=_engagements(document, days),
        followers=[
            (number, channel, drawn)
            for number, channel in enumerate(document.channels)
            if (drawn := _followers(document, channel, days)) is not None
        ],
        days=_table_of_days(document, days),
    )


def title(document: ReportDocument) -> str:
    first, last = document.first_day, document.last_day
    if "W" not in document.period:
        return f"{first:%B %Y}"
    begins = f"{first:%-d}" if first.month == last.month else f"{first:%-d %B}"
    begins = begins if first.year == last.year else f"{first:%-d %B %Y}"
    return f"Week {int(document.period[-2:])}: {begins}–{last:%-d %B %Y}"


def local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %B %Y, %H:%M}"


def safe_url(url: str | None) -> str | None:
    """Addresses come from platforms: only what a browser opens as a page becomes a link."""
    return url if url and url.startswith(("https://", "http://")) else None


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _cards(document: ReportDocument) -> list[Card]:
    return [
        Card(
            row=row,
            stands_in=document.measure(ENGAGEMENT_RATE_BY_FOLLOWERS.name)
            if measure is ENGAGEMENT_RATE
            else None,
        )
        for measure in SIX
        if (row := document.measure(measure.name)) is not None
    ]


def _told_of_posts(document: ReportDocument) -> list[str]:
    told: set[str] = {name for post in document.posts for name in post.metrics}
    return [metric.value for metric in OF_POSTS if metric.value in told]


def _dates(document: ReportDocument) -> list[tuple[str, str]]:
    """(ISO, as shown) of every day of the period."""
    count = (document.last_day - document.first_day).days + 1
    dates = [document.first_day + timedelta(days=n) for n in range(count)]
    shown = "%a %-d" if count <= 7 else "%-d %b"
    return [(each.isoformat(), f"{each:{shown}}") for each in dates]


def _by_day(document: ReportDocument, channel: ChannelRow, what: str) -> dict[str, int | None]:
    return {
        day.date.isoformat(): getattr(day, what)
        for day in document.days
        if day.channel == channel.channel_id
    }


def _followers(
    document: ReportDocument, channel: ChannelRow, days: Sequence[tuple[str, str]]
) -> Line | None:
    told = _by_day(document, channel, "followers")
    values = [told.get(iso) for iso, _ in days]
    if all(value is None for value in values):
        return None
    return charts.line(values, [shown for _, shown in days])


def _engagements(document: ReportDocument, days: Sequence[tuple[str, str]]) -> Bars | None:
    series = {
        channel.channel_id: [_by_day(document, channel, "engagements").get(iso) for iso, _ in days]
        for channel in document.channels
    }
    if not any(value for values in series.values() for value in values):
        return None
    named = {
        f"{channel.name} ({channel.platform_title})": series[channel.channel_id]
        for channel in document.channels
    }
    return charts.bars(named, [shown for _, shown in days])


def _table_of_days(
    document: ReportDocument, days: Sequence[tuple[str, str]]
) -> list[DayOfChannels]:
    told = {(day.date.isoformat(), day.channel): day for day in document.days}
    return [
        DayOfChannels(
            label=shown,
            cells=tuple(
                (day.followers, day.engagements)
                if (day := told.get((iso, channel.channel_id))) is not None
                else (None, None)
                for channel in document.channels
            ),
        )
        for iso, shown in days
    ]
