"""Goals beside what was really measured: looked at daily, and told in reports."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from functions.build_report.handler import handler
from tellal import clock, ids, wiring
from tellal.channels import Channel, Workspace
from tellal.goals import Every, Goal, GoalMeasure
from tellal.observations import Metric, Observation
from tellal.posts import Content, Post, PostState, Remote
from tests.conftest import TEN, Clock, Network
from tests.integration.deliveries import part, scheduled
from tests.integration.test_build_report import Asked

DAY = timedelta(days=1)
# The week from Monday 5 January, of which half is gone on Thursday at noon in Istanbul.
THURSDAY = clock.read("2026-01-08T09:00:00Z")


def goal(workspace: Workspace, measure: GoalMeasure, target: float, **facts: Any) -> Goal:
    usual = {"every": Every.WEEK, "created_at": TEN, "name": measure.replace("_", " ")}
    made = Goal.model_validate(
        {
            "goal_id": ids.new("goal", now=TEN),
            "workspace_id": workspace.workspace_id,
            "measure": measure,
            "target": target,
            **usual,
            **facts,
        }
    )
    return wiring.goals().create(made)


def published(channel: Channel, *, at: str, campaign_id: str | None = None) -> str:
    moment = clock.read(at)
    remote = Remote(id=at, url=None)
    post_id = ids.new("post", now=moment)
    made = scheduled(
        channel,
        part("Hello", remote=remote),
        post_id=post_id,
        state="published",
        publish_at=moment,
        published_at=moment,
        next_attempt_at=None,
        next_step=None,
    )
    wiring.posts().create(
        Post(
            post_id=post_id,
            workspace_id=channel.workspace_id,
            content=Content(text="Hello"),
            channel_ids=(channel.channel_id,),
            state=PostState.SCHEDULED,
            campaign_id=campaign_id,
            created_at=moment,
            created_by="test",
        )
    )
    return made.delivery_id


def observe(channel: Channel, metric: Metric, value: int, *, at: str, **facts: Any) -> None:
    told = Observation(
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        metric=metric,
        value=value,
        at=clock.read(at),
        **facts,
    )
    name = f"run-{metric}-{value}"
    wiring.shelf().keep([told], workspace_id=told.workspace_id, name=name, at=told.at)


def a_week(channel: Channel) -> None:
    """30 visits, 4 of a campaign's post; two answers, of 10 and of 20 minutes; two posts."""
    first = published(channel, at="2026-01-05T10:00:00Z")
    second = published(channel, at="2026-01-06T10:00:00Z", campaign_id="cmp_1")
    day = {"of_day": date(2026, 1, 6)}
    observe(channel, Metric.VISITS, 26, at="2026-01-06T20:00:00Z", delivery_id=first, **day)
    observe(channel, Metric.VISITS, 4, at="2026-01-06T20:00:00Z", delivery_id=second, **day)
    for n, minutes in enumerate((10, 20)):
        said = {"conversation_id": f"conv_{n}"}
        at = "2026-01-07T10:00:00Z"
        observe(channel, Metric.FIRST_ANSWER_MINUTES, minutes, at=at, **said)
    observe(channel, Metric.VISITS, 900, at="2026-01-03T10:00:00Z", of_day=date(2026, 1, 3))


def so_far(each: Goal) -> tuple[float | None, bool | None]:
    found = wiring.goals().get(each.goal_id)
    assert found is not None
    assert found.found is not None
    return found.found.pace.so_far, found.found.pace.on_track


def test_each_goal_is_looked_at_by_what_was_measured_in_its_own_period(
    workspace: Workspace,
    mastodon_channel: Channel,
    network: Network,
    held_clock: Clock,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    a_week(mastodon_channel)
    channel = {"channel_id": mastodon_channel.channel_id}
    visits = goal(workspace, GoalMeasure.WEBSITE_CLICKS, 50)
    of_campaign = goal(workspace, GoalMeasure.WEBSITE_CLICKS, 50, campaign_id="cmp_1")
    posts = goal(workspace, GoalMeasure.POSTS_PUBLISHED, 5, **channel)
    answers = goal(workspace, GoalMeasure.FIRST_ANSWER_MINUTES, 12)
    reach = goal(workspace, GoalMeasure.REACH, 100)
    held_clock.time = THURSDAY

    asked = event("build_report/goals_of_one_workspace")
    handler(asked | {"workspace_id": workspace.workspace_id}, context)

    assert so_far(visits) == (30, True)  # 3.5 of 7 days are gone: it comes to 60
    assert so_far(of_campaign) == (4, False)  # to 8
    assert so_far(posts) == (2, False)  # to 4
    assert so_far(answers) == (15, False)  # the median of 10 and 20
    assert so_far(reach) == (None, None)


def test_a_tick_asks_for_each_workspace_whose_goals_are_due_and_for_none_again(
    empty: None,
    workspace: Workspace,
    held_clock: Clock,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    goal(workspace, GoalMeasure.POSTS_PUBLISHED, 5)
    wiring.workspaces().create(workspace.model_copy(update={"workspace_id": "ws_without"}))
    held_clock.time = THURSDAY
    asked: list[Any] = []

    class Remembers(Asked):
        def ask(self, function: str, task: Any) -> None:
            asked.append(task)

    with wiring.rewired(again=Remembers(), now=held_clock):
        handler(event("build_report/every_hour"), context)
        wanted = [each for each in asked if "goals" in each]
        assert wanted == [{"workspace_id": workspace.workspace_id, "goals": True}]
        handler(wanted[0], context)
        asked.clear()
        handler(event("build_report/every_hour"), context)
        assert [each for each in asked if "goals" in each] == []


def test_a_report_tells_how_goals_stood_when_its_period_ended(
    workspace: Workspace, mastodon_channel: Channel
) -> None:
    a_week(mastodon_channel)
    later = published(mastodon_channel, at="2026-01-13T10:00:00Z")
    observe(
        mastodon_channel,
        Metric.VISITS,
        500,
        at="2026-01-13T20:00:00Z",
        delivery_id=later,
        of_day=date(2026, 1, 13),
    )
    goal(workspace, GoalMeasure.WEBSITE_CLICKS, 50)
    goal(workspace, GoalMeasure.WEBSITE_CLICKS, 3100, every=Every.MONTH)
    over = {"every": None, "first": date(2025, 12, 1), "last": date(2025, 12, 31)}
    goal(workspace, GoalMeasure.WEBSITE_CLICKS, 1, **over)

    document = wiring.reporter().build(
        workspace.workspace_id, "2026-W02", now=clock.read("2026-01-20T10:00:00Z")
    )

    told = {row.target: (row.value, row.expected, row.on_track) for row in document.goals}
    assert told == {
        50: (30, 50, False),  # its week has ended
        # 11 of 31 days: 30 visits of posts, those of the 13th not among them
        3100: (30, 1100, False),
    }
