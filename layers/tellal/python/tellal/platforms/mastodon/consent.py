"""Being let in by an account's owner, on the account's own server.
https://docs.joinmastodon.org/methods/oauth/

Each server gives us an app of its own. Some throw apps away that nobody uses, without a word, and
the owner would then stand before an error page: so an app is asked for before anybody is sent.
"""

from collections.abc import Sequence

import httpx
from pydantic import SecretStr

from tellal.errors import PublishError, Rejected
from tellal.platforms.calls import Calls, Reads, Reply
from tellal.platforms.mastodon import answers
from tellal.platforms.mastodon.line import Line
from tellal.platforms.protocol import Registration
from tellal.platforms.scopes import Scopes

CLIENT_NAME = "Tellal"
IDENTITY = "read:accounts"
LIKING = "write:favourites"
# What a token can be without, and what will not work then. A scope includes those below it.
SCOPES = {
    IDENTITY: "nobody can tell whose account it is",
    "write:statuses": "posts cannot be published or deleted",
    "write:media": "images and videos cannot be attached",
    LIKING: "messages cannot be liked",
    "read:notifications": "mentions and answers are not seen",
    "read:statuses": "posts cannot be measured",
}
INCLUDED = {scope: (scope.partition(":")[0],) for scope in SCOPES}
ASKED_FOR = Scopes(SCOPES, needed=(IDENTITY,), given_by={**INCLUDED, IDENTITY: ("profile", "read")})
ASKED = " ".join(SCOPES)  # the least; newer scopes (profile) are unknown to older servers
NOBODY_KNOWS = frozenset({408, 425, 429})


def register(server: str, redirect_uri: str, calls: Calls) -> Registration:
    form = {"client_name": CLIENT_NAME, "redirect_uris": redirect_uri, "scopes": ASKED}
    reads = _refused("gives us no app: is it a server with Mastodon's API?")
    reply = calls("POST", f"{server}/api/v1/apps", data=form, reads=reads)
    made = reply.read(answers.AppMade)
    return Registration(made.client_id, made.client_secret, redirect_uri, server)


def is_registered(app: Registration, calls: Calls) -> bool:
    form = {"grant_type": "client_credentials", "scope": IDENTITY, **_keys(app)}
    try:
        _token(app, form, calls, reads=_refused("does not know our app"))
    except Rejected:
        return False
    return True


def address_of(app: Registration, *, state: str, challenge: str) -> str:
    asks = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": ASKED,
        "state": state,
        "code_challenge": challenge,  # servers before 4.3 take no notice
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(f"{app.server}/oauth/authorize", params=asks))


def exchange(app: Registration, *, code: str, verifier: str, calls: Calls) -> answers.Granted:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    reads = _refused("does not accept this consent, or not any more")
    return _token(app, form | _keys(app), calls, reads=reads).read(answers.Granted)


def revoke(app: Registration, token: SecretStr, calls: Calls) -> None:
    form = {"token": token.get_secret_value(), **_keys(app)}
    calls("POST", f"{app.server}/oauth/revoke", data=form)


def account_of(line: Line, scopes: Sequence[str]) -> answers.Account:
    """Whose consent it was. Raises Rejected where that was left out of it."""
    ASKED_FOR.require(scopes or SCOPES)
    return line("GET", "v1/accounts/verify_credentials").read(answers.Account)


def scopes_of_app(line: Line) -> Sequence[str]:
    """What the token's app may do; nothing where a server does not tell."""
    try:
        return line("GET", "v1/apps/verify_credentials").read(answers.AppSeen).scopes
    except PublishError:
        return ()


def missing(scopes: Sequence[str]) -> tuple[str, ...]:
    """What will not work for an account we know; who tells no scopes is believed to allow all."""
    return ASKED_FOR.missing(scopes or SCOPES)


def _keys(app: Registration) -> dict[str, str]:
    secret = app.client_secret.get_secret_value() if app.client_secret else ""
    return {
        "client_id": app.client_id,
        "client_secret": secret,
        "redirect_uri": app.redirect_uri,
    }


def _token(app: Registration, form: dict[str, str], calls: Calls, *, reads: Reads) -> Reply:
    return calls("POST", f"{app.server}/oauth/token", data=form, reads=reads)


def _refused(sentence: str) -> Reads:
    """No channel is spoken for yet, so a refusal is not about one; its words are not repeated."""

    def read(reply: Reply) -> None:
        if 400 <= reply.status < 500 and reply.status not in NOBODY_KNOWS:
            raise Rejected(f"{reply.host} {sentence}")

    return read
