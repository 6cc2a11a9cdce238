"""Conversions from a CSV file: a preview, the good rows, all or nothing."""

from typing import Any

import pytest

from tellal import wiring
from tellal.channels import Workspace
from tests.integration.api_calls import Call, Reply

AT = "/conversions/imports"
HEAD = "id,stage,occurred_at,value,currency\n"
GOOD = "1,sale,2026-01-02 09:00,12.50,EUR\n2,lead,2026-01-02 10:00,,\n"
BAD = (
    "3,bought,2026-01-02,,\n"  # row 4
    "4,sale,2026-01-02,1.001,EUR\n"
    "5,sale,2026-01-02,1,\n"
    "1,sale,2026-01-02 09:00,12.50,EUR\n"
    "6,sale,2099-01-02,,\n"
)


def send(call: Call, key: str, text: str, **query: str) -> Reply:
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    return call("POST", AT, key=key, body=text, headers=headers, query=query)


def kept(workspace: Workspace) -> list[str]:
    items = wiring.conversions().of_workspace(workspace.workspace_id).items
    return sorted(item["given_id"] for item in items)


def rejected(reply: Reply) -> list[tuple[int, str]]:
    return [(each["row"], each["column"]) for each in reply.json["rejected"]]


def counts(reply: Reply) -> Any:
    names = ("rows", "taken", "already", "rejected_rows")
    return tuple(reply.json[name] for name in names)


NAMED = [(4, "stage"), (5, "value"), (6, "currency"), (7, "id"), (8, "occurred_at")]


def test_a_dry_run_tells_what_would_happen_and_keeps_nothing(
    call: Call, admin: str, workspace: Workspace
) -> None:
    reply = send(call, admin, HEAD + GOOD + BAD, dry_run="true")
    assert reply.status == 200, reply.text
    assert counts(reply) == (7, 2, 0, 5)
    assert rejected(reply) == NAMED
    assert [each["value"] for each in reply.json["first"]] == ["12.50", None]
    assert kept(workspace) == []


def test_the_good_rows_are_taken_and_the_others_named(
    call: Call, admin: str, workspace: Workspace
) -> None:
    reply = send(call, admin, HEAD + GOOD + BAD)
    assert counts(reply) == (7, 2, 0, 5)
    assert rejected(reply) == NAMED
    assert {each["via"] for each in reply.json["first"]} == {"file"}
    assert kept(workspace) == ["1", "2"]


def test_all_or_nothing_takes_nothing_where_a_row_is_bad(
    call: Call, admin: str, workspace: Workspace
) -> None:
    reply = send(call, admin, HEAD + GOOD + BAD, all_or_nothing="true")
    assert counts(reply) == (7, 0, 0, 5)
    assert kept(workspace) == []
    assert counts(send(call, admin, HEAD + GOOD, all_or_nothing="true")) == (2, 2, 0, 0)
    assert kept(workspace) == ["1", "2"]


def test_the_file_sent_again_counts_nothing_twice(
    call: Call, admin: str, workspace: Workspace
) -> None:
    send(call, admin, HEAD + GOOD)
    assert counts(send(call, admin, HEAD + GOOD)) == (2, 0, 2, 0)
    assert kept(workspace) == ["1", "2"]


def test_a_file_that_was_taken_halfway_is_taken_to_its_end(
    call: Call, admin: str, workspace: Workspace
) -> None:
    send(call, admin, HEAD + GOOD.splitlines(keepends=True)[0])
    assert counts(send(call, admin, HEAD + GOOD)) == (2, 1, 1, 0)
    assert kept(workspace) == ["1", "2"]


def test_a_row_that_says_otherwise_than_before_is_named(call: Call, admin: str) -> None:
    send(call, admin, HEAD + GOOD)
    changed = GOOD.replace("12.50", "12.51").replace("lead", "pipeline")
    assert rejected(send(call, admin, HEAD + changed)) == [(2, "value"), (3, "stage")]


def test_what_a_program_told_is_the_same_in_a_file(
    call: Call, admin: str, workspace: Workspace
) -> None:
    sale = {"id": "1", "stage": "sale", "value": "12.5", "currency": "EUR"}
    told = {"conversions": [{**sale, "occurred_at": "2026-01-02T06:00:00Z"}]}
    assert call("POST", "/conversions", key=admin, body=told).status == 200
    assert counts(send(call, admin, HEAD + GOOD)) == (2, 1, 1, 0)


def test_a_turkish_sheet_is_read_as_it_is_meant(
    call: Call, admin: str, workspace: Workspace
) -> None:
    text = "\ufeffid;stage;occurred_at;value;currency\r\n1;sale;2026-01-02 09:00;1.234,50;TRY\r\n"
    reply = send(call, admin, text)
    assert reply.json["first"][0]["value"] == "1234.50"
    assert reply.json["first"][0]["occurred_at"] == "2026-01-02T06:00:00.000Z"


def test_a_formula_is_refused(call: Call, admin: str, workspace: Workspace) -> None:
    row = '"=HYPERLINK(""https://evil.example"")",sale,2026-01-02,,\n'
    assert rejected(send(call, admin, HEAD + row)) == [(2, "id")]
    assert kept(workspace) == []


@pytest.mark.parametrize(
    ("body", "named", "status"),
    [
        (HEAD + GOOD, "application/json", 415),
        (HEAD + GOOD, "text/plain", 415),
        ("x" * 1_048_577, "text/csv", 413),
        ("", "text/csv", 422),
        ("name,amount\n", "text/csv", 422),
    ],
)
def test_what_is_no_such_file_is_not_read(
    call: Call, admin: str, body: str, named: str, status: int
) -> None:
    headers = {"Content-Type": named}
    assert call("POST", AT, key=admin, body=body, headers=headers).status == status


def test_an_import_is_a_workspaces_own(
    call: Call, admin: str, elsewhere: str, workspace: Workspace
) -> None:
    send(call, elsewhere, HEAD + GOOD)
    assert kept(workspace) == []


def test_the_same_request_is_answered_as_before(call: Call, admin: str) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "1"}
    first, second = (
        call("POST", AT, key=admin, body=HEAD + GOOD, headers=headers) for _ in range(2)
    )
    assert second.json == first.json
    assert second.headers["Idempotent-Replayed"] == "true"
