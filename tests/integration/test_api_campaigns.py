"""Campaigns, and what a workspace adds to its links."""

from typing import Any

import pytest

from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tests.integration.api_calls import Call, key_of

SPRING: dict[str, Any] = {
    "name": "Spring",
    "utm": {"campaign": "{campaign}"},
    "starts_on": "2026-03-01",
    "ends_on": "2026-05-31",
}
LATER = "2099-01-02T10:00:00.000Z"


@pytest.fixture
def spring(call: Call, admin: str) -> Any:
    made = call("POST", "/campaigns", key=admin, body=SPRING)
    assert made.status == 201
    return made.json


@pytest.fixture
def tagging(call: Call, admin: str, workspace: Workspace) -> None:
    """A workspace that says where its visitors come from."""
    at = f"/workspaces/{workspace.workspace_id}"
    changed = call("PATCH", at, key=admin, body={"utm": {"source": "{platform}"}})
    assert changed.json["utm"]["source"] == "{platform}"


def test_a_campaign_is_begun_listed_written_anew_and_deleted(
    call: Call, admin: str, spring: Any
) -> None:
    at = f"/campaigns/{spring['campaign_id']}"
    assert spring["campaign_id"].startswith("cmp_")
    assert call("GET", "/campaigns", key=admin).json["items"] == [spring]
    anew = {"name": "Summer", "version": spring["version"]}
    written = call("PUT", at, key=admin, body=anew).json
    assert (written["name"], written["utm"], written["ends_on"]) == ("Summer", None, None)
    assert call("PUT", at, key=admin, body=anew).status == 409
    assert call("GET", at, key=admin).json == written
    assert call("DELETE", at, key=admin).status == 204
    assert call("GET", at, key=admin).status == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"ends_on": "2026-02-28"}, "ends_on"),
        ({"utm": {"source": "{network}"}}, "utm.source"),
        ({"utm": {"id": "7"}}, "utm.id"),
        ({"utm": {"term": "x" * 201}}, "utm.term"),
    ],
)
def test_what_is_no_campaign_is_refused_by_its_field(
    call: Call, admin: str, spring: Any, given: dict[str, Any], field: str
) -> None:
    reply = call("POST", "/campaigns", key=admin, body={**SPRING, **given})
    assert (reply.status, list(reply.broken)) == (422, [field])
    anew = {**SPRING, **given, "version": 0}
    reply = call("PUT", f"/campaigns/{spring['campaign_id']}", key=admin, body=anew)
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_an_unknown_variable_of_a_workspace_is_named(
    call: Call, admin: str, workspace: Workspace
) -> None:
    at = f"/workspaces/{workspace.workspace_id}"
    reply = call("PATCH", at, key=admin, body={"utm": {"source": "{a}", "content": "{b}"}})
    assert reply.status == 422
    assert "{a} is no variable: there are {platform}" in reply.broken["utm.source"]
    assert set(reply.broken) == {"utm.source", "utm.content"}


@pytest.mark.usefixtures("tagging")
def test_what_a_workspace_adds_stays_until_it_is_taken_back(
    call: Call, admin: str, workspace: Workspace
) -> None:
    at = f"/workspaces/{workspace.workspace_id}"
    named = call("PATCH", at, key=admin, body={"name": "Acme", "short_links": True}).json
    assert (named["utm"]["source"], named["short_links"]) == ("{platform}", True)
    taken = call("PATCH", at, key=admin, body={"utm": None}).json
    assert (taken["utm"], taken["short_links"]) == (None, True)


@pytest.mark.usefixtures("tagging")
def test_a_post_is_for_a_campaign_until_it_is_for_none(
    call: Call, admin: str, mastodon_channel: Channel, spring: Any
) -> None:
    given = {
        "text": "https://a.example",
        "channel_ids": [mastodon_channel.channel_id],
        "campaign_id": spring["campaign_id"],
        "publish_at": LATER,
    }
    post = call("POST", "/posts", key=admin, body=given).json
    assert post["campaign_id"] == spring["campaign_id"]
    assert post["text"] == "https://a.example"
    assert said(post) == "https://a.example?utm_source=mastodon&utm_campaign=spring"

    at = f"/posts/{post['post_id']}"
    edited = call("PATCH", at, key=admin, body={"text": "https://b.example"}).json
    assert said(edited) == "https://b.example?utm_source=mastodon&utm_campaign=spring"
    edited = call("PATCH", at, key=admin, body={"campaign_id": None}).json
    assert edited["campaign_id"] is None
    assert said(edited) == "https://b.example?utm_source=mastodon"


def said(post: Any) -> str:
    [delivery] = post["deliveries"]
    text: str = delivery["parts"][0]["text"]
    return text


@pytest.mark.usefixtures("tagging")
def test_a_draft_keeps_its_campaign_and_outlives_it(
    call: Call, admin: str, mastodon_channel: Channel, spring: Any
) -> None:
    given = {
        "text": "https://a.example",
        "channel_ids": [mastodon_channel.channel_id],
        "campaign_id": spring["campaign_id"],
        "draft": True,
    }
    drafts = [call("POST", "/posts", key=admin, body=given).json for _ in range(2)]
    schedules = [f"/posts/{each['post_id']}/schedule" for each in drafts]
    later = {"publish_at": LATER}
    first = call("POST", schedules[0], key=admin, body=later).json
    assert said(first) == "https://a.example?utm_source=mastodon&utm_campaign=spring"
    call("DELETE", f"/campaigns/{spring['campaign_id']}", key=admin)
    second = call("POST", schedules[1], key=admin, body=later).json
    assert said(second) == "https://a.example?utm_source=mastodon"
    assert second["campaign_id"] == spring["campaign_id"]


def test_another_workspaces_campaign_is_not_there(
    call: Call, elsewhere: str, admin: str, mastodon_channel: Channel, spring: Any
) -> None:
    at = f"/campaigns/{spring['campaign_id']}"
    for method, body in (("GET", None), ("PUT", {"name": "Mine", "version": 0}), ("DELETE", None)):
        assert call(method, at, key=elsewhere, body=body).status == 404
    assert call("GET", "/campaigns", key=elsewhere).json["items"] == []
    theirs = call("POST", "/campaigns", key=elsewhere, body=SPRING).json["campaign_id"]
    given = {"text": "Hi", "channel_ids": [mastodon_channel.channel_id], "campaign_id": theirs}
    for path in ("/posts", "/posts/preview"):
        reply = call("POST", path, key=admin, body=given)
        assert (reply.status, list(reply.broken)) == (422, ["campaign_id"])
    post = call("POST", "/posts", key=admin, body={**given, "campaign_id": None, "draft": True})
    change = {"campaign_id": theirs}
    reply = call("PATCH", f"/posts/{post.json['post_id']}", key=admin, body=change)
    assert (reply.status, list(reply.broken)) == (422, ["campaign_id"])
    assert call("GET", at, key=admin).json == spring


def test_a_viewer_sees_campaigns_and_begins_none(
    call: Call, workspace: Workspace, spring: Any
) -> None:
    viewer = key_of(workspace.workspace_id, Role.VIEWER)
    assert call("GET", "/campaigns", key=viewer).json["items"] == [spring]
    assert call("POST", "/campaigns", key=viewer, body=SPRING).status == 403
