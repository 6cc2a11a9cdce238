"""report.html: one page that an owner reads, prints or keeps; it needs nothing but itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

import jinja2

from tellal.channels import Language
from tellal.measuring import periods
from tellal.measuring.periods import Kind, kind_of
from tellal.reporting import drawings, timeline
from tellal.reporting.document import ChannelRow, GroupRow, MeasureRow, ReportDocument
from tellal.reporting.likeness import KINDS
from tellal.reporting.measures import (
    ENGAGEMENT_RATE,
    ENGAGEMENT_RATE_BY_FOLLOWERS,
    MEASURES,
    OF_POSTS,
    SIX,
)
from tellal.reporting.outcomes import METRICS, STAGES
from tellal.reporting.timeline import Timeline
from tellal.reporting.wording import Wording

MOST_POSTS = 100  # on the page; the sheet and the JSON have them all
MOST_SEGMENTS = 8  # of each kind; the JSON has them all
STYLE = resources.files(__package__) / "templates" / "report.css"


@dataclass(frozen=True, kw_only=True)
class Card:
    row: MeasureRow
    stands_in: MeasureRow | None  # the rate by followers, of channels without reach


@dataclass(frozen=True, kw_only=True)
class RowOfChannels:
    """A day or a week."""

    label: str
    cells: tuple[tuple[int | None, int | None], ...]  # followers, engagements; channel by channel


def rendered(document: ReportDocument) -> str:
    wording = Wording(document.language)
    course = timeline.made(document, wording)
    known = [each for each in document.channels if each.channel_id in course.known]
    return (
        _environment(document.language)
        .get_template("report.html")
        .render(
            document=document,
            drawn=drawings.drawn(document, course, wording),
            title=title(document, wording),
            before=named(document.previous_period, wording),
            made_at=wording.moment(document.made_at, document.zone),
            local=lambda moment: wording.moment(moment, document.zone),
            cards=_cards(document),
            measures=MEASURES,
            table_measures=_told_measures(document, wording),
            of_posts=_told_of_posts(document, wording),
            posts=document.posts[:MOST_POSTS],
            names={channel.channel_id: channel for channel in document.channels},
            texts={post.delivery_id: post.text for post in document.posts},
            formats=_groups(document, "format"),
            campaigns=_groups(document, "campaign"),
            segments=_segments(document, wording),
            weekly=course.weekly,
            heads_over_time=_heads_over_time(known, wording),
            over_time=_over_time(known, course) if known else [],
        )
    )


def title(document: ReportDocument, wording: Wording) -> str:
    return titled(document.period, document.first_day, document.last_day, wording)


def named(period: str, wording: Wording) -> str:
    """A period by its name alone."""
    read = periods.read(period, "UTC")
    return titled(period, read.first, read.after - timedelta(days=1), wording)


def titled(period: str, first: date, last: date, wording: Wording) -> str:
    kind = kind_of(period)
    if kind is Kind.MONTH:
        return wording.day_of(first, "LLLL y")
    begins = "d" if first.month == last.month else "d MMMM"
    begins = begins if first.year == last.year else "d MMMM y"
    span = f"{wording.day_of(first, begins)}–{wording.day(last)}"
    if kind is Kind.RANGE:
        return wording.day(first) if first == last else span
    return wording.say("Week {number}: {days}", number=int(period[-2:]), days=span)


def safe_url(url: str | None) -> str | None:
    """Addresses come from platforms: only what a browser opens as a page becomes a link."""
    return url if url and url.startswith(("https://", "http://")) else None


@cache
def _environment(language: Language) -> jinja2.Environment:
    """Its templates are compiled once a process, as the catalog is read."""
    wording = Wording(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tellal.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"safe_url": safe_url, "sentence": _sentence(wording)}
    environment.filters |= {
        name: getattr(wording, name)
        for name in ("spelled", "number", "change", "percent", "duration", "weekday", "day")
    }
    environment.globals |= {
        "say": wording.say,
        "money": wording.money,
        "language": language.value,
        "style": STYLE.read_text("utf-8"),  # not compiled as a template
        "kind_title": lambda kind: wording.say(KINDS[kind]),
        "stage_title": lambda stage: _stage(stage, wording),
    }
    return environment


def _stage(stage: str, wording: Wording) -> str:
    """One of the caller's own words stays as it is."""
    return wording.say(STAGES[stage]) if stage in STAGES else stage


def _sentence(wording: Wording) -> Callable[[str], str]:
    """With a capital, as its language has it: «i» becomes «İ» in Turkish, and a full stop."""

    def sentence(text: str) -> str:
        first = "İ" if wording.language == "tr" and text[:1] == "i" else text[:1].upper()
        return f"{first}{text[1:].rstrip('.')}."

    return sentence


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


def _told_measures(document: ReportDocument, wording: Wording) -> dict[str, str]:
    """Name → title."""
    told = {row.measure for row in document.measures}
    return {each.name: wording.say(each.title) for each in MEASURES if each.name in told}


def _told_of_posts(document: ReportDocument, wording: Wording) -> dict[str, str]:
    """Name → title."""
    told: set[str] = {name for post in document.posts for name in post.metrics}
    return {each.value: wording.say(METRICS[each]) for each in OF_POSTS if each.value in told}


def _groups(document: ReportDocument, kind: str) -> list[GroupRow]:
    return [row for row in document.groups if row.kind == kind]


def _segments(document: ReportDocument, wording: Wording) -> list[tuple[str, str, str, int]]:
    """(channel, kind, its largest segments in words, how many more there are)."""
    kinds = dict.fromkeys((row.channel, row.kind) for row in document.audience)
    found = []
    for channel, kind in kinds:
        rows = [row for row in document.audience if (row.channel, row.kind) == (channel, kind)]
        words = [
            f"{wording.segment(kind, row.segment)} {wording.percent(row.share, digits=0)}"
            for row in rows[:MOST_SEGMENTS]
        ]
        found.append((channel, kind, ", ".join(words), max(len(rows) - MOST_SEGMENTS, 0)))
    return found


def _heads_over_time(channels: Sequence[ChannelRow], wording: Wording) -> list[str]:
    said = (wording.say("followers"), wording.say("engagements"))
    return [head for each in channels for head in (f"{drawings.named(each)}: {said[0]}", said[1])]


def _over_time(channels: Sequence[ChannelRow], course: Timeline) -> list[RowOfChannels]:
    known = [course.known[each.channel_id] for each in channels]
    return [
        RowOfChannels(
            label=span.name,
            cells=tuple((each.followers[n], each.engagements[n]) for each in known),
        )
        for n, span in enumerate(course.spans)
    ]
