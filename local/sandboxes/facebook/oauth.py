"""Consent and tokens. https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow

A person consents; their token is short-lived, is exchanged for a long-lived one, and lists the
pages they run, each with a token of its own that lives as long as the one it was asked with.
"""

import secrets
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET, ConsentDesk
from local.sandboxes.facebook.callers import Call, Callers, HasState
from local.sandboxes.facebook.refusals import bad_token, graph_error
from local.sandboxes.facebook.state import Token
from local.sandboxes.facebook.views import page_view, paged, shown
from local.sandboxes.fields import Fields, read_fields


class OAuth:
    def __init__(
        self, server: HasState, *, url: str, at: str, clock: Clock, callers: Callers
    ) -> None:
        self._server = server
        self._url = url
        self._at = at
        self._clock = clock
        self._callers = callers
        self._desk = ConsentDesk(
            f"{at}/dialog/oauth",
            clock=clock,
            state=lambda: server.state,
            people=lambda: {each.id: each.name for each in server.state.people.values()},
        )

    def routes(self) -> list[Route]:
        return [
            *self._desk.routes(),
            Route(f"{self._at}/oauth/access_token", self._give_token, methods=["POST"]),
            Route(f"{self._at}/me/permissions", self._list_permissions, methods=["GET"]),
            Route(f"{self._at}/me/accounts", self._list_pages, methods=["GET"]),
        ]

    def grant_token(
        self,
        person_id: str,
        scopes: list[str],
        *,
        page_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> Token:
        token = Token(
            value=f"EAAG{secrets.token_hex(24)}",
            person_id=person_id,
            page_id=page_id,
            scopes=scopes,
            expires_at=expires_at,
        )
        self._server.state.tokens[token.value] = token
        return token

    async def _give_token(self, request: Request) -> Response:
        fields = await read_fields(request)
        is_ours = fields.text("client_secret") == CLIENT_SECRET
        if fields.text("client_id") != CLIENT_ID or not is_ours:
            raise graph_error(1, "Error validating client secret.")
        exchanged = fields.text("grant_type") == "fb_exchange_token"
        token = self._lengthened(fields) if exchanged else self._redeemed(fields)
        lives = token.expires_at - self._clock.now() if token.expires_at else timedelta()
        body = {"access_token": token.value, "token_type": "bearer"}
        return JSONResponse({**body, "expires_in": int(lives.total_seconds())})

    def _redeemed(self, fields: Fields) -> Token:
        grant = self._desk.redeem(fields)
        if grant is None:
            raise graph_error(
                100, "This authorization code has been used, or has expired.", subcode=36009
            )
        lives = timedelta(seconds=self._server.state.settings.short_token_seconds)
        return self.grant_token(
            grant.account_id, list(grant.scopes), expires_at=self._clock.now() + lives
        )

    def _lengthened(self, fields: Fields) -> Token:
        short = self._server.state.tokens.get(fields.text("fb_exchange_token"))
        now = self._clock.now()
        if short is None or short.page_id or (short.expires_at and now >= short.expires_at):
            raise bad_token()
        lives = timedelta(seconds=self._server.state.settings.long_token_seconds)
        return self.grant_token(short.person_id, short.scopes, expires_at=now + lives)

    async def _list_permissions(self, request: Request) -> Response:
        call = self._person(request)
        rows = [{"permission": scope, "status": "granted"} for scope in call.token.scopes]
        return JSONResponse({"data": rows})

    async def _list_pages(self, request: Request) -> Response:
        call = self._person(request)
        if "pages_show_list" not in call.token.scopes:
            return JSONResponse({"data": []})
        state, now = self._server.state, call.now
        long = timedelta(seconds=state.settings.short_token_seconds)
        ends = call.token.expires_at
        outlives = ends is None or ends - now > long
        pages = [page for page in state.pages.values() if call.token.person_id in page.owner_ids]
        listed, paging = paged(pages, call.request)
        rows = [
            {
                **page_view(page, self._url),
                "tasks": page.tasks,
                "access_token": self.grant_token(
                    call.token.person_id,
                    call.token.scopes,
                    page_id=page.id,
                    expires_at=None if outlives else ends,
                ).value,
            }
            for page in listed
        ]
        return JSONResponse({"data": [shown(row, request) for row in rows], "paging": paging})

    def _person(self, request: Request) -> Call:
        call = self._callers.of(request)
        if call.token.page_id is not None:
            raise graph_error(100, "(#100) Tried accessing nonexisting field (accounts)")
        return call
