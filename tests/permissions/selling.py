"""What posts bring, told over HTTP: conversions by each of their ways in, and goals."""

import json
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from tellal.access import signatures
from tests.permissions.calling import Api

SHOP = "https://shop.example"


def tell_conversions(api: Api, code: str) -> None:
    """With a key, signed, in a file, from a page; the first of them is taken back."""
    _with_a_key(api, code)
    _signed(api)
    _in_a_file(api)
    _from_a_page(api)
    listed = {each["id"]: each for each in api("GET", "/conversions")["items"]}
    assert {name: each["via"] for name, each in listed.items()} == {
        "with a key": "key",
        "of a campaign": "key",
        "signed": "signed",
        "in a file": "file",
        "from a page": "site",
    }
    api("DELETE", f"/conversions/{listed['with a key']['conversion_id']}")
    listing = api("GET", "/conversions")["items"]
    assert [each["id"] for each in listing if each["taken_back_at"]] == ["with a key"]


def set_goals(api: Api, channel_id: str) -> None:
    given = {"measure": "conversions", "target": 20, "every": "month", "channel_id": channel_id}
    at = f"/goals/{api('POST', '/goals', name='Orders', **given)['goal_id']}"
    assert api("PUT", at, name="Orders", **given | {"target": 30})["target"] == 30
    assert [each["target"] for each in api("GET", "/goals")["items"]] == [30]
    api("DELETE", at)
    assert api("GET", "/goals")["items"] == []


def _with_a_key(api: Api, code: str) -> None:
    """By a short link, and by a campaign's name, which no campaign of ours has."""
    told = [
        {"id": "with a key", "stage": "sale", "touches": [{"code": code}]},
        {"id": "of a campaign", "stage": "lead", "touches": [{"campaign": "Winter"}]},
    ]
    by_code, by_name = api("POST", "/conversions", conversions=told)["items"]
    assert by_code["attribution"]["by"] == "code"
    assert by_name["attribution"]["why_not"]


def _signed(api: Api) -> None:
    secret = SecretStr(api("POST", "/conversions/secrets")["secret"])
    body = json.dumps({"conversions": [{"id": "signed", "stage": "pipeline"}]}).encode()
    named = {"message_id": "msg_1", "timestamp": str(int(datetime.now(UTC).timestamp()))}
    headers = {
        "webhook-id": named["message_id"],
        "webhook-timestamp": named["timestamp"],
        "webhook-signature": f"v1,{signatures.signature(secret, body=body, **named)}",
    }
    at = f"/conversions/signed/{api.workspace_id}"
    [told] = Api(api.aws).send("POST", at, body, headers)["items"]
    assert told["via"] == "signed"


def _in_a_file(api: Api) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    body = f"id,stage,occurred_at,value,currency\nin a file,sale,{yesterday},12.50,EUR\n".encode()
    at = "/conversions/imports"
    assert api.send("POST", at, body, {"Content-Type": "text/csv"})["taken"] == 1


def _from_a_page(api: Api) -> None:
    key = api("PUT", "/conversions/site", origins=[SHOP], stages=["lead"])["site_key"]
    body = json.dumps({"id": "from a page", "stage": "lead"}).encode()
    headers = {"Content-Type": "application/json", "Origin": SHOP}
    told = Api(api.aws).send("POST", f"/conversions/site/{key}", body, headers)
    assert told == {"id": "from a page"}
