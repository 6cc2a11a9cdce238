"""Conversions told without a key: signed by programs, and by the snippet in a page."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from tellal import clock, wiring
from tellal.access import signatures
from tellal.api.site import MOST_A_MINUTE
from tellal.channels import Workspace
from tests.conftest import Clock, Network
from tests.integration.api_calls import Call, Reply

SALE = {"id": "order-1", "stage": "sale", "value": "12.50", "currency": "EUR"}
SHOP = "https://shop.example"


def new_secret(call: Call, key: str) -> str:
    made = call("POST", "/conversions/secrets", key=key)
    assert made.status == 201
    return str(made.json["secret"])


def send(
    call: Call,
    workspace: Workspace,
    *secrets_: str,
    told: Any = None,
    minutes: float = 0,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    text = json.dumps({"conversions": told or [SALE]})
    timestamp = str(int((clock.now() + timedelta(minutes=minutes)).timestamp()))
    signed = [
        signatures.signature(
            SecretStr(each), message_id="msg_1", timestamp=timestamp, body=text.encode()
        )
        for each in secrets_
    ]
    sent = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{each}" for each in signed),
        **(headers or {}),
    }
    at = f"/conversions/signed/{workspace.workspace_id}"
    return call("POST", at, body=body or text, headers=sent)


def kept(workspace: Workspace) -> list[Any]:
    return wiring.conversions().of_workspace(workspace.workspace_id).items


# ── signed ───────────────────────────────────────────────────────────────────────────────────


def test_a_signed_conversion_needs_no_key(call: Call, admin: str, workspace: Workspace) -> None:
    reply = send(call, workspace, new_secret(call, admin))
    assert reply.status == 200
    assert reply.json["items"][0]["via"] == "signed"
    assert len(kept(workspace)) == 1


def test_a_copy_of_a_signed_conversion_counts_nothing_twice(
    call: Call, admin: str, workspace: Workspace
) -> None:
    secret = new_secret(call, admin)
    first, second = (send(call, workspace, secret) for _ in range(2))
    assert (second.status, second.json) == (200, first.json)
    assert len(kept(workspace)) == 1


def test_told_with_a_key_and_signed_it_is_one(call: Call, admin: str, workspace: Workspace) -> None:
    call("POST", "/conversions", key=admin, body={"conversions": [SALE]})
    assert send(call, workspace, new_secret(call, admin)).status == 200
    assert len(kept(workspace)) == 1


def test_secrets_rotate_two_at_a_time(call: Call, admin: str, workspace: Workspace) -> None:
    first, second = (new_secret(call, admin) for _ in range(2))
    assert call("GET", "/conversions/intake", key=admin).json["secrets"] == 2
    for secret in (first, second):
        assert send(call, workspace, secret).status == 200
    third = new_secret(call, admin)
    assert send(call, workspace, first).status == 403
    assert send(call, workspace, second).status == 200
    assert call("DELETE", "/conversions/secrets", key=admin).status == 204
    assert send(call, workspace, second).status == 403
    assert send(call, workspace, third).status == 200
    assert call("DELETE", "/conversions/secrets", key=admin).status == 204
    assert send(call, workspace, third).status == 200


def test_a_secret_is_kept_sealed_and_shown_once(
    call: Call, admin: str, workspace: Workspace
) -> None:
    secret = new_secret(call, admin)
    row = wiring.workspaces().get(workspace.workspace_id)
    assert row is not None
    assert secret.removeprefix("whsec_") not in row.model_dump_json()
    for path in ("/conversions/intake", f"/workspaces/{workspace.workspace_id}"):
        shown = call("GET", path, key=admin).text
        assert "whsec_" not in shown
        assert row.sealed_conversion_secrets[0] not in shown


@pytest.mark.parametrize("minutes", [-6, 6])
def test_clocks_may_differ_by_five_minutes_and_no_more(
    call: Call, admin: str, workspace: Workspace, minutes: float
) -> None:
    secret = new_secret(call, admin)
    assert send(call, workspace, secret, minutes=minutes).status == 403
    assert send(call, workspace, secret, minutes=minutes / 2).status == 200


def test_nothing_is_read_before_it_is_known_who_wrote_it(
    call: Call, admin: str, workspace: Workspace
) -> None:
    secret = new_secret(call, admin)
    for refused in (
        send(call, workspace, secret, body="{not even JSON"),
        send(call, workspace),
        send(call, workspace, signatures.new_secret().get_secret_value()),
        send(call, workspace, secret, headers={"webhook-id": "msg_2"}),
        send(call, workspace.model_copy(update={"workspace_id": "ws_nobody"}), secret),
    ):
        assert refused.status == 403
    assert kept(workspace) == []


def test_a_workspaces_secret_signs_for_no_other(
    call: Call, admin: str, elsewhere: str, workspace: Workspace
) -> None:
    new_secret(call, admin)
    assert send(call, workspace, new_secret(call, elsewhere)).status == 403


def test_a_key_to_ask_once_replays_nothing_to_whoever_did_not_sign(
    call: Call, admin: str, workspace: Workspace
) -> None:
    name = {"Idempotency-Key": "1"}
    assert send(call, workspace, new_secret(call, admin), headers=name).status == 200
    assert send(call, workspace, headers=name).status == 403


def test_what_is_signed_and_breaks_a_rule_is_told_as_everywhere(
    call: Call, admin: str, workspace: Workspace
) -> None:
    secret = new_secret(call, admin)
    wrong = send(call, workspace, secret, told=[{**SALE, "stage": "bought"}])
    assert (wrong.status, list(wrong.broken)) == (422, ["conversions[0].stage"])
    send(call, workspace, secret)
    assert send(call, workspace, secret, told=[{**SALE, "value": "13"}]).status == 409


# ── from a site ──────────────────────────────────────────────────────────────────────────────


def open_site(call: Call, key: str, **given: Any) -> str:
    body = {"origins": [SHOP], "stages": ["lead"], **given}
    shown = call("PUT", "/conversions/site", key=key, body=body)
    assert shown.status == 200, shown.text
    return str(shown.json["site_key"])


def tell(
    call: Call, site_key: str, *, origin: str | None = SHOP, method: str = "POST", **facts: Any
) -> Reply:
    body = {"id": "lead-1", "stage": "lead", **facts} if method == "POST" else None
    headers = {"Origin": origin} if origin else {}
    return call(method, f"/conversions/site/{site_key}", body=body, headers=headers)


def test_a_page_of_the_site_tells_without_a_key(
    call: Call, admin: str, workspace: Workspace
) -> None:
    reply = tell(call, open_site(call, admin))
    assert (reply.status, reply.json) == (200, {"id": "lead-1"})
    assert reply.headers["Access-Control-Allow-Origin"] == SHOP
    assert reply.headers["Vary"] == "Origin"
    [row] = kept(workspace)
    assert row["via"] == "site"


def test_a_browser_that_asks_first_is_let_through(call: Call, admin: str) -> None:
    asked = tell(call, open_site(call, admin), method="OPTIONS")
    assert asked.status == 204
    allowed = {
        name: asked.headers[f"Access-Control-Allow-{name}"] for name in ("Origin", "Headers")
    }
    assert allowed == {"Origin": SHOP, "Headers": "content-type"}


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "*",
        "https://elsewhere.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://SHOP.example",
    ],
)
def test_a_page_of_any_other_origin_may_not(
    call: Call, admin: str, workspace: Workspace, origin: str | None, method: str
) -> None:
    refused = tell(call, open_site(call, admin), origin=origin, method=method)
    assert refused.status == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert kept(workspace) == []


def test_a_page_tells_of_no_stage_but_those_allowed(
    call: Call, admin: str, workspace: Workspace
) -> None:
    key = open_site(call, admin)
    reply = tell(call, key, stage="sale")
    assert (reply.status, list(reply.broken)) == (422, ["stage"])
    assert kept(workspace) == []
    open_site(call, admin, stages=["lead", "sale"])
    assert tell(call, key, stage="sale").status == 200  # the key is the same


def test_a_new_key_ends_the_old_one(call: Call, admin: str) -> None:
    old = open_site(call, admin)
    new = open_site(call, admin, new_key=True)
    assert tell(call, old).status == 404
    assert tell(call, new).status == 200


def test_a_key_that_none_is_leads_nowhere(call: Call, admin: str, workspace: Workspace) -> None:
    own = workspace.workspace_id.removeprefix("ws_")
    for key in ("x", f"site_{own}_{'0' * 18}", f"site_{'0' * 26}_{'0' * 18}", "site_%00"):
        assert tell(call, key).status == 404
        assert call("GET", "/snippet.js", query={"site": key}).status == 404


def test_a_page_takes_no_id_that_the_shop_will_use(
    call: Call, admin: str, workspace: Workspace
) -> None:
    tell(call, open_site(call, admin), id="order-1")
    told = call("POST", "/conversions", key=admin, body={"conversions": [SALE]})
    assert told.status == 200
    assert len(kept(workspace)) == 2


def test_no_more_is_taken_from_a_site_than_so_much_a_minute(
    call: Call, admin: str, workspace: Workspace, network: Network, held_clock: Clock
) -> None:
    key = open_site(call, admin)
    minute = clock.text(held_clock())[:16]
    for _ in range(MOST_A_MINUTE - 1):
        wiring.once().count(
            "site", f"{workspace.workspace_id}#{minute}", until=clock.now() + timedelta(hours=1)
        )
    assert tell(call, key, id="last").status == 200
    refused = tell(call, key, id="one more")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
    assert len(kept(workspace)) == 1
    held_clock.time += timedelta(minutes=1)
    assert tell(call, key, id="one more").status == 200


@pytest.mark.parametrize(
    "origin",
    ["shop.example", "https://shop.example/", "http://shop.example", "https://*.example", "*", ""],
)
def test_what_is_no_origin_is_refused(call: Call, admin: str, origin: str) -> None:
    body = {"origins": [origin]}
    reply = call("PUT", "/conversions/site", key=admin, body=body)
    assert (reply.status, list(reply.broken)) == (422, ["origins[0]"])


def test_the_snippet_is_served_for_the_workspace_and_may_be_cached(
    call: Call, admin: str, workspace: Workspace
) -> None:
    key = open_site(call, admin)
    place = f"/workspaces/{workspace.workspace_id}"
    call("PATCH", place, key=admin, body={"conversion_window_days": 7})
    reply = call("GET", "/snippet.js", query={"site": key})
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/javascript")
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    assert f"/conversions/site/{key}" in reply.text
    assert '"days": 7' in reply.text
    assert "__GIVEN__" not in reply.text


def test_whoever_may_not_change_the_workspace_opens_nothing(
    call: Call, admin: str, elsewhere: str
) -> None:
    mine, theirs = open_site(call, admin), open_site(call, elsewhere)
    assert mine != theirs
    assert call("GET", "/conversions/intake", key=elsewhere).json["site"]["site_key"] == theirs
