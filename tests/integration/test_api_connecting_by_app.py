"""Connecting by consent where a platform is one server, and its one app was entered by a person."""

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.aws.process import LocalAws
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox, running
from tellal import wiring
from tellal.channels import Channel
from tellal.errors import NeedsReconnect
from tellal.platforms import PLATFORMS
from tests.conftest import TEN, Clock
from tests.integration.api_calls import Call
from tests.integration.consenting import HIDDEN

READ_ONLY = "https://www.googleapis.com/auth/youtube.readonly"


@pytest.fixture
def youtube(aws: LocalAws, held_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with running("youtube") as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({"youtube": sandbox.hosts}))
        with wiring.rewired(now=held_clock):
            sandbox.control.create_account("bakery", display_name="Acme Bakery")
            yield sandbox
            wiring.http().close()


@pytest.fixture
def app(empty: None, call: Call, owner: str, youtube: Sandbox) -> Any:
    given = {"platform": "youtube", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    made = call("POST", "/apps", key=owner, body=given)
    assert made.status == 201, made.text
    return made.json


def connect(call: Call, admin: str, **allowing: str) -> Any:
    """From beginning to end, with an owner's browser; what came of it."""
    begun = call("POST", "/channels/connect", key=admin, body={"platform": "youtube"})
    assert begun.status == 201, begun.text
    page = httpx.get(begun.json["authorise_url"], trust_env=False)
    fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    at = str(page.url.copy_with(query=None))
    sent = httpx.post(at, data=fields | {"username": "bakery", **allowing}, trust_env=False)
    back = dict(httpx.URL(sent.headers["location"]).params)
    assert call("GET", "/oauth/youtube/callback", query=back).status == 200
    path = f"/channels/connections/{begun.json['connection_id']}"
    return call("GET", path, key=admin).json


def channel_of(shown: Any) -> Channel:
    [presence] = shown["presences"]
    channel = wiring.channels().get(presence["channel_id"])
    assert channel is not None
    return channel


def tokens_of(channel: Channel) -> tuple[SecretStr, SecretStr]:
    row = wiring.credentials().get(channel.channel_id)
    assert row is not None
    opened: Any = wiring.credentials().open(row, PLATFORMS["youtube"].Credentials)
    return opened.access_token, opened.refresh_token


@pytest.mark.usefixtures("app")
def test_a_consent_becomes_a_channel(call: Call, admin: str) -> None:
    shown = connect(call, admin)

    [presence] = shown["presences"]
    assert (shown["state"], presence["connected"], presence["warnings"]) == ("connected", True, [])
    channel = call("GET", f"/channels/{presence['channel_id']}", key=admin).json
    assert (channel["name"], channel["handle"]) == ("Acme Bakery", "bakery")


@pytest.mark.usefixtures("app")
def test_what_its_owner_unticked_is_told(call: Call, admin: str) -> None:
    [presence] = connect(call, admin, scope=READ_ONLY)["presences"]
    publishing, measuring = presence["warnings"]
    assert "videos cannot be uploaded, published or deleted" in publishing
    assert "yt-analytics.readonly" in measuring


@pytest.mark.usefixtures("app")
def test_access_is_renewed_with_the_secret_of_the_app_that_was_let_in(
    call: Call, admin: str
) -> None:
    channel = channel_of(connect(call, admin))
    access, refresh = tokens_of(channel)

    wiring.adapters().refresh_now(channel, now=TEN)

    assert tokens_of(channel)[0] != access
    assert tokens_of(channel)[1] == refresh


@pytest.mark.usefixtures("app")
def test_a_channel_that_is_disconnected_gives_its_access_back(
    call: Call, admin: str, youtube: Sandbox
) -> None:
    channel = channel_of(connect(call, admin))
    _, refresh = tokens_of(channel)

    assert call("DELETE", f"/channels/{channel.channel_id}", key=admin).status in (200, 204)

    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh.get_secret_value(),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    asked = httpx.post(f"{youtube.url}/token", data=form, trust_env=False)
    assert asked.json()["error"] == "invalid_grant"


@pytest.mark.usefixtures("app")
def test_access_that_its_owner_took_back_needs_a_person(
    call: Call, admin: str, youtube: Sandbox
) -> None:
    channel = channel_of(connect(call, admin))
    access, _ = tokens_of(channel)
    httpx.post(f"{youtube.url}/revoke", data={"token": access.get_secret_value()}, trust_env=False)

    with pytest.raises(NeedsReconnect, match="Google has ended its access"):
        wiring.adapters().refresh_now(channel, now=TEN)

    told = call("GET", f"/channels/{channel.channel_id}", key=admin).json
    assert told["state"] == "needs_reconnect"
