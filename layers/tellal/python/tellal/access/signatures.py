"""Bodies that their sender signs, as Standard Webhooks says: HMAC-SHA256 of id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

The scheme is one line of `hmac`; its library would bring its own HTTP client and dates with it, and
reads the clock by itself. Of several secrets any may have signed, so that one can be replaced.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from tellal.errors import Forged

TOLERANCE = timedelta(minutes=5)  # either way: clocks differ, and what is older may be a copy
PREFIX = "whsec_"
SECRET_BYTES = 32  # 24 to 64, as the standard says
MOST_SIGNATURES = 10
SECONDS = 12  # digits at most, of a Unix time


def new_secret() -> SecretStr:
    drawn = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return SecretStr(f"{PREFIX}{drawn}")


def signature(secret: SecretStr, *, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.get_secret_value().removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def verify(
    valid: Sequence[SecretStr], headers: Mapping[str, str], body: bytes, *, now: datetime
) -> str:
    """The message's id. `headers` by their names in lower case. Raises Forged.

    A copy that comes within the tolerance verifies again: whoever takes it must know ids.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = _signatures(headers.get("webhook-signature", ""))
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        raise Forged("it has no id or no time")
    if len(timestamp) > SECONDS or abs(_moment(timestamp) - now) > TOLERANCE:
        raise Forged("it was signed too long ago, or is from the future")
    known = [
        signature(secret, message_id=message_id, timestamp=timestamp, body=body).encode()
        for secret in valid
    ]
    # Each in constant time, and all of them: how long it takes tells nothing.
    alike = sum(hmac.compare_digest(one, other) for one in known for other in given)
    if not alike:
        raise Forged("no secret of ours signed it")
    return message_id


def _signatures(header: str) -> list[bytes]:
    """«v1,…» each, divided by spaces; other versions are nobody's of ours."""
    parts = [part.partition(",") for part in header.split(" ")[:MOST_SIGNATURES]]
    return [held.encode() for version, _, held in parts if version == "v1" and _is_base64(held)]


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(text)


def _moment(timestamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (OverflowError, ValueError, OSError):
        raise Forged("it has no time that there ever is") from None
