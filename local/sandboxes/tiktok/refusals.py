"""How TikTok refuses: a word in the answer's envelope, under a status that may even be 200."""

import secrets
from typing import Any

from local.sandboxes.answers import Refusal

# https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
STATUSES = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "rate_limit_exceeded": 429,
    "spam_risk_too_many_posts": 403,
    "spam_risk_user_banned_from_posting": 403,
    "reached_active_user_cap": 403,
    "unaudited_client_can_only_post_to_private_accounts": 403,
    "url_ownership_unverified": 403,
    "privacy_level_option_mismatch": 403,
}


def envelope(data: Any = None, *, code: str = "ok", message: str = "") -> dict[str, Any]:
    error = {"code": code, "message": message, "log_id": secrets.token_hex(16).upper()}
    return {"data": {} if data is None else data, "error": error}


def refuse(code: str, message: str = "", *, status: int | None = None) -> Refusal:
    status = status or STATUSES.get(code, 400)
    return Refusal(status, envelope(code=code, message=message or code.replace("_", " ")))
