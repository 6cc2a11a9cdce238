"""What Meta's refusals mean, whichever of its platforms says them."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
)
from tellal.platforms.calls import Calls, Gone, Reply
from tellal.platforms.graph import PASSING, GraphLine, Refusal, proof_of

GRAPH = "https://graph.example/v25.0"


def line(status: int, error: Any, **headers: str) -> GraphLine:
    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"error": error}, headers=headers)

    calls = Calls(httpx.Client(transport=httpx.MockTransport(respond)), {})
    own = {
        2207042: Refusal(TryLater, "The day's posts are used up", timedelta(hours=6)),
        1609010: PASSING,
    }
    return GraphLine(GRAPH, SecretStr("token"), calls, title="Acme", refusals=own)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 190, "error_subcode": 463}, NeedsReconnect),
        ({"code": 102}, NeedsReconnect),
        ({"code": 200}, NeedsReconnect),
        ({"code": 10}, NeedsReconnect),
        ({"code": 4}, Throttled),
        ({"code": 80001}, Throttled),
        ({"code": 368}, TryLater),
        ({"code": 506}, Repeated),
        ({"code": 100, "error_subcode": 33}, Gone),
        ({"code": 100}, Rejected),
        ({"code": 9, "error_subcode": 2207042}, TryLater),
        ({"code": 100, "message": "Invalid appsecret_proof provided in the API"}, NeedsReconnect),
        ({"code": 1}, TryLater),
        ({"code": 100, "error_subcode": 1609010}, TryLater),
        ({"code": 9999, "is_transient": True}, TryLater),
    ],
    ids=str,
)
def test_a_refusal_is_understood_by_its_codes(error: Any, kind: type[PublishError]) -> None:
    with pytest.raises(PublishError) as raised:
        line(400, error)("GET", "1")
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    "error",
    [
        {"code": 2, "is_transient": True},
        {"code": 1},
        {"code": 100, "error_subcode": 1609010},
    ],
    ids=str,
)
def test_a_passing_trouble_leaves_a_commit_in_doubt(error: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        line(400, error)("POST", "1/feed", commits=True)


def test_who_asks_sees_a_refusal_before_the_tables_do() -> None:
    class Misplaced(TryLater):
        pass

    def refuse(reply: Reply) -> None:
        if reply.json()["error"].get("error_subcode") == 1363037:
            raise Misplaced("elsewhere")

    with pytest.raises(Misplaced):
        line(400, {"code": 6000, "error_subcode": 1363037})("POST", "1/videos", reads=refuse)
    with pytest.raises(NeedsReconnect):
        line(400, {"code": 190})("POST", "1/videos", reads=refuse)


def test_the_usage_header_tells_how_long_to_wait() -> None:
    usage = {"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 7}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    with pytest.raises(Throttled) as raised:
        line(400, {"code": 80001}, **headers)("GET", "1")
    assert raised.value.after == timedelta(minutes=7)
    assert not raised.value.everywhere


def test_a_limit_of_the_app_is_every_channels() -> None:
    with pytest.raises(Throttled) as raised:
        line(400, {"code": 4}, **{"x-business-use-case-usage": "no json"})("GET", "1")
    assert (raised.value.after, raised.value.everywhere) == (None, True)


def test_what_is_said_to_people_is_passed_on_and_nothing_else() -> None:
    error = {"code": 100, "message": "(#100) internal", "error_user_msg": "Use a JPEG."}
    with pytest.raises(Rejected, match=r"Acme refused it: Use a JPEG\."):
        line(400, error)("GET", "1")


def test_the_proof_is_metas_own() -> None:
    """The vector stands in our sheet of facts, computed with openssl."""
    proof = proof_of(
        SecretStr("EAAG_test_access_token"), SecretStr("meta_app_secret_0123456789abcdef")
    )
    expected = "85a10f4c5c38d50e444f4638de3558aefd4f4860d51311937a38687c41d254af"
    assert proof.get_secret_value() == expected
