"""Consent and tokens on the X sandbox.
https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code

A code lives for 30 seconds. A refresh token is good for one use: whoever sends it again ends all
that came of its consent. Every one that comes is written down, hashed, before it is looked at.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET, ConsentDesk
from local.sandboxes.fields import Fields, read_fields
from local.sandboxes.platform import hashed
from local.sandboxes.x.state import Renewal, State, Token

CODE_LIVES = timedelta(seconds=30)
BAD_TOKEN = "Value passed for the token was invalid."
BAD_CODE = "Value passed for the authorization code was invalid."


class HasState(Protocol):
    state: State


class OAuth:
    def __init__(self, server: HasState, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._desk = ConsentDesk(
            "/i/oauth2/authorize",
            clock=clock,
            state=lambda: server.state,
            people=lambda: {a.username: a.name for a in server.state.accounts.values()},
            code_lives=CODE_LIVES,
        )

    def routes(self) -> list[Route]:
        return [
            *self._desk.routes(),
            Route("/2/oauth2/token", self._token, methods=["POST"]),
            Route("/2/oauth2/revoke", self._revoke, methods=["POST"]),
        ]

    def grant(self, *, account_id: str, scopes: Sequence[str], family: str = "") -> dict[str, Any]:
        """A new pair; of an earlier consent, if its family is given."""
        state = self._server.state
        family = family or secrets.token_hex(8)
        access, lives = secrets.token_urlsafe(48), state.settings.access_seconds
        state.tokens[access] = Token(
            account_id=account_id,
            family=family,
            scopes=tuple(scopes),
            expires_at=self._clock.now() + timedelta(seconds=lives),
        )
        granted: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": int(lives),
            "access_token": access,
            "scope": " ".join(scopes),
        }
        if "offline.access" in scopes:
            granted["refresh_token"] = secrets.token_urlsafe(48)
            state.renewals[granted["refresh_token"]] = Renewal(
                account_id=account_id, family=family, scopes=tuple(scopes)
            )
        return granted

    async def _token(self, request: Request) -> Response:
        fields = self._of_app(request, await read_fields(request))
        match fields.text("grant_type"):
            case "authorization_code":
                return JSONResponse(self._redeemed(fields))
            case "refresh_token":
                return JSONResponse(self._renewed(fields.text("refresh_token")))
            case _:
                raise refused("unsupported_grant_type", "This grant type is not supported.")

    async def _revoke(self, request: Request) -> Response:
        fields = self._of_app(request, await read_fields(request))
        state, token = self._server.state, fields.text("token")
        known = state.tokens.get(token) or state.renewals.get(token)
        if known is None:
            raise refused("invalid_request", BAD_TOKEN)
        state.tokens.pop(token, None)
        state.renewals.pop(token, None)
        return JSONResponse({"revoked": True})

    def _redeemed(self, fields: Fields) -> dict[str, Any]:
        grant = self._desk.redeem(fields)
        account = self._server.state.find_account(grant.account_id) if grant else None
        if grant is None or account is None or not grant.challenge:
            raise refused("invalid_request", BAD_CODE)
        return self.grant(account_id=account.id, scopes=grant.scopes)

    def _renewed(self, token: str) -> dict[str, Any]:
        state = self._server.state
        state.renewals_seen.append(hashed(token))
        renewal = state.renewals.get(token)
        if renewal is None or renewal.family in state.dead_families:
            raise refused("invalid_request", BAD_TOKEN)
        if renewal.spent:
            self._end(renewal.family)
            raise refused("invalid_request", BAD_TOKEN)
        state.renewals[token] = renewal.model_copy(update={"spent": True})
        return self.grant(
            account_id=renewal.account_id, scopes=renewal.scopes, family=renewal.family
        )

    def _end(self, family: str) -> None:
        state = self._server.state
        state.dead_families.append(family)
        state.tokens = {v: each for v, each in state.tokens.items() if each.family != family}

    def _of_app(self, request: Request, fields: Fields) -> Fields:
        """An app with a secret says who it is in the header, and is not asked for its id again."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            client, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client = secret = ""
        if scheme != "Basic" or (client, secret) != (CLIENT_ID, CLIENT_SECRET):
            sentence = "Missing valid authorization header"
            raise refused("unauthorized_client", sentence, status=401)
        return Fields({**fields.values, "client_id": client}, fields.uploads)


def refused(error: str, sentence: str, *, status: int = 400) -> Refusal:
    return Refusal(status, {"error": error, "error_description": sentence})
