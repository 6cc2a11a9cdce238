"""Consent on a platform that is one server: an owner says yes on a page, and a code goes back.

There is one app, which everybody here uses. A code works once, for the address it was given to
and with its verifier; what a platform makes of it (tokens, pages) is the platform's own.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Protocol
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.fields import Fields, query_fields, read_fields

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "sandbox-app-secret"
CODE_LIVES = timedelta(minutes=10)


class Grant(BaseModel):
    """What an owner allowed, until its code is redeemed."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str = ""  # PKCE's, S256
    asked: dict[str, str] = {}  # all that the app asked with
    expires_at: datetime


class HasGrants(Protocol):
    grants: dict[str, Grant]  # by code


class ConsentDesk:
    def __init__(
        self,
        path: str,
        *,
        clock: Clock,
        state: Callable[[], HasGrants],
        people: Callable[[], Mapping[str, str]],
        client: str = "client_id",
        code_lives: timedelta = CODE_LIVES,
    ) -> None:
        """`people` are who may say yes: id → name. `client` is what the app's id is called."""
        self._path = path
        self._clock = clock
        self._state = state
        self._people = people
        self._client = client
        self._code_lives = code_lives

    def routes(self) -> list[Route]:
        return [
            Route(self._path, self._ask, methods=["GET"]),
            Route(self._path, self._allow, methods=["POST"]),
        ]

    def redeem(self, fields: Fields) -> Grant | None:
        """What a code stands for; None for one that is used, too old, or another's."""
        if fields.text(self._client) != CLIENT_ID:
            return None
        grant = self._state().grants.pop(fields.text("code"), None)
        if grant is None or self._clock.now() >= grant.expires_at:
            return None
        proof = hashlib.sha256(fields.text("code_verifier").encode()).digest()
        proven = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        is_theirs = grant.redirect_uri == fields.text("redirect_uri")
        return grant if is_theirs and grant.challenge in ("", proven) else None

    async def _ask(self, request: Request) -> Response:
        fields = query_fields(request)
        self._check(fields)
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'
            for name, value in fields.values.items()
        )
        buttons = "".join(
            f'<button name="username" value="{escape(each)}">Allow as {escape(name)}</button> '
            for each, name in self._people().items()
        )
        asks = f"<p>Tellal asks for: {escape(' '.join(_scopes(fields)))}</p>"
        nobody = "<p>There is no account yet: POST /_sandbox/accounts makes one.</p>"
        return HTMLResponse(f'<form method="post">{asks}{hidden}{buttons or nobody}</form>')

    async def _allow(self, request: Request) -> Response:
        """Who allows less than was asked sends a shorter `scope`."""
        fields = await read_fields(request)
        self._check(fields)
        if fields.text("username") not in self._people():
            raise Refusal(403, {"error": "Nobody of that name is here"})
        code = secrets.token_urlsafe(32)
        redirect_uri = fields.text("redirect_uri")
        self._state().grants[code] = Grant(
            account_id=fields.text("username"),
            redirect_uri=redirect_uri,
            scopes=_scopes(fields),
            challenge=fields.text("code_challenge"),
            asked={name: fields.text(name) for name in fields.values},
            expires_at=self._clock.now() + self._code_lives,
        )
        answer = {"code": code, "state": fields.text("state")}
        glue = "&" if "?" in redirect_uri else "?"
        return RedirectResponse(f"{redirect_uri}{glue}{urlencode(answer)}", 302)

    def _check(self, fields: Fields) -> None:
        is_asked = fields.text("response_type") == "code" and fields.text("redirect_uri")
        if fields.text(self._client) != CLIENT_ID or not is_asked:
            raise Refusal(400, {"error": "invalid_request"})
        method = fields.text("code_challenge_method")
        if fields.text("code_challenge") and method != "S256":
            raise Refusal(400, {"error": "invalid_request"})


def _scopes(fields: Fields) -> tuple[str, ...]:
    """Some platforms part them by spaces, others by commas."""
    return tuple(fields.text("scope").replace(",", " ").split())
