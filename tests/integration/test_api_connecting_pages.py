"""Connecting pages by one consent, with their owner's browser, and publishing on them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import running
from tellal import wiring
from tellal.platforms.facebook.line import FacebookCredentials
from tellal.platforms.graph import proof_of
from tellal.platforms.protocol import Deletes, PartKey, Published, Thread
from tellal.posts import Content
from tests.conftest import TEN, Clock
from tests.integration.api_calls import Call
from tests.integration.consenting import Owner, row_of
from tests.platforms.sample import Media

TOKEN = "/v25.0/oauth/access_token"


@pytest.fixture
def owner_of_pages(
    empty: None,  # the newest app of a platform is asked with: nobody else's may be there
    call: Call,
    admin: str,
    owner: str,
    held_clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Owner]:
    """Who runs two pages, on a sandbox that insists on proofs."""
    with running("facebook") as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({"facebook": sandbox.hosts}))
        with wiring.rewired(now=held_clock):
            sandbox.control.create_account("bakery", display_name="Acme Bakery")
            details = {"owner": "bakery", "tasks": "ANALYZE"}
            sandbox.control.create_account("cafe", display_name="Acme Café", details=details)
            sandbox.control.change_settings(needs_proof=True)
            app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            call("POST", "/apps", key=owner, body={"platform": "facebook", **app})
            sandbox.control.forget_requests()
            yield Owner(call, admin, sandbox)
            wiring.http().close()


def offered(owner: Owner, **allowing: Any) -> Any:
    begun = owner.begin()
    page = owner.come_back(owner.allow(begun, **allowing))
    assert page.status == 200, page.text
    return begun


def choose(owner: Owner, begun: Any, *remote_ids: str) -> Any:
    path = f"/channels/connections/{begun['connection_id']}/choose"
    chosen = owner.call("POST", path, key=owner.admin, body={"remote_ids": remote_ids})
    assert chosen.status == 200, chosen.text
    return {each["remote_id"]: each for each in chosen.json["presences"]}


def credentials_of(channel_id: str) -> FacebookCredentials:
    row = wiring.credentials().get(channel_id)
    assert row is not None
    opened = wiring.credentials().open(row, FacebookCredentials)
    assert row.expires_at is None
    return opened


def test_one_consent_offers_every_page_and_those_are_connected_that_are_chosen(
    owner_of_pages: Owner,
) -> None:
    begun = offered(owner_of_pages)
    shown = owner_of_pages.shown(begun)
    assert shown["state"] == "choosing"
    told = {each["remote_id"]: each["warnings"] for each in shown["presences"]}
    assert told == {
        "bakery": [],
        "cafe": ["Without the task CREATE_CONTENT on the page Acme Café nothing can be published"],
    }

    chosen = choose(owner_of_pages, begun, "bakery")

    assert {name: each["connected"] for name, each in chosen.items()} == {
        "bakery": True,
        "cafe": False,
    }
    held = credentials_of(chosen["bakery"]["channel_id"])
    app_secret = FacebookCredentials.model_validate({"access_token": CLIENT_SECRET}).access_token
    assert held.proof == proof_of(held.access_token, app_secret)
    kept = json.dumps(row_of(begun))
    assert held.access_token.get_secret_value() not in kept
    assert CLIENT_SECRET not in kept


def test_a_page_that_was_connected_publishes_long_after_its_owners_token_has_ended(
    owner_of_pages: Owner,
) -> None:
    begun = offered(owner_of_pages)
    chosen = choose(owner_of_pages, begun, "bakery")
    channel = wiring.channels().get(chosen["bakery"]["channel_id"])
    assert channel is not None
    owner_of_pages.sandbox.control.advance(seconds=70 * 86_400)
    adapter: Any = wiring.adapters().open(channel, now=TEN)

    (part,) = adapter.render(Content(text="Fresh bread"), channel)
    made = adapter.commit(part, key=PartKey("dlv_1", 0, TEN), thread=Thread(), media=Media())

    assert isinstance(made, Published)
    [post] = owner_of_pages.sandbox.control.posts()
    assert (post["id"], post["text"]) == (made.remote.id, "Fresh bread")
    assert isinstance(adapter, Deletes)
    adapter.delete(made.remote)
    assert owner_of_pages.sandbox.control.posts()[0]["deleted"]


def test_what_was_left_out_is_named_on_every_page(owner_of_pages: Owner) -> None:
    begun = offered(owner_of_pages, scopes="pages_show_list,pages_manage_posts")
    for presence in owner_of_pages.shown(begun)["presences"]:
        told = " ".join(presence["warnings"])
        assert "pages_read_engagement posts cannot be looked for once they were sent" in told
        assert "pages_manage_posts" not in told


def test_a_consent_that_hides_the_pages_connects_nothing(owner_of_pages: Owner) -> None:
    begun = owner_of_pages.begin()
    query = owner_of_pages.allow(begun, scopes="pages_manage_posts")
    assert owner_of_pages.come_back(query).status == 400
    assert "nobody can tell which pages are yours" in owner_of_pages.shown(begun)["trouble"]


def test_a_code_that_somebody_else_used_first_is_told(owner_of_pages: Owner) -> None:
    begun = owner_of_pages.begin()
    query = owner_of_pages.allow(begun)
    assert owner_of_pages.come_back({**query, "code": "guessed"}).status == 400
    assert "does not accept this consent" in owner_of_pages.shown(begun)["trouble"]
    assert len(owner_of_pages.asked(TOKEN)) == 1


def test_one_page_is_connected_without_a_choice(
    owner_of_pages: Owner, call: Call, admin: str
) -> None:
    owner_of_pages.sandbox.control.create_account("kiosk", display_name="Kiosk")
    begun = offered(owner_of_pages, who="kiosk")
    shown = owner_of_pages.shown(begun)
    [presence] = shown["presences"]
    assert (shown["state"], presence["connected"]) == ("connected", True)
    channel = call("GET", f"/channels/{presence['channel_id']}", key=admin).json
    assert (channel["platform"], channel["name"], channel["handle"]) == (
        "facebook",
        "Kiosk",
        "kiosk",
    )


def test_of_what_is_chosen_facebook_is_asked_to_tell(owner_of_pages: Owner) -> None:
    begun = offered(owner_of_pages)
    control = owner_of_pages.sandbox.control
    assert control.subscriptions() == {}

    chosen = choose(owner_of_pages, begun, "bakery")

    assert set(control.subscriptions()) == {"bakery"}
    path = f"/channels/{chosen['bakery']['channel_id']}"
    owner_of_pages.call("DELETE", path, key=owner_of_pages.admin)
    assert control.subscriptions() == {}


def test_what_facebook_may_not_tell_is_said_of_the_page_that_was_chosen(
    owner_of_pages: Owner,
) -> None:
    left_out = "pages_show_list,pages_manage_posts,pages_manage_metadata,pages_read_user_content"
    begun = offered(owner_of_pages, scopes=left_out)
    chosen = choose(owner_of_pages, begun, "bakery")
    assert chosen["bakery"]["connected"]
    assert chosen["bakery"]["warnings"][-1] == (
        "What people write to Acme Bakery does not arrive by itself: messages are left out, for"
        " Facebook was not allowed to tell us of the page"
    )
    assert owner_of_pages.sandbox.control.subscriptions() == {"bakery": ["feed", "mention"]}
