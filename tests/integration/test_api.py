"""The API as a whole: what is true of every route."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from functions.api.handler import handler
from local.aws.process import LocalAws
from tellal import wiring
from tellal.access import keys, setup
from tellal.access.permissions import Role
from tellal.api.app import ROUTES
from tellal.api.routes import MOST_BYTES, Route
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.errors import AlreadyChanged
from tellal.stores.table import transact
from tests.conftest import TEN
from tests.integration.api_calls import Call, key_of

CLOSED = [route for route in ROUTES if route.needs is not None]
LARGEST_REPLY = 4 * 1024 * 1024  # of Lambda's own 6 MB


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", CLOSED, ids=name)
def test_without_a_key_a_route_says_nothing_but_that_one_is_needed(
    call: Call, route: Route
) -> None:
    path = route.path.replace("<", "").replace(">", "")
    for key in (None, "tk_" + "x" * 43, "no token at all"):
        reply = call(route.method, path, key=key, body="{not even JSON")
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_that_has_run_out_is_no_key(call: Call, workspace: Workspace) -> None:
    token = keys.new_token()
    key = keys.make(
        token, name="old", role=Role.ADMIN, workspace_id=workspace.workspace_id, now=TEN
    )
    wiring.access().create(key.model_copy(update={"expires_epoch": int(TEN.timestamp())}))

    assert call("GET", "/posts", key=token.get_secret_value()).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/workspaces/{workspace}", None),
        ("PATCH", "/workspaces/{workspace}", {"name": "Mine"}),
        ("POST", "/workspaces/{workspace}/pause", None),
        ("POST", "/workspaces/{workspace}/resume", {"held": "release"}),
        ("GET", "/channels/{channel}", None),
        ("PATCH", "/channels/{channel}", {"polled": False}),
        ("DELETE", "/channels/{channel}", None),
        ("GET", "/observations?channel_id={channel}", None),
        ("GET", "/posts/{post}", None),
        ("PATCH", "/posts/{post}", {"text": "Mine"}),
        ("POST", "/posts/{post}/schedule", {}),
        ("POST", "/posts/{post}/cancel", None),
        ("GET", "/deliveries/{delivery}", None),
        ("POST", "/deliveries/{delivery}/retry", None),
        ("POST", "/deliveries/{delivery}/release", None),
        ("POST", "/deliveries/{delivery}/cancel", None),
        ("POST", "/deliveries/{delivery}/confirm", {"url": "https://x.example", "remote_id": "1"}),
        ("POST", "/deliveries/{delivery}/deny", None),
        ("GET", "/members/{member}", None),
        ("PATCH", "/members/{member}", {"name": "Mine"}),
        ("DELETE", "/members/{member}", None),
        ("GET", "/media/{media}", None),
        ("POST", "/media/{media}/complete", None),
        ("DELETE", "/media/{media}", None),
        ("DELETE", "/keys/{key}", None),
    ],
)
def test_from_another_workspace_nothing_is_there_and_nothing_changes(
    call: Call,
    admin: str,
    elsewhere: str,
    workspace: Workspace,
    mastodon_channel: Channel,
    method: str,
    path: str,
    body: Any,
) -> None:
    given = {"text": "Ours", "channel_ids": [mastodon_channel.channel_id]}
    later = {**given, "publish_at": "2099-01-01T10:00:00Z"}
    post = call("POST", "/posts", key=admin, body=later).json
    photo = {"filename": "a.png", "mime_type": "image/png", "size": 10}
    person = {"name": "Ayşe", "role": "moderator"}
    names = {
        "workspace": workspace.workspace_id,
        "channel": mastodon_channel.channel_id,
        "post": post["post_id"],
        "delivery": post["delivery_ids"][0],
        "media": call("POST", "/media", key=admin, body=photo).json["media_id"],
        "member": call("POST", "/members", key=admin, body=person).json["member_id"],
        "key": f"key_{keys.hashed(SecretStr(admin))}",
    }
    place, _, query = path.format(**names).partition("?")
    asked = dict([query.split("=")]) if query else None

    assert call(method, place, key=elsewhere, body=body, query=asked).status == 404

    assert call("GET", f"/posts/{post['post_id']}", key=admin).json == post
    assert call("GET", f"/channels/{names['channel']}", key=admin).json["state"] == "connected"
    assert wiring.workspaces().get(workspace.workspace_id) == workspace


def test_another_workspaces_channels_and_files_cannot_be_named_in_a_post(
    call: Call, elsewhere: str, admin: str, mastodon_channel: Channel
) -> None:
    photo = {"filename": "a.png", "mime_type": "image/png", "size": 10}
    media_id = call("POST", "/media", key=admin, body=photo).json["media_id"]
    given = {
        "text": "Theirs",
        "media": [{"media_id": media_id}],
        "channel_ids": [mastodon_channel.channel_id],
    }
    reply = call("POST", "/posts", key=elsewhere, body=given)
    assert reply.status == 422
    assert set(reply.broken) == {"media[0].media_id", "channel_ids[0]"}


def test_a_role_may_do_what_it_may_and_no_more(
    call: Call, workspace: Workspace, mastodon_channel: Channel
) -> None:
    viewer, approver = (
        key_of(workspace.workspace_id, role) for role in (Role.VIEWER, Role.APPROVER)
    )
    draft = {"text": "Hello", "channel_ids": [mastodon_channel.channel_id], "draft": True}
    for key in (viewer, approver):
        assert call("GET", "/posts", key=key).status == 200
        assert call("POST", "/posts", key=key, body=draft).status == 403
        assert call("POST", "/workspaces", key=key, body={}).status == 403


def test_the_owners_key_names_a_workspace(call: Call, owner: str, workspace: Workspace) -> None:
    reply = call("GET", "/posts", key=owner)
    assert (reply.status, "Tellal-Workspace" in reply.json["detail"]) == (400, True)
    for named, status in (
        (workspace.workspace_id, 200),
        ("ws_nobody", 404),
        ("x" * 3000, 404),
        ("", 404),
    ):
        headers = {"Tellal-Workspace": named}
        assert call("GET", "/posts", key=owner, headers=headers).status == status


def test_a_workspaces_key_cannot_name_another_workspace(
    call: Call, elsewhere: str, workspace: Workspace
) -> None:
    headers = {"Tellal-Workspace": workspace.workspace_id}
    assert call("GET", "/posts", key=elsewhere, headers=headers).status == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{nope", 400),
        ("[" * 200_000, 400),
        ('{"text": NaN}', 400),
        ("[]", 422),
        (None, 422),
        ('{"text": "\\ud800", "draft": true}', 422),
        ('{"text": "' + "x" * MOST_BYTES + '"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_told_apart_from_one_that_breaks_a_rule(
    call: Call, admin: str, body: str | None, status: int
) -> None:
    reply = call("POST", "/posts", key=admin, body=body)
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json["status"] == status


def test_half_a_character_is_refused_wherever_it_stands(call: Call, owner: str) -> None:
    half = "\\ud800"
    for path, body in (
        ("/setup", f'{{"token": "{half}"}}'),
        ("/apps", f'{{"platform": "facebook", "client_secret": "{half}"}}'),
        ("/posts", f'{{"variants": {{"{half}": {{}}}}}}'),
    ):
        assert call("POST", path, key=owner, body=body).status == 422


def test_whole_characters_spelled_in_halves_are_text(call: Call, admin: str) -> None:
    body = '{"text": "\\ud83e\\udd6f", "draft": true}'
    assert call("POST", "/posts", key=admin, body=body).json["text"] == "🥯"


def test_however_much_is_wrong_the_answer_stays_small(call: Call, admin: str) -> None:
    for body in ({f"k{number}": 0 for number in range(50_000)}, {"k" * 500_000: 0}):
        reply = call("POST", "/posts", key=admin, body=body)
        assert reply.status == 422
        assert len(reply.text) < 50_000


@pytest.mark.parametrize("named", ["application/x-www-form-urlencoded", "application/jsonp"])
def test_a_body_that_is_not_said_to_be_json_is_not_read(call: Call, admin: str, named: str) -> None:
    headers = {"Content-Type": named}
    assert call("POST", "/posts", key=admin, body="{}", headers=headers).status == 415


def test_an_address_that_is_not_there_is_told_apart_from_a_method_that_is_not(
    call: Call, admin: str
) -> None:
    assert call("GET", "/nowhere", key=admin).status == 404
    reply = call("DELETE", "/posts", key=admin)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("id_", ["%00", "%23", "%F0%9F%98%80", "a%2Fb"])
def test_an_id_that_none_of_ours_can_be_is_not_there(call: Call, admin: str, id_: str) -> None:
    for place in ("posts", "channels", "media", "deliveries", "conversations"):
        assert call("GET", f"/{place}/{unquote(id_)}", key=admin).status == 404


def test_a_time_from_after_its_end_is_refused(call: Call, admin: str) -> None:
    query = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    for place in ("posts", "deliveries", "media", "conversations"):
        assert list(call("GET", f"/{place}", key=admin, query=query).broken) == ["since"]


def test_a_cursor_of_another_listing_or_none_at_all_is_refused(call: Call, admin: str) -> None:
    for cursor in ("x", "eyJhIjogMX0", "e30x", "bnVsbA", "ü"):
        reply = call("GET", "/posts", key=admin, query={"cursor": cursor})
        assert (reply.status, list(reply.broken)) == (422, ["cursor"])


def test_a_failure_of_ours_tells_nothing_of_what_is_inside(
    call: Call, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLES", json.dumps({"access": settings().tables["access"]}))
    wiring.forget()
    reply = call("GET", "/posts", key=admin)
    assert reply.status == 500
    assert "posts" not in reply.text


def test_the_sample_events_are_answered(
    aws: LocalAws, event: Callable[[str], Any], context: Any
) -> None:
    assert handler(event("api/greet"), context)["statusCode"] == 200
    assert handler(event("api/write_post"), context)["statusCode"] == 401


def test_the_page_of_the_document_needs_no_other_server_and_fits_a_reply(call: Call) -> None:
    page = call("GET", "/docs")
    assert page.status == 200
    assert "<script src" not in page.text
    assert "<link" not in page.text
    assert len(json.dumps(page.text)) < LARGEST_REPLY
    assert call("GET", "/openapi.json").json["info"]["title"] == "Tellal"


# ── setting up ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def offered(empty: None) -> str:
    token = keys.new_token()
    assert setup.offer(wiring.access(), token)
    return token.get_secret_value()


def test_the_set_up_token_makes_one_owner_and_is_worth_nothing_ever_after(
    call: Call, offered: str
) -> None:
    made = call("POST", "/setup", body={"token": offered, "name": "Ann"})
    assert made.status == 201
    assert call("GET", "/workspaces", key=made.json["token"]).status == 200

    assert call("POST", "/setup", body={"token": offered, "name": "Bob"}).status == 404
    assert not setup.offer(wiring.access(), keys.new_token())


def test_no_other_token_sets_up(call: Call, offered: str) -> None:
    other = keys.new_token().get_secret_value()
    assert call("POST", "/setup", body={"token": other}).status == 404


def test_nothing_is_set_up_where_nothing_was_offered(call: Call, empty: None) -> None:
    assert call("POST", "/setup", body={"token": "tk_x"}).status == 404


def test_of_two_who_set_up_at_the_same_moment_one_becomes_the_owner(offered: str) -> None:
    traded = [
        setup.trade(
            wiring.access(),
            SecretStr(offered),
            owner_token=keys.new_token(),
            name=name,
            now=TEN,
        )
        for name in ("Ann", "Bob")
    ]
    transact(wiring.aws("dynamodb"), traded[0][1])
    with pytest.raises(AlreadyChanged):
        transact(wiring.aws("dynamodb"), traded[1][1])


def test_until_it_is_taken_another_token_may_be_offered_in_its_place(
    call: Call, offered: str
) -> None:
    newer = keys.new_token()
    assert setup.offer(wiring.access(), newer)
    assert call("POST", "/setup", body={"token": offered}).status == 404
    assert call("POST", "/setup", body={"token": newer.get_secret_value()}).status == 201


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def test_a_key_is_shown_once_and_works_until_it_is_revoked(call: Call, admin: str) -> None:
    made = call("POST", "/keys", key=admin, body={"name": "CI", "role": "editor"}).json
    listed = call("GET", "/keys", key=admin).json["items"]
    assert made["token"] not in json.dumps(listed)
    assert made["token"][-4:] in [each["ends_with"] for each in listed]
    assert call("GET", "/posts", key=made["token"]).status == 200

    assert call("DELETE", f"/keys/{made['key_id']}", key=admin).status == 204
    assert call("GET", "/posts", key=made["token"]).status == 401


def test_nobody_gives_more_than_they_have(call: Call, admin: str, owner: str) -> None:
    given = {"name": "Mine", "role": "owner"}
    assert call("POST", "/keys", key=admin, body=given).status == 403
    assert call("POST", "/keys", key=owner, body=given).status == 201


def test_a_key_cannot_revoke_itself(call: Call, owner: str) -> None:
    key_id = f"key_{keys.hashed(SecretStr(owner))}"
    assert call("DELETE", f"/keys/{key_id}", key=owner).status == 409


def test_a_key_goes_by_its_whole_id(call: Call, owner: str, admin: str) -> None:
    for token in (owner, admin):  # without its beginning, a key could revoke itself
        path = f"/keys/{keys.hashed(SecretStr(token))}"
        assert call("DELETE", path, key=owner).status == 404
    assert call("GET", "/posts", key=admin).status == 200


def test_the_row_of_the_set_up_is_no_key(call: Call, offered: str, owner: str) -> None:
    for key_id in ("setup", "key_setup"):
        assert call("DELETE", f"/keys/{key_id}", key=owner).status == 404
