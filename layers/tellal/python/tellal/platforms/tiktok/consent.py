"""Being let in by an account's owner, and staying in.
https://developers.tiktok.com/doc/oauth-user-access-token-management

TikTok calls a client id `client_key`, parts scopes by commas, and lets an owner allow a part of
them. An access token lives a day, its refresh token a year. The refresh token of an answer may be
another one; whether the old one is good for a second use is not written, so it is taken for used.
"""

from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from tellal import clock
from tellal.errors import NeedsReconnect, PublishError, Rejected
from tellal.platforms.calls import Calls, Reads, Reply
from tellal.platforms.protocol import Registration
from tellal.platforms.scopes import Scopes
from tellal.platforms.tiktok import answers

IDENTITY = "user.info.basic"
PROFILE = "user.info.profile"
STATS = "user.info.stats"
PUBLISH = "video.publish"
LIST = "video.list"
# What a token can be without, and what will not work then.
SCOPES = {
    IDENTITY: "nobody can tell whose account it is",
    PROFILE: "the account's @name is not known before its first post",
    STATS: "followers are not measured",
    PUBLISH: "nothing can be published",
    LIST: "posts are not measured, and some have no link",
}
ASKED_FOR = Scopes(SCOPES, needed=(IDENTITY,))
TOKEN = "/v2/oauth/token/"  # noqa: S105 – a path
REVOKE = "/v2/oauth/revoke/"
OURS = frozenset({"invalid_client", "unauthorized_client"})  # it is the app that is not known
LOST = frozenset({"internal_error", "server_error", "temporarily_unavailable"})


def address_of(app: Registration, *, state: str, calls: Calls) -> str:
    """No PKCE: TikTok knows it for apps on phones and desktops alone, in a spelling of its own."""
    asks = {
        "client_key": app.client_id,
        "scope": ",".join(SCOPES),
        "response_type": "code",
        "redirect_uri": app.redirect_uri,
        "state": state,
    }
    return str(httpx.URL(f"{calls.hosts['site']}/v2/auth/authorize/", params=asks))


def exchange(app: Registration, *, code: str, calls: Calls) -> answers.Granted:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    refused = Rejected("TikTok does not accept this consent, or not any more")
    reply = _ask(app, TOKEN, form, calls, reads=_reading(refused))
    return reply.read(answers.Granted)


def refresh(app: Registration, token: SecretStr, *, calls: Calls) -> answers.Granted:
    """Raises OutcomeUnknown where the answer was lost: the old token may be used up by it."""
    form = {"grant_type": "refresh_token", "refresh_token": token.get_secret_value()}
    refused = NeedsReconnect("the consent has run out at TikTok, or was taken back")
    reply = _ask(app, TOKEN, form, calls, reads=_reading(refused), commits=True)
    return reply.read(answers.Granted)


def revoke(app: Registration, token: SecretStr, *, calls: Calls) -> None:
    """A token that TikTok knows no longer is revoked."""
    form = {"token": token.get_secret_value()}
    try:
        _ask(app, REVOKE, form, calls, reads=_reading(_Forgotten("")), accepts={200})
    except _Forgotten:
        return


def expiry(granted: answers.Granted) -> datetime:
    return clock.now() + timedelta(seconds=granted.expires_in)


def scopes_of(granted: answers.Granted) -> tuple[str, ...]:
    return tuple(each.strip() for each in granted.scope.split(",") if each.strip())


class _Forgotten(Rejected):
    pass


def _ask(
    app: Registration,
    path: str,
    form: dict[str, str],
    calls: Calls,
    *,
    reads: Reads,
    commits: bool = False,
    accepts: set[int] | None = None,
) -> Reply:
    secret = app.client_secret.get_secret_value() if app.client_secret else ""
    keys = {"client_key": app.client_id, "client_secret": secret}
    url = f"{calls.hosts['api']}{path}"
    reply = calls(
        "POST", url, data=form | keys, reads=reads, commits=commits, accepts=accepts or ()
    )
    reads(reply)  # a refusal may come with status 200
    return reply


def _reading(refused: PublishError) -> Reads:
    """`{"error": "invalid_grant", "error_description": …}`; its words are not repeated."""

    def read(reply: Reply) -> None:
        body = reply.json()
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, str) or not error or reply.status >= 500:
            return
        if error in LOST:
            raise reply.lost("TikTok had a failure of its own")
        if error in OURS:
            raise NeedsReconnect("TikTok does not know this deployment's app, or not its secret")
        if error.startswith(("invalid_", "access_", "expired_", "unsupported_")):
            raise refused

    return read
