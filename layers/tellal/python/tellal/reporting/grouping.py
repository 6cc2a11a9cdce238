"""Posts put together by what they have in common: format, campaign, hour. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from tellal.deliveries import Summary
from tellal.posts import MediaKind, PartKind
from tellal.reporting.document import GroupRow, HourRow, PostRow
from tellal.reporting.wording import Wording, marked

FORMATS = {
    "text": marked("Text"),
    "image": marked("Image"),
    "carousel": marked("Carousel"),
    "video": marked("Video"),
    "poll": marked("Poll"),
    "document": marked("Document"),
    "thread": marked("Thread"),
}
NO_CAMPAIGN = marked("No campaign")


def format_of(delivery: Summary) -> str:
    """What makes a post what it is: more than one part, then a poll, then its media."""
    main = delivery.parts[0]
    if any(part.kind is PartKind.THREAD for part in delivery.parts):
        return "thread"
    if main.poll is not None:
        return "poll"
    kinds = [each.kind for each in main.media]
    if len(kinds) > 1:
        return "carousel"
    if not kinds:
        return "text"
    return {MediaKind.IMAGE: "image", MediaKind.VIDEO: "video"}.get(kinds[0], "document")


def by_format(posts: Sequence[PostRow], wording: Wording) -> list[GroupRow]:
    """The most engaging for each post first."""
    grouped = _grouped((post.format, post) for post in posts)
    rows = [
        _row("format", name, wording.say(FORMATS[name]), grouped[name])
        for name in FORMATS
        if name in grouped
    ]
    return sorted(rows, key=lambda row: -(row.per_post or 0))


def by_campaign(
    posts: Sequence[PostRow], titles: Mapping[str, str], wording: Wording
) -> list[GroupRow]:
    """Nothing where no post is of a campaign. What is of none comes last."""
    grouped = _grouped((post.campaign or "", post) for post in posts)
    if set(grouped) <= {""}:
        return []
    names = sorted(grouped, key=lambda name: (name == "", titles.get(name, name)))
    none = wording.say(NO_CAMPAIGN)
    return [
        _row("campaign", name, titles.get(name, name) if name else none, grouped[name])
        for name in names
    ]


def by_hour(
    posts: Iterable[PostRow], *, since: datetime, until: datetime, zone: str
) -> Iterator[HourRow]:
    """Of posts that went out in the period, and of which it is told how many engaged. An hour that
    clocks show twice is one."""
    counted: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for post in posts:
        if post.engagements is not None and since <= post.published_at < until:
            there = post.published_at.astimezone(ZoneInfo(zone))
            counted[post.channel, there.weekday(), there.hour].append(post.engagements)
    for (channel, weekday, hour), engagements in sorted(counted.items()):
        yield HourRow(
            channel=channel,
            weekday=weekday,
            hour=hour,
            posts=len(engagements),
            engagements=sum(engagements),
        )


def _grouped(named: Iterable[tuple[str, PostRow]]) -> Mapping[str, list[PostRow]]:
    grouped: dict[str, list[PostRow]] = defaultdict(list)
    for name, post in named:
        grouped[name].append(post)
    return grouped


def _row(
    kind: Literal["format", "campaign"], name: str, title: str, posts: Sequence[PostRow]
) -> GroupRow:
    engaged = [post.engagements for post in posts if post.engagements is not None]
    both = [
        (post.engagements, post.metrics["reach"])
        for post in posts
        if post.engagements is not None and "reach" in post.metrics
    ]
    reached = sum(reach for _, reach in both)
    return GroupRow(
        kind=kind,
        name=name,
        title=title,
        posts=len(posts),
        engagements=total(engaged),
        per_post=round(sum(engaged) / len(engaged), 2) if engaged else None,
        impressions=total(post.metrics.get("impressions") for post in posts),
        reach=total(post.metrics.get("reach") for post in posts),
        engagement_rate=round(100 * sum(n for n, _ in both) / reached, 2) if reached else None,
        clicks=total(post.clicks for post in posts),
        conversions=total(post.metrics.get("conversions") for post in posts),
    )


def total(values: Iterable[int | None]) -> int | None:
    """Of what was told; of nothing it is nothing, not 0."""
    told = [value for value in values if value is not None]
    return sum(told) if told else None
