"""Passwords and tokens on the Bluesky sandbox.

Access tokens are short and carry all they need; refresh tokens are rows. One that was exchanged
works on through a grace of two hours and gives the same next refresh token, so that a client who
lost the answer is not locked out.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from local.sandboxes.answers import Refusal
from local.sandboxes.bluesky.state import Account, RefreshToken, State
from local.sandboxes.clock import Clock
from local.sandboxes.limits import Windows

ACCESS = "com.atproto.appPass"
REFRESH = "com.atproto.refresh"
WORD = "word"  # real ones have no scope, and are signed with the account's own key
WORD_LASTS = 60  # seconds, if none are asked for
LONGEST_WORD = 3_600


class HasState(Protocol):
    state: State


class Sessions:
    def __init__(self, server: HasState, *, url: str, clock: Clock) -> None:
        self._server = server
        self._url = url
        self._clock = clock
        self.windows = Windows()

    def create(self, identifier: str, password: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The session and the rate limit's headers."""
        state, now = self._server.state, self._clock.now()
        limit = state.settings.sessions_per_5_minutes
        quota = self.windows.take(identifier.lower(), limit=limit, seconds=300, now=now)
        headers = {
            "ratelimit-limit": str(quota.limit),
            "ratelimit-remaining": str(quota.remaining),
            "ratelimit-reset": str(int(quota.resets_at.timestamp())),
            "ratelimit-policy": f"{quota.limit};w=300",
        }
        if not quota.allowed:
            raise refuse(429, "RateLimitExceeded", "Rate Limit Exceeded", headers=headers)
        account = state.find_account(identifier)
        if account is None or password not in account.app_passwords:
            sentence = "Invalid identifier or password"
            raise refuse(401, "AuthenticationRequired", sentence, headers=headers)
        _refuse_takendown(account)
        token = self._keep(RefreshToken(id=secrets.token_hex(16), **self._life_of(account, now)))
        return self._session(account, token), headers

    def refresh(self, authorization: str) -> dict[str, Any]:
        state, now = self._server.state, self._clock.now()
        claims = self._read(authorization, scope=REFRESH)
        token = state.refresh_tokens.get(claims["jti"])
        if token is None or now >= token.expires_at:
            raise refuse(400, "ExpiredToken", "Token has been revoked")
        account = state.accounts[token.did]
        _refuse_takendown(account)
        grace_ends = now + timedelta(seconds=state.settings.refresh_grace_seconds)
        if token.next_id is None:
            following = self._keep(
                RefreshToken(id=secrets.token_hex(16), **self._life_of(account, now))
            )
            self._keep(
                token.model_copy(
                    update={
                        "next_id": following.id,
                        "expires_at": min(token.expires_at, grace_ends),
                    }
                )
            )
        else:
            following = state.refresh_tokens[token.next_id]
        return self._session(account, following)

    def authenticate(self, authorization: str) -> Account:
        claims = self._read(authorization, scope=ACCESS)
        account = self._server.state.accounts.get(claims["sub"])
        if account is None:
            raise refuse(400, "InvalidToken", "Token could not be verified")
        _refuse_takendown(account)
        return account

    def vouch(self, account: Account, *, audience: str, method: str, exp: str) -> str:
        """A word that this account calls another server, good for one method of it.

        `exp` is by the caller's clock, which no test moves: it says how long the word is good.
        """
        lasts = float(exp) - datetime.now(UTC).timestamp() if exp else WORD_LASTS
        if lasts < 0:
            raise refuse(400, "BadExpiration", "expiration is in past")
        if lasts > LONGEST_WORD or (lasts > WORD_LASTS and not method):
            raise refuse(400, "BadExpiration", "cannot request a token that lives so long")
        claims = {"scope": WORD, "iss": account.did, "aud": audience, "lxm": method}
        now = self._clock.now()
        return self._sign(claims, now, now + timedelta(seconds=lasts))

    def believe(
        self, authorization: str, *, audience: str, method: str
    ) -> tuple[Account, datetime]:
        """Whose word it is, and until when it is good."""
        try:
            claims = self._read(authorization, scope=WORD)
        except Refusal:
            raise refuse(401, "AuthRequired", "jwt is missing, unknown or expired") from None
        if (claims["aud"], claims["lxm"]) != (audience, method):
            raise refuse(401, "AuthRequired", "jwt is for another audience or method")
        account = self._server.state.accounts[claims["iss"]]
        return account, datetime.fromtimestamp(claims["exp"], UTC)

    def describe(self, account: Account) -> dict[str, Any]:
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self._url,
        }
        document = {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": account.did,
            "alsoKnownAs": [f"at://{account.handle}"],
            "verificationMethod": [],
            "service": [service],
        }
        inactive = {} if account.status == "active" else {"status": account.status}
        return {
            "did": account.did,
            "didDoc": document,
            "handle": account.handle,
            "active": account.status == "active",
            **inactive,
        }

    def _session(self, account: Account, token: RefreshToken) -> dict[str, Any]:
        now = self._clock.now()
        lasts = timedelta(seconds=self._server.state.settings.access_seconds)
        access = self._sign(
            {"scope": ACCESS, "sub": account.did, "jti": secrets.token_hex(8)}, now, now + lasts
        )
        refresh = self._sign(
            {"scope": REFRESH, "sub": account.did, "jti": token.id},
            token.created_at,
            token.created_at + self._refresh_life(),
        )
        return {"accessJwt": access, "refreshJwt": refresh, **self.describe(account)}

    def _life_of(self, account: Account, now: datetime) -> dict[str, Any]:
        expires_at = now + self._refresh_life()
        return {"did": account.did, "created_at": now, "expires_at": expires_at}

    def _refresh_life(self) -> timedelta:
        return timedelta(seconds=self._server.state.settings.refresh_seconds)

    def _keep(self, token: RefreshToken) -> RefreshToken:
        self._server.state.refresh_tokens[token.id] = token
        return token

    def _sign(self, claims: dict[str, Any], issued: datetime, expires: datetime) -> str:
        kind = "refresh+jwt" if claims["scope"] == REFRESH else "at+jwt"
        times = {"iat": int(issued.timestamp()), "exp": int(expires.timestamp())}
        parts = ({"typ": kind, "alg": "HS256"}, claims | times)
        signed = ".".join(_encode(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{self._signature(signed)}"

    def _signature(self, signed: str) -> str:
        secret = self._server.state.secret.encode()
        return _encode(hmac.digest(secret, signed.encode(), hashlib.sha256))

    def _read(self, authorization: str, *, scope: str) -> dict[str, Any]:
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise refuse(401, "AuthMissing", "Authentication Required")
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(
            signature.encode(), self._signature(signed).encode()
        ):
            raise refuse(400, "InvalidToken", "Token could not be verified")
        payload = signed.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        if claims["scope"] != scope:
            raise refuse(400, "InvalidToken", "Bad token scope")
        if self._clock.now().timestamp() >= claims["exp"]:
            raise refuse(400, "ExpiredToken", "Token has expired")
        return claims


def refuse(
    status: int, error: str, message: str, *, headers: dict[str, str] | None = None
) -> Refusal:
    return Refusal(status, {"error": error, "message": message}, headers=headers)


def refuse_inactive(account: Account) -> None:
    if account.status == "deactivated":
        raise refuse(401, "AccountDeactivated", "Account is deactivated")


def _refuse_takendown(account: Account) -> None:
    if account.status == "takendown":
        raise refuse(401, "AccountTakedown", "Account has been taken down")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
