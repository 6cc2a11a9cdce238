"""A conversion counts once, and so does its value, whatever fails while it is told and counted:
its caller, who has heard no answer, tells it again under the same id.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tellal import clock, wiring
from tellal.access.permissions import Role
from tellal.observations import Metric
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind, amount
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import World
from tests.faults.violation import Violation
from tests.integration import test_api_conversion_intake as intake
from tests.integration import test_api_imports as imports
from tests.integration.api_calls import Call, Reply, key_of
from tests.integration.test_api_conversion_intake import SALE

CENTS = 1250
FILE = f"{imports.HEAD}order-1,sale,2026-01-01 09:00,12.50,EUR\n"

type Telling = Callable[[], Reply]
type Way = Callable[[Call, str, World], Telling]


def by_key(call: Call, key: str, _: World) -> Telling:
    return lambda: call("POST", "/conversions", key=key, body={"conversions": [SALE]})


def signed(call: Call, key: str, world: World) -> Telling:
    secret = intake.new_secret(call, key)

    def send() -> Reply:
        ahead = (world.stage.clock.time - clock.now()).total_seconds() / 60
        return intake.send(call, world.workspace, secret, minutes=ahead)

    return send


def in_a_file(call: Call, key: str, _: World) -> Telling:
    return lambda: imports.send(call, key, FILE)


def from_the_site(call: Call, key: str, _: World) -> Telling:
    site = intake.open_site(call, key, stages=["sale"])
    return lambda: intake.tell(call, site, **SALE)


HEARD = (200, 204)
WAYS = (by_key, signed, in_a_file, from_the_site)


@pytest.fixture
def call(event: Callable[[str], Any], context: Any) -> Call:
    return Call(event("api/write_post"), context)


def shop(stage: MeasuringStage, call: Call, way: Way = by_key) -> World:
    world = stage.world()
    key = key_of(world.workspace.workspace_id, Role.ADMIN)
    world.facts |= {"key": key, "tell": way(call, key, world), "answer": None}
    stage.border.forget()
    return world


def sold(stage: MeasuringStage, call: Call) -> World:
    """It was told, and its caller heard so."""
    world = shop(stage, call)
    tell(world)
    stage.border.forget()
    return world


def taken_back(world: World, call: Call) -> None:
    with world.stage.border.aside():
        [row] = wiring.conversions().of_workspace(world.workspace.workspace_id).items
    place = f"/conversions/{row['conversion_id']}"
    persist(world, lambda: call("DELETE", place, key=world.facts["key"]))


def tell(world: World) -> None:
    persist(world, world.facts["tell"])


def persist(world: World, ask: Telling) -> None:
    """As often as its caller has patience for."""
    for _ in range(2):
        world.stage.clock.move(60)
        world.facts["answer"] = None
        with world.stage.border.worker():
            try:
                world.facts["answer"] = ask().status
            except (BotoCoreError, ClientError):
                continue
        if world.facts["answer"] in HEARD:
            return


def again(world: World) -> None:
    """It is told once more, and then taken in."""
    tell(world)
    world.take_in()
    world.take_in()


def wrong(world: World, _: Trouble | None) -> Iterator[Violation[Kind]]:
    rows = wiring.conversions().of_workspace(world.workspace.workspace_id).items
    yield from amount("rows", len(rows), 1)
    told = world.amounts()
    yield from amount("conversions in figures", told[Metric.CONVERSIONS], 1)
    yield from amount("cents in figures", told[Metric.CONVERSION_VALUE], CENTS)
    yield from unheard(world)


def gone(world: World, _: Trouble | None) -> Iterator[Violation[Kind]]:
    told = world.amounts()
    for metric in (Metric.CONVERSIONS, Metric.CONVERSION_VALUE):
        yield from amount(f"{metric} of what was taken back", told[metric], 0)
    yield from unheard(world)


def unheard(world: World) -> Iterator[Violation[Kind]]:
    if world.facts["answer"] not in HEARD:
        yield Violation(Kind.LOST, f"its caller was answered {world.facts['answer']}")


@pytest.mark.parametrize("way", WAYS)
def test_a_conversion_counts_once_whatever_call_of_telling_it_fails(
    measuring: MeasuringStage, call: Call, way: Way
) -> None:
    journey = Journey(begin=lambda: shop(measuring, call, way), go=tell, after=again, check=wrong)
    assert suffer(measuring, journey) == []


def test_conversions_are_taken_in_once_whatever_call_fails(
    measuring: MeasuringStage, call: Call
) -> None:
    journey = Journey(
        begin=lambda: sold(measuring, call), go=World.take_in, after=World.take_in, check=wrong
    )
    assert suffer(measuring, journey) == []


def test_what_is_taken_back_counts_no_more_whatever_call_fails(
    measuring: MeasuringStage, call: Call
) -> None:
    def begin() -> World:
        world = sold(measuring, call)
        world.take_in()
        measuring.border.forget()
        return world

    def after(world: World) -> None:
        taken_back(world, call)
        world.take_in()
        world.take_in()

    journey = Journey(
        begin=begin, go=lambda world: taken_back(world, call), after=after, check=gone
    )
    assert suffer(measuring, journey) == []
