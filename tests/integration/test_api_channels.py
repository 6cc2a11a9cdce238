from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.aws.process import LocalAws
from tellal import wiring
from tellal.channels import Channel, ChannelState
from tellal.platforms import PLATFORMS
from tests.conftest import Clock, Network
from tests.integration.api_calls import Call

GIVEN = {"platform": "mastodon", "server": "m.example", "access_token": "a-token"}


def mastodon(request: httpx.Request) -> httpx.Response:
    """A server that knows every token as Acme's."""
    if request.url.path.endswith("verify_credentials"):
        account = {"id": "1", "acct": "acme", "display_name": "Acme"}
        return httpx.Response(200, json={**account, "url": "https://m.example/@acme"})
    if request.url.path.endswith("instance"):
        return httpx.Response(200, json={"domain": "m.example", "version": "4.5.0"})
    return httpx.Response(200, json=[])


@pytest.fixture
def server(network: Network) -> Network:
    network.respond = mastodon
    return network


@pytest.fixture
def channel(server: Network, call: Call, admin: str) -> Any:
    made = call("POST", "/channels", key=admin, body=GIVEN)
    assert made.status == 201
    return made.json


def token_of(channel_id: str) -> SecretStr:
    row = wiring.credentials().get(channel_id)
    assert row is not None
    opened = wiring.credentials().open(row, PLATFORMS["mastodon"].Credentials)
    token: SecretStr = opened.access_token  # type: ignore[attr-defined]  # mastodon's have it
    return token


def test_a_channel_is_connected_with_a_token_that_is_never_shown_again(
    call: Call, admin: str, channel: Any
) -> None:
    assert (channel["name"], channel["state"]) == ("Acme", "connected")
    assert token_of(channel["channel_id"]) == SecretStr("a-token")
    for path in ("/channels", f"/channels/{channel['channel_id']}"):
        assert "a-token" not in call("GET", path, key=admin).text


def test_connecting_it_again_keeps_the_channel_and_replaces_its_credentials(
    call: Call, admin: str, channel: Any
) -> None:
    seen = wiring.channels().get(channel["channel_id"])
    assert seen is not None
    assert seen.connected_at is not None
    before = seen.connected_at - timedelta(days=1)
    lost = {"state": ChannelState.NEEDS_RECONNECT, "trouble": "Its token was refused."}
    wiring.channels().save(seen, seen.model_copy(update={**lost, "connected_at": before}))

    again = call("POST", "/channels", key=admin, body={**GIVEN, "access_token": "newer"})

    assert again.status == 200
    assert again.json["channel_id"] == channel["channel_id"]
    assert (again.json["state"], again.json["trouble"]) == ("connected", None)
    assert token_of(channel["channel_id"]) == SecretStr("newer")
    kept = wiring.channels().get(channel["channel_id"])
    assert kept is not None
    assert kept.connected_at is not None
    assert kept.connected_at > before  # what its owner took back before is no matter any more


def test_a_token_that_the_platform_refuses_connects_nothing(
    server: Network, call: Call, admin: str
) -> None:
    server.respond = lambda request: httpx.Response(401, json={"error": "no"})
    reply = call("POST", "/channels", key=admin, body=GIVEN)
    assert reply.status == 422
    assert "a-token" not in reply.text
    assert call("GET", "/channels", key=admin).json["items"] == []


def test_a_platform_that_does_not_answer_is_not_the_clients_fault(
    server: Network, call: Call, admin: str
) -> None:
    server.respond = lambda request: httpx.Response(500, json={})
    assert call("POST", "/channels", key=admin, body=GIVEN).status == 502


def test_what_a_platform_asks_for_and_was_not_given_is_told(call: Call, admin: str) -> None:
    reply = call("POST", "/channels", key=admin, body={"platform": "mastodon"})
    assert reply.broken == {"server": "is required", "access_token": "is required"}
    assert call("POST", "/channels", key=admin, body={}).broken == {"platform": "is required"}
    nobody = call("POST", "/channels", key=admin, body={"platform": "nobody"})
    assert "mastodon" in nobody.broken["platform"]


@pytest.mark.parametrize(
    "server", ["https://localhost:9", "https://127.0.0.1:9", "https://[::1]:9", "http://10.0.0.1"]
)
def test_a_server_that_is_not_on_the_public_internet_is_never_called(
    aws: LocalAws, call: Call, admin: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_LOOPBACK", "false")
    wiring.forget()
    reply = call("POST", "/channels", key=admin, body={**GIVEN, "server": server})
    assert reply.status == 422


def test_a_channel_is_read_or_not_as_its_people_say(call: Call, admin: str, channel: Any) -> None:
    path = f"/channels/{channel['channel_id']}"
    assert channel["polled"] is True  # reading costs nothing here

    def said(polled: object) -> Any:
        return call("PATCH", path, key=admin, body={"polled": polled}).json["polled"]

    assert said(polled=False) is False
    assert call("GET", path, key=admin).json["polled"] is False
    assert said(polled=None) is True  # as the platform's facts have it
    assert said(polled=True) is True
    for wrong in ({}, {"polled": "perhaps"}, {"polled": True, "name": "Mine"}):
        assert call("PATCH", path, key=admin, body=wrong).status == 422


def test_another_workspaces_channel_is_nobodys_to_change(
    call: Call, elsewhere: str, channel: Any
) -> None:
    path = f"/channels/{channel['channel_id']}"
    assert call("PATCH", path, key=elsewhere, body={"polled": False}).status == 404


def test_a_disconnected_channel_has_no_credentials_and_its_posts_are_cancelled(
    server: Network, call: Call, admin: str, channel: Any
) -> None:
    given = {"text": "Hi", "publish_at": "2099-01-01T00:00:00Z"}
    body = {**given, "channel_ids": [channel["channel_id"]]}
    post = call("POST", "/posts", key=admin, body=body).json

    path = f"/channels/{channel['channel_id']}"
    assert call("DELETE", path, key=admin).status == 204

    assert call("GET", path, key=admin).json["state"] == "disconnected"
    assert wiring.credentials().get(channel["channel_id"]) is None
    [delivery] = call("GET", f"/posts/{post['post_id']}", key=admin).json["deliveries"]
    assert (delivery["state"], delivery["trouble"]["sentence"]) == (
        "cancelled",
        "Acme was disconnected.",
    )


def test_a_lost_answer_to_connecting_is_given_again(
    server: Network, call: Call, admin: str
) -> None:
    named = {"Idempotency-Key": "connect-1"}
    first, second = (
        call("POST", "/channels", key=admin, body=GIVEN, headers=named) for _ in range(2)
    )
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert len(server.sent("GET", "accounts/verify_credentials")) == 1


def test_a_channel_is_measured_when_somebody_asks_and_not_every_second(
    call: Call, admin: str, mastodon_channel: Channel, x_channel: Channel, held_clock: Clock
) -> None:
    asked: list[Any] = []
    path = f"/channels/{mastodon_channel.channel_id}/measure"
    again = SimpleNamespace(ask=lambda function, task: asked.append((function, task)))
    with wiring.rewired(again=again, now=held_clock):
        assert call("POST", path, key=admin).status == 202
        [(function, task)] = asked
        assert function.endswith("-collect_metrics")
        assert task == {"channel_id": mastodon_channel.channel_id, "everything": True}

        measured = mastodon_channel.model_copy(update={"measured_at": held_clock()})
        wiring.channels().save(mastodon_channel, measured)
        held_clock.wait(4 * 60)
        assert call("POST", path, key=admin).status == 409
        held_clock.wait(60)
        assert call("POST", path, key=admin).status == 202

        costly = call("POST", f"/channels/{x_channel.channel_id}/measure", key=admin)
        assert costly.status == 409
        assert "costs money" in costly.text
    assert len(asked) == 2
