"""Measuring, function by function: each does all that its line in `infra.access` lets it do."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from local.demo.api import until
from tellal import clock, wiring
from tellal.channels import Channel
from tellal.conversions import Stage, Via
from tellal.counting.intake import Told
from tellal.deliveries import Delivery
from tellal.goals import Every, Goal, GoalMeasure
from tellal.links import Campaign
from tellal.measuring import periods
from tellal.measuring.compaction import SETTLED_AFTER
from tellal.measuring.shelf import Report, report_key
from tellal.observations import Metric, Observation
from tellal.posts import Content, Post, PostState
from tellal.reporting.document import ReportDocument
from tellal.stores.letters import Fate
from tests.conftest import SENDER
from tests.integration.clicks import click_on, link_in
from tests.integration.deliveries import part, scheduled, stored
from tests.permissions.world import World, kept, was_renewed

DAY = timedelta(days=1)


def collect_metrics(world: World) -> None:
    post, channel = published(world)
    a_day_ago = stored(post).model_copy(update={"published_at": world.now - DAY})
    wiring.deliveries().save(stored(post), a_day_ago)
    bluesky = world.bluesky()
    last_month = (world.now - SETTLED_AFTER).replace(day=1) - DAY
    for hour in (1, 2):
        observe(bluesky, at=last_month.replace(hour=hour))

    link = link_in(channel)
    world.invoke("count_click", click_on(link, world.now))
    sale = Told(id="1", stage=Stage.SALE)
    wiring.intake().take([sale], workspace=world.workspace, via=Via.KEY, now=world.now)

    world.invoke("collect_metrics", {"channel_id": channel.channel_id})
    world.invoke("collect_metrics", {"workspace_id": world.workspace.workspace_id})

    assert stored(post).metrics["likes"] == 0
    assert len(observed(world, *today(world))) == 3  # the channel's run, visits, conversions
    assert not list(wiring.clicks().uncounted(world.workspace.workspace_id))
    assert not wiring.conversions().uncounted(world.workspace.workspace_id, most=1)
    assert len(observed(world, clock.day(last_month))) == 0
    assert len(observed(world, f"{last_month:%Y-%m}-01")) == 1  # two of them, merged

    seen = kept(channel)
    due = seen.model_copy(update={"measured_at": world.now - 2 * DAY})
    wiring.channels().save(seen, due)
    world.throttle("mastodon", "/api/v1/accounts/verify_credentials")
    world.invoke("collect_metrics", {"channel_id": channel.channel_id})

    assert kept(channel).measure_after is not None

    world.tick("collect_metrics", "every_hour")

    assert until(lambda: len(observed(world, *today(world))) == 4)
    assert was_renewed(bluesky)

    x = world.x()
    world.invoke("collect_metrics", {"channel_id": x.channel_id})

    assert was_renewed(x)


def build_report(world: World) -> None:
    """Where it is noon now: goals are looked at from two hours after midnight on."""
    post, channel = published(world)
    observe(channel, at=world.now, delivery=post)
    changes = {"zone": noon(world.now), "report_recipients": ("ayse@acme.example",)}
    kept = world.workspace.model_copy(update=changes)
    wiring.workspaces().save(world.workspace, kept)
    week, month = periods.ended_since(world.now, kept.zone, DAY / 4)
    here = world.now.astimezone(ZoneInfo(kept.zone)).date()
    this_week = periods.containing(here, kept.zone, week=True)
    campaign, goal = for_campaign(post, world.now), goal_of(world)

    world.aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    for period in (week, this_week):
        asked = {"workspace_id": world.workspace.workspace_id, "period": period.name}
        world.invoke("build_report", asked)

    assert {each.period for each in reports(world)} == {week.name, this_week.name}
    document = read(world, this_week.name)
    assert campaign.name in [each.title for each in document.groups]
    assert [each.title for each in document.goals] == [goal.name]
    letters = wiring.letters().find(world.workspace.workspace_id, week.name)
    assert letters is not None
    assert [each.fate for each in letters.letters] == [Fate.SENT]
    world.aws.client("sesv2").delete_email_identity(EmailIdentity=SENDER)

    world.invoke("build_report", {"workspace_id": kept.workspace_id, "goals": True})

    looked_at = wiring.goals().get(goal.goal_id)
    assert looked_at is not None
    assert looked_at.looked_on == here

    world.tick("build_report", "every_hour")

    assert until(lambda: wiring.shelf().report(world.workspace.workspace_id, month.name))


def noon(now: datetime) -> str:
    """A zone whose clocks show twelve; Etc/GMT-3 is three hours ahead."""
    return f"Etc/GMT{now.hour - 12:+d}"


def for_campaign(post: Delivery, now: datetime) -> Campaign:
    """The post of that delivery, written for a campaign."""
    campaign = Campaign(
        campaign_id="cmp_1", workspace_id=post.workspace_id, name="Spring", created_at=now
    )
    assert post.post_id is not None
    wiring.posts().create(
        Post(
            post_id=post.post_id,
            workspace_id=post.workspace_id,
            content=Content(text="Hello"),
            channel_ids=(post.channel_id,),
            state=PostState.SCHEDULED,
            campaign_id=campaign.campaign_id,
            created_at=now,
            created_by="test",
        )
    )
    return wiring.campaigns().create(campaign)


def goal_of(world: World) -> Goal:
    return wiring.goals().create(
        Goal(
            goal_id="goal_1",
            workspace_id=world.workspace.workspace_id,
            name="More posts",
            measure=GoalMeasure.POSTS_PUBLISHED,
            target=10,
            every=Every.WEEK,
            created_at=world.now,
        )
    )


def read(world: World, report: str) -> ReportDocument:
    body = wiring.shelf().bucket.get(report_key(world.workspace.workspace_id, report, "json"))
    assert body is not None
    return ReportDocument.model_validate_json(body)


def reports(world: World) -> list[Report]:
    return wiring.shelf().reports(world.workspace.workspace_id)


def published(world: World) -> tuple[Delivery, Channel]:
    """A post that is public, and where."""
    channel = world.mastodon()
    now = {"publish_at": world.now, "next_attempt_at": world.now}
    post = scheduled(channel, part("Hello"), **now)
    world.follow_hint("publish_delivery", post)
    return post, channel


def observe(channel: Channel, *, at: datetime, delivery: Delivery | None = None) -> None:
    seen = Observation(
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        delivery_id=delivery.delivery_id if delivery else None,
        metric=Metric.LIKES if delivery else Metric.FOLLOWERS,
        value=7,
        at=at,
    )
    wiring.shelf().keep([seen], workspace_id=channel.workspace_id, name=channel.channel_id, at=at)


def today(world: World) -> set[str]:
    """UTC's, under which totals lie, and the workspace's own, under which amounts do."""
    here = world.now.astimezone(ZoneInfo(world.workspace.zone)).date()
    return {clock.day(world.now), here.isoformat()}


def observed(world: World, *days: str) -> list[str]:
    """The objects of these days."""
    return [
        key
        for day in days
        for key in wiring.shelf().observed(world.workspace.workspace_id, month=day[:7])
        if f"/date={day}/" in key
    ]
