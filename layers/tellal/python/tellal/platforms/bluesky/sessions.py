"""Sessions: signed in once with an app password, then refreshed, never made anew.

A server lets an account sign in 300 times a day. The app password is used to connect, and not kept.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, SecretStr

from tellal import clock
from tellal.errors import NeedsReconnect
from tellal.platforms.bluesky import answers
from tellal.platforms.bluesky.line import REFRESHING, SIGNING_IN, Line, reading
from tellal.platforms.calls import Calls, address
from tellal.platforms.protocol import Connected, Refreshed

LIVES = timedelta(hours=2)  # the access token's default at the official server


class BlueskyConnection(BaseModel):
    """What a person types in. The app password is made under Settings → Privacy and security."""

    handle: str
    app_password: SecretStr
    service: str | None = None  # where the account lives, unless at the usual place


class BlueskyCredentials(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr


def connect(given: BlueskyConnection, calls: Calls, *, hosts: Mapping[str, str]) -> Connected:
    service = address(given.service or hosts["service"])
    signing_in = {
        "identifier": given.handle.strip().removeprefix("@"),
        "password": given.app_password.get_secret_value().strip(),
    }
    session = calls(
        "POST",
        f"{service}/xrpc/com.atproto.server.createSession",
        json=signing_in,
        reads=reading(SIGNING_IN),
    ).read(answers.Session)
    if not session.active:
        raise NeedsReconnect(f"Bluesky says this account is {session.status or 'not active'}")
    pds = _own_server(session.didDoc or {}) or service
    line = Line(hosts["pds"] or pds, SecretStr(session.accessJwt), calls)
    profile = line("GET", "app.bsky.actor.getProfile", params={"actor": session.did}).read(
        answers.Profile
    )
    return Connected(
        remote_id=session.did,
        name=profile.displayName or session.handle,
        handle=session.handle,
        url=f"{hosts['app']}/profile/{session.handle}",
        credentials=_credentials(session),
        server={"did": session.did, "pds": pds},
        expires_at=_expiry(session.accessJwt),
    )


def refresh(at: str, credentials: BlueskyCredentials, calls: Calls) -> Refreshed:
    """A lost answer is asked for again: the old token gives the same new pair for a while."""
    line = Line(at, credentials.refresh_token, calls)
    query = "com.atproto.server.refreshSession"
    session = line("POST", query, reads=reading(REFRESHING)).read(answers.Session)
    return Refreshed(_credentials(session), _expiry(session.accessJwt))


def _credentials(session: answers.Session) -> BlueskyCredentials:
    return BlueskyCredentials(
        access_token=SecretStr(session.accessJwt), refresh_token=SecretStr(session.refreshJwt)
    )


def _own_server(did_document: Mapping[str, Any]) -> str | None:
    """Where the account's document says that it lives."""
    for service in did_document.get("service") or ():
        if str(service.get("id")).endswith("#atproto_pds"):
            return address(str(service.get("serviceEndpoint")))
    return None


def _expiry(token: str) -> datetime:
    """What the token itself says; one that cannot be read is taken to live as long as usual."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return clock.now() + LIVES
