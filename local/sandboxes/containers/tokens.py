"""Meta's tokens: one for an hour for a consent's code, one for sixty days for that, and so on.

https://developers.facebook.com/docs/instagram-platform/reference/access_token
A long one is renewed from its second day on, and only while it lives; the old one lives on.
"""

import secrets
from datetime import timedelta
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_SECRET, ConsentDesk
from local.sandboxes.containers.refusals import dead_token, forbidden, invalid
from local.sandboxes.containers.state import Account, State, Token
from local.sandboxes.fields import query_fields, read_fields

EXPIRED = 463


class HasState(Protocol):
    state: Any


class TokenDesk:
    def __init__(
        self, sandbox: HasState, *, clock: Clock, grants: str, tells_permissions: bool
    ) -> None:
        """`grants` is how the names of its grants begin: ig, th."""
        self._sandbox = sandbox
        self._clock = clock
        self._grants = grants
        self._tells_permissions = tells_permissions
        self._consents = ConsentDesk(
            "/oauth/authorize", clock=clock, state=lambda: self._state, people=self._people
        )

    def routes(self) -> list[Route]:
        return [
            *self._consents.routes(),
            Route("/oauth/access_token", self._take_code, methods=["POST"]),
            Route("/access_token", self._make_long, methods=["GET"]),
            Route("/refresh_access_token", self._renew, methods=["GET"]),
        ]

    def grant(self, account: Account, scopes: tuple[str, ...], *, is_long: bool) -> Token:
        settings = self._state.settings
        lives = settings.long_seconds if is_long else settings.short_seconds
        now = self._clock.now()
        token = Token(
            value=f"{self._grants.upper()}{secrets.token_hex(24)}",
            account_id=account.id,
            scopes=scopes,
            is_long=is_long,
            created_at=now,
            expires_at=now + timedelta(seconds=lives),
        )
        self._state.tokens[token.value] = token
        return token

    def caller(self, request: Request, scope: str) -> Account:
        """Whose token it is; it may come in the header or in the address."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self._alive(given or request.query_params.get("access_token", ""))
        if scope not in token.scopes:
            raise forbidden(scope)
        return self._state.accounts[token.account_id]

    @property
    def _state(self) -> State:
        state: State = self._sandbox.state
        return state

    def _people(self) -> dict[str, str]:
        return {each.id: each.username for each in self._state.accounts.values()}

    def _alive(self, value: str) -> Token:
        token = self._state.tokens.get(value)
        if token is None:
            raise dead_token()
        if self._clock.now() >= token.expires_at:
            raise dead_token(EXPIRED)
        return token

    async def _take_code(self, request: Request) -> JSONResponse:
        fields = await read_fields(request)
        grant = self._consents.redeem(fields)
        is_ours = fields.text("client_secret") == CLIENT_SECRET
        if grant is None or not is_ours or fields.text("grant_type") != "authorization_code":
            body = {"error_type": "OAuthException", "code": 400, "error_message": "Invalid code"}
            raise Refusal(400, body)
        account = self._state.accounts[grant.account_id]
        token = self.grant(account, grant.scopes, is_long=False)
        told = {"permissions": list(grant.scopes)} if self._tells_permissions else {}
        return JSONResponse({"access_token": token.value, "user_id": int(account.id), **told})

    async def _make_long(self, request: Request) -> JSONResponse:
        fields = query_fields(request)
        if fields.text("grant_type") != f"{self._grants}_exchange_token":
            raise invalid("Unsupported grant_type")
        if fields.text("client_secret") != CLIENT_SECRET:
            raise invalid("Error validating client secret.")
        short = self._alive(fields.text("access_token"))
        if short.is_long:
            raise invalid("This is not a short-lived token")
        return self._answer(self._another(short))

    async def _renew(self, request: Request) -> JSONResponse:
        fields = query_fields(request)
        if fields.text("grant_type") != f"{self._grants}_refresh_token":
            raise invalid("Unsupported grant_type")
        if not fields.text("access_token"):
            raise invalid("The parameter access_token is required")
        token = self._alive(fields.text("access_token"))
        age = self._clock.now() - token.created_at
        if not token.is_long or age.total_seconds() < self._state.settings.refresh_after_seconds:
            raise invalid("Unsupported request - method type: get")
        return self._answer(self._another(token))

    def _another(self, token: Token) -> Token:
        account = self._state.accounts[token.account_id]
        return self.grant(account, token.scopes, is_long=True)

    def _answer(self, token: Token) -> JSONResponse:
        lives = int((token.expires_at - token.created_at).total_seconds())
        told = {"access_token": token.value, "token_type": "bearer", "expires_in": lives}
        return JSONResponse(told)
