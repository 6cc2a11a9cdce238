"""Consent and tokens on the TikTok sandbox.
https://developers.tiktok.com/doc/oauth-user-access-token-management

An owner may allow a part of what was asked. A refresh token that was used is no good any more
(TikTok says only that the new one may differ); a setting keeps it instead.
"""

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
from local.sandboxes.tiktok.refusals import refuse
from local.sandboxes.tiktok.state import State, Token

ALL_SCOPES = (
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.publish",
    "video.upload",
    "video.list",
)
NO_STORE = {"Cache-Control": "no-store"}


class HasState(Protocol):
    state: State


class OAuth:
    def __init__(self, server: HasState, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._desk = ConsentDesk(
            "/v2/auth/authorize/",
            clock=clock,
            state=lambda: server.state,
            people=lambda: {each.open_id: each.username for each in server.state.accounts.values()},
            client="client_key",
        )

    def routes(self) -> list[Route]:
        return [
            *self._desk.routes(),
            Route("/v2/oauth/token/", self._token, methods=["POST"]),
            Route("/v2/oauth/revoke/", self._revoke, methods=["POST"]),
        ]

    def grant(self, open_id: str, scopes: Sequence[str]) -> dict[str, Any]:
        settings, now = self._server.state.settings, self._clock.now()
        lives = {"act": settings.access_seconds, "rft": settings.refresh_seconds}
        made = {
            kind: Token(
                value=f"{kind}.{secrets.token_hex(24)}",
                open_id=open_id,
                scopes=tuple(scopes),
                expires_at=now + timedelta(seconds=seconds),
            )
            for kind, seconds in lives.items()
        }
        state = self._server.state
        state.access_tokens[made["act"].value] = made["act"]
        state.refresh_tokens[made["rft"].value] = made["rft"]
        return {
            "open_id": open_id,
            "scope": ",".join(scopes),
            "access_token": made["act"].value,
            "expires_in": settings.access_seconds,
            "refresh_token": made["rft"].value,
            "refresh_expires_in": settings.refresh_seconds,
            "token_type": "Bearer",
        }

    def authorise(self, request: Request) -> Token:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        token = self._server.state.access_tokens.get(value)
        if scheme != "Bearer" or token is None or self._clock.now() >= token.expires_at:
            raise refuse("access_token_invalid", "The access token is invalid or not found")
        return token

    async def _token(self, request: Request) -> Response:
        fields = await self._from_our_app(request)
        match fields.text("grant_type"):
            case "authorization_code":
                grant = self._desk.redeem(fields)
                if grant is None:
                    raise _refused("invalid_grant", "Authorization code is expired")
                scopes = [scope for scope in grant.scopes if scope in ALL_SCOPES]
                made = self.grant(grant.account_id, scopes)
            case "refresh_token":
                made = self._refreshed(fields.text("refresh_token"))
            case _:
                raise _refused("unsupported_grant_type", "Grant type is not supported")
        return JSONResponse(made, headers=NO_STORE)

    def _refreshed(self, value: str) -> dict[str, Any]:
        state = self._server.state
        state.renewals_seen.append(hashed(value))
        token = state.refresh_tokens.get(value)
        if token is None or self._clock.now() >= token.expires_at:
            raise _refused("invalid_grant", "Refresh token is invalid or expired")
        made = self.grant(token.open_id, token.scopes)
        if state.settings.rotates_refresh_tokens:
            del state.refresh_tokens[value]
            return made
        del state.refresh_tokens[made["refresh_token"]]
        return {**made, "refresh_token": value}

    async def _revoke(self, request: Request) -> Response:
        fields = await self._from_our_app(request)
        state, token = self._server.state, None
        for kept in (state.access_tokens, state.refresh_tokens):
            token = token or kept.get(fields.text("token"))
        if token is None:
            raise _refused("invalid_request", "The token is not known")
        for kept in (state.access_tokens, state.refresh_tokens):
            for value in [v for v, each in kept.items() if each.open_id == token.open_id]:
                del kept[value]
        return Response(status_code=200)

    async def _from_our_app(self, request: Request) -> Fields:
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind != "application/x-www-form-urlencoded":
            raise _refused("invalid_request", "Only forms are taken")
        fields = await read_fields(request)
        is_ours = fields.text("client_key") == CLIENT_ID
        if not is_ours or fields.text("client_secret") != CLIENT_SECRET:
            raise _refused("invalid_client", "Client key or secret is incorrect")
        return fields


def _refused(error: str, words: str) -> Refusal:
    log_id = secrets.token_hex(16).upper()
    return Refusal(400, {"error": error, "error_description": words, "log_id": log_id})
