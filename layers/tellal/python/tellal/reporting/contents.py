"""The report's document, written from the figures and what stands beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.channels import Channel, ChannelState, Workspace
from tellal.deliveries import Summary
from tellal.measuring.periods import Period, report_name
from tellal.personas import Persona
from tellal.platforms import PLATFORMS
from tellal.reporting import answering, comparing, grouping, likeness, outcomes, silence
from tellal.reporting.document import (
    ChannelRow,
    ConversionRow,
    DayRow,
    GoalRow,
    PostRow,
    ReportDocument,
)
from tellal.reporting.figures import Figures
from tellal.reporting.measures import OF_POSTS, News
from tellal.reporting.wording import Wording

EXCERPT = 140  # characters of a post


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a report tells beside the figures, or needs to name them."""

    workspace: Workspace
    period: Period
    channels: Sequence[Channel]
    posts: Sequence[Summary]
    now: datetime
    wording: Wording
    campaign: str | None = None  # of which alone the report is
    campaign_of: Mapping[str, str]  # delivery → campaign
    campaign_titles: Mapping[str, str]
    personas: Sequence[Persona] = ()
    goals: Sequence[GoalRow] = ()
    unreadable: tuple[str, ...] = ()


def written(figures: Figures, around: Surroundings) -> ReportDocument:
    period, wording = around.period, around.wording
    news = figures.news(period)
    by_channel = {
        channel.channel_id: [each for each in news if each.channel_id == channel.channel_id]
        for channel in around.channels
    }
    shown = [
        channel
        for channel in around.channels
        if by_channel[channel.channel_id]
        or (channel.state is ChannelState.CONNECTED and around.campaign is None)
    ]
    titles = {channel.channel_id: title_of(channel) for channel in shown}
    rows = tuple(_channel(each, by_channel[each.channel_id]) for each in shown)
    posts = _posts(news, around)
    measured = comparing.Measured(figures, period, titles, by_channel, around.campaign)
    document = ReportDocument(
        language=wording.language,
        made_at=around.now,
        workspace_id=around.workspace.workspace_id,
        workspace=around.workspace.name,
        report=report_name(period.name, around.campaign),
        period=period.name,
        campaign=around.campaign,
        campaign_title=around.campaign_titles.get(around.campaign or "", around.campaign),
        zone=period.zone,
        first_day=period.first,
        last_day=period.after - timedelta(days=1),
        since=period.since,
        until=period.until,
        so_far=around.now < period.until,
        previous_period=period.before.name,
        measures=tuple(comparing.rows(measured, wording)),
        channels=rows,
        posts=tuple(posts),
        days=_days(figures, period),
        hours=tuple(
            grouping.by_hour(posts, since=period.since, until=period.until, zone=period.zone)
        ),
        groups=(
            *grouping.by_format(posts, wording),
            *grouping.by_campaign(posts, around.campaign_titles, wording),
        ),
        conversions=_conversions(figures, around),
        goals=tuple(around.goals),
        missing=tuple(silence.missing(shown, rows, wording)),
        unreadable=around.unreadable,
    )
    return document if around.campaign else _beside_posts(figures, around, document)


def title_of(channel: Channel) -> str:
    return PLATFORMS[channel.platform].facts.title


def _beside_posts(
    figures: Figures, around: Surroundings, document: ReportDocument
) -> ReportDocument:
    """With what is nothing of posts, and so in no campaign's report."""
    period, wording = around.period, around.wording
    ids = [channel.channel_id for channel in document.channels]
    levels = around.workspace.service_levels
    target = levels.first_answer_minutes if levels else None
    audience = likeness.segments(figures.rows(likeness.SQL, period))
    return document.model_copy(
        update={
            "counted": tuple(outcomes.counted(figures.rows(outcomes.COUNTED, period), wording)),
            "answers": tuple(answering.rows(figures.rows(answering.SQL, period), target=target)),
            "audience": tuple(audience),
            "likeness": tuple(likeness.compared(ids, audience, around.personas, wording)),
        }
    )


def _days(figures: Figures, period: Period) -> tuple[DayRow, ...]:
    dates = {n: day.date for n, day in enumerate(figures.days)}
    return tuple(
        DayRow(
            date=dates[row["n"]],
            channel=row["channel_id"],
            followers=row["followers"],
            engagements=row["engagements"],
        )
        for row in figures.by_day(period)
    )


def _conversions(figures: Figures, around: Surroundings) -> tuple[ConversionRow, ...]:
    """A post's are its campaign's; some are a campaign's and no post's."""
    found = outcomes.conversions(figures.rows(outcomes.CONVERTED, around.period))
    named = [
        row.model_copy(
            update={"campaign": row.campaign or around.campaign_of.get(row.delivery_id or "")}
        )
        for row in found
    ]
    return tuple(row for row in named if around.campaign in (None, row.campaign))


def _channel(channel: Channel, news: Sequence[News]) -> ChannelRow:
    posts = [each for each in news if each.delivery_id is not None]
    silent = [m.value for m in OF_POSTS if all(getattr(each, m.value) is None for each in posts)]
    return ChannelRow(
        channel_id=channel.channel_id,
        name=channel.name,
        handle=channel.handle,
        platform=channel.platform,
        platform_title=title_of(channel),
        url=channel.url,
        followers=next((each.audience for each in news if each.delivery_id is None), None),
        posts=len(posts),
        engagements=grouping.total(each.engagements for each in posts),
        not_told=tuple(silent) if posts else (),
    )


def _posts(news: Sequence[News], around: Surroundings) -> list[PostRow]:
    by_id = {post.delivery_id: post for post in around.posts}
    rows = [
        _post(by_id[each.delivery_id], each, around.campaign_of)
        for each in news
        if each.delivery_id in by_id
    ]
    return sorted(rows, key=lambda row: (-(row.engagements or 0), -row.published_at.timestamp()))


def _post(post: Summary, news: News, campaign_of: Mapping[str, str]) -> PostRow:
    told = {metric.value: getattr(news, metric.value) for metric in OF_POSTS}
    remote = post.parts[0].remote
    text = " ".join(post.parts[0].text.split())
    rate = None
    if news.engagements is not None and news.reach:
        rate = round(100 * news.engagements / news.reach, 2)
    return PostRow(
        delivery_id=post.delivery_id,
        post_id=post.post_id or "",
        channel=post.channel_id,
        text=text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…",
        url=remote.url if remote else None,
        published_at=post.published_at or post.publish_at,
        format=grouping.format_of(post),
        campaign=campaign_of.get(post.delivery_id),
        metrics={name: value for name, value in told.items() if value is not None},
        engagements=news.engagements,
        engagement_rate=rate,
        clicks=news.visits if news.visits is not None else news.clicks,
        visitors=news.visitors,
    )
