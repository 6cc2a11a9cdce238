"""A consent that lets into a member and their pages: from the first request to the channels."""

import json
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

import httpx
import pytest

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox, running
from tellal import clock, wiring
from tellal.config import settings
from tests.conftest import Clock
from tests.integration.api_calls import Call, Reply
from tests.integration.consenting import HIDDEN, row_of

CALLBACK = "/oauth/linkedin/callback"
REVOKE = "/oauth/v2/revoke"

# Another test's channels may be the same member's, by an app of the same moment.
pytestmark = pytest.mark.usefixtures("empty")


@pytest.fixture
def sandbox(
    call: Call, owner: str, held_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """With a member who manages two pages and may look at a third."""
    with running("linkedin") as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({"linkedin": sandbox.hosts}))
        with wiring.rewired(now=held_clock):
            for name, role in (
                ("bakery", "ADMINISTRATOR"),
                ("cafe", "CONTENT_ADMINISTRATOR"),
                ("museum", "ANALYST"),
            ):
                sandbox.control.create_account(name, details={"admin": "ann", "role": role})
            app = {"platform": "linkedin", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            assert call("POST", "/apps", key=owner, body=app).status == 201
            yield sandbox
            wiring.http().close()


def begin(call: Call, admin: str) -> Any:
    begun = call("POST", "/channels/connect", key=admin, body={"platform": "linkedin"})
    assert begun.status == 201, begun.text
    return begun.json


def allow(begun: Any, sandbox: Sandbox, **changed: str) -> Mapping[str, str]:
    """Ann says yes on LinkedIn's page; what comes back with her browser."""
    page = httpx.get(begun["authorise_url"], trust_env=False)
    assert page.status_code == 200, page.text
    ann = sandbox.control.create_account("ann", details={"kind": "member"})["login"]
    fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    assert "Allow as Ann" in page.text
    address = page.url.copy_with(query=None)
    sent_back = httpx.post(address, data=fields | {"username": ann} | changed, trust_env=False)
    location = httpx.URL(sent_back.headers["location"])
    assert str(location.copy_with(query=None)) == f"{settings().api_url}{CALLBACK}"
    return dict(location.params)


def shown(call: Call, admin: str, begun: Any) -> Any:
    return call("GET", f"/channels/connections/{begun['connection_id']}", key=admin).json


def choose(call: Call, admin: str, begun: Any, *remote_ids: str) -> Reply:
    path = f"/channels/connections/{begun['connection_id']}/choose"
    return call("POST", path, key=admin, body={"remote_ids": remote_ids})


def test_of_a_member_and_their_pages_those_are_connected_that_are_chosen(
    call: Call, admin: str, sandbox: Sandbox
) -> None:
    begun = begin(call, admin)

    page = call("GET", CALLBACK, query=allow(begun, sandbox))

    assert page.status == 200
    offered = shown(call, admin, begun)
    assert offered["state"] == "choosing"
    names = {each["name"]: each["remote_id"] for each in offered["presences"]}
    assert sorted(names) == ["Ann", "Bakery", "Cafe"]
    assert all(each["warnings"] == [] for each in offered["presences"])

    chosen = choose(call, admin, begun, names["Bakery"], names["Cafe"])

    assert chosen.status == 200
    connected = {each["name"] for each in chosen.json["presences"] if each["connected"]}
    assert connected == {"Bakery", "Cafe"}
    channels = call("GET", "/channels", key=admin).json["items"]
    assert sorted(each["handle"] for each in channels) == ["bakery", "cafe"]
    assert {each["state"] for each in channels} == {"connected"}


def test_what_a_consent_leaves_out_is_told_before_anything_is_chosen(
    call: Call, admin: str, sandbox: Sandbox
) -> None:
    begun = begin(call, admin)
    scopes = "openid profile w_organization_social rw_organization_admin"
    call("GET", CALLBACK, query=allow(begun, sandbox, scope=scopes))
    warnings = {each["name"]: each["warnings"] for each in shown(call, admin, begun)["presences"]}
    assert [len(each) for each in warnings.values()] == [1, 1, 1]
    assert "w_member_social" in warnings["Ann"][0]
    assert "r_organization_social" in warnings["Bakery"][0]


def test_the_pages_share_a_token_that_is_given_back_with_the_last_of_them(
    call: Call, admin: str, sandbox: Sandbox
) -> None:
    begun = begin(call, admin)
    call("GET", CALLBACK, query=allow(begun, sandbox))
    pages = [each["remote_id"] for each in shown(call, admin, begun)["presences"]][1:]
    choose(call, admin, begun, *pages)
    channels = [each["channel_id"] for each in call("GET", "/channels", key=admin).json["items"]]

    def revoked() -> int:
        return len([each for each in sandbox.control.requests() if each["path"] == REVOKE])

    for channel_id, times in zip(channels, (0, 1), strict=True):
        assert call("DELETE", f"/channels/{channel_id}", key=admin).status == 204
        assert revoked() == times


def test_nothing_of_a_token_is_kept_in_the_open(call: Call, admin: str, sandbox: Sandbox) -> None:
    begun = begin(call, admin)
    query = allow(begun, sandbox)
    call("GET", CALLBACK, query=query)
    kept = json.dumps(row_of(begun)) + json.dumps(shown(call, admin, begun))
    for secret in (query["code"], query["state"], CLIENT_SECRET, "AQV", "AQX"):
        assert secret not in kept


def test_a_page_whose_token_ran_out_without_another_is_to_be_connected_again(
    call: Call, admin: str, sandbox: Sandbox
) -> None:
    sandbox.control.change_settings(gives_refresh_tokens=False, access_seconds=60)
    begun = begin(call, admin)
    call("GET", CALLBACK, query=allow(begun, sandbox))
    [page, *_] = [each["remote_id"] for each in shown(call, admin, begun)["presences"]][1:]
    channel_id = choose(call, admin, begun, page).json["presences"][1]["channel_id"]

    wiring.renewal().renew(now=clock.now())

    told = call("GET", f"/channels/{channel_id}", key=admin).json
    assert told["state"] == "needs_reconnect"
    assert "sixty days" in told["trouble"]
