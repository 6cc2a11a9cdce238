"""Short links, function by function: each does all that its line in `infra.access` lets it do."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from local.demo.api import until
from tellal import wiring
from tellal.channels import Channel
from tellal.links import Link
from tests.integration.clicks import TARGET, click_on, link_in
from tests.permissions.world import World


def follow_link(world: World) -> None:
    link = link_in(world.mastodon())
    event = world.event("follow_link/a_click")
    event["pathParameters"]["code"] = link.code
    event["requestContext"]["timeEpoch"] = int(world.now.timestamp() * 1000)

    reply = world.invoke("follow_link", event)

    assert reply["headers"]["location"] == TARGET
    assert until(lambda: _visits(link)), "not authorized to perform: the count was not asked for"


def count_click(world: World) -> None:
    """A first visitor, and one who is known."""
    channel: Channel = world.mastodon()
    link = link_in(channel)
    for _ in range(2):
        told: dict[str, Any] = click_on(link, world.now)
        world.invoke("count_click", told)

    row = wiring.clicks().get(link.delivery_id, _today(world, link))
    assert row is not None
    assert (row.visits, row.visitors, _visits(link)) == (2, 1, 2)


def _today(world: World, link: Link) -> date:
    return world.now.astimezone(ZoneInfo(link.zone)).date()


def _visits(link: Link) -> int:
    found = wiring.links().get(link.code)
    assert found is not None
    return found.visits
