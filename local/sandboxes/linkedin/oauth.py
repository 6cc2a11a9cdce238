"""Consent, tokens, and whose they are."""

import secrets
from datetime import timedelta
from typing import Any, Protocol, override

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET, ConsentDesk
from local.sandboxes.fields import Fields, read_fields
from local.sandboxes.linkedin.refusals import refusal
from local.sandboxes.linkedin.state import REFRESHABLE_FOR, RefreshToken, State, Token


class HasState(Protocol):
    state: State


class _Desk(ConsentDesk):
    """LinkedIn sends whoever asks for more than their app may away, before any owner is asked."""

    def __init__(self, server: HasState, clock: Clock) -> None:
        self._server = server
        super().__init__(
            "/oauth/v2/authorization",
            clock=clock,
            state=lambda: server.state,
            people=lambda: {
                each.id: each.display_name
                for each in server.state.accounts.values()
                if not each.is_page
            },
        )

    @override
    def _check(self, fields: Fields) -> None:
        super()._check(fields)
        allowed = self._server.state.settings.app_scopes.split()
        for scope in fields.text("scope").split():
            if scope not in allowed:
                raise Refusal(400, {"error": "unauthorized_scope_error", "scope": scope})


class OAuth:
    def __init__(self, server: HasState, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._desk = _Desk(server, clock)

    def routes(self) -> list[Route]:
        return [
            *self._desk.routes(),
            Route("/oauth/v2/accessToken", self._give_token, methods=["POST"]),
            Route("/oauth/v2/revoke", self._revoke, methods=["POST"]),
        ]

    def grant(self, member_id: str, scopes: tuple[str, ...]) -> dict[str, Any]:
        """As the token endpoint answers."""
        told = self._access(member_id, scopes)
        if self._server.state.settings.gives_refresh_tokens:
            value = f"AQX{secrets.token_hex(24)}"
            expires_at = self._clock.now() + REFRESHABLE_FOR
            self._server.state.refresh_tokens[value] = RefreshToken(
                member_id=member_id, scopes=scopes, expires_at=expires_at
            )
            seconds = int(REFRESHABLE_FOR.total_seconds())
            told |= {"refresh_token": value, "refresh_token_expires_in": seconds}
        return told

    def token_of(self, request: Request) -> Token:
        """Raises the refusal of one that is unknown, ended or taken back."""
        value = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self._server.state.tokens.get(value)
        if token is None:
            raise refusal(401, "INVALID_ACCESS_TOKEN", "Invalid access token", number=65600)
        if token.revoked:
            words = "The token used in the request has been revoked by the user"
            raise refusal(401, "REVOKED_ACCESS_TOKEN", words, number=65601)
        if self._clock.now() >= token.expires_at:
            words = "The token used in the request has expired"
            raise refusal(401, "EXPIRED_ACCESS_TOKEN", words, number=65602)
        return token

    def _access(self, member_id: str, scopes: tuple[str, ...]) -> dict[str, Any]:
        value = f"AQV{secrets.token_hex(32)}"
        seconds = self._server.state.settings.access_seconds
        self._server.state.tokens[value] = Token(
            member_id=member_id,
            scopes=scopes,
            expires_at=self._clock.now() + timedelta(seconds=seconds),
        )
        return {"access_token": value, "expires_in": seconds, "scope": ",".join(scopes)}

    async def _give_token(self, request: Request) -> Response:
        fields = await read_fields(request)
        _check_app(fields)
        if fields.text("grant_type") == "refresh_token":
            return JSONResponse(self._renewed(fields.text("refresh_token")))
        grant = self._desk.redeem(fields)
        if fields.text("grant_type") != "authorization_code" or grant is None:
            raise _oauth_error("invalid_request", "appid/redirect uri/code verifier does not match")
        return JSONResponse(self.grant(grant.account_id, grant.scopes))

    def _renewed(self, value: str) -> dict[str, Any]:
        now = self._clock.now()
        kept = self._server.state.refresh_tokens.get(value)
        if kept is None or now >= kept.expires_at:
            words = "The provided authorization grant or refresh token is invalid"
            raise _oauth_error("invalid_grant", words)
        left = int((kept.expires_at - now).total_seconds())
        told = self._access(kept.member_id, kept.scopes)
        return {**told, "refresh_token": value, "refresh_token_expires_in": left}

    async def _revoke(self, request: Request) -> Response:
        fields = await read_fields(request)
        _check_app(fields)
        token = self._server.state.tokens.get(fields.text("token"))
        if token is None or token.revoked:
            raise _oauth_error("invalid_request", "Invalid access token")
        revoked = token.model_copy(update={"revoked": True})
        self._server.state.tokens[fields.text("token")] = revoked
        return Response(status_code=200)


def _check_app(fields: Fields) -> None:
    if (fields.text("client_id"), fields.text("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise Refusal(401, {"error": "invalid_client", "error_description": "Client auth failed"})


def _oauth_error(name: str, words: str) -> Refusal:
    return Refusal(400, {"error": name, "error_description": words})
