"""Members through the API: who they are, what their keys may, and what is left of those who go."""

from typing import Any

import pytest

from tellal import wiring
from tellal.access.permissions import Role
from tellal.channels import Workspace
from tests.integration.api_calls import Call, key_of


def added(call: Call, admin: str, *, name: str = "Ayşe", role: str = "moderator") -> dict[str, Any]:
    made = call("POST", "/members", key=admin, body={"name": name, "role": role})
    assert made.status == 201
    member: dict[str, Any] = made.json
    return member


def key_for(call: Call, admin: str, member: dict[str, Any], *, role: str = "moderator") -> str:
    given = {"name": "phone", "role": role, "member_id": member["member_id"]}
    made = call("POST", "/keys", key=admin, body=given)
    assert (made.status, made.json["member_id"]) == (201, member["member_id"])
    return str(made.json["token"])


def test_members_are_added_listed_shown_and_changed(call: Call, admin: str) -> None:
    member = added(call, admin)
    at = f"/members/{member['member_id']}"
    assert call("GET", "/members", key=admin).json["items"] == [member]
    change = {"role": "editor", "email": "ayse@acme.example"}
    changed = call("PATCH", at, key=admin, body=change).json
    assert changed == {**member, **change}
    assert call("PATCH", at, key=admin, body={"email": None}).json["email"] is None
    assert call("GET", at, key=admin).json == {**member, "role": "editor"}


def test_a_member_that_is_added_again_is_added_once(call: Call, admin: str) -> None:
    given: dict[str, Any] = {
        "body": {"name": "Ayşe", "role": "editor"},
        "headers": {"Idempotency-Key": "m-1"},
    }
    first, second = (call("POST", "/members", key=admin, **given) for _ in range(2))
    assert first.json == second.json
    assert len(call("GET", "/members", key=admin).json["items"]) == 1


def test_a_members_key_may_what_both_it_and_they_may(call: Call, admin: str) -> None:
    member = added(call, admin, role="moderator")
    key = key_for(call, admin, member, role="admin")
    assert call("GET", "/members", key=key).status == 200
    assert call("POST", "/members", key=key, body={"name": "X", "role": "viewer"}).status == 403
    at = f"/members/{member['member_id']}"
    assert call("PATCH", at, key=admin, body={"role": "admin"}).status == 200
    assert call("POST", "/members", key=key, body={"name": "X", "role": "viewer"}).status == 201


def test_a_removed_members_keys_open_nothing_and_their_name_is_kept(call: Call, admin: str) -> None:
    member = added(call, admin)
    key, at = key_for(call, admin, member), f"/members/{member['member_id']}"
    assert call("GET", "/members", key=key).status == 200
    for _ in range(2):
        assert call("DELETE", at, key=admin).status == 204
    assert call("GET", "/members", key=key).status == 401
    assert call("GET", "/members", key=admin).json["items"] == []
    shown = call("GET", at, key=admin).json
    assert (shown["name"], shown["removed_at"] is None) == ("Ayşe", False)
    assert call("PATCH", at, key=admin, body={"role": "admin"}).status == 404
    listed = call("GET", "/keys", key=admin).json["items"]
    assert member["member_id"] not in [each["member_id"] for each in listed]


def test_the_row_alone_decides_even_while_a_key_is_left(call: Call, admin: str) -> None:
    member = added(call, admin)
    key = key_for(call, admin, member)
    row = wiring.members().get(member["member_id"])
    assert row is not None
    wiring.members().save(row, row.model_copy(update={"removed_at": row.created_at}))
    assert call("GET", "/members", key=key).status == 401


def test_nobody_removes_or_lowers_themself(call: Call, admin: str) -> None:
    member = added(call, admin, role="admin")
    key, at = key_for(call, admin, member, role="admin"), f"/members/{member['member_id']}"
    assert call("DELETE", at, key=key).status == 409
    assert call("PATCH", at, key=key, body={"role": "viewer"}).status == 409
    assert call("PATCH", at, key=key, body={"name": "Ayşe Y."}).status == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": "editor"}, "name"),
        ({"name": " ", "role": "editor"}, "name"),
        ({"name": "Ayşe", "role": "boss"}, "role"),
        ({"name": "Ayşe", "role": "owner"}, "role"),
        ({"name": "Ayşe", "role": "editor", "email": "nowhere"}, "email"),
        ({"name": "Ayşe", "role": "editor", "mail": "a@b.example"}, "mail"),
    ],
)
def test_what_is_no_member_is_refused_by_its_field(
    call: Call, admin: str, given: dict[str, Any], field: str
) -> None:
    reply = call("POST", "/members", key=admin, body=given)
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_a_key_is_for_a_member_of_this_workspace(call: Call, admin: str, elsewhere: str) -> None:
    stranger = added(call, elsewhere)
    for member_id in (stranger["member_id"], "mem_nobody"):
        given = {"name": "phone", "role": "editor", "member_id": member_id}
        reply = call("POST", "/keys", key=admin, body=given)
        assert (reply.status, list(reply.broken)) == (422, ["member_id"])


def test_an_owners_key_is_no_members(
    call: Call, owner: str, admin: str, workspace: Workspace
) -> None:
    member = added(call, admin)
    given = {"name": "phone", "role": "owner", "member_id": member["member_id"]}
    there = {"Tellal-Workspace": workspace.workspace_id}
    reply = call("POST", "/keys", key=owner, body=given, headers=there)
    assert (reply.status, list(reply.broken)) == (422, ["role"])


@pytest.mark.parametrize("role", [Role.EDITOR, Role.APPROVER, Role.MODERATOR, Role.VIEWER])
def test_only_who_manages_members_changes_them(
    call: Call, admin: str, workspace: Workspace, role: Role
) -> None:
    key, at = key_of(workspace.workspace_id, role), f"/members/{added(call, admin)['member_id']}"
    assert call("GET", at, key=key).status == 200
    for method, path, body in (
        ("POST", "/members", {"name": "X", "role": "viewer"}),
        ("PATCH", at, {"name": "X"}),
        ("DELETE", at, None),
    ):
        assert call(method, path, key=key, body=body).status == 403
