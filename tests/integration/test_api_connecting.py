"""Connecting by consent, with an owner's browser, against a server that asks for consent."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.aws.process import LocalAws
from local.sandboxes.serving import Sandbox
from tellal import wiring
from tellal.access.permissions import Role
from tellal.channels import ChannelState, Workspace
from tellal.config import settings
from tellal.connecting.authorising import Answer, Authorising
from tellal.errors import Conflict, Unacceptable
from tellal.stores.authorisations import Authorisation, Stage
from tests.conftest import TEN, Clock
from tests.integration.api_calls import Call, Reply, key_of
from tests.integration.consenting import Owner, another_workspace, consenting, row_of, token_of

TOKEN = "/oauth/token"


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


# ── from beginning to end ────────────────────────────────────────────────────────────────────


def test_an_owner_says_yes_and_the_channel_is_connected(
    owner_of_account: Owner, call: Call, admin: str
) -> None:
    begun = owner_of_account.begin()
    assert owner_of_account.shown(begun)["state"] == "waiting"

    page = owner_of_account.come_back(owner_of_account.allow(begun))

    assert page.status == 200
    assert "Mastodon is connected" in page.text
    assert "Acme Bakery (@bakery@" in page.text
    shown = owner_of_account.shown(begun)
    [presence] = shown["presences"]
    assert (shown["state"], presence["connected"], presence["warnings"]) == ("connected", True, [])
    channel = call("GET", f"/channels/{presence['channel_id']}", key=admin).json
    assert (channel["name"], channel["state"]) == ("Acme Bakery", "connected")
    bearer = {"Authorization": f"Bearer {token_of(channel['channel_id']).get_secret_value()}"}
    account = f"{shown['server']}/api/v1/accounts/verify_credentials"
    assert httpx.get(account, headers=bearer, trust_env=False).json()["username"] == "bakery"


def test_the_page_runs_nothing_keeps_nothing_and_tells_nobody_where_it_was(
    owner_of_account: Owner, sandbox: Sandbox
) -> None:
    sandbox.control.create_account("mallory", display_name="<script>alert(1)</script>")
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun, who="mallory")

    page = owner_of_account.come_back(query)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    token = token_of(owner_of_account.shown(begun)["presences"][0]["channel_id"])
    for secret in (query["code"], query["state"], token.get_secret_value()):
        assert secret not in page.text


def test_what_is_kept_while_an_owner_is_asked_lets_nobody_in(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    state = httpx.URL(begun["authorise_url"]).params["state"]
    assert state not in json.dumps(row_of(begun))
    assert begun["connection_id"] not in begun["authorise_url"]

    query = owner_of_account.allow(begun)
    owner_of_account.come_back(query)

    row = row_of(begun)
    assert "sealed_verifier" not in row
    kept = json.dumps(row)
    channel_id = owner_of_account.shown(begun)["presences"][0]["channel_id"]
    for secret in (query["code"], state, token_of(channel_id).get_secret_value()):
        assert secret not in kept


def test_the_same_request_again_is_given_the_same_address(
    owner_of_account: Owner, call: Call, admin: str, sandbox: Sandbox
) -> None:
    given = {"platform": "mastodon", "server": sandbox.url}
    named = {"Idempotency-Key": "connect-1"}
    first, second = (
        call("POST", "/channels/connect", key=admin, body=given, headers=named) for _ in range(2)
    )
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json


# ── a state is good once, and for its own flow ───────────────────────────────────────────────


def assert_nobody_waits(page: Reply) -> None:
    assert page.status == 400
    assert "Nobody waits for this" in page.text


def test_a_callback_that_comes_again_does_nothing(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun)
    owner_of_account.come_back(query)
    before = owner_of_account.shown(begun)

    assert_nobody_waits(owner_of_account.come_back(query))

    assert owner_of_account.shown(begun) == before
    assert len(owner_of_account.asked(TOKEN)) == 1


def test_an_answer_that_comes_too_late_is_not_used(
    owner_of_account: Owner, held_clock: Clock
) -> None:
    query = owner_of_account.allow(owner_of_account.begin())
    held_clock.time += timedelta(minutes=15)

    assert_nobody_waits(owner_of_account.come_back(query))
    assert owner_of_account.asked(TOKEN) == []


def test_a_forged_state_says_no_more_than_that_nobody_waits(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun)
    for forged in (
        {},
        {"code": query["code"]},
        {"state": query["state"]},
        {**query, "state": begun["connection_id"]},
        {**query, "state": query["state"][:-1] + ("a" if query["state"][-1] != "a" else "b")},
        {"error": "access_denied", "state": "x" * 43},
    ):
        assert_nobody_waits(owner_of_account.come_back(forged))
    for path in ("/oauth/facebook/callback", "/oauth/nobody/callback"):
        assert_nobody_waits(owner_of_account.come_back(query, path=path))

    assert owner_of_account.asked(TOKEN) == []
    assert owner_of_account.come_back(query).status == 200


def test_of_two_callbacks_at_once_one_uses_the_code(owner_of_account: Owner) -> None:
    query = owner_of_account.allow(owner_of_account.begin())
    answer = Answer(state=query["state"], code=query["code"])
    authorising, together = wiring.authorising(), Barrier(2)

    def come_back(_: int) -> Authorisation | None:
        together.wait()
        return authorising.come_back("mastodon", answer, now=TEN)

    with ThreadPoolExecutor(2) as pool:
        came = [each for each in pool.map(come_back, range(2)) if each]

    assert [each.stage for each in came] == [Stage.CONNECTED]
    assert len(owner_of_account.asked(TOKEN)) == 1


def test_only_the_workspace_that_asked_sees_what_came_of_it(
    owner_of_account: Owner, call: Call, workspace: Workspace, elsewhere: Workspace
) -> None:
    begun = owner_of_account.begin()
    owner_of_account.come_back(owner_of_account.allow(begun))
    path = f"/channels/connections/{begun['connection_id']}"
    remote_id = owner_of_account.shown(begun)["presences"][0]["remote_id"]

    for key, status in (
        (key_of(elsewhere.workspace_id, Role.ADMIN), 404),
        (key_of(workspace.workspace_id, Role.EDITOR), 403),
    ):
        assert call("GET", path, key=key).status == status
        body = {"remote_ids": [remote_id]}
        assert call("POST", f"{path}/choose", key=key, body=body).status == status
    assert list(wiring.channels().of_workspace(elsewhere.workspace_id)) == []


def test_a_key_that_was_revoked_meanwhile_connects_nothing(
    owner_of_account: Owner, call: Call, admin: str
) -> None:
    made = call("POST", "/keys", key=admin, body={"name": "leaving", "role": "admin"}).json
    begun = Owner(call, made["token"], owner_of_account.sandbox).begin()
    query = owner_of_account.allow(begun)
    call("DELETE", f"/keys/{made['key_id']}", key=admin)

    assert owner_of_account.come_back(query).status == 400

    assert owner_of_account.shown(begun)["state"] == "failed"
    assert owner_of_account.asked(TOKEN) == []
    assert call("GET", "/channels", key=admin).json["items"] == []


# ── what an owner leaves out ─────────────────────────────────────────────────────────────────


def test_an_owner_may_say_no(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    state = owner_of_account.allow(begun)["state"]

    page = owner_of_account.come_back({"state": state, "error": "access_denied"})

    assert page.status == 400
    assert "Nobody allowed it." in page.text
    shown = owner_of_account.shown(begun)
    assert (shown["state"], shown["trouble"]) == ("failed", "Nobody allowed it.")


def test_what_was_left_out_is_named_with_what_will_not_work(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun, scopes="read:accounts read:statuses write:statuses")

    page = owner_of_account.come_back(query)

    missing = [
        "Without the permission write:media images and videos cannot be attached",
        "Without the permission write:favourites messages cannot be liked",
        "Without the permission read:notifications mentions and answers are not seen",
    ]
    [presence] = owner_of_account.shown(begun)["presences"]
    assert (presence["connected"], presence["warnings"]) == (True, missing)
    assert all(sentence in page.text for sentence in missing)


def test_without_knowing_whose_it_is_nothing_is_connected(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun, scopes="write:statuses")

    assert owner_of_account.come_back(query).status == 400
    assert "read:accounts" in owner_of_account.shown(begun)["trouble"]


# ── connecting again ─────────────────────────────────────────────────────────────────────────


def test_connecting_again_keeps_the_channel_and_heals_it(owner_of_account: Owner) -> None:
    first = owner_of_account.connect()
    channel_id = first["channel_id"]
    token = token_of(channel_id)
    seen = wiring.channels().get(channel_id)
    assert seen is not None
    lost = {"state": ChannelState.NEEDS_RECONNECT, "trouble": "Refused.", "inbox_cursor": "42"}
    wiring.channels().save(seen, seen.model_copy(update=lost))

    assert owner_of_account.connect()["channel_id"] == channel_id

    healed = wiring.channels().get(channel_id)
    assert healed is not None
    assert (healed.state, healed.trouble) == (ChannelState.CONNECTED, None)
    assert (healed.inbox_cursor, healed.created_at) == ("42", seen.created_at)
    assert token_of(channel_id) != token


def test_a_channel_connected_by_hand_is_the_same_one_by_consent(
    owner_of_account: Owner, call: Call, admin: str, sandbox: Sandbox
) -> None:
    token = sandbox.control.create_account("bakery")["access_token"]
    given = {"platform": "mastodon", "server": sandbox.url, "access_token": token}
    by_hand = call("POST", "/channels", key=admin, body=given).json
    assert owner_of_account.connect()["channel_id"] == by_hand["channel_id"]
    assert len(call("GET", "/channels", key=admin).json["items"]) == 1


# ── servers ──────────────────────────────────────────────────────────────────────────────────


def test_a_code_that_the_server_refuses_connects_nothing(owner_of_account: Owner) -> None:
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun)

    page = owner_of_account.come_back({**query, "code": "guessed"})

    assert page.status == 400
    assert "guessed" not in page.text
    shown = owner_of_account.shown(begun)
    assert shown["state"] == "failed"
    assert "does not accept this consent" in shown["trouble"]
    assert_nobody_waits(owner_of_account.come_back(query))


@pytest.mark.parametrize("fault", ["fail_before", "drop_after"])
def test_a_server_that_goes_down_at_the_exchange_is_to_be_begun_again(
    owner_of_account: Owner, sandbox: Sandbox, fault: str
) -> None:
    begun = owner_of_account.begin()
    query = owner_of_account.allow(begun)
    sandbox.control.fail(fault, path=TOKEN)

    assert owner_of_account.come_back(query).status == 400

    assert owner_of_account.shown(begun)["state"] == "failed"
    assert owner_of_account.connect()["connected"]


def test_a_server_that_is_down_asks_nobody(call: Call, admin: str, sandbox: Sandbox) -> None:
    sandbox.control.fail("fail_before", path="/api/v1/apps")
    given = {"platform": "mastodon", "server": sandbox.url}
    assert call("POST", "/channels/connect", key=admin, body=given).status == 502


@pytest.mark.parametrize(
    "server", ["https://localhost:9", "https://127.0.0.1:9", "https://[::1]:9", "http://10.0.0.1"]
)
def test_a_server_that_is_not_on_the_public_internet_is_never_called(
    call: Call, admin: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_LOOPBACK", "false")
    wiring.forget()
    given = {"platform": "mastodon", "server": server}
    assert call("POST", "/channels/connect", key=admin, body=given).status == 422


def test_what_a_platform_needs_to_be_asked_is_told(call: Call, admin: str) -> None:
    for given, field in (
        ({"platform": "mastodon"}, "server"),
        ({"platform": "bluesky"}, "platform"),
        ({"platform": "nobody"}, "platform"),
        ({}, "platform"),
    ):
        reply = call("POST", "/channels/connect", key=admin, body=given)
        assert (reply.status, list(reply.broken)) == (422, [field])


# ── apps ─────────────────────────────────────────────────────────────────────────────────────


def apps_on(sandbox: Sandbox) -> list[Any]:
    return [each for each in wiring.apps().of_platform("mastodon") if each.server == sandbox.url]


def test_a_server_gives_one_app_and_its_secret_is_sealed(
    owner_of_account: Owner, call: Call, owner: str, sandbox: Sandbox
) -> None:
    for _ in range(2):
        owner_of_account.connect()

    assert len(owner_of_account.asked("/api/v1/apps")) == 1
    [app] = apps_on(sandbox)
    listed = call("GET", "/apps", key=owner)
    [shown] = [each for each in listed.json["items"] if each["server"] == sandbox.url]
    assert (shown["app_id"], shown["has_client_secret"]) == (app.app_id, True)
    secret = wiring.authorising().registrations.opened(app).client_secret
    assert secret is not None
    assert secret.get_secret_value() not in app.model_dump_json() + listed.text


def test_a_server_that_has_forgotten_the_app_gives_another(
    owner_of_account: Owner, sandbox: Sandbox
) -> None:
    owner_of_account.connect()
    [before] = apps_on(sandbox)
    sandbox.control.reset()
    sandbox.control.create_account("bakery")

    assert owner_of_account.connect()["connected"]

    [after] = apps_on(sandbox)
    assert after.app_id == before.app_id
    assert after.client_id != before.client_id


def test_where_a_platform_is_one_server_the_newest_app_that_can_ask_is_asked_with(
    empty: None, owner_of_account: Owner, owner: str, held_clock: Clock
) -> None:
    find = wiring.authorising().registrations.find
    with pytest.raises(Conflict, match="no app of facebook"):
        find("facebook", None, now=TEN)
    for client in ({"client_id": "1"}, {"client_id": "2", "client_secret": "shh"}, {}):
        held_clock.time += timedelta(seconds=1)
        given = {"platform": "facebook", **client}
        owner_of_account.call("POST", "/apps", key=owner, body=given)

    app = wiring.authorising().registrations.opened(find("facebook", None, now=TEN))

    assert (app.client_id, app.client_secret) == ("2", SecretStr("shh"))
    assert app.redirect_uri == f"{settings().api_url}/oauth/facebook/callback"
    with pytest.raises(Unacceptable, match="server"):
        find("facebook", "https://m.example", now=TEN)


class Meanwhile(httpx.BaseTransport):
    """The network as it is; but before the first answer from a path, something else happens."""

    def __init__(self, path: str) -> None:
        self._real = httpx.HTTPTransport(trust_env=False)
        self._path = path
        self.then: Callable[[], object] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._real.handle_request(request)
        if request.url.path == self._path and self.then:
            then, self.then = self.then, None
            then()
        return response

    def close(self) -> None:
        self._real.close()


@contextmanager
def interrupted(path: str, held_clock: Clock) -> Iterator[Meanwhile]:
    transport = Meanwhile(path)
    with wiring.rewired(now=held_clock, transport=transport):
        yield transport
        wiring.http().close()


def test_of_two_who_first_come_to_a_server_both_ask_with_the_same_app(
    workspace: Workspace, sandbox: Sandbox, held_clock: Clock
) -> None:
    addresses: list[httpx.URL] = []

    def begin(authorising: Authorising) -> None:
        begun = authorising.begin(
            "mastodon",
            server=sandbox.url,
            workspace_id=workspace.workspace_id,
            key_id="key_1",
            now=TEN,
        )
        addresses.append(httpx.URL(begun.address))

    with interrupted("/api/v1/apps", held_clock) as network:
        network.then = lambda: begin(wiring.authorising())
        begin(wiring.authorising())

    [app] = apps_on(sandbox)
    assert [each.params["client_id"] for each in addresses] == [app.client_id] * 2
