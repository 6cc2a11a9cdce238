"""Being let in by a channel's owner on Google's page, and staying in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import running
from tellal import clock
from tellal.connecting.authorising import challenge
from tellal.errors import NeedsReconnect, PublishError, Rejected, TryLater
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Connected, Registration
from tellal.platforms.youtube import YouTube, YouTubeCredentials
from tellal.platforms.youtube.consent import FULL, READ, REPORTS, SCOPES
from tests.platforms.sample import APP, Server, calls
from tests.platforms.samples.youtube import CHANNEL_ID, UPLOADS, YOUTUBE

TOKEN = {"access_token": "a", "refresh_token": "r", "expires_in": 3599}
TOKEN["scope"] = " ".join(SCOPES)
PRESENCE = {"id": CHANNEL_ID, "snippet": {"title": "Acme", "customUrl": "@acme"}}


def exchange(
    *, token: dict[str, Any] | None = None, channels: list[Any] | None = None
) -> tuple[Connected, ...]:
    server = Server(
        {
            "/token": lambda _: TOKEN | (token or {}),
            "/v3/channels": lambda _: {"items": [PRESENCE] if channels is None else channels},
        }
    )
    return YouTube.exchange(APP, code="c0de", verifier="v", calls=calls(YOUTUBE, server))


def asked_of(request: httpx.Request) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(request.content.decode()).items()}


def test_an_owner_is_asked_for_lasting_access_with_a_proof_of_our_own() -> None:
    address = YouTube.authorise_address(
        APP, state="st", challenge="ch", calls=calls(YOUTUBE, YOUTUBE.server())
    )
    asked = httpx.URL(address)
    assert (asked.host, asked.path) == ("accounts.google.com", "/o/oauth2/v2/auth")
    assert {n: asked.params[n] for n in ("access_type", "prompt", "response_type")} == {
        "access_type": "offline",
        "prompt": "consent",
        "response_type": "code",
    }
    assert (asked.params["code_challenge"], asked.params["code_challenge_method"]) == ("ch", "S256")


def test_a_code_is_exchanged_with_its_verifier_and_the_apps_secret() -> None:
    server = YOUTUBE.server()
    YouTube.exchange(APP, code="c0de", verifier="v" * 43, calls=calls(YOUTUBE, server))
    token, channels = server.requests
    assert str(token.url) == "https://oauth2.googleapis.com/token"
    assert asked_of(token) == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "code_verifier": "v" * 43,
        "redirect_uri": APP.redirect_uri,
        "client_id": "app-1",
        "client_secret": "s3cret-refresh",
    }
    assert channels.url.params["mine"] == "true"
    assert "s3cret" not in str(channels.url)


def test_every_channel_of_a_consent_is_there_to_choose_from() -> None:
    bare = {"id": "UCbare"}
    first, second = exchange(channels=[PRESENCE, bare])
    assert (first.remote_id, first.name, first.handle) == (CHANNEL_ID, "Acme", "acme")
    assert first.url == "https://www.youtube.com/@acme"
    assert (second.name, second.handle) == ("UCbare", "UCbare")
    assert second.url == "https://www.youtube.com/channel/UCbare"
    assert first.server["login"] == second.server["login"]  # one token, given back with the last
    assert first.expires_at is not None
    assert timedelta(minutes=59) < first.expires_at - clock.now() < timedelta(hours=1)


def test_what_its_owner_set_for_all_videos_is_learnt() -> None:
    facts = {
        "contentDetails": {"relatedPlaylists": {"uploads": UPLOADS}},
        "status": {"longUploadsStatus": "eligible", "selfDeclaredMadeForKids": False},
    }
    (connected,) = exchange(channels=[PRESENCE | facts])
    assert connected.server == {
        "uploads": UPLOADS,
        "long_uploads": "eligible",
        "made_for_kids": False,
    }


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        (" ".join(SCOPES), []),
        (f"{FULL} {REPORTS}", []),
        ("", []),
        (
            f"{READ} {REPORTS}",
            ["Without the permission youtube.force-ssl videos cannot be uploaded"],
        ),
        (FULL, ["Without the permission yt-analytics.readonly neither watch time"]),
    ],
)
def test_what_an_owner_unticked_is_named_with_what_will_not_work(
    scope: str, missing: list[str]
) -> None:
    (connected,) = exchange(token={"scope": scope})
    assert [each.partition(",")[0] for each in connected.missing] == missing


def test_a_consent_to_nothing_tells_nobodys_channel() -> None:
    with pytest.raises(Rejected, match=r"youtube\.readonly nobody can tell"):
        exchange(token={"scope": "openid"})


def test_an_account_without_a_channel_is_told_so() -> None:
    with pytest.raises(Rejected, match="no YouTube channel yet"):
        exchange(channels=[])


def test_access_that_does_not_last_is_no_access() -> None:
    with pytest.raises(Rejected, match=r"myaccount\.google\.com/permissions"):
        exchange(token={"refresh_token": None})


def test_a_code_that_google_refuses_says_so_without_repeating_it() -> None:
    said = {"error": "invalid_grant", "error_description": "Malformed auth code c0de"}
    respond = calls(YOUTUBE, lambda _: httpx.Response(400, json=said))
    with pytest.raises(Rejected, match="does not accept this consent") as raised:
        YouTube.exchange(APP, code="c0de", verifier="v", calls=respond)
    assert "c0de" not in str(raised.value)


# ── renewing and revoking ────────────────────────────────────────────────────────────────────


def refresh(respond: Any, app: Registration | None = APP) -> Any:
    return YOUTUBE.adapter(respond).refresh(app)


def test_a_refresh_token_stays_as_it_is() -> None:
    told = {"access_token": "new", "expires_in": 3599, "scope": FULL}
    server = Server({"/token": lambda _: told})
    fresh = refresh(server)
    assert fresh.credentials == YouTubeCredentials(
        access_token=SecretStr("new"), refresh_token=SecretStr("s3cret-refresh")
    )
    (request,) = server.requests
    assert asked_of(request)["grant_type"] == "refresh_token"
    assert "authorization" not in request.headers


def test_another_refresh_token_would_be_kept() -> None:
    server = Server({"/token": lambda _: {"access_token": "new", "refresh_token": "another"}})
    assert refresh(server).credentials.refresh_token == SecretStr("another")


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (400, "invalid_grant", "six months.*still in testing"),
        (401, "invalid_client", "does not know the app any more"),
        (401, "unauthorized_client", "does not know the app any more"),
    ],
)
def test_access_that_google_ended_needs_a_person_and_says_why(
    status: int, error: str, sentence: str
) -> None:
    said = {"error": error, "error_description": "Token has been expired or revoked."}
    with pytest.raises(NeedsReconnect, match=sentence):
        refresh(lambda _: httpx.Response(status, json=said))


def test_a_desk_that_is_down_is_asked_again() -> None:
    with pytest.raises(TryLater):
        refresh(lambda _: httpx.Response(503, json={"error": "invalid_grant"}))


def revoke(respond: Any) -> None:
    held = YouTubeCredentials.model_validate(YOUTUBE.credentials)
    YouTube.revoke(APP, held, calls(YOUTUBE, respond))


def test_the_refresh_token_is_taken_back_and_once_more_is_no_error() -> None:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        known = len(asked) == 1
        return (
            httpx.Response(200) if known else httpx.Response(400, json={"error": "invalid_token"})
        )

    revoke(respond)
    revoke(respond)
    assert [asked_of(each) for each in asked] == [{"token": "s3cret-refresh"}] * 2
    assert "token" not in str(asked[0].url.query)


def test_a_refusal_to_revoke_is_an_error() -> None:
    with pytest.raises(PublishError):
        revoke(lambda _: httpx.Response(400, json={"error": "invalid_request"}))


# ── against a desk that knows the rules ──────────────────────────────────────────────────────


@dataclass(frozen=True)
class Owner:
    """With a browser, before the sandbox's consent page."""

    line: Calls
    app: Registration

    def allow(self, *, state: str, verifier: str, scopes: str | None = None) -> dict[str, str]:
        """Says yes; what the browser brings back."""
        address = httpx.URL(
            YouTube.authorise_address(
                self.app, state=state, challenge=challenge(verifier), calls=self.line
            )
        )
        assert httpx.get(address, trust_env=False).status_code == 200
        fields = dict(address.params) | {"username": "bakery"}
        fields |= {"scope": scopes} if scopes else {}
        at = str(address.copy_with(query=None))
        sent_back = httpx.post(at, data=fields, trust_env=False)
        return dict(httpx.URL(sent_back.headers["location"]).params)

    def exchange(self, code: str, *, verifier: str) -> tuple[Connected, ...]:
        return YouTube.exchange(self.app, code=code, verifier=verifier, calls=self.line)


@pytest.fixture
def owner() -> Iterator[Owner]:
    with running("youtube") as sandbox, httpx.Client(trust_env=False) as http:
        sandbox.control.create_account("bakery", display_name="Acme Bakery")
        app = Registration(CLIENT_ID, SecretStr(CLIENT_SECRET), "https://tellal.example/back")
        yield Owner(Calls(http, sandbox.hosts), app)


def test_a_consent_becomes_a_channel_that_can_be_renewed_and_is_given_back(owner: Owner) -> None:
    back = owner.allow(state="st&te", verifier="v" * 43)
    assert back["state"] == "st&te"
    (connected,) = owner.exchange(back["code"], verifier="v" * 43)
    assert (connected.name, connected.handle, connected.missing) == ("Acme Bakery", "bakery", ())
    assert connected.server["uploads"].startswith("UU")

    adapter = YouTube(YOUTUBE.channel, connected.credentials, owner.line)  # type: ignore[arg-type]
    fresh = adapter.refresh(owner.app)
    YouTube.revoke(owner.app, fresh.credentials, owner.line)  # type: ignore[arg-type]
    YouTube.revoke(owner.app, fresh.credentials, owner.line)  # type: ignore[arg-type]
    with pytest.raises(NeedsReconnect, match="has ended its access"):
        adapter.refresh(owner.app)


def test_a_code_is_good_once_and_with_its_own_verifier_alone(owner: Owner) -> None:
    code = owner.allow(state="s", verifier="v" * 43)["code"]
    with pytest.raises(Rejected):
        owner.exchange(code, verifier="w" * 43)
    code = owner.allow(state="s", verifier="v" * 43)["code"]
    owner.exchange(code, verifier="v" * 43)
    with pytest.raises(Rejected):
        owner.exchange(code, verifier="v" * 43)


def test_an_owner_who_unticks_publishing_is_told_what_will_not_work(owner: Owner) -> None:
    code = owner.allow(state="s", verifier="v" * 43, scopes=f"{READ} {REPORTS}")["code"]
    (connected,) = owner.exchange(code, verifier="v" * 43)
    (missing,) = connected.missing
    assert "videos cannot be uploaded, published or deleted" in missing
