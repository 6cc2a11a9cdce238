"""Taking back what is public, and where to read what to do about a trouble."""

from typing import Any

import httpx
import pytest

from tellal.channels import Channel
from tellal.deliveries import Delivery, State, Trouble
from tellal.posts import Remote
from tests.conftest import Network
from tests.integration.api_calls import Call
from tests.integration.deliveries import part, scheduled, stored

SETTLED: dict[str, Any] = {"next_attempt_at": None, "next_step": None}


def published(channel: Channel, *ids: str, state: State = State.PUBLISHED) -> Delivery:
    parts = (part(f"Part {each}", remote=Remote(id=each)) for each in ids)
    return scheduled(channel, *parts, state=state, **SETTLED)


def delete(call: Call, key: str, delivery: Delivery) -> Any:
    return call("POST", f"/deliveries/{delivery.delivery_id}/delete", key=key)


def test_what_was_published_is_deleted_part_by_part_the_last_one_first(
    call: Call, admin: str, mastodon_channel: Channel, network: Network
) -> None:
    network.respond = lambda _: httpx.Response(200, json={"id": "1"})
    thread = published(mastodon_channel, "1", "2")

    answer = delete(call, admin, thread)

    assert (answer.status, answer.json["state"]) == (200, "deleted")
    assert [each.url.path[-1] for each in network.requests] == ["2", "1"]
    left = stored(thread)
    assert left.state is State.DELETED
    assert (left.attempts[-1].phase, left.attempts[-1].outcome) == ("delete", "done")


def test_a_deletion_that_broke_in_the_middle_is_asked_for_again(
    call: Call, admin: str, mastodon_channel: Channel, network: Network
) -> None:
    thread = published(mastodon_channel, "1", "2")
    network.respond = lambda request: httpx.Response(
        200 if request.url.path.endswith("2") else 503, json={"id": "2"}
    )
    assert delete(call, admin, thread).status == 502
    assert stored(thread).state is State.PUBLISHED

    gone = {"2": 404, "1": 200}
    network.respond = lambda request: httpx.Response(gone[request.url.path[-1]], json={})
    assert delete(call, admin, thread).status == 200
    assert stored(thread).state is State.DELETED


def test_the_public_beginning_of_a_thread_that_failed_can_be_deleted(
    call: Call, admin: str, mastodon_channel: Channel, network: Network
) -> None:
    network.respond = lambda _: httpx.Response(200, json={})
    parts = (part("There", remote=Remote(id="1")), part("Not there"))
    broken = scheduled(mastodon_channel, *parts, state=State.FAILED, **SETTLED)
    assert delete(call, admin, broken).json["state"] == "deleted"


@pytest.mark.parametrize("state", [State.SCHEDULED, State.CANCELLED, State.FAILED])
def test_what_shows_nothing_cannot_be_deleted(
    call: Call, admin: str, mastodon_channel: Channel, network: Network, state: State
) -> None:
    answer = delete(call, admin, scheduled(mastodon_channel, state=state))
    assert answer.status == 409
    assert network.requests == []


def test_a_trouble_leads_to_a_page_that_says_what_to_do(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    trouble = Trouble(code="rejected", sentence="m.example refused it")
    failed = scheduled(mastodon_channel, state=State.FAILED, trouble=trouble, **SETTLED)
    shown = call("GET", f"/deliveries/{failed.delivery_id}", key=admin).json["trouble"]
    assert shown["sentence"] == "m.example refused it"

    page = call("GET", httpx.URL(shown["help"]).path)

    assert page.status == 200
    assert "retry" in page.text
    assert call("GET", "/help/nothing").status == 404
