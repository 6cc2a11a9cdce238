"""What LinkedIn sends to a webhook: made here, for who wants to send it.
https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

SOCIAL = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
MOST_AT_ONCE = 10


def told(*notifications: Mapping[str, Any]) -> bytes:
    """The body of a webhook; LinkedIn puts ten into one at most."""
    assert len(notifications) <= MOST_AT_ONCE
    return json.dumps({"type": SOCIAL, "notifications": list(notifications)}).encode()


def signed(body: bytes, *, secret: str) -> Mapping[str, str]:
    """The header that says who sent it: the digest alone, of more than the body."""
    return {"x-li-signature": _digest(b"hmacsha256=" + body, secret)}


def question(code: str) -> Mapping[str, str]:
    """The query by which it asks, every two hours, whose address this is."""
    return {"challengeCode": code}


def answer(code: str, *, secret: str) -> Mapping[str, str]:
    """What it wants to read."""
    return {"challengeCode": code, "challengeResponse": _digest(code.encode(), secret)}


def _digest(signed: bytes, secret: str) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()
