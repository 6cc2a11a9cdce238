"""Being let in by an account's owner, and staying in.
https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code

A code lives for 30 seconds. A refresh token is good for one use, and using it again ends the
whole consent: so a refresh whose answer was lost is OutcomeUnknown, and is never sent again.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from pydantic import SecretStr

from tellal import clock
from tellal.errors import NeedsReconnect, PublishError, Rejected
from tellal.platforms.calls import Calls, Reads, Reply
from tellal.platforms.protocol import Registration
from tellal.platforms.scopes import Scopes
from tellal.platforms.x import answers

# What a token can be without, and what will not work then.
SCOPES: Mapping[str, str] = {
    "users.read": "nobody can tell whose account it is",
    "tweet.read": "nobody can tell whose account it is",
    "tweet.write": "posts cannot be published or deleted",
    "media.write": "images and videos cannot be attached",
    "tweet.moderate.write": "answers below posts cannot be hidden",
    "dm.read": "direct messages can neither be read nor answered",  # needed for dm.write
    "dm.write": "direct messages cannot be answered",
    "offline.access": "the channel has to be connected again every two hours",
}
ASKED_FOR = Scopes(SCOPES, needed=("users.read", "tweet.read"))  # of /2/users/me
DIRECT = "dm.read"
NOBODY_KNOWS = frozenset({408, 425, 429})


def address_of(app: Registration, *, state: str, challenge: str, calls: Calls) -> str:
    asks = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": calls.settings["scopes"],
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(f"{calls.hosts['site']}/i/oauth2/authorize", params=asks))


def exchange(
    app: Registration, *, code: str, verifier: str, calls: Calls
) -> tuple[answers.Granted, datetime]:
    """What was granted, and when it runs out."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": app.redirect_uri,
    }
    refused = _refused(Rejected, "X does not accept this consent, or not any more")
    reply = _ask(app, "token", form, calls, reads=refused)
    return _granted(reply)


def refresh(app: Registration, token: SecretStr, calls: Calls) -> tuple[answers.Granted, datetime]:
    form = {"grant_type": "refresh_token", "refresh_token": token.get_secret_value()}
    refused = _refused(NeedsReconnect, "X does not renew its access any more")
    reply = _ask(app, "token", form, calls, reads=refused, commits=True)
    return _granted(reply)


def revoke(app: Registration, token: SecretStr, calls: Calls) -> None:
    form = {"token": token.get_secret_value()}
    refused = _refused(Rejected, "X does not know this token, or this deployment's app")
    # 400 is a token that it does not know any more: that is what is wanted.
    _ask(app, "revoke", form, calls, reads=refused, accepts={200, 400})


def _ask(
    app: Registration,
    what: str,
    form: Mapping[str, str],
    calls: Calls,
    *,
    reads: Reads,
    commits: bool = False,
    accepts: frozenset[int] | set[int] = frozenset(),
) -> Reply:
    """An app with a secret says who it is in the header, one without in the form."""
    headers, own = _keys(app)
    url = f"{calls.hosts['api']}/2/oauth2/{what}"
    return calls(
        "POST",
        url,
        data={**form, **own},
        headers=headers,
        reads=reads,
        commits=commits,
        accepts=accepts,
    )


def _keys(app: Registration) -> tuple[dict[str, str], dict[str, str]]:
    if app.client_secret is None:
        return {}, {"client_id": app.client_id}
    pair = f"{app.client_id}:{app.client_secret.get_secret_value()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}


def _granted(reply: Reply) -> tuple[answers.Granted, datetime]:
    granted = reply.read(answers.Granted)
    return granted, _answered_at(reply) + timedelta(seconds=granted.expires_in)


def _answered_at(reply: Reply) -> datetime:
    """By X's clock, which is what tokens run out by; ours where it does not tell the time."""
    try:
        return parsedate_to_datetime(reply.headers["date"])
    except (KeyError, ValueError):
        return clock.now()


def _refused(error: type[PublishError], sentence: str) -> Reads:
    """Its words are not repeated: they may quote what they refuse."""

    def read(reply: Reply) -> None:
        if 400 <= reply.status < 500 and reply.status not in NOBODY_KNOWS:
            raise error(sentence)

    return read
