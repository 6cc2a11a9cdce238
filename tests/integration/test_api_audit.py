"""What was done in a workspace, and by whom: the newest first, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from tellal import clock, wiring
from tellal.access.permissions import Role
from tellal.audit import Who, entry
from tellal.channels import Workspace
from tests.integration.api_calls import Call, key_of

NOW = clock.now()
AYSE, LATE = Who(id="mem_1", name="Ayşe"), Who(id="rule_1", name="Late ones")


@pytest.fixture
def told(workspace: Workspace) -> None:
    """Six things, the last one first: by Ayşe and a rule in turn, to two conversations."""
    for number in range(6):
        made = entry(
            "changed" if number % 2 else "ruled",
            f"conv_{number % 3}",
            workspace_id=workspace.workspace_id,
            by=AYSE if number % 2 else LATE,
            at=NOW - number * timedelta(hours=1),
            after={"number": number},
        )
        wiring.audit().create(made)


def read(call: Call, key: str, **query: Any) -> list[int]:
    """The numbers of what was done, page after page; every page keeps to its limit."""
    found: list[int] = []
    query = {name: str(value) for name, value in query.items()}
    while True:
        page = call("GET", "/audit", key=key, query=query)
        assert page.status == 200, page.text
        assert len(page.json["items"]) <= int(query.get("limit", 50))
        found += [each["after"]["number"] for each in page.json["items"]]
        if page.json["cursor"] is None:
            return found
        query["cursor"] = page.json["cursor"]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_everything_that_was_done_is_listed_the_newest_first(
    told: None, call: Call, admin: str, limit: int
) -> None:
    assert read(call, admin, limit=limit) == [0, 1, 2, 3, 4, 5]
    assert read(call, admin, limit=limit, by="mem_1") == [1, 3, 5]
    assert read(call, admin, limit=limit, by="Late ones", what="ruled") == [0, 2, 4]
    assert read(call, admin, limit=limit, subject="conv_1") == [1, 4]
    assert read(call, admin, limit=limit, subject="conv_1", by="Late ones") == [4]
    since, until = (clock.text(NOW - timedelta(hours=hours)) for hours in (3, 1))
    assert read(call, admin, limit=limit, since=since, until=until) == [1, 2, 3]


def test_it_says_what_was_done_to_what_and_by_whom(told: None, call: Call, admin: str) -> None:
    [first, *_] = call("GET", "/audit", key=admin).json["items"]
    assert (first["subject"], first["what"]) == ("conv_0", "ruled")
    assert first["by"] == {"id": "rule_1", "name": "Late ones"}


def test_of_another_workspace_nothing_is_told(told: None, call: Call, elsewhere: str) -> None:
    assert read(call, elsewhere) == []
    assert read(call, elsewhere, subject="conv_1") == []


def test_what_everybody_did_is_for_admins(call: Call, workspace: Workspace, told: None) -> None:
    for role in Role:
        if role is not Role.OWNER:
            status = call("GET", "/audit", key=key_of(workspace.workspace_id, role)).status
            assert status == (200 if role is Role.ADMIN else 403)
