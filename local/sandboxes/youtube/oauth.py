"""Google's token desk: codes and refresh tokens are exchanged, tokens are taken back.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

import secrets
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET, ConsentDesk
from local.sandboxes.fields import Fields, read_fields
from local.sandboxes.youtube.state import State, Token, lives

AUTH = "https://www.googleapis.com/auth"
ALL_SCOPES = tuple(
    f"{AUTH}/{name}" for name in ("youtube.force-ssl", "youtube.readonly", "yt-analytics.readonly")
)


class HasState(Protocol):
    state: State


class OAuth:
    def __init__(self, server: HasState, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._desk = ConsentDesk(
            "/o/oauth2/v2/auth",
            clock=clock,
            state=lambda: self._server.state,
            people=lambda: {each.handle: each.title for each in server.state.channels.values()},
        )

    def routes(self) -> list[Route]:
        return [
            *self._desk.routes(),
            Route("/token", self._give_token, methods=["POST"]),
            Route("/revoke", self._take_back, methods=["POST"]),
        ]

    def grant(self, channel_id: str, scopes: tuple[str, ...]) -> tuple[str, str]:
        """An access token and the refresh token it comes with."""
        state, now = self._server.state, self._clock.now()
        refresh = f"1//{secrets.token_urlsafe(32)}"
        expires = lives(state.settings.refresh_seconds, now=now)
        state.tokens[refresh] = Token(
            channel_id=channel_id, scopes=scopes, expires_at=expires, is_refresh=True
        )
        return self._access(channel_id, scopes, refresh), refresh

    def _access(self, channel_id: str, scopes: tuple[str, ...], refresh: str) -> str:
        state, now = self._server.state, self._clock.now()
        value = f"ya29.{secrets.token_urlsafe(32)}"
        state.tokens[value] = Token(
            channel_id=channel_id,
            scopes=scopes,
            expires_at=lives(state.settings.access_seconds, now=now),
            of_refresh=refresh,
        )
        return value

    async def _give_token(self, request: Request) -> Response:
        fields = await read_fields(request)
        if (fields.text("client_id"), fields.text("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise _refuse(401, "invalid_client", "Unauthorized")
        match fields.text("grant_type"):
            case "authorization_code":
                return JSONResponse(self._redeemed(fields))
            case "refresh_token":
                return JSONResponse(self._refreshed(fields.text("refresh_token")))
        raise _refuse(400, "unsupported_grant_type", "Invalid grant_type")

    def _redeemed(self, fields: Fields) -> dict[str, Any]:
        """A refresh token comes only with access «offline», and after a prompt."""
        grant = self._desk.redeem(fields)
        channel = self._server.state.channel_of(grant.account_id) if grant else None
        if grant is None or channel is None:
            raise _refuse(400, "invalid_grant", "Malformed auth code.")
        access, refresh = self.grant(channel.id, grant.scopes)
        told = self._told(access, grant.scopes)
        asked = grant.asked
        if asked.get("access_type") == "offline" and "consent" in asked.get("prompt", "").split():
            return {**told, "refresh_token": refresh}
        self._server.state.tokens.pop(refresh)
        return told

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        """The refresh token stays as it is."""
        token = self._server.state.tokens.get(refresh)
        if token is None or not token.is_refresh or _is_over(token, self._clock):
            raise _refuse(400, "invalid_grant", "Token has been expired or revoked.")
        return self._told(self._access(token.channel_id, token.scopes, refresh), token.scopes)

    def _told(self, access: str, scopes: tuple[str, ...]) -> dict[str, Any]:
        return {
            "access_token": access,
            "expires_in": self._server.state.settings.access_seconds,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
        }

    async def _take_back(self, request: Request) -> Response:
        """With either of the two goes the other."""
        tokens = self._server.state.tokens
        given = (await read_fields(request)).text("token")
        if given not in tokens:
            raise _refuse(400, "invalid_token", "Token expired or revoked")
        refresh = tokens[given].of_refresh or given
        for value, token in list(tokens.items()):
            if refresh in (value, token.of_refresh):
                del tokens[value]
        return Response(status_code=200)

    def bearer(self, request: Request) -> Token | None:
        """Whose request it is; None where its token is not known or has run out."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        token = self._server.state.tokens.get(value)
        if kind.lower() != "bearer" or token is None or token.is_refresh:
            return None
        return None if _is_over(token, self._clock) else token


def _is_over(token: Token, clock: Clock) -> bool:
    return token.expires_at is not None and clock.now() >= token.expires_at


def _refuse(status: int, error: str, sentence: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": sentence})
