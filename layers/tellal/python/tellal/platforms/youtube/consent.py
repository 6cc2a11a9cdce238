"""Being let in by a channel's owner, on Google's own page.
https://developers.google.com/identity/protocols/oauth2/web-server

A consent is one channel's: Google asks which. Its refresh token is given with the consent alone,
does not change, and lives until somebody ends it; an access token lives an hour. Google lets an
owner untick what an app asks for, and tells with the token what is left.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from tellal import clock
from tellal.errors import NeedsReconnect, Rejected
from tellal.platforms.calls import Calls, Reads, Reply
from tellal.platforms.protocol import Registration
from tellal.platforms.scopes import Scopes
from tellal.platforms.youtube import answers
from tellal.platforms.youtube.line import Line

AUTH = "https://www.googleapis.com/auth"
FULL, READ = f"{AUTH}/youtube.force-ssl", f"{AUTH}/youtube.readonly"
REPORTS = f"{AUTH}/yt-analytics.readonly"
# Google's description of each method names the scopes it takes: the first is enough for all of the
# Data API, and Analytics has one of its own.
SCOPES = {
    FULL: "videos cannot be uploaded, published or deleted, and nothing can be commented",
    READ: "nobody can tell whose channel it is, and nothing is measured",
    REPORTS: "neither watch time, shares nor single days are measured",
}
ASKED_FOR = Scopes(SCOPES, needed=(READ,), given_by={READ: (FULL,)})
NOBODY_KNOWS = frozenset({408, 425, 429})
# https://developers.google.com/identity/protocols/oauth2#expiration
ENDED = (
    "Google has ended its access. That happens when its owner takes it back or changes the"
    " password, when it was not used for six months, and after a week while the app's consent"
    " screen is still in testing: publish the app in the Google Cloud console then"
)
UNKNOWN_APP = "Google does not know the app any more with which it was connected, or its secret"
NO_REFRESH = (
    "Google gave no lasting access: take Tellal's access away at"
    " myaccount.google.com/permissions, then connect again"
)
NO_CHANNEL = "This Google account has no YouTube channel yet: make one, then connect again"


def address_of(app: Registration, *, state: str, challenge: str, calls: Calls) -> str:
    asks = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(SCOPES),
        "state": state,
        "access_type": "offline",  # with a refresh token,
        "prompt": "consent",  # which else comes the first time only
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(f"{calls.hosts['accounts']}/o/oauth2/v2/auth", params=asks))


def exchange(app: Registration, *, code: str, verifier: str, calls: Calls) -> answers.Granted:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": app.redirect_uri,
        **_keys(app),
    }
    granted = _at_desk("token", form, calls, reads=_refused).read(answers.Granted)
    if granted.refresh_token is None:
        raise Rejected(NO_REFRESH)
    return granted


def refresh(app: Registration | None, refresh_token: SecretStr, calls: Calls) -> answers.Granted:
    """A lost answer is asked for again: the refresh token stays good."""
    assert app is not None, "its facts say so"
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.get_secret_value(),
        **_keys(app),
    }
    return _at_desk("token", form, calls, reads=_ended).read(answers.Granted)


def revoke(token: SecretStr, calls: Calls) -> None:
    """A token that Google does not know any more is a token taken back."""
    form = {"token": token.get_secret_value()}
    reply = _at_desk("revoke", form, calls, reads=_refused, accepts={200, 400})
    if reply.status == 400 and _error_of(reply) != "invalid_token":
        _refused(reply)


def channels_of(granted: answers.Granted, calls: Calls) -> list[answers.Presence]:
    """The channels that a consent lets us into. Raises Rejected where they cannot be told."""
    ASKED_FOR.require(_scopes(granted))
    params = {"part": "snippet,contentDetails,status", "mine": "true", "maxResults": "50"}
    line = Line(granted.access_token, calls)
    found = line("GET", "channels", params=params).read(answers.Presences).items
    if not found:
        raise Rejected(NO_CHANNEL)
    return found


def missing(granted: answers.Granted) -> tuple[str, ...]:
    return ASKED_FOR.missing(_scopes(granted))


def expiry(granted: answers.Granted) -> datetime:
    return clock.now() + timedelta(seconds=granted.expires_in)


def _scopes(granted: answers.Granted) -> Collection[str]:
    """Who does not tell them is believed to allow all."""
    return granted.scope.split() or SCOPES


def _keys(app: Registration) -> dict[str, str]:
    secret = app.client_secret.get_secret_value() if app.client_secret else ""
    return {"client_id": app.client_id, "client_secret": secret}


def _at_desk(
    path: str, form: dict[str, str], calls: Calls, *, reads: Reads, **request: Any
) -> Reply:
    return calls("POST", f"{calls.hosts['oauth']}/{path}", data=form, reads=reads, **request)


def _refused(reply: Reply) -> None:
    """No channel is spoken for yet, so a refusal is not about one; its words are not repeated."""
    if 400 <= reply.status < 500 and reply.status not in NOBODY_KNOWS:
        raise Rejected("Google does not accept this consent, or not any more")


def _ended(reply: Reply) -> None:
    error = _error_of(reply)
    if reply.status < 500 and error == "invalid_grant":
        raise NeedsReconnect(ENDED)
    if reply.status < 500 and error in {"invalid_client", "unauthorized_client"}:
        raise NeedsReconnect(UNKNOWN_APP)


def _error_of(reply: Reply) -> str:
    told = reply.json()
    return str(told.get("error", "")) if isinstance(told, dict) else ""
