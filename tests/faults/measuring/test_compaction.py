"""Whatever call of a compaction fails, no observation is lost and the figures are the same."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tellal import wiring
from tellal.observations import Metric, Observation
from tests.conftest import TEN
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind, amount
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import World
from tests.faults.violation import Violation

DAYS, RUNS = 2, 3


def measured(stage: MeasuringStage) -> World:
    """Some runs a day, each with a number of its own."""
    world = stage.world()
    for number in range(DAYS * RUNS):
        at = TEN + timedelta(days=number // RUNS, hours=number % RUNS)
        seen = Observation(
            workspace_id=world.workspace.workspace_id,
            channel_id="ch_1",
            platform="mastodon",
            delivery_id=f"dlv_{number}",
            metric=Metric.LIKES,
            value=number + 1,
            at=at,
        )
        wiring.shelf().keep([seen], workspace_id=seen.workspace_id, name="ch_1", at=at)
    stage.clock.time = TEN + timedelta(days=DAYS + 3)
    return world


def seen_meanwhile(world: World) -> None:
    """What readers meet after the fault, before anybody mends it."""
    world.facts["meanwhile"] = world.amounts()
    world.take_in()


def wrong(world: World, _: Trouble | None) -> Iterator[Violation[Kind]]:
    meant = sum(range(1, DAYS * RUNS + 1))
    yield from amount("likes meanwhile", world.facts["meanwhile"]["likes"], meant)
    yield from amount("likes in the end", world.amounts()["likes"], meant)
    lines = Counter(world.lines())
    yield from amount("observations", len(lines), DAYS * RUNS)


def test_no_observation_is_lost_whatever_call_fails(measuring: MeasuringStage) -> None:
    journey = Journey(
        begin=lambda: measured(measuring), go=World.take_in, after=seen_meanwhile, check=wrong
    )
    assert suffer(measuring, journey) == []
