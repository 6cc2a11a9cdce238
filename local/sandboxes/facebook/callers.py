"""Who asks: a token, its proof, what it may do, and how often."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.requests import Request

from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_SECRET
from local.sandboxes.facebook.refusals import bad_token, graph_error, no_permission, not_there
from local.sandboxes.facebook.state import Page, State, Token
from local.sandboxes.limits import Windows

HOUR = 3_600


class HasState(Protocol):
    state: State


@dataclass(frozen=True)
class Call:
    """A request whose token was found good."""

    request: Request
    token: Token
    state: State
    now: datetime

    @property
    def received_at(self) -> datetime:
        moment: datetime = self.request.state.received_at
        return moment

    def page(self, *scopes: str) -> Page:
        """The page in the path, whose own token this must be."""
        self.must_have(*scopes)
        wanted = str(self.request.path_params["page"])
        if self.token.page_id is None:
            raise graph_error(
                190, "(#190) This method must be called with a Page Access Token", status=400
            )
        if wanted not in (self.token.page_id, "me"):
            raise not_there(wanted)
        return self.state.pages[self.token.page_id]

    def must_have(self, *scopes: str) -> None:
        for scope in scopes:
            if scope not in self.token.scopes:
                raise no_permission(scope)


class Callers:
    def __init__(self, server: HasState, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self.windows = Windows()

    def of(self, request: Request, *, scheme: str = "bearer") -> Call:
        """Tokens are taken from the header alone: in an address they would be in every log."""
        state, now = self._server.state, self._clock.now()
        given, _, value = request.headers.get("authorization", "").partition(" ")
        token = state.tokens.get(value)
        if given.lower() != scheme or token is None:
            raise bad_token()
        if token.expires_at and now >= token.expires_at:
            raise graph_error(
                190, "Error validating access token: Session has expired", subcode=463
            )
        if scheme == "bearer":
            self._check_proof(request, value)
        self._count(token, now)
        return Call(request, token, state, now)

    def _check_proof(self, request: Request, value: str) -> None:
        given = request.query_params.get("appsecret_proof")
        if given is None and not self._server.state.settings.needs_proof:
            return
        proof = hmac.new(CLIENT_SECRET.encode(), value.encode(), hashlib.sha256).hexdigest()
        if given is None:
            raise graph_error(100, "API calls from the server require an appsecret_proof argument")
        if not hmac.compare_digest(given, proof):
            raise graph_error(100, "Invalid appsecret_proof provided in the API argument")

    def _count(self, token: Token, now: datetime) -> None:
        who, limit = token.page_id or token.person_id, self._server.state.settings.calls_an_hour
        quota = self.windows.take(who, limit=limit, seconds=HOUR, now=now)
        if quota.allowed:
            return
        minutes = int((quota.resets_at - now).total_seconds() / 60) + 1
        usage = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
        headers = {"X-Business-Use-Case-Usage": json.dumps({who: [usage]})}
        raise graph_error(80001, "There have been too many calls to this Page", headers=headers)
