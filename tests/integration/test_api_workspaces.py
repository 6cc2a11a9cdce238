import pytest

from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import State, Step
from tellal.platforms import PLATFORMS
from tests.integration.api_calls import Call
from tests.integration.deliveries import hints, scheduled, stored


def test_a_workspace_is_made_by_the_owner_in_a_zone_that_exists(call: Call, owner: str) -> None:
    made = call("POST", "/workspaces", key=owner, body={"name": "A", "zone": "Asia/Tokyo"})
    assert made.status == 201
    for zone in ("Mars/Base", "Europe", "../etc/passwd", "\u0000", "UTC+3", "localtime"):
        given = {"name": "A", "zone": zone}
        assert list(call("POST", "/workspaces", key=owner, body=given).broken) == ["zone"]
    listed = call("GET", "/workspaces", key=owner).json["items"]
    assert made.json in listed


def test_a_name_that_nobody_could_see_is_refused(call: Call, owner: str) -> None:
    for name in ("", "  ", "\u200b"):
        given = {"name": name, "zone": "UTC"}
        assert list(call("POST", "/workspaces", key=owner, body=given).broken) == ["name"]


def test_a_workspaces_key_sees_its_own_workspace_alone(
    call: Call, admin: str, workspace: Workspace
) -> None:
    [only] = call("GET", "/workspaces", key=admin).json["items"]
    assert only["workspace_id"] == workspace.workspace_id


def test_its_name_and_zone_can_be_changed(call: Call, admin: str, workspace: Workspace) -> None:
    path = f"/workspaces/{workspace.workspace_id}"
    assert call("PATCH", path, key=admin, body={"zone": "UTC"}).json["zone"] == "UTC"
    changed = call("PATCH", path, key=admin, body={"name": "New"}).json
    assert (changed["name"], changed["zone"]) == ("New", "UTC")
    assert call("GET", path, key=admin).json == changed


def test_what_it_spends_at_most_is_said_where_posts_cost_money_and_nowhere_else(
    call: Call, admin: str, workspace: Workspace
) -> None:
    path = f"/workspaces/{workspace.workspace_id}"
    usual = {
        name: platform.facts.monthly_cap
        for name, platform in PLATFORMS.items()
        if platform.facts.prices
    }
    assert call("GET", path, key=admin).json["spend_caps"] == usual

    own = dict.fromkeys(usual, 2.5)
    assert call("PATCH", path, key=admin, body={"spend_caps": own}).json["spend_caps"] == own
    kept = wiring.workspaces().get(workspace.workspace_id)
    assert kept is not None
    assert kept.spend_caps == own
    renamed = call("PATCH", path, key=admin, body={"name": "New"}).json
    assert (renamed["name"], renamed["spend_caps"]) == ("New", own)
    back = call("PATCH", path, key=admin, body={"spend_caps": {}}).json
    assert back["spend_caps"] == usual

    for name in ("mastodon", "nobody"):
        reply = call("PATCH", path, key=admin, body={"spend_caps": {name: 1}})
        assert list(reply.broken) == [f"spend_caps.{name}"]
    for sum_ in (-1, 1e9, "much"):
        reply = call("PATCH", path, key=admin, body={"spend_caps": {"nobody": sum_}})
        assert reply.status == 422


def test_a_pause_is_there_for_the_publisher_to_read(
    call: Call, admin: str, workspace: Workspace
) -> None:
    path = f"/workspaces/{workspace.workspace_id}/pause"
    first, again = (call("POST", path, key=admin) for _ in range(2))
    assert first.json["paused_at"] is not None
    assert again.json == first.json
    paused = wiring.workspaces().get(workspace.workspace_id)
    assert paused is not None
    assert paused.paused_at is not None


@pytest.mark.parametrize(
    ("held", "state"), [("release", State.SCHEDULED), ("drop", State.CANCELLED)]
)
def test_what_was_held_is_released_or_dropped_when_publishing_resumes(
    empty: None,
    call: Call,
    admin: str,
    workspace: Workspace,
    mastodon_channel: Channel,
    held: str,
    state: State,
) -> None:
    path = f"/workspaces/{workspace.workspace_id}"
    call("POST", f"{path}/pause", key=admin)
    now = clock.now()
    facts = {"publish_at": now, "next_attempt_at": None, "next_step": None}
    waiting = scheduled(mastodon_channel, state=State.HELD, **facts)
    published = scheduled(mastodon_channel, state=State.PUBLISHED, **facts)

    resumed = call("POST", f"{path}/resume", key=admin, body={"held": held}).json

    assert resumed["paused_at"] is None
    assert (resumed["released"], resumed["dropped"]) == ((1, 0) if held == "release" else (0, 1))
    assert stored(waiting).state is state
    assert stored(published) == published
    assert len(hints(Step.PUBLISH)) == resumed["released"]
