from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from functions.build_report.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel, Language, Workspace
from tellal.config import settings
from tellal.deliveries import Delivery, State
from tellal.errors import BadMessage, NotFound, Unacceptable
from tellal.links import Campaign
from tellal.measuring.shelf import Shelf
from tellal.observations import Metric, Observation
from tellal.personas import Persona, Personas
from tellal.posts import Content, Post, PostState, Remote
from tellal.reporting.document import ReportDocument
from tellal.stores.objects import Bucket
from tests.conftest import TEN, Clock, Network
from tests.integration.deliveries import part, scheduled

# TEN, 10:00 UTC on 1 January 2026, is a Thursday: 13:00 in Istanbul, in the week 2026-W01.
WEEK = "2026-W01"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = clock.read("2026-01-04T21:00:00Z")  # when W01 ends in Istanbul


class Asked:
    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def ask(self, function: str, event: dict[str, str]) -> None:
        assert function == "tellal-test-function"
        self.events.append((event["workspace_id"], event["period"]))


def observe(channel: Channel, at: datetime, delivery: Delivery | None = None, **told: int) -> None:
    """One run of the channel, at that time."""
    wiring.shelf().keep(
        [
            Observation(
                workspace_id=channel.workspace_id,
                channel_id=channel.channel_id,
                platform=channel.platform,
                delivery_id=delivery.delivery_id if delivery else None,
                metric=Metric(metric),
                value=value,
                at=at,
            )
            for metric, value in told.items()
        ],
        workspace_id=channel.workspace_id,
        name=channel.channel_id,
        at=at,
    )


def public(channel: Channel, text: str = "Hello", **facts: Any) -> Delivery:
    usual: dict[str, Any] = {
        "state": State.PUBLISHED,
        "published_at": TEN,
        "next_attempt_at": None,
        "next_step": None,
    }
    remote = Remote(id="1", url="https://m.example/@acme/1")
    return scheduled(channel, part(text, remote=remote), **usual | facts)


def read(workspace: Workspace, kind: str, period: str = WEEK) -> str:
    report = wiring.shelf().report(workspace.workspace_id, period)
    assert report is not None
    body = wiring.shelf().bucket.get(report.keys[kind])
    assert body is not None
    return body.decode()


@pytest.fixture
def measured(mastodon_channel: Channel) -> Delivery:
    """Two followers more, and a post with three likes and a boost."""
    observe(mastodon_channel, TEN - 5 * DAY, followers=100)
    observe(mastodon_channel, TEN, followers=101)
    post = public(mastodon_channel)
    observe(mastodon_channel, TEN + HOUR, post, likes=2, shares=1)
    observe(mastodon_channel, TEN + 2 * HOUR, post, likes=3, shares=1)
    observe(mastodon_channel, TEN + 3 * HOUR, followers=102)
    return post


def test_how_soon_people_were_answered_is_nothing_of_posts(
    measured: Delivery,
    workspace: Workspace,
    mastodon_channel: Channel,
    held_clock: Clock,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    held_clock.time = MONDAY + 6 * HOUR
    wiring.shelf().keep_fact(
        Observation(
            workspace_id=workspace.workspace_id,
            channel_id=mastodon_channel.channel_id,
            platform=mastodon_channel.platform,
            delivery_id="dlv_1",
            conversation_id="conv_1",
            metric=Metric.FIRST_ANSWER_MINUTES,
            value=20,
            at=TEN,
        )
    )
    handler(event("build_report/one_week") | {"workspace_id": workspace.workspace_id}, context)
    document = ReportDocument.model_validate_json(read(workspace, "json"))
    assert [each.posts for each in document.channels] == [1]


def test_a_report_is_a_page_a_sheet_and_a_document(
    measured: Delivery,
    workspace: Workspace,
    mastodon_channel: Channel,
    network: Network,
    held_clock: Clock,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    held_clock.time = MONDAY + 6 * HOUR
    asked = event("build_report/one_week") | {"workspace_id": workspace.workspace_id}
    handler(asked, context)

    document = ReportDocument.model_validate_json(read(workspace, "json"))
    values = {row.measure: row.value for row in document.measures if row.channel is None}
    assert values == {
        "audience_growth": 2,
        "engagement_rate": None,
        "engagement_rate_by_followers": round(100 * 4 / 102, 2),
        "impressions": None,
        "reach": None,
        "website_clicks": None,
        "conversions": None,
    }
    rate = document.measure("engagement_rate", mastodon_channel.channel_id)
    assert rate is not None
    assert rate.note == "not told by Mastodon"
    [post] = document.posts
    assert (post.delivery_id, post.engagements) == (measured.delivery_id, 4)
    assert not document.so_far
    assert "Week 1: 29 December 2025–4 January 2026" in read(workspace, "html")
    assert "Hello" in read(workspace, "csv")
    assert network.requests == []


def test_building_again_replaces_the_report(measured: Delivery, workspace: Workspace) -> None:
    for hours in (6, 7):
        wiring.reporter().build(workspace.workspace_id, WEEK, now=MONDAY + hours * HOUR)
    [report] = wiring.shelf().reports(workspace.workspace_id)
    assert report.period == WEEK
    assert report.made_at == MONDAY + 7 * HOUR
    assert set(report.keys) == {"html", "json", "csv"}


def test_merged_objects_tell_what_the_small_ones_told(
    measured: Delivery, workspace: Workspace
) -> None:
    id_, now = workspace.workspace_id, MONDAY + 6 * HOUR
    small = wiring.reporter().build(id_, WEEK, now=now)
    bucket = wiring.shelf().bucket
    bodies = {key: bucket.get(key) for key in bucket.keys(f"observations/workspace={id_}/")}
    assert wiring.compactor().compact(id_, now=now) > 0
    assert wiring.reporter().build(id_, WEEK, now=now) == small

    for key, body in bodies.items():  # as if it had been killed before it took them away
        assert body is not None
        bucket.put(key, body, content_type="")
    assert wiring.reporter().build(id_, WEEK, now=now) == small


class Compacted(Bucket):
    """A bucket in which everything is merged once it has been listed."""

    merged = 0

    def get(self, key: str) -> bytes | None:
        if not self.merged:
            id_ = key.split("workspace=")[1].split("/", maxsplit=1)[0]
            self.merged = wiring.compactor().compact(id_, now=MONDAY + 6 * HOUR)
        return super().get(key)


def test_a_compaction_that_runs_meanwhile_hides_nothing(
    measured: Delivery, workspace: Workspace
) -> None:
    id_, now = workspace.workspace_id, MONDAY + 6 * HOUR
    bucket = Compacted(wiring.aws("s3"), settings().reports_bucket)
    reader = replace(wiring.reader(), shelf=Shelf(bucket))
    reporter = replace(wiring.reporter(), reader=reader)
    during = reporter.build(id_, WEEK, now=now)
    assert bucket.merged > 0
    assert wiring.reporter().build(id_, WEEK, now=now) == during
    assert during.posts[0].engagements == 4


def test_a_period_that_goes_on_is_reported_so_far(measured: Delivery, workspace: Workspace) -> None:
    document = wiring.reporter().build(workspace.workspace_id, "2026-01", now=TEN + 2 * HOUR)
    assert document.so_far
    assert "so far" in read(workspace, "html", "2026-01")


def test_a_report_compares_with_the_period_before(
    mastodon_channel: Channel, workspace: Workspace
) -> None:
    for days, followers in ((14, 90), (7, 96), (0, 101)):
        observe(mastodon_channel, TEN - days * DAY, followers=followers)
    document = wiring.reporter().build(workspace.workspace_id, WEEK, now=MONDAY)
    growth = document.measure("audience_growth")
    assert growth is not None
    assert (growth.value, growth.previous) == (5, 6)


def test_a_report_reads_its_own_workspace_alone(measured: Delivery, workspace: Workspace) -> None:
    other = workspace.model_copy(update={"workspace_id": f"{workspace.workspace_id}x"})
    wiring.workspaces().create(other)
    document = wiring.reporter().build(other.workspace_id, WEEK, now=MONDAY)
    assert not document.posts
    assert not document.channels
    assert not document.days
    assert {row.value for row in document.measures} == {None}
    assert {row.note for row in document.measures} == {
        "nothing was measured in this period",
        "no conversions were told of",
    }


@pytest.mark.usefixtures("empty")
def test_a_report_is_due_from_six_hours_after_the_end_until_it_is_there(
    workspace: Workspace, event: Callable[[str], Any], context: Any, held_clock: Clock
) -> None:
    asked = Asked()
    with wiring.rewired(again=asked, now=held_clock):
        held_clock.time = MONDAY + 6 * HOUR - timedelta(minutes=1)
        handler(event("build_report/every_hour"), context)
        assert asked.events == []  # the week before ended before the workspace was there

        for hours in (6, 7):
            held_clock.time = MONDAY + hours * HOUR
            handler(event("build_report/every_hour"), context)
        assert asked.events == [(workspace.workspace_id, WEEK)] * 2

        wiring.reporter().build(*asked.events[0], now=held_clock.time)
        handler(event("build_report/every_hour"), context)
        assert len(asked.events) == 2


@pytest.mark.usefixtures("empty")
def test_a_report_so_far_does_not_stand_in_for_the_whole(workspace: Workspace) -> None:
    id_ = workspace.workspace_id
    wiring.reporter().build(id_, WEEK, now=MONDAY - DAY)
    due = wiring.reports_due()
    assert list(due.due(now=MONDAY + 6 * HOUR)) == [(id_, WEEK)]
    wiring.reporter().build(id_, WEEK, now=MONDAY + HOUR)  # asked for by hand, before the lag
    assert list(due.due(now=MONDAY + 6 * HOUR)) == [(id_, WEEK)]
    wiring.reporter().build(id_, WEEK, now=MONDAY + 6 * HOUR)
    assert list(due.due(now=MONDAY + 7 * HOUR)) == []


def test_reports_are_listed_the_newest_first(workspace: Workspace) -> None:
    id_ = workspace.workspace_id
    for period in ("2025-12", "2026-W01", "2025-W52", "2026-01"):
        wiring.reporter().build(id_, period, now=MONDAY)
    listed = [report.period for report in wiring.shelf().reports(id_)]
    assert listed == ["2026-01", "2026-W01", "2025-W52", "2025-12"]
    assert wiring.shelf().reports("ws_other") == []


def test_an_event_of_another_shape_is_not_swallowed(
    aws: object, event: Callable[[str], Any], context: Any
) -> None:
    for odd in (event("build_report/of_another_shape"), {"workspace_id": 7, "period": WEEK}):
        with pytest.raises(BadMessage):
            handler(odd, context)


def test_what_is_not_there_cannot_be_reported(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        wiring.reporter().build("ws_nowhere", WEEK, now=MONDAY)
    with pytest.raises(Unacceptable):
        wiring.reporter().build(workspace.workspace_id, "yesterday", now=MONDAY)


def amount(
    workspace: Workspace, metric: Metric, value: int, *, of_day: date, **facts: Any
) -> Observation:
    usual: dict[str, Any] = {"workspace_id": workspace.workspace_id, "at": TEN + 2 * HOUR}
    return Observation(metric=metric, value=value, of_day=of_day, **usual | facts)


def test_what_stands_beside_the_measures_is_in_the_report(
    measured: Delivery, workspace: Workspace, mastodon_channel: Channel
) -> None:
    channel, new_year = mastodon_channel.channel_id, date(2026, 1, 1)
    of_post: dict[str, Any] = {
        "channel_id": channel,
        "delivery_id": measured.delivery_id,
        "of_day": new_year,
    }
    of_channel: dict[str, Any] = {"channel_id": channel}
    for each in (
        amount(workspace, Metric.VISITS, 8, **of_post),
        amount(workspace, Metric.VISITORS, 5, **of_post),
        amount(workspace, Metric.CONVERSIONS, 1, **of_post, counted_id="c1", segment="sale"),
        amount(
            workspace,
            Metric.CONVERSION_VALUE,
            4200,
            **of_post,
            counted_id="c1",
            segment="sale:EUR",
        ),
        amount(workspace, Metric.PROFILE_VISITS, 7, of_day=new_year, **of_channel),
        amount(workspace, Metric.PROFILE_VISITS, 9, of_day=date(2026, 1, 5), **of_channel),
        *(
            Observation(
                workspace_id=workspace.workspace_id,
                metric=Metric.FOLLOWERS,
                value=value,
                segment=segment,
                at=TEN,
                **of_channel,
            )
            for segment, value in {"country:TR": 30, "country:DE": 10}.items()
        ),
    ):
        name = f"{each.metric}-{each.segment}-{each.of_day}"
        wiring.shelf().keep([each], workspace_id=workspace.workspace_id, name=name, at=TEN)
    for number, minutes in enumerate((10, 50)):
        wiring.shelf().keep_fact(
            Observation(
                workspace_id=workspace.workspace_id,
                conversation_id=f"conv_{number}",
                metric=Metric.FIRST_ANSWER_MINUTES,
                value=minutes,
                at=TEN,
                **of_channel,
            )
        )
    persona = Persona(name="Buyers", share=100, countries=("TR",))
    kept = Personas(workspace_id=workspace.workspace_id, personas=(persona,), version=1)
    wiring.personas().create(kept)

    document = wiring.reporter().build(workspace.workspace_id, WEEK, now=MONDAY)

    [post] = document.posts
    assert (post.clicks, post.visitors, post.format) == (8, 5, "text")
    [conversion] = document.conversions
    assert (conversion.delivery_id, conversion.count) == (measured.delivery_id, 1)
    assert conversion.value == {"EUR": 4200}
    [counted] = document.counted
    assert (counted.metric, counted.value, counted.days) == ("profile_visits", 7, 1)
    assert [row.first_answer_median for row in document.answers] == [30, 30]
    assert [row.share for row in document.audience] == [75, 25]
    assert [row.overlap for row in document.likeness] == [75]
    [hour] = document.hours
    assert (hour.weekday, hour.hour, hour.posts, hour.engagements) == (3, 13, 1, 4)
    [group] = document.groups
    assert (group.name, group.engagements, group.clicks, group.conversions) == ("text", 4, 8, 1)


def test_days_of_ones_own_choice_are_reported_and_compared_with_as_many_before(
    measured: Delivery, workspace: Workspace, mastodon_channel: Channel
) -> None:
    name = "2025-12-31..2026-01-02"
    document = wiring.reporter().build(workspace.workspace_id, name, now=MONDAY)
    assert document.previous_period == "2025-12-28..2025-12-30"
    assert document.posts[0].engagements == 4
    assert "31 December 2025–2 January 2026" in read(workspace, "html", name)
    assert [each.period for each in wiring.shelf().reports(workspace.workspace_id)] == [name]


def test_a_campaigns_report_is_of_its_posts_alone(
    measured: Delivery, workspace: Workspace, mastodon_channel: Channel
) -> None:
    other = public(mastodon_channel, "Of no campaign", post_id="post_2")
    observe(mastodon_channel, TEN + 4 * HOUR, other, likes=90, reach=1000)
    for post_id, campaign_id in (("post_1", "cmp_1"), ("post_2", None)):
        wiring.posts().create(
            Post(
                post_id=post_id,
                workspace_id=workspace.workspace_id,
                content=Content(text="Hello"),
                channel_ids=(mastodon_channel.channel_id,),
                state=PostState.SCHEDULED,
                campaign_id=campaign_id,
                created_at=TEN,
                created_by="test",
            )
        )
    wiring.campaigns().create(
        Campaign(
            campaign_id="cmp_1",
            workspace_id=workspace.workspace_id,
            name="New year",
            created_at=TEN,
        )
    )
    reporter = wiring.reporter()
    document = reporter.build(workspace.workspace_id, WEEK, now=MONDAY, campaign="cmp_1")
    assert document.report == f"{WEEK}~cmp_1"
    assert [post.delivery_id for post in document.posts] == [measured.delivery_id]
    values = {row.measure: row.value for row in document.measures if row.channel is None}
    assert values["reach"] is None
    growth = document.measure("audience_growth")
    assert growth is not None
    assert (growth.value, growth.note) == (None, "a campaign has no followers of its own")
    assert sum(day.engagements or 0 for day in document.days) == 4
    assert "Campaign: New year" in read(workspace, "html", f"{WEEK}~cmp_1")

    whole = reporter.build(workspace.workspace_id, WEEK, now=MONDAY)
    campaigns = {row.title: row.posts for row in whole.groups if row.kind == "campaign"}
    assert campaigns == {"New year": 1, "No campaign": 1}


def test_a_report_speaks_the_workspaces_language_or_the_one_that_was_asked_for(
    measured: Delivery,
    workspace: Workspace,
    held_clock: Clock,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    held_clock.time = MONDAY
    changed = workspace.model_copy(update={"language": Language.TURKISH})
    wiring.workspaces().save(workspace, changed)
    in_turkish = event("build_report/a_campaign_in_turkish")
    asked = in_turkish | {"workspace_id": workspace.workspace_id}
    with wiring.rewired(now=held_clock):
        handler(event("build_report/one_week") | {"workspace_id": workspace.workspace_id}, context)
        handler(asked, context)
    document = ReportDocument.model_validate_json(read(workspace, "json"))
    rate = document.measure("engagement_rate")
    assert rate is not None
    assert (rate.title, rate.note) == ("Etkileşim oranı", "bildirmeyen platform: Mastodon")
    assert "1. hafta: 29 Aralık 2025–4 Ocak 2026" in read(workspace, "html")
    name = f"{asked['period']}~{asked['campaign_id']}"
    assert 'lang="tr"' in read(workspace, "html", name)

    wiring.reporter().build(workspace.workspace_id, WEEK, now=MONDAY, language=Language.ENGLISH)
    assert 'lang="en"' in read(workspace, "html")
