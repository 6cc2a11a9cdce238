"""How LinkedIn names things: urn:li:share:7045020441609936898.

A name goes into an address with its colons, brackets and commas encoded.
"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from tellal import clock

COMMENT = re.compile(r"urn:li:comment:\((?P<post>.+),(?P<number>[^,]+)\)")
NUMBERED = re.compile(r"urn:li:(?:share|ugcPost|activity):(\d+)")
# The upper bits of a post's number are milliseconds since 1970. LinkedIn nowhere says so, but its
# own examples agree with their `createdAt`; so it is asked only where a copy is refused.
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/contentapi-migration-guide
BITS_BELOW_TIME = 22
FOUNDED = datetime(2003, 1, 1, tzinfo=UTC)  # nothing there is older


def in_address(urn: str) -> str:
    return quote(urn, safe="")


def comment(post: str, number: str) -> str:
    """Some answers name a comment by its whole URN, some by its number alone."""
    return number if COMMENT.fullmatch(number) else f"urn:li:comment:({post},{number})"


def made_at(post: str) -> datetime | None:
    """When a post was made, as its name tells; None where it tells nothing sensible."""
    told = NUMBERED.fullmatch(post)
    if told is None:
        return None
    try:
        moment = datetime.fromtimestamp((int(told.group(1)) >> BITS_BELOW_TIME) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if FOUNDED < moment < clock.now() + timedelta(days=1) else None
