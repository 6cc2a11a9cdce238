"""A platform refuses a copy and names the first: whose is that?"""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from tellal import wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import Delivery, State
from tellal.posts import Remote
from tellal.publishing import composition
from tests.conftest import Clock, Network, connected
from tests.integration.deliveries import Follow, at, in_turn, part, scheduled, stored

pytestmark = pytest.mark.usefixtures("empty")  # claims of other tests are of the same page

ONLY_WRITES = ["w_organization_social"]
ALSO_READS = [*ONLY_WRITES, "r_organization_social"]
LOST = httpx.ReadTimeout("lost")
EARLIER, SINCE = -3600.0, 0.4  # seconds from the first attempt


def page(workspace: Workspace, scopes: list[str]) -> Channel:
    return connected(
        workspace,
        "linkedin",
        {"access_token": SecretStr("linkedin-token")},
        remote_id="urn:li:organization:5",
        name="Acme",
        handle="acme",
        server={"scopes": scopes},
    )


def named(seconds: float) -> str:
    """A post that was made then: its name tells."""
    return f"urn:li:share:{int(at(seconds).timestamp() * 1000) << 22}"


def copy_of(urn: str) -> httpx.Response:
    words = f"Content is a duplicate of {urn}"
    return httpx.Response(422, json={"code": "DUPLICATE_POST", "message": words})


def posted(urn: str) -> httpx.Response:
    return httpx.Response(201, headers={"x-restli-id": urn})


def send_again(delivery: Delivery, clock: Clock) -> Delivery:
    """A person looked, or did not, and says: send it."""
    clock.time = at(60)
    ahead = timedelta(minutes=15)
    released = composition.released(delivery, now=clock(), prepare_ahead=ahead)
    return wiring.deliveries().save(delivery, released)


def address(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


def test_what_was_never_in_doubt_copies_another_and_is_refused_with_its_address(
    workspace: Workspace, network: Network, follow: Follow
) -> None:
    channel = page(workspace, ALSO_READS)
    network.respond = in_turn(posted(named(SINCE)), copy_of(named(SINCE)))
    first, second = scheduled(channel), scheduled(channel)
    assert follow(first).state is State.PUBLISHED

    left = follow(second)

    assert left.state is State.FAILED
    assert left.trouble is not None
    assert address(named(SINCE)) in left.trouble.sentence
    assert stored(first).state is State.PUBLISHED


@pytest.mark.parametrize(
    ("made", "state"), [(SINCE, State.PUBLISHED), (EARLIER, State.UNCONFIRMED)]
)
def test_what_was_lost_is_adopted_if_it_was_made_since(
    workspace: Workspace,
    network: Network,
    follow: Follow,
    held_clock: Clock,
    made: float,
    state: State,
) -> None:
    network.respond = in_turn(LOST, copy_of(named(made)))
    lost = follow(scheduled(page(workspace, ONLY_WRITES)))
    assert lost.state is State.UNCONFIRMED

    left = follow(send_again(lost, held_clock))

    assert left.state is state
    ours = Remote(id=named(made), url=address(named(made)))
    assert left.parts[0].remote == (ours if state is State.PUBLISHED else None)


def test_what_a_worker_died_of_is_lost_too(
    workspace: Workspace, network: Network, follow: Follow, held_clock: Clock
) -> None:
    delivery = scheduled(page(workspace, ONLY_WRITES))

    def die(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    network.respond = die
    with pytest.raises(KeyboardInterrupt):
        follow(delivery)
    held_clock.time = at(100)
    unclear = follow(delivery)
    assert unclear.state is State.UNCONFIRMED
    network.respond = in_turn(copy_of(named(SINCE)))

    assert follow(send_again(unclear, held_clock)).state is State.PUBLISHED


def test_what_another_delivery_published_is_not_won_from_it(
    workspace: Workspace, network: Network, follow: Follow, held_clock: Clock
) -> None:
    channel = page(workspace, ALSO_READS)
    network.respond = in_turn(LOST, posted(named(SINCE)))
    lost = follow(scheduled(channel, part("Hello")))
    other = follow(scheduled(channel, part("Hello")))
    assert (lost.state, other.state) == (State.PUBLISHING, State.PUBLISHED)
    nothing = httpx.Response(200, json={"elements": []})
    since = int(at(700).timestamp() * 1000)
    newer = {"id": named(700), "createdAt": since, "lastModifiedAt": since}
    listed = httpx.Response(200, json={"elements": [newer]})
    network.respond = in_turn(nothing, listed, nothing, copy_of(named(SINCE)))
    for seconds in (61, 61 + 600):
        held_clock.time = at(seconds)
        lost = follow(lost)

    assert lost.state is State.UNCONFIRMED
    assert stored(other).state is State.PUBLISHED
