"""What Facebook refuses, and what we do next."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
)
from tellal.platforms.facebook.line import REFUSALS
from tellal.posts import Content
from tests.platforms.facebook_posts import (
    commit,
    refusing,
    rendered,
)


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("place", ["code", "error_subcode"])
def test_facebooks_own_refusals_are_known_by_subcode_and_by_code(code: int, place: str) -> None:
    known = REFUSALS[code]
    error = {"code": 1, place: code}
    with pytest.raises(PublishError) as raised:
        commit(rendered(Content(text="x")), refusing(**error))
    passing = code in (1363047, 1609010)
    assert type(raised.value) is (OutcomeUnknown if passing else known.error)
    assert "secret words" not in str(raised.value)
    assert str(raised.value).startswith("Facebook ")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 506, "error_subcode": 1455006}, Repeated),
        ({"code": 1, "error_subcode": 1366051}, Repeated),
        ({"code": 368, "error_subcode": 1390008}, Throttled),
        ({"code": 190, "error_subcode": 460}, NeedsReconnect),
        ({"code": 200}, NeedsReconnect),
        ({"code": 10}, NeedsReconnect),
        ({"code": 32}, Throttled),
        ({"code": 4}, Throttled),
        ({"code": 80001}, Throttled),
        ({"code": 100, "message": "Invalid appsecret_proof provided"}, NeedsReconnect),
        ({"code": 12}, Rejected),
    ],
    ids=str,
)
def test_a_refusal_is_named_for_what_we_do_next(error: Any, kind: type[PublishError]) -> None:
    with pytest.raises(PublishError) as raised:
        commit(rendered(Content(text="x")), refusing(**error))
    assert type(raised.value) is kind


def test_a_page_that_posts_too_fast_is_left_alone_for_a_while_and_no_other() -> None:
    with pytest.raises(Throttled) as raised:
        commit(rendered(Content(text="x")), refusing(code=368, error_subcode=1390008))
    assert (raised.value.after, raised.value.everywhere) == (timedelta(minutes=15), False)


def test_the_usage_header_of_a_page_tells_how_long_to_wait() -> None:
    usage = {"9": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 12}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}

    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": {"code": 80001}}, headers=headers)

    with pytest.raises(Throttled) as raised:
        commit(rendered(Content(text="x")), refuse)
    assert raised.value.after == timedelta(minutes=12)
