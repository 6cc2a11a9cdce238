"""The daily look at goals, and the event that tells of a fall off track."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tellal import clock, ids, wiring
from tellal.announcing.events import GoalOffTrack, events
from tellal.channels import Workspace
from tellal.goals import Goal, GoalMeasure, Span
from tellal.reporting.pacing import Pacing, SoFar
from tests.conftest import TEN

DAY = timedelta(days=1)
NIGHT = clock.read("2026-01-05T23:30:00Z")  # half past two on the 6th, in Istanbul


@dataclass
class Numbers:
    """What Figures would say."""

    value: float | None = 0
    asked: list[tuple[str, Span]] = field(default_factory=list)

    def __call__(self, goal: Goal, within: Span) -> float | None:
        self.asked.append((goal.goal_id, within))
        return self.value


def pacing_by(so_far: SoFar) -> Pacing:
    return Pacing(workspaces=wiring.workspaces(), goals=wiring.goals(), achieved=lambda *_: so_far)


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
def look(workspace: Workspace, numbers: Numbers) -> Callable[[datetime], int]:
    pacing = pacing_by(numbers)
    return lambda now: pacing.look(workspace.workspace_id, now=now)


def made(workspace: Workspace, **facts: Any) -> Goal:
    usual = {
        "goal_id": ids.new("goal", now=TEN),
        "workspace_id": workspace.workspace_id,
        "name": "More visits",
        "measure": GoalMeasure.WEBSITE_CLICKS,
        "target": 100,
        "first": date(2026, 1, 1),
        "last": date(2026, 1, 10),
        "created_at": TEN,
    }
    return wiring.goals().create(Goal.model_validate(usual | facts))


def stored(goal: Goal) -> Goal:
    found = wiring.goals().get(goal.goal_id)
    assert found is not None
    return found


def row(goal: Goal) -> dict[str, Any]:
    return wiring.goals().item(goal)


def test_what_is_found_stands_on_the_goal(
    workspace: Workspace, look: Callable[[datetime], int], numbers: Numbers
) -> None:
    goal = made(workspace)
    numbers.value = 60
    assert look(NIGHT) == 1
    seen = stored(goal)
    assert seen.found is not None
    assert (seen.found.pace.so_far, seen.found.pace.on_track) == (60, True)
    assert (seen.looked_on, seen.found.at) == (date(2026, 1, 6), NIGHT)
    [(_, within)] = numbers.asked
    assert within.since == clock.read("2025-12-31T21:00:00Z")


def test_a_goal_is_looked_at_once_a_day_from_two_hours_after_midnight(
    workspace: Workspace, look: Callable[[datetime], int]
) -> None:
    made(workspace)
    half_past_one = NIGHT - timedelta(hours=1)
    assert [look(half_past_one), look(NIGHT), look(NIGHT + timedelta(hours=1))] == [0, 1, 0]
    assert look(NIGHT + DAY) == 1


def test_where_clocks_go_forward_two_hours_are_two_hours(workspace: Workspace) -> None:
    berlin = wiring.workspaces().save(
        workspace, workspace.model_copy(update={"zone": "Europe/Berlin"})
    )
    made(berlin, every="week", first=None, last=None)
    pacing = pacing_by(Numbers())
    midnight = clock.read("2026-03-28T23:00:00Z")  # clocks show three when two hours are over
    for minutes, looked in ((119, 0), (120, 1)):
        now = midnight + timedelta(minutes=minutes)
        assert pacing.look(berlin.workspace_id, now=now) == looked


def test_a_fall_is_told_once_and_again_after_it_was_on_track(
    workspace: Workspace, look: Callable[[datetime], int], numbers: Numbers
) -> None:
    goal = made(workspace, channel_id="ch_1")
    told = []
    for day, value in enumerate((10, 10, 90, 50)):
        before = stored(goal)
        numbers.value = value
        look(NIGHT + day * DAY)
        told.append(events(row(before), row(stored(goal))))
    assert [[type(each) for each in every] for every in told] == [
        [GoalOffTrack],
        [],
        [],
        [GoalOffTrack],
    ]
    [first] = told[0]
    assert first == GoalOffTrack(
        event_id=f"{goal.goal_id}.1",
        workspace_id=workspace.workspace_id,
        goal_id=goal.goal_id,
        channel_id="ch_1",
        measure=GoalMeasure.WEBSITE_CLICKS,
        target=100,
        so_far=10,
        forecast=19.59,
        ends_on=date(2026, 1, 10),
        off_track_since=NIGHT,
    )
    assert len({each.event_id for every in told for each in every}) == 2


def test_a_change_of_its_name_tells_nothing(
    workspace: Workspace, look: Callable[[datetime], int], numbers: Numbers
) -> None:
    goal = made(workspace)
    numbers.value = 10
    look(NIGHT)
    fallen = stored(goal)
    renamed = wiring.goals().save(fallen, fallen.model_copy(update={"name": "Visits"}))
    assert events(row(fallen), row(renamed)) == ()


def test_of_nothing_measured_nothing_is_told(
    workspace: Workspace, look: Callable[[datetime], int], numbers: Numbers
) -> None:
    goal = made(workspace)
    numbers.value = None
    look(NIGHT)
    seen = stored(goal)
    assert seen.found is not None
    assert seen.found.pace.on_track is None
    assert events(row(goal), row(seen)) == ()


def test_before_it_begins_nobody_asks_for_numbers(
    workspace: Workspace, look: Callable[[datetime], int], numbers: Numbers
) -> None:
    made(workspace, first=date(2026, 2, 1), last=date(2026, 2, 10))
    assert look(NIGHT) == 1
    assert numbers.asked == []


def test_it_is_looked_at_once_more_after_its_end_and_then_left_alone(
    workspace: Workspace, look: Callable[[datetime], int], numbers: Numbers
) -> None:
    goal = made(workspace)
    numbers.value = 100
    assert look(NIGHT + 5 * DAY) == 1  # on the 11th
    assert "ended at 100" in str(stored(goal).found)
    assert look(NIGHT + 6 * DAY) == 0


def test_a_goal_that_is_changed_meanwhile_is_left_for_the_next_hour(
    workspace: Workspace,
) -> None:
    goal = made(workspace)

    def change(seen: Goal, _: Span) -> float:
        if stored(goal).version == 0:
            wiring.goals().save(seen, seen.model_copy(update={"target": 5}))
        return 10

    pacing = pacing_by(change)
    assert pacing.look(workspace.workspace_id, now=NIGHT) == 0
    assert pacing.look(workspace.workspace_id, now=NIGHT + timedelta(hours=1)) == 1
    assert stored(goal).off_track_since is None  # of 5, 10 is enough
