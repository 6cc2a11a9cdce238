"""Making rules, ordering them, and trying them before they are on."""

from typing import Any

import pytest

from tellal import clock
from tellal.channels import Channel
from tests.integration.api_calls import Call
from tests.integration.test_apply_rules import heard, kept

WHEN, THEN = {"any_words": ["late"]}, {"tags": ["Late", "late"]}


def make(call: Call, key: str, name: str, **facts: Any) -> Any:
    body = {"name": name, "when": WHEN, "then": THEN, **facts}
    return call("POST", "/rules", key=key, body=body)


def names(call: Call, key: str) -> list[str]:
    return [each["name"] for each in call("GET", "/rules", key=key).json["items"]]


def test_rules_stand_in_the_order_that_they_are_given(call: Call, admin: str) -> None:
    a = make(call, admin, "a")
    assert (a.status, a.json["on"], a.json["then"]["tags"]) == (201, False, ["late"])
    b = make(call, admin, "b").json
    make(call, admin, "c", position=0)
    assert names(call, admin) == ["c", "a", "b"]
    at = f"/rules/{b['rule_id']}"
    assert call("PATCH", at, key=admin, body={"position": 0, "name": "B"}).json["name"] == "B"
    assert names(call, admin) == ["B", "c", "a"]
    assert call("DELETE", at, key=admin).status == 204
    assert call("DELETE", at, key=admin).status == 404
    assert names(call, admin) == ["c", "a"]


def test_the_same_request_makes_one_rule(call: Call, admin: str) -> None:
    body = {"name": "a", "when": WHEN, "then": THEN}
    headers = {"Idempotency-Key": "1"}
    made = [call("POST", "/rules", key=admin, body=body, headers=headers) for _ in range(2)]
    assert made[0].json == made[1].json
    assert names(call, admin) == ["a"]


def test_rules_are_a_workspaces_own(call: Call, admin: str, elsewhere: str) -> None:
    rule_id = make(call, admin, "a").json["rule_id"]
    assert names(call, elsewhere) == []
    assert call("PATCH", f"/rules/{rule_id}", key=elsewhere, body={"on": True}).status == 404
    assert call("POST", "/rules/dry-run", key=elsewhere, body={"rule_id": rule_id}).status == 404


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"when": {}}, "when"),
        ({"then": {}}, "then"),
        ({"when": {"pattern": "(?=a)"}}, "when.pattern"),
        ({"when": {"pattern": "("}}, "when.pattern"),
        ({"when": {"any_words": [" "]}}, "when.any_words[0]"),
        ({"when": {"channel_ids": ["ch_nobody"]}}, "when.channel_ids[0]"),
        ({"when": {"mood": "bad"}}, "when.mood"),
        ({"then": {"assign": ["mem_nobody"]}}, "then.assign[0]"),
        ({"then": {"tags": [""]}}, "then.tags[0]"),
        ({"most_an_hour": 0}, "most_an_hour"),
        ({"name": " "}, "name"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_its_field(
    call: Call, admin: str, what: dict[str, Any], field: str
) -> None:
    reply = make(call, admin, **{"name": "a", **what})
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_a_rule_can_be_switched_off_whoever_has_left(call: Call, admin: str) -> None:
    member = call("POST", "/members", key=admin, body={"name": "A", "role": "editor"}).json
    then = {"assign": [member["member_id"]]}
    at = f"/rules/{make(call, admin, 'a', then=then, on=True).json['rule_id']}"
    call("DELETE", f"/members/{member['member_id']}", key=admin)
    assert call("PATCH", at, key=admin, body={"on": False}).json["on"] is False
    assert call("PATCH", at, key=admin, body={"on": True}).status == 422


def test_a_dry_run_tells_what_would_have_happened_and_does_nothing(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    for number, text in enumerate(("Late!", "Hello", "So late", "Too late")):
        heard(mastodon_channel, number, text, thread=f"t{number}", sent_at=clock.now())
    heard(mastodon_channel, 9, "Late, long ago", thread="old")  # of January
    rule = {"name": "a", "when": WHEN, "then": THEN}
    found: list[Any] = []
    looked_at, cursor = 0, None
    while True:
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = call("POST", "/rules/dry-run", key=admin, body={"rule": rule}, query=query).json
        found += page["items"]
        looked_at, cursor = looked_at + page["looked_at"], page["cursor"]
        if cursor is None:
            break
    assert (looked_at, [each["actions"] for each in found]) == (4, [["tag"]] * 3)
    assert kept(mastodon_channel, "t0").tags == ()
    assert names(call, admin) == []
    assert list(call("POST", "/rules/dry-run", key=admin, body={}).broken) == ["rule"]
