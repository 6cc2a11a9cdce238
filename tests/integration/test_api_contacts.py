"""Contacts through the API: seen, joined, parted, erased; and their history."""

from typing import Any

import pytest

from tellal import clock, wiring
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.conversations import Author, Heard, MessageKind
from tests.conftest import TEN
from tests.integration.api_calls import Call, key_of


def hear(channel: Channel, who: str, number: int) -> None:
    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id=f"{who}-{number}",
        kind=MessageKind.MENTION,
        author=Author(remote_id=who, handle=f"{who}@x.example"),
        text="Hello",
        sent_at=TEN,
        thread=str(number),
    )
    wiring.inbox().store(channel, heard, now=clock.now())


def contacts(call: Call, key: str) -> dict[str, str]:
    """Ids by handle."""
    listed = call("GET", "/contacts", key=key).json["items"]
    return {each["author"]["handle"].partition("@")[0]: each["contact_id"] for each in listed}


@pytest.fixture
def people(
    call: Call, admin: str, mastodon_channel: Channel, bluesky_channel: Channel
) -> dict[str, str]:
    hear(mastodon_channel, "ayse", 1)
    hear(mastodon_channel, "ayse", 2)
    hear(bluesky_channel, "ayse2", 3)
    hear(mastodon_channel, "mehmet", 4)
    return contacts(call, admin)


def test_everybody_who_writes_is_a_contact_once(
    call: Call, admin: str, people: dict[str, str]
) -> None:
    assert set(people) == {"ayse", "ayse2", "mehmet"}
    shown = call("GET", f"/contacts/{people['ayse']}", key=admin).json
    assert (shown["platform"], shown["joined"], shown["joined_to"]) == ("mastodon", [], None)


def test_two_are_joined_and_parted_again(call: Call, admin: str, people: dict[str, str]) -> None:
    ayse, other, mehmet = (people[name] for name in ("ayse", "ayse2", "mehmet"))
    for _ in range(2):
        joined = call("POST", f"/contacts/{ayse}/join", key=admin, body={"contact_id": other})
        assert (joined.status, joined.json["joined_to"]) == (200, ayse)
    for one, others in ((ayse, [other]), (other, [ayse])):
        shown = call("GET", f"/contacts/{one}", key=admin).json
        assert [each["contact_id"] for each in shown["joined"]] == others
    assert call("POST", f"/contacts/{ayse}/part", key=admin).status == 409
    call("POST", f"/contacts/{mehmet}/join", key=admin, body={"contact_id": other})
    shown = call("GET", f"/contacts/{ayse}", key=admin).json
    assert {each["contact_id"] for each in shown["joined"]} == {mehmet, other}
    assert call("POST", f"/contacts/{ayse}/part", key=admin).json["joined_to"] is None
    assert call("GET", f"/contacts/{ayse}", key=admin).json["joined"] == []
    shown = call("GET", f"/contacts/{mehmet}", key=admin).json
    assert [each["contact_id"] for each in shown["joined"]] == [other]


def test_a_person_is_erased_with_all_their_contacts(
    call: Call, admin: str, people: dict[str, str]
) -> None:
    asked: list[str] = []

    class Again:
        def ask(self, function: str, event: Any) -> None:
            assert function == "tellal-test-erase_contacts"
            asked.append(event["contact_id"])

    ayse, other = people["ayse"], people["ayse2"]
    call("POST", f"/contacts/{ayse}/join", key=admin, body={"contact_id": other})
    with wiring.rewired(again=Again()):
        erased = call("DELETE", f"/contacts/{other}", key=admin)
    assert (erased.status, erased.json["erased"]) == (202, False)
    assert set(asked) == set(erased.json["contact_ids"]) == {ayse, other}
    assert set(contacts(call, admin)) == {"mehmet"}
    for each in asked:
        wiring.erasing().erase(each, now=clock.now(), in_time=lambda: True)
    assert call("DELETE", f"/contacts/{ayse}", key=admin).json["erased"] is True
    reply = call("POST", f"/contacts/{people['mehmet']}/join", key=admin, body={"contact_id": ayse})
    assert reply.status == 409


def test_another_workspaces_people_are_not_there(
    call: Call, admin: str, elsewhere: str, people: dict[str, str]
) -> None:
    at = f"/contacts/{people['ayse']}"
    assert call("GET", "/contacts", key=elsewhere).json["items"] == []
    for method, rest, body in (
        ("GET", "", None),
        ("POST", "/join", {"contact_id": people["mehmet"]}),
        ("POST", "/part", None),
        ("DELETE", "", None),
    ):
        expected = 422 if rest == "/join" else 404
        assert call(method, at + rest, key=elsewhere, body=body).status == expected
    assert len(contacts(call, admin)) == 3


def test_only_a_contact_of_the_workspace_can_be_joined(
    call: Call, admin: str, people: dict[str, str]
) -> None:
    at = f"/contacts/{people['ayse']}/join"
    reply = call("POST", at, key=admin, body={"contact_id": "con_nobody"})
    assert (reply.status, list(reply.broken)) == (422, ["contact_id"])


@pytest.mark.parametrize(("role", "joins"), [(Role.MODERATOR, 200), (Role.VIEWER, 403)])
def test_a_role_may_join_or_not_and_only_an_admin_erases(
    call: Call, workspace: Workspace, people: dict[str, str], role: Role, joins: int
) -> None:
    key, at = key_of(workspace.workspace_id, role), f"/contacts/{people['ayse']}"
    assert call("GET", at, key=key).status == 200
    body = {"contact_id": people["mehmet"]}
    assert call("POST", f"{at}/join", key=key, body=body).status == joins
    assert call("DELETE", at, key=key).status == 403
