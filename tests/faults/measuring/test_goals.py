"""Whatever call of the daily look at goals fails, a fall off track is told, and told once."""

from collections.abc import Iterator

from functions.build_report.handler import handler as build_report
from tellal import wiring
from tellal.announcing.events import GoalOffTrack, events
from tellal.goals import GoalMeasure
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind, amount
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import HOUR, World
from tests.faults.violation import Violation
from tests.integration.test_pacing import NIGHT, made, row


def aimed(stage: MeasuringStage) -> World:
    """A goal of which nothing is reached yet."""
    world = stage.world()
    world.facts["goal"] = made(world.workspace, measure=GoalMeasure.POSTS_PUBLISHED)
    stage.clock.time = NIGHT
    return world


def look(world: World) -> None:
    world.run(build_report, {"workspace_id": world.workspace.workspace_id, "goals": True})


def next_hour(world: World) -> None:
    """The clock asks for who is due still; here, for everybody."""
    world.stage.clock.move(HOUR.total_seconds())
    look(world)


def wrong(world: World, _: Trouble | None) -> Iterator[Violation[Kind]]:
    before = world.facts["goal"]
    after = wiring.goals().get(before.goal_id)
    assert after is not None
    yield from amount("times that the goal was written", after.version, 1)
    told = [each for each in events(row(before), row(after)) if isinstance(each, GoalOffTrack)]
    yield from amount("falls told", len(told), 1)


def test_a_fall_off_track_is_told_once_whatever_call_fails(measuring: MeasuringStage) -> None:
    journey = Journey(begin=lambda: aimed(measuring), go=look, after=next_hour, check=wrong)
    assert suffer(measuring, journey) == []
