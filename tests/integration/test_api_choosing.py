"""Which of the accounts that an owner lets us into are connected, and what we give back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.aws.process import LocalAws
from local.sandboxes.serving import Sandbox
from tellal import ids, wiring
from tellal.access.permissions import Role
from tellal.channels import ChannelState, Workspace
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Connected
from tellal.stores.authorisations import Stage
from tests.conftest import TEN, Clock
from tests.integration.api_calls import Call, Reply, key_of
from tests.integration.consenting import Owner, another_workspace, consenting, row_of, token_of


@pytest.fixture
def owner_of_account(call: Call, admin: str, held_clock: Clock) -> Iterator[Owner]:
    with consenting(call, admin, held_clock) as owner:
        yield owner


@pytest.fixture
def sandbox(owner_of_account: Owner) -> Sandbox:
    return owner_of_account.sandbox


@pytest.fixture
def elsewhere(aws: LocalAws) -> Workspace:
    return another_workspace()


# ── choosing ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def offered(owner_of_account: Owner, workspace: Workspace) -> Any:
    """A consent that let us into two accounts."""
    begun = owner_of_account.begin()
    seen = wiring.authorisations().find(begun["connection_id"], now=TEN)
    assert seen is not None
    presences = tuple(
        wiring.connector().presence(
            Connected(
                remote_id=name,
                name=name.title(),
                handle=name,
                url=None,
                credentials=PLATFORMS["mastodon"].Credentials.model_validate(
                    {"access_token": f"token-of-{name}"}
                ),
                missing=("Without the permission x y",),
            ),
            platform="mastodon",
            workspace_id=workspace.workspace_id,
            app_id=seen.app_id,
            now=TEN,
        )
        for name in ("bakery", "cafe")
    )
    changes = {"stage": Stage.CHOOSING, "presences": presences}
    wiring.authorisations().save(seen, seen.model_copy(update=changes))
    return begun


def choose(owner: Owner, begun: Any, *remote_ids: str) -> Reply:
    path = f"/channels/connections/{begun['connection_id']}/choose"
    return owner.call("POST", path, key=owner.admin, body={"remote_ids": remote_ids})


def connected(shown: Any) -> dict[str, bool]:
    return {each["remote_id"]: each["connected"] for each in shown["presences"]}


def test_of_several_accounts_those_are_connected_that_are_chosen(
    owner_of_account: Owner, offered: Any
) -> None:
    shown = owner_of_account.shown(offered)
    assert shown["state"] == "choosing"
    assert connected(shown) == {"bakery": False, "cafe": False}
    assert shown["presences"][0]["warnings"] == ["Without the permission x y"]

    chosen = choose(owner_of_account, offered, "bakery")

    assert (chosen.status, chosen.json["state"]) == (200, "connected")
    assert connected(chosen.json) == {"bakery": True, "cafe": False}
    assert token_of(chosen.json["presences"][0]["channel_id"]) == SecretStr("token-of-bakery")
    assert "token-of" not in chosen.text

    both = choose(owner_of_account, offered, "cafe", "bakery")
    assert connected(both.json) == {"bakery": True, "cafe": True}


def test_choosing_again_never_brings_an_old_token_back(
    owner_of_account: Owner, offered: Any
) -> None:
    channel_id = choose(owner_of_account, offered, "bakery").json["presences"][0]["channel_id"]
    row, channel = wiring.credentials().get(channel_id), wiring.channels().get(channel_id)
    assert row is not None
    assert channel is not None
    fresh = PLATFORMS["mastodon"].Credentials.model_validate({"access_token": "fresh"})
    wiring.credentials().save(row, wiring.credentials().seal(channel, fresh, expires_at=None))

    assert choose(owner_of_account, offered, "bakery").status == 200

    assert token_of(channel_id) == SecretStr("fresh")
    assert "access_token" not in json.dumps(row_of(offered)["presences"]["L"][0])


def test_two_who_choose_at_once_both_get_what_they_chose(
    owner_of_account: Owner, offered: Any
) -> None:
    stale = wiring.authorisations().find(offered["connection_id"], now=TEN)
    assert stale is not None
    for remote_id in ("bakery", "cafe", "cafe"):
        wiring.authorising().choose(stale, [remote_id], now=TEN)

    assert connected(owner_of_account.shown(offered)) == {"bakery": True, "cafe": True}


def test_what_was_not_offered_cannot_be_chosen(owner_of_account: Owner, offered: Any) -> None:
    reply = choose(owner_of_account, offered, "bakery", "somebody-else")
    assert (reply.status, list(reply.broken)) == (422, ["remote_ids[1]"])
    assert connected(owner_of_account.shown(offered)) == {"bakery": False, "cafe": False}


def test_before_an_answer_came_there_is_nothing_to_choose(owner_of_account: Owner) -> None:
    assert choose(owner_of_account, owner_of_account.begin(), "bakery").status == 409


def test_a_choice_that_comes_too_late_finds_nothing(
    owner_of_account: Owner, offered: Any, held_clock: Clock
) -> None:
    held_clock.time += timedelta(hours=1)
    assert choose(owner_of_account, offered, "bakery").status == 404


# ── disconnecting ────────────────────────────────────────────────────────────────────────────


def disconnect(owner: Owner, channel_id: str) -> None:
    assert owner.call("DELETE", f"/channels/{channel_id}", key=owner.admin).status == 204
    assert wiring.credentials().get(channel_id) is None


def is_let_in(sandbox: Sandbox, token: SecretStr) -> bool:
    bearer = {"Authorization": f"Bearer {token.get_secret_value()}"}
    path = f"{sandbox.url}/api/v1/accounts/verify_credentials"
    return httpx.get(path, headers=bearer, trust_env=False).is_success


def test_disconnecting_gives_the_token_back(owner_of_account: Owner, sandbox: Sandbox) -> None:
    channel_id = owner_of_account.connect()["channel_id"]
    token = token_of(channel_id)
    assert is_let_in(sandbox, token)
    disconnect(owner_of_account, channel_id)
    assert not is_let_in(sandbox, token)


def test_a_token_that_another_workspace_may_hold_too_is_left_alone(
    owner_of_account: Owner, sandbox: Sandbox, call: Call, elsewhere: Workspace
) -> None:
    """Mastodon gives one app and account the same token each time."""
    theirs = Owner(call, key_of(elsewhere.workspace_id, Role.ADMIN), sandbox).connect()
    ours = owner_of_account.connect()
    token = token_of(ours["channel_id"])
    assert ours["channel_id"] != theirs["channel_id"]

    disconnect(owner_of_account, ours["channel_id"])

    assert is_let_in(sandbox, token)


@pytest.mark.parametrize("other", [ChannelState.CONNECTED, ChannelState.DISCONNECTED])
def test_a_token_that_lets_into_several_channels_is_given_back_with_the_last_of_them(
    owner_of_account: Owner, sandbox: Sandbox, other: ChannelState
) -> None:
    """One login may manage several pages, and its one token is theirs together."""
    channel_id = owner_of_account.connect()["channel_id"]
    channels, token = wiring.channels(), token_of(channel_id)
    seen = channels.get(channel_id)
    assert seen is not None
    page = channels.save(
        seen, seen.model_copy(update={"server": {**seen.server, "login": channel_id}})
    )
    of_another = {"channel_id": ids.new("ch", now=TEN), "remote_id": "cafe", "state": other}
    channels.create(page.model_copy(update={**of_another, "version": 0}))

    disconnect(owner_of_account, channel_id)

    assert is_let_in(sandbox, token) == (other is ChannelState.CONNECTED)


def test_a_token_that_was_typed_in_is_its_owners_to_keep(
    owner_of_account: Owner, call: Call, admin: str, sandbox: Sandbox
) -> None:
    token = sandbox.control.create_account("bakery")["access_token"]
    given = {"platform": "mastodon", "server": sandbox.url, "access_token": token}
    disconnect(
        owner_of_account, call("POST", "/channels", key=admin, body=given).json["channel_id"]
    )
    assert is_let_in(sandbox, SecretStr(token))


def test_a_server_that_is_down_keeps_no_channel_connected(
    owner_of_account: Owner, sandbox: Sandbox
) -> None:
    channel_id = owner_of_account.connect()["channel_id"]
    sandbox.control.fail("fail_before", path="/oauth/revoke")
    disconnect(owner_of_account, channel_id)
