"""Being let in by an account on X, and staying in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.x import X, XCredentials
from tests.platforms.sample import APP, SECRETS, TEN, Server, calls
from tests.platforms.samples.x import X as SAMPLE

CHANNEL = SAMPLE.channel

Respond = Callable[[httpx.Request], httpx.Response]


PUBLIC = APP.__class__(APP.client_id, None, APP.redirect_uri)


def granting(**changes: Any) -> Server:
    granted = {
        "access_token": "a2",
        "refresh_token": "r2",
        "expires_in": 7200,
        "scope": " ".join(X.scopes),
        **changes,
    }
    date = {"date": "Thu, 01 Jan 2026 10:00:00 GMT"}
    answers = dict(SAMPLE.answers)
    answers["/2/oauth2/token"] = lambda _: httpx.Response(200, json=granted, headers=date)
    return Server(answers)


def exchange(server: Respond) -> Any:
    (connected,) = X.exchange(APP, code="c0de", verifier="v", calls=calls(SAMPLE, server))
    return connected


def test_an_app_with_a_secret_says_so_in_the_header_and_one_without_in_the_form() -> None:
    server = granting()
    exchange(server)
    asked = server.requests[0]
    assert asked.headers["authorization"].startswith("Basic ")
    form = dict(httpx.QueryParams(asked.content.decode()))
    assert form == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "code_verifier": "v",
        "redirect_uri": APP.redirect_uri,
    }
    X.exchange(PUBLIC, code="c0de", verifier="v", calls=calls(SAMPLE, server))
    asked = server.requests[2]
    assert "authorization" not in asked.headers
    assert dict(httpx.QueryParams(asked.content.decode()))["client_id"] == APP.client_id


def test_access_ends_by_the_clock_of_x() -> None:
    assert exchange(granting()).expires_at == TEN + timedelta(hours=2)
    undated = granting()
    undated.answers = dict(SAMPLE.answers)
    assert exchange(undated).expires_at > datetime.now(UTC) + timedelta(hours=1)


def test_what_was_not_allowed_is_told_and_without_a_name_nothing_is_connected() -> None:
    connected = exchange(granting(scope="users.read tweet.read", refresh_token=None))
    assert [each.split()[3] for each in connected.missing] == [
        "tweet.write",
        "media.write",
        "tweet.moderate.write",
        "dm.read",
        "dm.write",
        "offline.access",
    ]
    assert connected.credentials.refresh_token is None
    with pytest.raises(Rejected, match=r"users\.read"):
        exchange(granting(scope="tweet.read tweet.write"))


def test_a_subscription_is_kept_with_the_channel() -> None:
    assert exchange(granting()).server["subscription"] == "None"


def test_a_code_that_is_too_old_is_told_in_our_words() -> None:
    late = Server({"/token": lambda _: httpx.Response(400, json={"error": "invalid_request"})})
    with pytest.raises(Rejected, match="does not accept this consent"):
        exchange(late)


def refresh(respond: Respond, app: Any = APP, **credentials: Any) -> Any:
    known = XCredentials.model_validate({**SAMPLE.credentials, **credentials})
    return X(CHANNEL, known, calls(SAMPLE, respond)).refresh(app)


def test_a_renewal_sends_the_refresh_token_once_and_brings_the_next() -> None:
    server = granting()
    refreshed = refresh(server)
    assert refreshed.credentials == XCredentials(
        access_token=SecretStr("a2"), refresh_token=SecretStr("r2")
    )
    assert refreshed.expires_at == TEN + timedelta(hours=2)
    (asked,) = server.requests
    form = dict(httpx.QueryParams(asked.content.decode()))
    assert form == {"grant_type": "refresh_token", "refresh_token": SECRETS[1]}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="oops"),
        httpx.Response(502),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"token_type": "bearer"}),
        httpx.ReadTimeout("lost"),
        httpx.RemoteProtocolError("lost"),
    ],
)
def test_a_renewal_whose_answer_is_lost_has_used_the_token_up(
    answer: httpx.Response | Exception,
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(OutcomeUnknown):
        refresh(respond)


def test_a_renewal_that_never_left_may_be_made_again() -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    with pytest.raises(TryLater):
        refresh(down)
    with pytest.raises(Throttled):
        refresh(lambda _: httpx.Response(429))


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_renewal_needs_a_person(status: int) -> None:
    said = {"error": "invalid_request", "error_description": "Value passed for the token was…"}
    with pytest.raises(NeedsReconnect, match="does not renew"):
        refresh(lambda _: httpx.Response(status, json=said))


def test_without_a_token_nothing_is_asked() -> None:
    server = granting()
    with pytest.raises(NeedsReconnect, match=r"offline\.access"):
        refresh(server, refresh_token=None)
    assert server.requests == []


def test_both_tokens_are_revoked_and_again_is_no_error() -> None:
    server = granting()
    answers = dict(server.answers)
    answers["/revoke"] = lambda _: httpx.Response(400, json={"error": "invalid_request"})
    server.answers = answers
    known = XCredentials.model_validate(SAMPLE.credentials)
    X.revoke(APP, known, calls(SAMPLE, server))
    tokens = [dict(httpx.QueryParams(each.content.decode()))["token"] for each in server.requests]
    assert tokens == [SECRETS[1], SECRETS[0]]
