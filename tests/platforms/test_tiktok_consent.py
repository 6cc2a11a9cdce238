"""Being let in by a TikTok account, staying in, and reading what it counts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.tiktok import TikTok, consent
from tellal.platforms.tiktok.facts import FACTS
from tellal.posts import Remote
from tests.platforms.sample import APP, SECRETS, Server, calls
from tests.platforms.samples.tiktok import POST_ID, SCOPES, TIKTOK, ok
from tests.platforms.tiktok_posts import OPENED, answering, at

# ── being let in ─────────────────────────────────────────────────────────────────────────────


def exchange(respond: Any, **settings: str) -> Any:
    line = calls(TIKTOK, respond)
    stated = {**line.settings, **settings}
    line = type(line)(line.http, line.hosts, settings=stated)
    return TikTok.exchange(APP, code="c0de", verifier="v" * 43, calls=line)


def granting(*scopes: str) -> Server:
    def user(request: httpx.Request) -> Any:
        fields = request.url.params["fields"].split(",")
        facts = {"open_id": "-000acme", "display_name": "Acme", "username": "acme"}
        return ok({"user": {name: facts[name] for name in fields}})

    token = TIKTOK.answers["/v2/oauth/token/"]
    granted = lambda request: {**token(request), "scope": ",".join(scopes)}  # noqa: E731
    return Server({**TIKTOK.answers, "/v2/oauth/token/": granted, "/v2/user/info/": user})


def test_an_owner_is_asked_with_a_client_key_and_scopes_between_commas() -> None:
    address = httpx.URL(
        TikTok.authorise_address(
            APP, state="s", challenge="c", calls=calls(TIKTOK, TIKTOK.server())
        )
    )
    assert f"{address.scheme}://{address.host}{address.path}" == (
        "https://www.tiktok.com/v2/auth/authorize/"
    )
    assert dict(address.params) == {
        "client_key": "app-1",
        "scope": "user.info.basic,user.info.profile,user.info.stats,video.publish,video.list",
        "response_type": "code",
        "redirect_uri": APP.redirect_uri,
        "state": "s",
    }


def test_connecting_keeps_the_tokens_the_scopes_and_the_domain() -> None:
    server = granting(*SCOPES)
    [connected] = exchange(server, media_domain="media.acme.example")
    assert (connected.remote_id, connected.name, connected.handle) == ("-000acme", "Acme", "acme")
    assert connected.url == "https://www.tiktok.com/@acme"
    assert connected.missing == ()
    assert connected.server == {"scopes": SCOPES, "media_domain": "https://media.acme.example"}
    left = connected.expires_at - datetime.now(UTC)
    assert timedelta(hours=23, minutes=58) < left <= timedelta(hours=24)
    form = dict(httpx.QueryParams(server.requests[0].content.decode()))
    assert form == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": APP.redirect_uri,
        "client_key": "app-1",
        "client_secret": SECRETS[1],
    }


def test_without_the_setting_there_is_no_domain() -> None:
    [connected] = exchange(granting(*SCOPES))
    assert connected.server["media_domain"] == ""


def test_what_an_owner_did_not_allow_is_named_with_what_will_not_work() -> None:
    [connected] = exchange(granting("user.info.basic", "video.publish"))
    assert connected.handle == "Acme"
    assert connected.url is None
    profile, stats, listed = connected.missing
    assert profile.startswith("Without the permission user.info.profile the account's @name is not")
    assert stats == "Without the permission user.info.stats followers are not measured"
    assert (
        listed == "Without the permission video.list posts are not measured, and some have no link"
    )


def test_a_consent_that_does_not_tell_whose_it_is_connects_nothing() -> None:
    with pytest.raises(Rejected, match="nobody can tell whose"):
        exchange(granting("video.publish"))


def oauth_error(error: str, number: int = 400) -> Any:
    body = {"error": error, "error_description": f"about {SECRETS[1]}", "log_id": "2022"}
    return lambda _: httpx.Response(number, json=body)


@pytest.mark.parametrize("number", [200, 400])
@pytest.mark.parametrize(
    ("error", "means", "sentence"),
    [
        ("invalid_grant", Rejected, "does not accept this consent"),
        ("invalid_request", Rejected, "does not accept this consent"),
        ("access_denied", Rejected, "does not accept this consent"),
        ("invalid_client", NeedsReconnect, "does not know this deployment's app"),
        ("server_error", TryLater, "a failure of its own"),
    ],
)
def test_a_code_that_is_refused_says_why(
    number: int, error: str, means: type[PublishError], sentence: str
) -> None:
    with pytest.raises(means, match=sentence):
        exchange(oauth_error(error, number))


def test_refreshing_keeps_whatever_pair_comes_back() -> None:
    fresh = {"access_token": "act.2", "refresh_token": "rft.2", "expires_in": 60, "open_id": "o"}
    server = Server({"/v2/oauth/token/": lambda _: fresh})
    refreshed = TIKTOK.adapter(server).refresh(APP)
    secrets = refreshed.credentials.model_dump()
    assert [secrets[name].get_secret_value() for name in secrets] == ["act.2", "rft.2"]
    form = dict(httpx.QueryParams(server.requests[0].content.decode()))
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", SECRETS[1])
    assert "authorization" not in server.requests[0].headers
    assert refreshed.expires_at - datetime.now(UTC) <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("respond", "means"),
    [
        (oauth_error("invalid_grant"), NeedsReconnect),
        (oauth_error("invalid_grant", 200), NeedsReconnect),
        (oauth_error("invalid_client", 401), NeedsReconnect),
        (oauth_error("server_error", 200), OutcomeUnknown),
        (oauth_error("server_error", 500), OutcomeUnknown),
        (lambda _: httpx.Response(502, text="<html>"), OutcomeUnknown),
        (lambda _: httpx.Response(200, json={"access_token": "half"}), OutcomeUnknown),
        (lambda _: httpx.Response(429, headers={"retry-after": "9"}), Throttled),
    ],
)
def test_a_refresh_whose_answer_was_lost_may_have_used_up_the_token(
    respond: Any, means: type[PublishError]
) -> None:
    with pytest.raises(means) as raised:
        TIKTOK.adapter(respond).refresh(APP)
    assert isinstance(raised.value, OutcomeUnknown) == (means is OutcomeUnknown)
    assert FACTS.refresh_grace is None


@pytest.mark.parametrize("respond", [TIKTOK.server(), oauth_error("invalid_request")])
def test_a_token_is_revoked_once_and_again_is_no_error(respond: Any) -> None:
    TikTok.revoke(APP, OPENED, calls(TIKTOK, respond))


# ── measuring ────────────────────────────────────────────────────────────────────────────────


def test_views_likes_comments_and_shares_are_read_twenty_at_a_time() -> None:
    def query(request: httpx.Request) -> Any:
        ids = json.loads(request.content)["filters"]["video_ids"]
        assert len(ids) <= 20
        return ok(
            {"videos": [{"id": int(each), "view_count": 5, "share_count": 0} for each in ids]}
        )

    server = answering(measured=query)
    remotes = [Remote(id=str(10**18 + number)) for number in range(45)]
    read = TIKTOK.adapter(server).read_posts([*remotes, Remote(id="v_pub_file~v2-1.123")])
    assert set(read) == {remote.id for remote in remotes}
    assert read[remotes[0].id] == {"views": 5, "shares": 0}
    assert len(server.requests) == 3


def test_nothing_is_asked_that_its_owner_did_not_allow() -> None:
    server = TIKTOK.server()
    channel = at(scopes=["user.info.basic", "video.publish"])
    adapter = TikTok(channel, OPENED, calls(TIKTOK, server))
    assert adapter.read_channel() == {}
    assert adapter.read_posts([Remote(id=POST_ID)]) == {}
    assert server.requests == []


def test_every_scope_that_is_asked_for_says_what_it_is_for() -> None:
    assert set(consent.SCOPES) == set(SCOPES)
    assert "video.upload" not in consent.SCOPES  # drafts, which are not made here
