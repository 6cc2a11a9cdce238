"""Links to reports for people without a key."""

from datetime import timedelta

import httpx
import pytest

from tellal import wiring
from tellal.channels import Workspace
from tests.conftest import TEN, Clock
from tests.integration.api_calls import Call

AT = "/reports/2026-W01/shares"
DAY = timedelta(days=1)


@pytest.fixture
def report(workspace: Workspace) -> str:
    contents = {"html": "<p>It went well", "csv": "a", "json": '{"made_at": "2026-01-05T00:00Z"}'}
    wiring.shelf().put_report(workspace.workspace_id, "2026-W01", contents)
    return "2026-W01"


@pytest.mark.usefixtures("report")
def test_whoever_has_the_link_reads_the_report_and_needs_no_key(call: Call, admin: str) -> None:
    made = call("POST", AT, key=admin, body={})
    assert made.status == 201
    path = made.json["url"].partition("/r/")[2]
    followed = call("GET", f"/r/{path}")
    assert followed.status == 302
    assert httpx.get(followed.headers["Location"]).text == "<p>It went well"
    assert followed.headers["Cache-Control"] == "no-store"
    assert followed.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.usefixtures("report")
def test_the_links_token_is_told_once_and_kept_nowhere(
    call: Call, admin: str, workspace: Workspace
) -> None:
    token = call("POST", AT, key=admin, body={"days": 7}).json["url"].partition("/r/")[2]
    listed = call("GET", AT, key=admin)
    assert token not in listed.text
    rows = list(wiring.shares().table.all(workspace.workspace_id, index="by_workspace"))
    assert token not in str(rows)
    assert len(listed.json["items"]) == len(rows) == 1


@pytest.mark.usefixtures("report")
def test_a_link_ends_when_it_said_it_would(call: Call, admin: str, held_clock: Clock) -> None:
    with wiring.rewired(now=held_clock):
        made = call("POST", AT, key=admin, body={"days": 90}).json
        assert made["expires_at"] == "2026-04-01T10:00:00.000Z"
        path = f"/r/{made['url'].partition('/r/')[2]}"
        held_clock.time = TEN + 90 * DAY - timedelta(seconds=1)
        assert call("GET", path).status == 302
        held_clock.time = TEN + 90 * DAY
        assert call("GET", path).status == 404
        assert call("GET", AT, key=admin).json["items"] == []


@pytest.mark.usefixtures("report")
def test_a_link_that_was_taken_back_leads_nowhere(call: Call, admin: str, elsewhere: str) -> None:
    made = call("POST", AT, key=admin, body={}).json
    path, at = f"/r/{made['url'].partition('/r/')[2]}", f"{AT}/{made['share_id']}"
    assert call("DELETE", at, key=elsewhere).status == 404
    other = at.replace("W01", "W02")
    assert call("DELETE", other, key=admin).status == 404
    assert call("GET", path).status == 302
    assert call("DELETE", at, key=admin).status == 204
    gone = call("GET", path)
    assert gone.status == 404
    assert "<h1>There is no report here</h1>" in gone.text
    assert call("DELETE", at, key=admin).status == 404


def test_what_no_link_ever_was_looks_like_one_that_ended(call: Call) -> None:
    for token in ("x", "a" * 43, "%2e%2e"):
        assert "There is no report here" in call("GET", f"/r/{token}").text


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize("days", [0, 91, -1])
def test_a_link_is_good_for_90_days_at_most(call: Call, admin: str, days: int) -> None:
    assert list(call("POST", AT, key=admin, body={"days": days}).broken) == ["days"]


def test_a_report_that_is_not_there_cannot_be_shared(call: Call, admin: str) -> None:
    assert call("POST", AT, key=admin, body={}).status == 404
    assert call("GET", AT, key=admin).status == 404
