"""Being let into pages: by a token that is typed in, and by consent."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tellal.errors import (
    NeedsReconnect,
    PublishError,
    Rejected,
)
from tellal.platforms.facebook import Facebook
from tellal.platforms.facebook.consent import FacebookConnection
from tellal.platforms.graph import proof_of
from tellal.platforms.protocol import (
    Connected,
)
from tellal.posts import Content, Remote
from tests.platforms.facebook_posts import answering, commit, refusing, rendered
from tests.platforms.sample import (
    APP,
    SECRETS,
    Server,
    calls,
)
from tests.platforms.samples.facebook import FACEBOOK, OWN_PAGE, PAGE, SCOPES, fields_of


def exchange(respond: Callable[[httpx.Request], httpx.Response]) -> tuple[Connected, ...]:
    return Facebook.exchange(APP, code="c0de", verifier="v", calls=calls(FACEBOOK, respond))


def granted(*left_out: str, **answers: Any) -> Server:
    rows = [
        {"permission": each, "status": "declined" if each in left_out else "granted"}
        for each in SCOPES
    ]
    return answering(**{"me/permissions": {"data": rows}, **answers})


def test_a_token_that_was_typed_in_goes_without_a_proof() -> None:
    given = FacebookConnection.model_validate({"page_id": " 9 ", "access_token": "tok"})
    server = FACEBOOK.server()
    connected = Facebook.connect(given, calls(FACEBOOK, server))
    assert (connected.remote_id, connected.url) == ("9", PAGE["link"])
    [request] = server.requests
    assert request.headers["authorization"] == "Bearer tok"
    assert set(request.url.params) == {"fields"}


def test_a_token_that_is_not_the_pages_is_told_when_it_is_typed_in() -> None:
    given = FacebookConnection.model_validate({"page_id": "9", "access_token": "tok"})
    with pytest.raises(NeedsReconnect, match="does not accept this token for this page"):
        Facebook.connect(given, calls(FACEBOOK, refusing(code=190)))


@pytest.mark.parametrize("page_id", ["9/feed", "9?fields=x", "../me"])
def test_what_is_typed_in_as_a_page_stays_inside_its_place(page_id: str) -> None:
    server = FACEBOOK.server()
    given = FacebookConnection.model_validate({"page_id": page_id, "access_token": "tok"})
    with pytest.raises(PublishError):
        Facebook.connect(given, calls(FACEBOOK, server))
    assert server.requests[0].url.raw_path.decode().count("/") == 2


def test_an_owner_is_asked_on_facebooks_own_page() -> None:
    address = httpx.URL(
        Facebook.authorise_address(
            APP, state="s", challenge="c", calls=calls(FACEBOOK, FACEBOOK.server())
        )
    )
    assert (address.host, address.path) == ("www.facebook.com", "/v25.0/dialog/oauth")
    assert address.params["response_type"] == "code"
    assert address.params["client_id"] == APP.client_id


def test_a_code_becomes_a_long_lived_token_and_that_one_the_pages() -> None:
    tokens = iter(["short", "long"])
    token = lambda _: {"access_token": next(tokens), "token_type": "bearer"}  # noqa: E731
    server = granted(**{"oauth/access_token": token})

    [connected] = exchange(server)

    first, second, *asked = server.requests
    assert (first.method, second.method) == ("POST", "POST")
    assert fields_of(first) == {
        "client_id": "app-1",
        "client_secret": SECRETS[1],
        "redirect_uri": APP.redirect_uri,
        "code": "c0de",
    }
    assert fields_of(second)["fb_exchange_token"] == "short"
    assert all(each.headers["authorization"] == "Bearer long" for each in asked)
    assert not any(secret in str(each.url) for each in server.requests for secret in SECRETS)
    credentials: Any = connected.credentials
    assert APP.client_secret is not None
    assert credentials.proof == proof_of(credentials.access_token, APP.client_secret)
    assert connected.expires_at is None


def test_the_proof_goes_with_every_call_of_the_graph() -> None:
    server = FACEBOOK.server()
    adapter = FACEBOOK.adapter(server)
    adapter.confirm(Remote(id="9_111"))
    commit(rendered(Content(text="x")), server)
    assert {each.url.params["appsecret_proof"] for each in server.requests} == {SECRETS[1]}


def test_every_page_is_offered_list_after_list() -> None:
    def pages(request: httpx.Request) -> Any:
        first = "after" not in request.url.params
        name = "one" if first else "two"
        row = {**OWN_PAGE, "id": name, "name": name.title(), "username": None}
        more = {"next": "https://graph.facebook.com/never"} if first else {}
        return {"data": [row], "paging": {"cursors": {"after": "x"}, **more}}

    connected = exchange(granted(**{"me/accounts": pages}))
    assert [(each.remote_id, each.handle) for each in connected] == [("one", "one"), ("two", "two")]


def test_what_was_left_out_is_named_with_what_will_not_work() -> None:
    [connected] = exchange(granted("pages_manage_engagement", "pages_messaging"))
    assert connected.missing == (
        "Without the permission pages_manage_engagement no first comment can be written",
        "Without the permission pages_messaging messages to the page are not told",
    )


def test_a_page_on_which_its_owner_may_not_post_is_offered_with_a_warning() -> None:
    row = {**OWN_PAGE, "tasks": ["ANALYZE"]}
    [connected] = exchange(granted(**{"me/accounts": {"data": [row]}}))
    assert connected.missing == (
        "Without the task CREATE_CONTENT on the page Acme nothing can be published",
    )


def test_a_consent_that_hides_the_pages_is_refused_with_the_reason() -> None:
    with pytest.raises(Rejected, match="pages_show_list nobody can tell which pages are yours"):
        exchange(granted("pages_show_list"))


def test_a_consent_without_a_page_lets_into_nothing() -> None:
    assert exchange(granted(**{"me/accounts": {"data": []}})) == ()


@pytest.mark.parametrize(
    "error",
    [
        {"code": 100, "error_subcode": 36009, "message": "This code has been used"},
        {"code": 1, "message": "Error validating client secret."},
        {"code": 190, "message": "s3cret"},
    ],
)
def test_a_consent_that_is_used_or_too_old_is_told_without_facebooks_words(error: Any) -> None:
    with pytest.raises(Rejected, match="does not accept this consent") as raised:
        exchange(refusing(**error))
    assert "s3cret" not in str(raised.value)
