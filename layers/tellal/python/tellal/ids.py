"""Ids: what the thing is, then 26 characters that sort by the time it was made.

An id can be derived instead of drawn. The same seed gives the same id, so that doing a thing
again finds what was done before: messages are derived from the platform's id, deliveries from
their post's.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing looks like another


def new(kind: str, *, now: datetime) -> str:
    """48 bits of milliseconds, then 82 random ones: `post_01kb2x…`."""
    milliseconds = (now - EPOCH) // MILLISECOND
    return f"{kind}_{_spell(milliseconds << 82 | secrets.randbits(82))}"


def derived(kind: str, *seeds: str) -> str:
    digest = hashlib.sha256("\x1f".join((kind, *seeds)).encode()).digest()
    return f"{kind}_{_spell(int.from_bytes(digest[:16]))}"


def _spell(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
