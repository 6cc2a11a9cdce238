"""A conversion counts once, and so does its value, whatever fails while it is told and counted:
its caller, who has heard no answer, tells it again under the same id.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tellal import wiring
from tellal.access.permissions import Role
from tellal.observations import Metric
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind, Violation, amount
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import World
from tests.integration.api_calls import Call, key_of

SALE = {"id": "order-1", "stage": "sale", "value": "12.50", "currency": "EUR"}


@pytest.fixture
def call(event: Callable[[str], Any], context: Any) -> Call:
    return Call(event("api/write_post"), context)


def shop(stage: MeasuringStage, call: Call) -> World:
    world = stage.world()
    key = key_of(world.workspace.workspace_id, Role.ADMIN)

    def tell() -> int:
        body = {"conversions": [SALE]}
        return call("POST", "/conversions", key=key, body=body).status

    world.facts |= {"tell": tell, "answer": None}
    return world


def tell(world: World) -> None:
    """As often as its caller has patience for."""
    for _ in range(2):
        world.stage.clock.move(60)
        with world.stage.border.worker():
            try:
                world.facts["answer"] = world.facts["tell"]()
            except (BotoCoreError, ClientError):
                continue
            if world.facts["answer"] == 200:
                return


def again(world: World) -> None:
    """It is told once more, and then taken in."""
    tell(world)
    world.take_in()
    world.take_in()


def wrong(world: World, _: Trouble | None) -> Iterator[Violation]:
    rows = wiring.conversions().of_workspace(world.workspace.workspace_id).items
    yield from amount("rows", len(rows), 1)
    told = world.amounts()
    yield from amount("conversions in figures", told[Metric.CONVERSIONS], 1)
    yield from amount("cents in figures", told[Metric.CONVERSION_VALUE], 1250)
    if world.facts["answer"] != 200:
        yield Violation(Kind.LOST, f"its caller was answered {world.facts['answer']}")


def test_a_conversion_counts_once_whatever_call_of_telling_it_fails(
    measuring: MeasuringStage, call: Call
) -> None:
    journey = Journey(begin=lambda: shop(measuring, call), go=tell, after=again, check=wrong)
    assert suffer(measuring, journey) == []


def test_conversions_are_taken_in_once_whatever_call_fails(
    measuring: MeasuringStage, call: Call
) -> None:
    def begin() -> World:
        world = shop(measuring, call)
        tell(world)
        measuring.border.forget()
        return world

    journey = Journey(begin=begin, go=World.take_in, after=World.take_in, check=wrong)
    assert suffer(measuring, journey) == []
