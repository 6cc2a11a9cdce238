"""The same request asked again: answered again, not done again."""

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr

from local.aws.process import LocalAws
from tellal import ids, wiring
from tellal.access import keys
from tellal.api import idempotency
from tellal.api.asking import NOBODY, Asked
from tellal.channels import Channel, Workspace
from tellal.errors import AlreadyChanged
from tests.conftest import TEN, Clock, Network
from tests.integration.api_calls import Call

NAMED = {"Idempotency-Key": "request-1"}


def test_the_same_request_again_is_answered_again_and_not_done_again(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    given = {
        "text": "Once",
        "channel_ids": [mastodon_channel.channel_id],
        "publish_at": "2099-01-01T10:00:00Z",
    }
    first, second = (call("POST", "/posts", key=admin, body=given, headers=NAMED) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert second.json == first.json
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(call("GET", "/posts", key=admin).json["items"]) == 1


def test_the_same_key_for_another_request_is_refused(call: Call, admin: str) -> None:
    call("POST", "/posts", key=admin, body={"text": "A", "draft": True}, headers=NAMED)
    reply = call("POST", "/posts", key=admin, body={"text": "B", "draft": True}, headers=NAMED)
    assert (reply.status, list(reply.broken)) == (422, ["Idempotency-Key"])


def test_everybodys_keys_are_their_own(call: Call, admin: str, elsewhere: str) -> None:
    given = {"text": "A", "draft": True}
    ours, theirs = (
        call("POST", "/posts", key=key, body=given, headers=NAMED) for key in (admin, elsewhere)
    )
    assert ours.json["post_id"] != theirs.json["post_id"]
    assert "Idempotent-Replayed" not in theirs.headers


def test_an_owners_keys_are_each_workspaces_own(
    call: Call, owner: str, elsewhere: str, workspace: Workspace
) -> None:
    [other] = call("GET", "/workspaces", key=elsewhere).json["items"]
    for workspace_id in (workspace.workspace_id, other["workspace_id"]):
        headers = {**NAMED, "Tellal-Workspace": workspace_id}
        made = call("POST", "/posts", key=owner, body={"text": "A", "draft": True}, headers=headers)
        assert "Idempotent-Replayed" not in made.headers
        assert len(call("GET", "/posts", key=owner, headers=headers).json["items"]) == 1


def test_a_day_later_the_same_key_is_a_new_one(
    network: Network, held_clock: Clock, call: Call, admin: str
) -> None:
    given = {"text": "Every day", "draft": True}
    first = call("POST", "/posts", key=admin, body=given, headers=NAMED)
    held_clock.time += idempotency.KEPT + timedelta(seconds=1)
    second = call("POST", "/posts", key=admin, body=given, headers=NAMED)
    assert (first.status, second.status) == (201, 201)
    assert first.json["post_id"] != second.json["post_id"]


def test_a_request_that_failed_may_be_mended_under_the_same_key(call: Call, admin: str) -> None:
    assert call("POST", "/posts", key=admin, body={"text": 1}, headers=NAMED).status == 422
    mended = {"text": "A", "draft": True}
    assert call("POST", "/posts", key=admin, body=mended, headers=NAMED).status == 201


def test_an_answer_that_holds_a_secret_is_kept_sealed(
    call: Call, admin: str, workspace: Workspace
) -> None:
    given = {"name": "CI", "role": "viewer"}
    first, second = (call("POST", "/keys", key=admin, body=given, headers=NAMED) for _ in range(2))
    assert second.json["token"] == first.json["token"]
    caller = f"key_{keys.hashed(SecretStr(admin))}"
    row = wiring.once().get("idempotency", f"{caller}#{workspace.workspace_id}#request-1", now=TEN)
    assert row is not None
    assert first.json["token"] not in str(row)


def test_a_key_that_is_empty_or_endless_is_refused(call: Call, admin: str) -> None:
    for key in ("", "x" * 201):
        headers = {"Idempotency-Key": key}
        reply = call("POST", "/posts", key=admin, body={"draft": True}, headers=headers)
        assert reply.status == 422


def test_of_two_that_run_at_the_same_moment_one_is_done(aws: LocalAws) -> None:
    asked = Asked(
        caller=NOBODY, now=TEN, once=idempotency.Key(f"nobody#{ids.new('k', now=TEN)}", "same")
    )
    made = [
        Workspace(workspace_id=asked.new_id("ws"), name=name, zone="UTC", created_at=TEN)
        for name in ("first", "second")
    ]
    asked.settle(made[0], wiring.workspaces().creation(made[0]))
    with pytest.raises(AlreadyChanged):
        asked.settle(made[1], wiring.workspaces().creation(made[1]))

    assert asked.once is not None
    replayed = idempotency.replayed(asked.once, now=TEN)
    assert replayed is not None
    assert json.loads(replayed.body or "")["name"] == "first"
