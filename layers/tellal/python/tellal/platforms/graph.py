"""Meta's Graph API, as Facebook, Instagram and Threads all speak it.
https://developers.facebook.com/docs/graph-api/guides/error-handling

The token travels in a header, never in an address, and with it the proof that whoever sends it
knows the app's secret (a token that leaks is then worth nothing). A refusal is told by its code:
the HTTP status is 400 for nearly all of them.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from tellal.errors import NeedsReconnect, PublishError, Rejected, Repeated, Throttled, TryLater
from tellal.platforms.calls import Calls, Gone, Reads, Reply, bearer, retry_after

USAGE = "x-business-use-case-usage"  # percentages, and minutes until calls are let through again
BLOCKED_FOR = timedelta(hours=1)  # «wait and retry», without a number


@dataclass(frozen=True)
class Refusal:
    """What an error comes to: what we do next, and why, for the author."""

    error: type[PublishError]
    sentence: str
    after: timedelta | None = None  # of a TryLater


Refusals = Mapping[int, Refusal]  # by subcode, or by code

# Codes that mean the same everywhere; a platform has more of its own.
APP_THROTTLED = frozenset({4, 341})
THROTTLED = frozenset({17, 32, 613, *range(80000, 80015)})
TRANSIENT = frozenset({1, 2})
NOT_ALLOWED = (3, 10, *range(200, 300))  # for want of a permission
NOT_THERE = (100, 33)  # code, and its subcode
PROOF = "appsecret_proof"  # a wrong or a missing one is told by these words alone
MEANINGS: Refusals = {
    368: Refusal(TryLater, "{title} blocks this for a while, as its rules say", BLOCKED_FOR),
    506: Refusal(Repeated, "{title} refuses the same post twice: change its words"),
    **dict.fromkeys(
        (102, 190),
        Refusal(NeedsReconnect, "{title} does not accept the channel's token any more"),
    ),
    **dict.fromkeys(
        NOT_ALLOWED,
        Refusal(NeedsReconnect, "{title} does not allow this with the channel's permissions"),
    ),
}
# For a platform's own table: as 1 and 2, it may have been done all the same.
PASSING = Refusal(TryLater, "{title} has a passing trouble")


def versioned(host: str, calls: Calls) -> str:
    """The address of one of a platform's hosts, at the version that is set."""
    return f"{calls.hosts[host]}/{calls.settings['version']}"


class GraphLine:
    """One Graph host, and the token it knows us by; `title` is the platform's, for sentences."""

    def __init__(
        self,
        at: str,
        token: SecretStr,
        calls: Calls,
        *,
        title: str,
        proof: SecretStr | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        self.at = at
        self._token = token
        self._proof = proof
        self._calls = calls
        self._reads = reading(title, refusals or {})

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        reads: Reads | None = None,
        **request: Any,
    ) -> Reply:
        """`path` stands below the host ("123/feed"); parameters are sent as they are.

        `reads` sees a refusal before the tables do, and raises what it knows better.
        """
        headers = bearer(self._token) | request.pop("headers", {})
        proven = {PROOF: self._proof.get_secret_value()} if self._proof else {}
        return self._calls(
            method,
            f"{self.at}/{path}",
            params={**(params or {}), **proven},
            headers=headers,
            reads=_one_after_another(reads, self._reads) if reads else self._reads,
            **request,
        )


def left_out(sentence: str) -> Refusals:
    """What an owner left out of a consent is refused by itself: the channel stays connected."""
    return dict.fromkeys(NOT_ALLOWED, Refusal(Rejected, sentence))


def proof_of(token: SecretStr, app_secret: SecretStr) -> SecretStr:
    """https://developers.facebook.com/docs/graph-api/guides/secure-requests"""
    key, message = app_secret.get_secret_value().encode(), token.get_secret_value().encode()
    return SecretStr(hmac.new(key, message, hashlib.sha256).hexdigest())


def reading(title: str, refusals: Refusals) -> Reads:
    """What a refusal means, where its codes tell; else its status will."""

    def read(reply: Reply) -> None:
        told = reply.json()
        error = told.get("error") if isinstance(told, dict) else None
        if isinstance(error, dict) and isinstance(error.get("code"), int):
            raise _understood(error, reply, title, refusals)

    return read


def _one_after_another(*readers: Reads) -> Reads:
    def read(reply: Reply) -> None:
        for each in readers:
            each(reply)

    return read


def _understood(
    error: Mapping[str, Any], reply: Reply, title: str, refusals: Refusals
) -> PublishError:
    code, subcode = error["code"], error.get("error_subcode")
    own = refusals.get(subcode or code) or refusals.get(code)
    passes = error.get("is_transient") or code in TRANSIENT or reply.status >= 500
    if own is PASSING or (own is None and passes):
        return reply.lost(f"{PASSING.sentence.format(title=title)} ({code})")
    if own is None and code in APP_THROTTLED | THROTTLED:
        after = _regained_in(reply) or retry_after(reply.headers)
        sentence = f"{title} asks us to slow down"
        return Throttled(sentence, after=after, everywhere=code in APP_THROTTLED)
    meaning = own or MEANINGS.get(code)
    if meaning is not None:
        return _raised(meaning, title)
    if (code, subcode) == NOT_THERE:
        return Gone(f"{title} does not find what this is about; it may have been deleted")
    if code == 100 and PROOF in str(error.get("message")):
        return NeedsReconnect(f"{title} wants the app to prove itself again, by a new consent")
    says = str(error.get("error_user_msg") or "").strip()  # written for people, unlike `message`
    return Rejected(f"{title} refused it: {says[:200]}" if says else f"{title} refused it ({code})")


def _raised(meaning: Refusal, title: str) -> PublishError:
    sentence = meaning.sentence.format(title=title)
    if issubclass(meaning.error, TryLater):
        return meaning.error(sentence, after=meaning.after)
    return meaning.error(sentence)


def _regained_in(reply: Reply) -> timedelta | None:
    """The longest wait that the usage header names; it is counted in minutes."""
    try:
        stated = json.loads(reply.headers.get(USAGE, "{}"))
        kinds: Sequence[Any] = [kind for each in stated.values() for kind in each]
        minutes = [float(kind.get("estimated_time_to_regain_access", 0)) for kind in kinds]
    except (ValueError, TypeError, AttributeError):
        return None
    return timedelta(minutes=max(minutes)) if any(minutes) else None
