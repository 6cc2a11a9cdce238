"""A TikTok account is connected by consent: one app for all, kept in, and let go again."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from local.aws.process import LocalAws
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox, running
from tellal import wiring
from tellal.channels import Channel, ChannelState
from tellal.config import settings
from tellal.errors import NeedsReconnect, TryLater
from tellal.platforms.tiktok import TikTok, TikTokCredentials
from tests.conftest import Clock
from tests.integration.api_calls import Call

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
CALLBACK = "/oauth/tiktok/callback"
DOMAIN = "https://media.acme.example"
TOKEN = "/v2/oauth/token/"


@pytest.fixture
def sandbox(aws: LocalAws, held_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with running("tiktok") as sandbox:
        sandbox.control.create_account("bakery", display_name="Acme Bakery")
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({"tiktok": sandbox.hosts}))
        monkeypatch.setenv("PLATFORM_SETTINGS", json.dumps({"tiktok": {"media_domain": DOMAIN}}))
        with wiring.rewired(now=held_clock):
            yield sandbox
            wiring.http().close()


@pytest.fixture
def with_app(empty: None, call: Call, owner: str, sandbox: Sandbox) -> None:
    given = {"platform": "tiktok", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert call("POST", "/apps", key=owner, body=given).status == 201


def allowed(begun: Any, sandbox: Sandbox, *, scopes: str | None = None) -> dict[str, str]:
    """The owner says yes on TikTok's page; what it sends back with their browser."""
    page = httpx.get(begun["authorise_url"], trust_env=False)
    fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    who = re.findall(r'name="username" value="([^"]+)"', page.text)[0]
    fields |= {"username": who} | ({"scope": scopes} if scopes else {})
    sent_back = httpx.post(f"{sandbox.url}/v2/auth/authorize/", data=fields, trust_env=False)
    location = httpx.URL(sent_back.headers["location"])
    assert str(location.copy_with(query=None)) == f"{settings().api_url}{CALLBACK}"
    return dict(location.params)


def connected(call: Call, admin: str, sandbox: Sandbox, **allowing: Any) -> tuple[Any, Channel]:
    begun = call("POST", "/channels/connect", key=admin, body={"platform": "tiktok"})
    assert begun.status == 201, begun.text
    page = call("GET", CALLBACK, query=allowed(begun.json, sandbox, **allowing))
    assert page.status == 200
    assert "TikTok is connected" in page.text
    shown = call("GET", f"/channels/connections/{begun.json['connection_id']}", key=admin).json
    [presence] = shown["presences"]
    channel = wiring.channels().get(presence["channel_id"])
    assert channel is not None
    return presence, channel


def credentials_of(channel: Channel) -> TikTokCredentials:
    row = wiring.credentials().get(channel.channel_id)
    assert row is not None
    return wiring.credentials().open(row, TikTokCredentials)


def test_without_an_app_nobody_can_be_asked(
    empty: None, call: Call, admin: str, sandbox: Sandbox
) -> None:
    refused = call("POST", "/channels/connect", key=admin, body={"platform": "tiktok"})
    assert refused.status == 409
    assert "no app of tiktok" in refused.text


def test_an_owner_says_yes_and_the_account_is_connected(
    with_app: None, call: Call, admin: str, sandbox: Sandbox
) -> None:
    presence, channel = connected(call, admin, sandbox)

    assert (presence["connected"], presence["warnings"]) == (True, [])
    assert (channel.name, channel.handle) == ("Acme Bakery", "bakery")
    assert channel.url == f"{sandbox.url}/@bakery"
    assert channel.server["media_domain"] == DOMAIN
    bearer = {"Authorization": f"Bearer {credentials_of(channel).access_token.get_secret_value()}"}
    user = f"{sandbox.url}/v2/user/info/?fields=open_id,username"
    told = httpx.get(user, headers=bearer, trust_env=False).json()["data"]["user"]
    assert told == {"open_id": channel.remote_id, "username": "bakery"}


def test_what_the_owner_left_out_is_a_warning(
    with_app: None, call: Call, admin: str, sandbox: Sandbox
) -> None:
    presence, channel = connected(
        call, admin, sandbox, scopes="user.info.basic,user.info.profile,video.publish"
    )
    assert len(presence["warnings"]) == 2
    assert "video.list" in presence["warnings"][1]
    assert channel.server["scopes"] == ["user.info.basic", "user.info.profile", "video.publish"]


def test_its_token_is_renewed_with_the_app_that_was_let_in(
    with_app: None, call: Call, admin: str, sandbox: Sandbox, held_clock: Clock
) -> None:
    _, channel = connected(call, admin, sandbox)
    before = credentials_of(channel)

    wiring.adapters().refresh_now(channel, now=held_clock())

    after = credentials_of(channel)
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token


def test_a_renewal_whose_answer_was_lost_asks_a_person_to_connect_it_again(
    with_app: None, call: Call, admin: str, sandbox: Sandbox, held_clock: Clock
) -> None:
    _, channel = connected(call, admin, sandbox)
    sandbox.control.fail("drop_after", path=TOKEN)
    with pytest.raises(TryLater):
        wiring.adapters().refresh_now(channel, now=held_clock())
    held_clock.time += timedelta(seconds=61)

    with pytest.raises(NeedsReconnect, match="cut off in the middle"):
        wiring.adapters().refresh_now(channel, now=held_clock())

    lost = wiring.channels().get(channel.channel_id)
    assert lost is not None
    assert lost.state is ChannelState.NEEDS_RECONNECT
    _, again = connected(call, admin, sandbox)
    assert (again.channel_id, again.state) == (channel.channel_id, ChannelState.CONNECTED)


def test_a_disconnected_account_takes_its_consent_back(
    with_app: None, call: Call, admin: str, sandbox: Sandbox
) -> None:
    _, channel = connected(call, admin, sandbox)
    assert isinstance(TikTok.scopes, dict)

    assert call("DELETE", f"/channels/{channel.channel_id}", key=admin).status in (200, 204)

    paths = [each["path"] for each in sandbox.control.requests()]
    assert paths[-1] == "/v2/oauth/revoke/"
