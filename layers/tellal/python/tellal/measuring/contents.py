"""The report's document, written from the figures."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from tellal.channels import Channel, ChannelState, Workspace
from tellal.deliveries import Delivery
from tellal.measuring import notes
from tellal.measuring.document import ChannelRow, DayRow, MeasureRow, PostRow, ReportDocument
from tellal.measuring.figures import Figures, Values
from tellal.measuring.measures import (
    MEASURES,
    OF_POSTS,
    Measure,
    News,
)
from tellal.measuring.periods import Period
from tellal.platforms import PLATFORMS

EXCERPT = 140  # characters of a post


def written(
    figures: Figures,
    *,
    workspace: Workspace,
    period: Period,
    channels: Sequence[Channel],
    posts: Sequence[Delivery],
    now: datetime,
) -> ReportDocument:
    news = figures.news(period)
    by_channel = {
        channel.channel_id: [each for each in news if each.channel_id == channel.channel_id]
        for channel in channels
    }
    shown = [
        channel
        for channel in channels
        if by_channel[channel.channel_id] or channel.state is ChannelState.CONNECTED
    ]
    measures = _measures(figures, period, shown, by_channel)
    days = {n: day.date for n, day in enumerate(figures.days)}
    return ReportDocument(
        made_at=now,
        workspace_id=workspace.workspace_id,
        workspace=workspace.name,
        period=period.name,
        zone=period.zone,
        first_day=period.first,
        last_day=period.after - timedelta(days=1),
        since=period.since,
        until=period.until,
        so_far=now < period.until,
        previous_period=period.before.name,
        measures=tuple(measures),
        channels=tuple(_channel(each, by_channel[each.channel_id]) for each in shown),
        posts=tuple(_posts(news, posts)),
        days=tuple(
            DayRow(
                date=days[row["n"]],
                channel=row["channel_id"],
                followers=row["followers"],
                engagements=row["engagements"],
            )
            for row in figures.by_day(period)
        ),
    )


def _measures(
    figures: Figures,
    period: Period,
    channels: Sequence[Channel],
    by_channel: Mapping[str, Sequence[News]],
) -> Iterator[MeasureRow]:
    now, before = figures.values(period), figures.values(period.before)
    titles = {channel.channel_id: _title(channel) for channel in channels}
    measured = {channel: by_channel[channel] for channel in titles if by_channel[channel]}
    for measure in MEASURES:
        value = now.get(None, {}).get(measure.name)
        if value is not None or not measure.optional:
            yield _row(measure, None, now, before, notes.of_all(measure, value, measured, titles))
        for channel_id, title in titles.items():
            news = by_channel[channel_id]
            value = now.get(channel_id, {}).get(measure.name)
            if measure.optional and value is None:
                continue
            note = notes.of_channel(measure, value, news, title, figures.days)
            yield _row(measure, channel_id, now, before, note)


def _row(
    measure: Measure, channel: str | None, now: Values, before: Values, note: str | None
) -> MeasureRow:
    return MeasureRow(
        measure=measure.name,
        title=measure.title,
        channel=channel,
        value=_rounded(now.get(channel, {}).get(measure.name)),
        unit=measure.unit,
        previous=_rounded(before.get(channel, {}).get(measure.name)),
        note=note,
    )


def _rounded(value: float | None) -> float | None:
    return round(value, 2) if isinstance(value, float) else value


def _channel(channel: Channel, news: Sequence[News]) -> ChannelRow:
    posts = [each for each in news if each.delivery_id is not None]
    engagements = [each.engagements for each in posts if each.engagements is not None]
    silent = [m.value for m in OF_POSTS if all(getattr(each, m.value) is None for each in posts)]
    return ChannelRow(
        channel_id=channel.channel_id,
        name=channel.name,
        handle=channel.handle,
        platform=channel.platform,
        platform_title=_title(channel),
        url=channel.url,
        followers=next((each.audience for each in news if each.delivery_id is None), None),
        posts=len(posts),
        engagements=sum(engagements) if engagements else None,
        not_told=tuple(silent) if posts else (),
    )


def _posts(news: Sequence[News], posts: Sequence[Delivery]) -> list[PostRow]:
    by_id = {post.delivery_id: post for post in posts}
    rows = [_post(by_id[each.delivery_id], each) for each in news if each.delivery_id in by_id]
    return sorted(rows, key=lambda row: (-(row.engagements or 0), -row.published_at.timestamp()))


def _post(post: Delivery, news: News) -> PostRow:
    told = {metric.value: getattr(news, metric.value) for metric in OF_POSTS}
    remote = post.parts[0].remote
    text = " ".join(post.parts[0].text.split())
    rate = None
    if news.engagements is not None and news.reach:
        rate = 100 * news.engagements / news.reach
    return PostRow(
        delivery_id=post.delivery_id,
        post_id=post.post_id or "",
        channel=post.channel_id,
        text=text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…",
        url=remote.url if remote else None,
        published_at=post.published_at or post.publish_at,
        metrics={name: value for name, value in told.items() if value is not None},
        engagements=news.engagements,
        engagement_rate=_rounded(rate),
    )


def _title(channel: Channel) -> str:
    return PLATFORMS[channel.platform].facts.title
