"""A click is counted once, however often Lambda tells of it and whatever fails on the way."""

from collections.abc import Iterator

from functions.count_click.handler import handler as count_click
from tellal import wiring
from tests.conftest import TEN
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind, amount
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import World
from tests.faults.violation import Violation
from tests.integration.clicks import click_on, link_in

RETRIES = 2  # infra.links


def followed(stage: MeasuringStage) -> World:
    world = stage.world()
    link = link_in(world.channel)
    world.facts |= {"link": link, "clicks": [click_on(link), click_on(link, address="203.0.113.8")]}
    return world


def count(world: World) -> None:
    for click in world.facts["clicks"]:
        world.run(count_click, click, retries=RETRIES)


def again(world: World) -> None:
    """Lambda tells of both once more, and then they are taken in."""
    count(world)
    world.take_in()
    world.take_in()


def wrong(world: World, _: Trouble | None) -> Iterator[Violation[Kind]]:
    link = world.facts["link"]
    meant = len(world.facts["clicks"])
    row = wiring.clicks().get(link.delivery_id, TEN.date())
    yield from amount("visits of the day", row.visits if row else 0, meant)
    yield from amount("visitors of the day", row.visitors if row else 0, meant)
    kept = wiring.links().get(link.code)
    yield from amount("visits of the link", kept.visits if kept else 0, meant)
    told = world.amounts()
    yield from amount("visits in figures", told["visits"], meant)
    yield from amount("visitors in figures", told["visitors"], meant)


def test_a_click_counts_once_whatever_call_of_counting_fails(measuring: MeasuringStage) -> None:
    journey = Journey(begin=lambda: followed(measuring), go=count, after=again, check=wrong)
    assert suffer(measuring, journey) == []


def test_visits_are_taken_in_once_whatever_call_fails(measuring: MeasuringStage) -> None:
    def begin() -> World:
        world = followed(measuring)
        count(world)
        measuring.border.forget()
        return world

    journey = Journey(begin=begin, go=World.take_in, after=World.take_in, check=wrong)
    assert suffer(measuring, journey) == []
