"""Goals as programs set them."""

from typing import Any

import pytest

from tellal import wiring
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.goals import Found, Pace, Span
from tests.conftest import TEN
from tests.integration.api_calls import Call, Reply, key_of

WEEKLY = {"name": "Visits", "measure": "website_clicks", "target": 100, "every": "week"}
DATED = {"every": None, "first": "2026-01-01", "last": "2026-01-31"}


def make(call: Call, key: str, **facts: Any) -> Reply:
    return call("POST", "/goals", key=key, body={**WEEKLY, **facts})


def listed(call: Call, key: str) -> list[Any]:
    found: list[Any] = call("GET", "/goals", key=key).json["items"]
    return found


def test_a_goal_is_set_shown_changed_and_deleted(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    made = make(call, admin)
    assert made.status == 201
    at = f"/goals/{made.json['goal_id']}"
    assert call("GET", at, key=admin).json == made.json
    given = {**WEEKLY, **DATED, "channel_id": mastodon_channel.channel_id, "target": 12.5}
    changed = call("PUT", at, key=admin, body=given)
    assert {name: changed.json[name] for name in given} == given
    assert listed(call, admin) == [changed.json]
    assert call("DELETE", at, key=admin).status == 204
    assert call("GET", at, key=admin).status == 404
    assert listed(call, admin) == []


def test_a_change_forgets_what_was_found_but_that_of_a_name_does_not(
    call: Call, admin: str
) -> None:
    goal_id = make(call, admin).json["goal_id"]
    seen = wiring.goals().get(goal_id)
    assert seen is not None
    span = Span(first=TEN.date(), last=TEN.date(), since=TEN, until=TEN)
    found = Found(span=span, pace=Pace(so_far=1, says="…"), at=TEN)
    facts = {"found": found, "looked_on": TEN.date(), "off_track_since": TEN}
    wiring.goals().save(seen, seen.model_copy(update=facts))
    at = f"/goals/{goal_id}"
    renamed = call("PUT", at, key=admin, body={**WEEKLY, "name": "More"}).json
    assert renamed["found"] is not None
    assert renamed["off_track_since"] is not None
    changed = call("PUT", at, key=admin, body={**WEEKLY, "target": 50}).json
    assert (changed["found"], changed["off_track_since"]) == (None, None)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"target": 0}, "target"),
        ({"target": -1}, "target"),
        ({"measure": "happiness"}, "measure"),
        ({"name": " "}, "name"),
        ({"every": "year"}, "every"),
        ({"every": None}, "every"),
        ({"first": "2026-01-01", "last": "2026-01-31"}, "every"),
        ({**DATED, "last": "2025-12-31"}, "last"),
        ({**DATED, "last": None}, "last"),
        ({**DATED, "first": "9999-01-01"}, "first"),
        ({"channel_id": "ch_nobody"}, "channel_id"),
        ({"campaign_id": "cmp_nobody"}, "campaign_id"),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused_by_its_field(
    call: Call, admin: str, facts: dict[str, Any], field: str
) -> None:
    reply = make(call, admin, **facts)
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_another_workspaces_channel_has_no_goal_here(
    call: Call, elsewhere: str, mastodon_channel: Channel
) -> None:
    reply = make(call, elsewhere, channel_id=mastodon_channel.channel_id)
    assert list(reply.broken) == ["channel_id"]


def test_from_another_workspace_no_goal_is_there(call: Call, admin: str, elsewhere: str) -> None:
    made = make(call, admin).json
    at = f"/goals/{made['goal_id']}"
    assert listed(call, elsewhere) == []
    for method, body in (("GET", None), ("PUT", WEEKLY), ("DELETE", None)):
        assert call(method, at, key=elsewhere, body=body).status == 404
    assert call("GET", at, key=admin).json == made


def test_who_only_reads_sets_none(call: Call, admin: str, workspace: Workspace) -> None:
    viewer = key_of(workspace.workspace_id, Role.VIEWER)
    at = f"/goals/{make(call, admin).json['goal_id']}"
    assert call("GET", at, key=viewer).status == 200
    assert make(call, viewer).status == 403
    assert call("PUT", at, key=viewer, body=WEEKLY).status == 403
    assert call("DELETE", at, key=viewer).status == 403


def test_the_same_request_sets_one(call: Call, admin: str) -> None:
    headers = {"Idempotency-Key": "1"}
    made = [call("POST", "/goals", key=admin, body=WEEKLY, headers=headers) for _ in range(2)]
    assert made[0].json == made[1].json
    assert len(listed(call, admin)) == 1


def test_a_workspace_has_so_many_goals_and_no_more(call: Call, admin: str) -> None:
    for _ in range(100):
        assert make(call, admin).status == 201
    assert make(call, admin).status == 409
