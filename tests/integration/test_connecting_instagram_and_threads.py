"""Connecting by consent where a token lives for sixty days, and keeping it alive."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox, running
from tellal import clock, wiring
from tellal.channels import ChannelState
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Authorises
from tests.conftest import TEN
from tests.integration.api_calls import Call, Reply
from tests.walking import allowed

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Owner:
    """Whoever the account belongs to, with a browser."""

    call: Call
    admin: str
    sandbox: Sandbox

    def connect(self, **allowing: Any) -> tuple[Reply, Any]:
        """From beginning to end: the page that they see, and what came of it."""
        body = {"platform": self.sandbox.name}
        begun = self.call("POST", "/channels/connect", key=self.admin, body=body)
        assert begun.status == 201, begun.text
        query = allowed(begun.json["authorise_url"], **allowing)
        page = self.call("GET", f"/oauth/{self.sandbox.name}/callback", query=query)
        path = f"/channels/connections/{begun.json['connection_id']}"
        return page, self.call("GET", path, key=self.admin).json


@pytest.fixture(params=["instagram", "threads"])
def owner_of_account(
    request: pytest.FixtureRequest,
    empty: None,
    call: Call,
    owner: str,
    admin: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Owner]:
    name: str = request.param
    with running(name) as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({name: sandbox.hosts}))
        with wiring.rewired(now=lambda: TEN):
            sandbox.control.create_account("bakery", display_name="Acme Bakery")
            app = {"platform": name, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            assert call("POST", "/apps", key=owner, body=app).status == 201
            yield Owner(call, admin, sandbox)
            wiring.http().close()


def test_an_owner_says_yes_and_the_channel_is_connected(owner_of_account: Owner) -> None:
    page, shown = owner_of_account.connect()

    assert page.status == 200, page.text
    [presence] = shown["presences"]
    assert (presence["connected"], presence["warnings"]) == (True, [])
    assert (presence["name"], presence["handle"]) == ("Acme Bakery", "bakery")
    row = wiring.credentials().get(presence["channel_id"])
    assert row is not None
    assert row.expires_at is not None
    assert abs(row.expires_at - clock.now() - 60 * DAY) < timedelta(hours=1)
    channel = wiring.channels().get(presence["channel_id"])
    assert channel is not None
    assert wiring.adapters().open(channel, now=clock.now())


def test_what_an_owner_left_out_is_named(owner_of_account: Owner) -> None:
    platform = PLATFORMS[owner_of_account.sandbox.name]
    assert isinstance(platform, Authorises)
    first, second, *_ = platform.scopes

    page, shown = owner_of_account.connect(scopes=f"{first},{second}")

    warnings = shown["presences"][0]["warnings"]
    if owner_of_account.sandbox.name == "threads":  # it does not tell
        assert warnings == []
        return
    comments, messages, numbers, untold = warnings
    assert "instagram_business_manage_comments comments cannot" in comments
    assert "instagram_business_manage_messages messages are not told" in messages
    assert "instagram_business_manage_insights nothing is measured" in numbers
    assert "does not arrive by itself: Instagram was not allowed to tell us" in untold
    assert comments in page.text
    assert untold in page.text


def test_a_token_is_renewed_a_fortnight_before_its_end_and_not_while_it_is_young(
    owner_of_account: Owner,
) -> None:
    _, shown = owner_of_account.connect()
    channel_id = shown["presences"][0]["channel_id"]
    control, now = owner_of_account.sandbox.control, clock.now()
    before = wiring.credentials().get(channel_id)
    assert before is not None

    assert sum(wiring.renewal().renew(now=now + 44 * DAY).values()) == 0
    early = wiring.renewal().renew(now=now + 46 * DAY)  # for the platform it is of today
    assert (early["later"], early["needs_reconnect"]) == (1, 0)
    channel = wiring.channels().get(channel_id)
    assert channel is not None
    assert channel.state is ChannelState.CONNECTED

    control.advance(seconds=46 * DAY.total_seconds())
    assert wiring.renewal().renew(now=now + 46 * DAY)["renewed"] == 1
    after = wiring.credentials().get(channel_id)
    assert after is not None
    assert after.fields != before.fields


def test_a_token_that_its_owner_took_back_needs_them(owner_of_account: Owner) -> None:
    _, shown = owner_of_account.connect()
    channel_id = shown["presences"][0]["channel_id"]
    owner_of_account.sandbox.control.reset()

    counts = wiring.renewal().renew(now=clock.now() + 46 * DAY)

    assert counts["needs_reconnect"] == 1
    channel = wiring.channels().get(channel_id)
    assert channel is not None
    assert channel.state is ChannelState.NEEDS_RECONNECT
