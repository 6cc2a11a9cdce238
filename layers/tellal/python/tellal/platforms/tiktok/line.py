"""The line to TikTok as one account: where its API is, and what its refusals mean.

TikTok says in every answer whether it refuses, in a word of its own: some refusals come with
status 200, so the word is looked at before anything else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.calls import Calls, Reply, bearer, retry_after

A_MINUTE = timedelta(minutes=1)  # the window of TikTok's rate limits


@dataclass(frozen=True)
class Meaning:
    """What we do next, and why, for the author; settings of the deployment stand in {braces}."""

    error: type[PublishError]
    sentence: str
    after: timedelta | None = None


# error.code → its meaning. https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
# and https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
ERRORS: Mapping[str, Meaning] = {
    "access_token_invalid": Meaning(NeedsRefresh, "TikTok says that the channel's token ran out"),
    "scope_not_authorized": Meaning(
        NeedsReconnect, "The account's owner did not allow this: connect it again and allow it"
    ),
    "scope_permission_missed": Meaning(
        NeedsReconnect, "TikTok wants another permission for this: connect the account again"
    ),
    "rate_limit_exceeded": Meaning(
        Throttled,
        "TikTok asks us to slow down: an account may begin {inits_per_minute} posts a minute",
        A_MINUTE,
    ),
    # A quota of posts stops neither questions about those that are accepted, nor other accounts.
    "spam_risk_too_many_posts": Meaning(
        TryLater,
        "TikTok takes no more posts of this account from apps for now: about {posts_per_day} in"
        " 24 hours",
        timedelta(hours=24),
    ),
    "spam_risk_too_many_pending_share": Meaning(
        TryLater,
        "Too many drafts from apps wait in this account's inbox at TikTok",
        timedelta(hours=24),
    ),
    # Who has posted within the day may post on, and the day is a rolling one.
    "reached_active_user_cap": Meaning(
        TryLater,
        "TikTok lets no more accounts post through this deployment's app today",
        timedelta(hours=3),
    ),
    "spam_risk_user_banned_from_posting": Meaning(
        Rejected, "TikTok has banned this account from posting: look into its app"
    ),
    "spam_risk_text": Meaning(Rejected, "TikTok takes the text for spam: write it differently"),
    "spam_risk": Meaning(Rejected, "TikTok takes this post for spam"),
    "unaudited_client_can_only_post_to_private_accounts": Meaning(
        Rejected,
        "Until TikTok has audited this deployment's app it only takes posts that nobody else"
        " sees: set the account to private, and the post to only_me",
    ),
    "url_ownership_unverified": Meaning(
        Rejected, "TikTok has not verified that the media_domain belongs to this deployment's app"
    ),
    "privacy_level_option_mismatch": Meaning(
        Rejected, "The account cannot post to those who were chosen: choose again who may see it"
    ),
    "invalid_file_upload": Meaning(Rejected, "TikTok does not take this file"),
    "app_version_check_failed": Meaning(
        Rejected, "The TikTok app of the account's owner is too old for this"
    ),
    # It may know the id a moment later; whoever asks for ever is stopped by the number of tries.
    "invalid_publish_id": Meaning(TryLater, "TikTok does not know of this post"),
    "token_not_authorized_for_specified_publish_id": Meaning(
        Rejected, "TikTok says that this post belongs to another account"
    ),
}
INVALID = frozenset({"invalid_params", "invalid_param"})  # the message says which
LOST = frozenset({"internal_error", "internal"})  # nobody knows whether it was acted on
A_WORD = re.compile(r"[a-z0-9_]{1,80}")
MOST_WORDS = 200  # characters of a message that are passed on


class Line:
    """The API, and the token that it knows us by."""

    def __init__(self, token: SecretStr, calls: Calls) -> None:
        self.calls = calls
        self._token = token

    def __call__(self, path: str, *, method: str = "POST", **request: Any) -> Reply:
        headers = bearer(self._token)
        if method == "POST":
            headers["Content-Type"] = "application/json; charset=UTF-8"
        url = f"{self.calls.hosts['api']}{path}"
        reply = self.calls(method, url, headers=headers, reads=self.understand, **request)
        self.understand(reply)  # a refusal may come with status 200
        return reply

    def understand(self, reply: Reply) -> None:
        """Raise what a refusal means, where TikTok's word for it tells."""
        code, message = _said(reply)
        if code in ("", "ok"):
            return
        if code in LOST:
            raise reply.lost("TikTok had a failure of its own")
        if code in INVALID:
            secret = self._token.get_secret_value()
            words = message.replace(secret, "…")[:MOST_WORDS] if secret else ""
            raise Rejected(f"TikTok refused it: {words or code}")
        if meaning := ERRORS.get(code):
            raise _error(meaning, reply, self.calls.settings)
        if reply.status < 400:
            raise Rejected(f"TikTok refused it ({code})")


def _said(reply: Reply) -> tuple[str, str]:
    """The word and the message of a refusal; empty where there is none that can be read."""
    body = reply.json()
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    code = str(error.get("code", ""))
    return (code if A_WORD.fullmatch(code) else ""), str(error.get("message", ""))


def _error(meaning: Meaning, reply: Reply, settings: Mapping[str, Any]) -> PublishError:
    sentence = meaning.sentence.format_map(settings)
    if issubclass(meaning.error, TryLater):
        return meaning.error(sentence, after=retry_after(reply.headers) or meaning.after)
    return meaning.error(sentence)
