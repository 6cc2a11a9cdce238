"""After a lost answer on a server that may ignore the key: what is looked for, and what is sent."""

from typing import Any

import httpx
import pytest

from tellal import clock, wiring
from tellal.channels import Channel
from tellal.deliveries import Delivery, State
from tellal.posts import Remote
from tellal.publishing.search import claim_key
from tests.conftest import Clock, Network
from tests.integration.deliveries import Follow, at, scheduled, status_made, stored

pytestmark = pytest.mark.usefixtures("empty")  # claims of other tests are of the same account


@pytest.fixture
def channel(mastodon_channel: Channel) -> Channel:
    """On a server that is not truly Mastodon."""
    server = {**mastodon_channel.server, "version": "2.7.2 (compatible; Pleroma 2.9)"}
    return wiring.channels().save(
        mastodon_channel, mastodon_channel.model_copy(update={"server": server})
    )


class Server:
    """Loses the answer to every post it is sent; lists what it is told to."""

    def __init__(self) -> None:
        self.lists: list[dict[str, Any]] = []
        self.posts = 0
        self.answers = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=[] if "max_id" in request.url.params else self.lists)
        self.posts += 1
        if self.answers:
            return status_made(self.posts)
        raise httpx.ReadTimeout("lost")

    def shows(self, number: int, *, made: float, text: str = "Hello", **facts: Any) -> None:
        status = {
            "id": str(number),
            "url": f"https://m.example/@acme/{number}",
            "account": {"id": "1001", "acct": "acme"},
            "content": f"<p>{text}</p>",
            "created_at": clock.text(at(made)),
        }
        self.lists.insert(0, status | facts)


@pytest.fixture
def server(network: Network) -> Server:
    network.respond = server = Server()
    return server


@pytest.fixture
def lost(channel: Channel, server: Server, follow: Follow, held_clock: Clock) -> Delivery:
    """A delivery whose answer was lost at ten, a minute ago."""
    delivery = scheduled(channel)
    assert follow(delivery).state is State.PUBLISHING
    held_clock.time = at(61)
    return delivery


def later(held_clock: Clock) -> None:
    held_clock.time = at(61 + 600)


def test_what_is_found_is_adopted_and_claimed(
    lost: Delivery, channel: Channel, server: Server, follow: Follow
) -> None:
    server.shows(7, made=1)

    left = follow(lost)

    assert left.state is State.PUBLISHED
    assert left.parts[0].remote == Remote(id="7", url="https://m.example/@acme/7")
    assert wiring.once().claimed_by(claim_key(channel, Remote(id="7"))) == lost.delivery_id
    assert server.posts == 1


def test_two_lists_that_have_passed_it_and_lack_it_let_it_be_sent_again(
    lost: Delivery, server: Server, follow: Follow, held_clock: Clock
) -> None:
    assert follow(lost).state is State.PUBLISHING
    assert server.posts == 1
    later(held_clock)
    server.shows(9, made=300, text="Something newer")
    server.answers = True

    assert follow(lost).state is State.PUBLISHED
    assert server.posts == 2


def test_lists_that_show_nothing_newer_prove_nothing(
    lost: Delivery, server: Server, follow: Follow, held_clock: Clock
) -> None:
    server.shows(3, made=-60, text="Something older")
    follow(lost)
    later(held_clock)

    left = follow(lost)

    assert left.state is State.UNCONFIRMED
    assert "nothing newer" in (left.trouble.sentence if left.trouble else "")
    assert server.posts == 1


def test_one_list_is_never_enough(
    lost: Delivery, server: Server, follow: Follow, held_clock: Clock
) -> None:
    server.shows(9, made=30, text="Something newer")

    for seconds in (61, 120, 500):
        held_clock.time = at(seconds)
        assert follow(lost).state is State.PUBLISHING

    assert server.posts == 1


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Hello again"},
        {"in_reply_to_id": "5"},
        {"media_attachments": [{"id": "1"}]},
    ],
)
def test_what_differs_in_words_files_or_place_is_not_it(
    other: dict[str, Any], lost: Delivery, server: Server, follow: Follow
) -> None:
    server.shows(7, made=1, **other)

    assert follow(lost).state is State.PUBLISHING


def test_a_twin_from_before_is_neither_adopted_nor_taken_for_nothing(
    lost: Delivery, server: Server, follow: Follow
) -> None:
    server.shows(7, made=-30)

    left = follow(lost)

    assert left.state is State.UNCONFIRMED
    assert "shortly before" in (left.trouble.sentence if left.trouble else "")


def test_of_two_like_deliveries_in_doubt_one_adopts_the_one_post(
    lost: Delivery, channel: Channel, server: Server, follow: Follow, held_clock: Clock
) -> None:
    held_clock.time = at(0)
    twin = scheduled(channel)
    follow(twin)
    held_clock.time = at(61)
    server.shows(7, made=1)

    states = {follow(lost).state, follow(twin).state}

    assert states == {State.PUBLISHED, State.PUBLISHING}


def test_a_post_that_the_server_names_is_won_back_from_who_adopted_it(
    lost: Delivery, channel: Channel, server: Server, follow: Follow
) -> None:
    server.shows(2, made=1)  # in truth the next delivery's, which is on its way
    assert follow(lost).state is State.PUBLISHED
    server.answers = True

    right = follow(scheduled(channel))

    assert right.state is State.PUBLISHED
    assert stored(lost).state is State.UNCONFIRMED
    assert wiring.once().claimed_by(claim_key(channel, Remote(id="2"))) == right.delivery_id


def test_a_list_that_cannot_be_read_is_read_again_later(
    lost: Delivery, network: Network, server: Server, follow: Follow
) -> None:
    network.respond = lambda _: httpx.Response(503)

    left = follow(lost)

    assert left.state is State.PUBLISHING
    assert left.next_attempt_at is not None
    assert left.parts[0].doubt_at is not None


def test_a_pause_between_the_looks_is_kept(
    lost: Delivery, server: Server, follow: Follow, held_clock: Clock
) -> None:
    follow(lost)
    later(held_clock)
    server.shows(9, made=300, text="Something newer")
    workspace = wiring.workspaces().get(lost.workspace_id)
    assert workspace is not None
    wiring.workspaces().save(workspace, workspace.model_copy(update={"paused_at": at(100)}))

    assert follow(lost).state is State.HELD
    assert server.posts == 1
