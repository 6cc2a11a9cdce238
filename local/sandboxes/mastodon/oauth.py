"""Apps, consent and tokens on the Mastodon sandbox. https://docs.joinmastodon.org/methods/oauth/

Tokens never expire and are not refreshed, as on the platform. Consent is a page on which anybody
may pick an account: this is a sandbox.
"""

import base64
import hashlib
import secrets
from datetime import timedelta
from html import escape
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.fields import Fields, query_fields, read_fields
from local.sandboxes.mastodon.refusals import invalid
from local.sandboxes.mastodon.state import App, Grant, State, Token

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
ERRORS = {
    "invalid_client": (401, "Client authentication failed."),
    "invalid_grant": (400, "The provided authorization grant is invalid, expired or revoked."),
    "invalid_scope": (400, "The requested scope is invalid, unknown, or malformed."),
    "unsupported_grant_type": (
        400,
        "The authorization grant type is not supported by the authorization server.",
    ),
}


class HasState(Protocol):
    state: State


class OAuth:
    def __init__(self, server: HasState, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/apps", self._create_app, methods=["POST"]),
            Route("/oauth/authorize", self._ask_consent, methods=["GET"]),
            Route("/oauth/authorize", self._give_consent, methods=["POST"]),
            Route("/oauth/token", self._issue_token, methods=["POST"]),
            Route("/oauth/revoke", self._revoke_token, methods=["POST"]),
        ]

    async def _create_app(self, request: Request) -> Response:
        fields = await read_fields(request)
        redirect_uris = fields.texts("redirect_uris") or fields.text("redirect_uris").split()
        if not fields.text("client_name") or not redirect_uris:
            raise invalid("Application Name can't be blank, Redirect URI can't be blank")
        app = App(
            id=self._server.state.new_id(self._clock.now()),
            name=fields.text("client_name"),
            website=fields.text("website"),
            client_id=secrets.token_urlsafe(32),
            client_secret=secrets.token_urlsafe(32),
            redirect_uris=redirect_uris,
            scopes=fields.text("scopes", "read").split(),
        )
        self._server.state.apps[app.client_id] = app
        shown = app.model_dump() | {
            "scopes": app.scopes,
            "website": app.website or None,
            "redirect_uri": "\n".join(app.redirect_uris),
            "client_secret_expires_at": 0,
            "vapid_key": "",
        }
        return JSONResponse(shown)

    async def _ask_consent(self, request: Request) -> Response:
        fields = query_fields(request)
        app, scopes = self._checked_request(fields)
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'
            for name, value in fields.values.items()
        )
        people = [account for account in self._server.state.accounts.values() if not account.domain]
        buttons = "".join(
            f'<button name="username" value="{escape(person.username)}">'
            f"Allow as @{escape(person.username)}</button> "
            for person in people
        )
        asks = f"<p>{escape(app.name)} asks for: {escape(' '.join(scopes))}</p>"
        nobody = "<p>There is no account yet: POST /_sandbox/accounts makes one.</p>"
        return HTMLResponse(f'<form method="post">{asks}{hidden}{buttons or nobody}</form>')

    async def _give_consent(self, request: Request) -> Response:
        fields = await read_fields(request)
        app, scopes = self._checked_request(fields)
        account = self._server.state.find_account(fields.text("username"))
        if account is None:
            raise Refusal(403, {"error": "Nobody of that name is here"})
        grant = Grant(
            code=secrets.token_urlsafe(32),
            client_id=app.client_id,
            account_id=account.id,
            redirect_uri=fields.text("redirect_uri"),
            scopes=scopes,
            challenge=fields.text("code_challenge"),
            expires_at=self._clock.now() + timedelta(minutes=10),
        )
        self._server.state.grants[grant.code] = grant
        if grant.redirect_uri == OUT_OF_BAND:
            return HTMLResponse(f"<code>{grant.code}</code>")
        answer = {"code": grant.code}
        if state := fields.text("state"):
            answer["state"] = state
        glue = "&" if "?" in grant.redirect_uri else "?"
        return RedirectResponse(f"{grant.redirect_uri}{glue}{urlencode(answer)}", 302)

    async def _issue_token(self, request: Request) -> Response:
        fields = await read_fields(request)
        app = self._authenticated_app(fields)
        match fields.text("grant_type"):
            case "client_credentials":
                account_id, scopes = None, _requested_scopes(app, fields)
            case "authorization_code":
                grant = self._redeem(app, fields)
                account_id, scopes = grant.account_id, grant.scopes
            case _:
                raise _oauth_refusal("unsupported_grant_type")
        token = self.grant_token(account_id=account_id, scopes=scopes)
        return JSONResponse(
            {
                "access_token": token.value,
                "token_type": "Bearer",
                "scope": " ".join(token.scopes),
                "created_at": int(token.created_at.timestamp()),
            }
        )

    async def _revoke_token(self, request: Request) -> Response:
        fields = await read_fields(request)
        self._authenticated_app(fields)
        self._server.state.tokens.pop(fields.text("token"), None)
        return JSONResponse({})

    def grant_token(self, *, account_id: str | None, scopes: list[str]) -> Token:
        token = Token(
            value=secrets.token_urlsafe(32),
            account_id=account_id,
            scopes=scopes,
            created_at=self._clock.now(),
        )
        self._server.state.tokens[token.value] = token
        return token

    def _authenticated_app(self, fields: Fields) -> App:
        app = self._server.state.apps.get(fields.text("client_id"))
        if app is None or app.client_secret != fields.text("client_secret"):
            raise _oauth_refusal("invalid_client")
        return app

    def _checked_request(self, fields: Fields) -> tuple[App, list[str]]:
        app = self._server.state.apps.get(fields.text("client_id"))
        if app is None or fields.text("response_type") != "code":
            raise _oauth_refusal("invalid_client")
        if fields.text("redirect_uri") not in app.redirect_uris:
            body = {
                "error": "invalid_redirect_uri",
                "error_description": "The redirect uri included is not valid.",
            }
            raise Refusal(400, body)
        if fields.text("code_challenge") and fields.text("code_challenge_method") != "S256":
            body = {
                "error": "invalid_code_challenge_method",
                "error_description": "The code challenge method must be S256.",
            }
            raise Refusal(400, body)
        return app, _requested_scopes(app, fields)

    def _redeem(self, app: App, fields: Fields) -> Grant:
        """A code works once, for the app and address it was given to, with its verifier."""
        grant = self._server.state.grants.pop(fields.text("code"), None)
        proof = hashlib.sha256(fields.text("code_verifier").encode()).digest()
        proven = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        if (
            grant is None
            or grant.client_id != app.client_id
            or grant.redirect_uri != fields.text("redirect_uri")
            or self._clock.now() >= grant.expires_at
            or (grant.challenge and grant.challenge != proven)
        ):
            raise _oauth_refusal("invalid_grant")
        return grant


def covers(granted: list[str], wanted: str) -> bool:
    """`write` covers `write:statuses`."""
    return wanted in granted or wanted.partition(":")[0] in granted


def _requested_scopes(app: App, fields: Fields) -> list[str]:
    scopes = fields.text("scope", "read").split()
    if not all(covers(app.scopes, scope) for scope in scopes):
        raise _oauth_refusal("invalid_scope")
    return scopes


def _oauth_refusal(error: str) -> Refusal:
    status, sentence = ERRORS[error]
    body: dict[str, Any] = {"error": error, "error_description": sentence}
    return Refusal(status, body)
