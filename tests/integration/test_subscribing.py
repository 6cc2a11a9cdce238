"""Whoever connects a channel has its platform asked to tell of it, and reads what it does not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.poll_inbox.handler import handler as poll_inbox
from local.aws.process import LocalAws
from tellal import wiring
from tellal.access.permissions import Role
from tellal.channels import Channel
from tests.conftest import TEN, Clock, Network
from tests.integration.api_calls import Call, key_of
from tests.integration.consenting import another_workspace

GIVEN = {"platform": "facebook", "page_id": "9", "access_token": "a-token"}
SUBSCRIBED = "/subscribed_apps"
NOT_ALLOWED = {"error": {"code": 200, "message": "(#200) Requires pages_manage_metadata"}}
ENDED = {"error": {"code": 190, "message": "Error validating access token"}}

Answer = Callable[[httpx.Request], httpx.Response]


def facebook(subscribing: Answer) -> Answer:
    """A page that knows every token, and answers so to who wants to be told of it."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(SUBSCRIBED):
            return subscribing(request)
        if request.url.path.endswith("/9"):
            return httpx.Response(200, json={"id": "9", "name": "Acme", "username": "acme"})
        return httpx.Response(200, json={"data": []})

    return respond


def fine(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"success": True})


def down(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503, json={})


def refused(_: httpx.Request) -> httpx.Response:
    return httpx.Response(403, json=NOT_ALLOWED)


@pytest.fixture
def connect(
    aws: LocalAws, empty: None, network: Network, call: Call, admin: str, held_clock: Clock
) -> Callable[..., Any]:
    def connect(subscribing: Answer, *, key: str = admin) -> Any:
        network.respond = facebook(subscribing)
        reply = call("POST", "/channels", key=key, body=GIVEN)
        assert reply.status in (200, 201), reply.text
        return reply.json

    return connect


def row(shown: Any) -> Channel:
    channel = wiring.channels().get(shown["channel_id"])
    assert channel is not None
    return channel


def waiting(clock: Clock) -> list[str]:
    return list(wiring.poller().waiting(now=clock.time))


def test_what_is_connected_is_told_of_and_again_every_day(
    connect: Any, network: Network, held_clock: Clock, context: Any
) -> None:
    shown = connect(fine)
    assert (shown["warnings"], shown["untold"]) == ([], None)
    assert len(network.sent("POST", SUBSCRIBED)) == 1

    held_clock.wait(24 * 3600)
    poll_inbox({"channel_id": shown["channel_id"]}, context)
    assert len(network.sent("POST", SUBSCRIBED)) == 2
    assert row(shown).subscribe_at == TEN + timedelta(days=2)


def test_connecting_again_asks_again(connect: Any, network: Network) -> None:
    assert connect(refused)["channel_id"] == (again := connect(fine))["channel_id"]
    assert (again["warnings"], again["untold"]) == ([], None)


def test_a_platform_that_refuses_keeps_nothing_from_being_connected_and_it_is_said(
    connect: Any, call: Call, admin: str
) -> None:
    shown = connect(refused)

    sentence = (
        "What people write to Acme does not arrive by itself:"
        " Facebook was not allowed to tell us of the page"
    )
    assert (shown["state"], shown["warnings"], shown["untold"]) == (
        "connected",
        [sentence],
        sentence,
    )
    path = f"/channels/{shown['channel_id']}"
    assert call("GET", path, key=admin).json["untold"] == sentence


def test_a_token_that_is_not_taken_for_this_alone_leaves_the_channel_connected(
    connect: Any, held_clock: Clock, context: Any, network: Network
) -> None:
    shown = connect(lambda _: httpx.Response(400, json=ENDED))
    held_clock.wait(24 * 3600)
    poll_inbox({"channel_id": shown["channel_id"]}, context)
    assert row(shown).state == "connected"
    assert row(shown).last_heard_at == held_clock.time  # and it is read as before


def test_what_failed_for_now_is_asked_again_until_it_is_told(
    connect: Any, network: Network, held_clock: Clock, context: Any
) -> None:
    shown = connect(down)
    assert shown["state"] == "connected"
    assert "does not arrive by itself yet" in shown["untold"]
    assert shown["warnings"] == [shown["untold"]]
    poll_inbox({"channel_id": shown["channel_id"]}, context)  # it is read meanwhile
    asked = len(network.sent("POST", SUBSCRIBED))

    for answer, left in ((down, True), (fine, False)):
        network.respond = facebook(answer)
        held_clock.wait(600)
        assert waiting(held_clock) == [shown["channel_id"]]
        poll_inbox({"channel_id": shown["channel_id"]}, context)
        asked += 1
        assert len(network.sent("POST", SUBSCRIBED)) == asked
        assert (row(shown).untold is not None) is left
    assert waiting(held_clock) == []


def test_one_that_is_not_read_is_asked_for_all_the_same(
    connect: Any, call: Call, admin: str, network: Network, held_clock: Clock, context: Any
) -> None:
    shown = connect(down)
    call("PATCH", f"/channels/{shown['channel_id']}", key=admin, body={"polled": False})
    network.respond = facebook(fine)
    held_clock.wait(600)

    assert waiting(held_clock) == [shown["channel_id"]]
    poll_inbox({"channel_id": shown["channel_id"]}, context)

    assert row(shown).untold is None
    assert row(shown).last_heard_at is None


def test_a_disconnected_channel_is_told_of_no_more_and_never_asked_for_again(
    connect: Any, call: Call, admin: str, network: Network, held_clock: Clock, context: Any
) -> None:
    shown = connect(fine)
    assert call("DELETE", f"/channels/{shown['channel_id']}", key=admin).status == 204
    assert len(network.sent("DELETE", SUBSCRIBED)) == 1

    held_clock.wait(48 * 3600)
    assert waiting(held_clock) == []
    poll_inbox({"channel_id": shown["channel_id"]}, context)
    assert len(network.sent("POST", SUBSCRIBED)) == 1


def test_a_page_that_another_workspace_has_is_told_of_until_that_one_goes_too(
    connect: Any, call: Call, admin: str, network: Network
) -> None:
    theirs = key_of(another_workspace().workspace_id, Role.ADMIN)
    ours, other = connect(fine), connect(fine, key=theirs)

    call("DELETE", f"/channels/{ours['channel_id']}", key=admin)
    assert network.sent("DELETE", SUBSCRIBED) == []
    call("DELETE", f"/channels/{other['channel_id']}", key=theirs)
    assert len(network.sent("DELETE", SUBSCRIBED)) == 1


def test_a_platform_that_cannot_be_reached_keeps_nothing_from_being_disconnected(
    connect: Any, call: Call, admin: str, network: Network
) -> None:
    shown = connect(fine)
    network.respond = facebook(down)
    assert call("DELETE", f"/channels/{shown['channel_id']}", key=admin).status == 204
    assert row(shown).state == "disconnected"
