"""The line to LinkedIn with one channel's token: its headers, and what its refusals mean.
https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling

Every call names the month of the interface it was written for, and LinkedIn drops a month about a
year later: so the month is a setting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from tellal import clock
from tellal.errors import (
    Duplicate,
    NeedsReconnect,
    NeedsRefresh,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
)
from tellal.platforms.calls import UPLOADING, Calls, Reads, Reply, bearer, retry_after
from tellal.platforms.linkedin import urns
from tellal.posts import Remote

FINDER = {"X-RestLi-Method": "FINDER"}
OWN_DOMAIN = ".linkedin.com"
COPY = re.compile(r"duplicate of (urn:li:(?:share|ugcPost|activity):\d+)", re.IGNORECASE)
NAME = re.compile(r"[A-Z][A-Z_]{2,50}")  # of an error


class Forbidden(NeedsReconnect):
    """LinkedIn does not let the channel do or read this."""


@dataclass(frozen=True)
class Meaning:
    """A refusal: its status, what of its words tells it from others, and what we do next."""

    status: int
    says: str  # in its code, its number or its message, in lower case; empty: anything
    error: type[PublishError] | None  # None: nobody can tell what was done
    sentence: str
    after: timedelta | None = None  # of a TryLater


OLD = "LinkedIn no longer speaks the version of its interface that is asked for: whoever runs"
OLD += " Tellal has to set a newer one (platform_settings, linkedin, version)"
HOUR = timedelta(hours=1)
HALF_A_MINUTE = timedelta(seconds=30)
# The first that fits decides. The numbers of a 401 are not in LinkedIn's documentation.
MEANINGS: tuple[Meaning, ...] = (
    Meaning(401, "65602", NeedsRefresh, "The access that LinkedIn gave has run out"),
    Meaning(401, "expired", NeedsRefresh, "The access that LinkedIn gave has run out"),
    Meaning(401, "65601", NeedsReconnect, "The access was taken back at LinkedIn"),
    Meaning(401, "revoked", NeedsReconnect, "The access was taken back at LinkedIn"),
    Meaning(401, "", NeedsReconnect, "LinkedIn does not accept the channel's access any more"),
    Meaning(403, "service unavailable", None, "LinkedIn has a passing trouble"),
    Meaning(
        403,
        "",
        Forbidden,
        "LinkedIn does not allow this: a permission is missing, or whoever connected the channel"
        " no longer manages the page",
    ),
    Meaning(426, "", TryLater, OLD, HOUR),
    Meaning(400, "nonexistent_version", TryLater, OLD, HOUR),
    Meaning(400, "version_missing", TryLater, OLD, HOUR),
    Meaning(400, "is not active", TryLater, OLD, HOUR),
    Meaning(
        400,
        "media_asset_processing_failed",
        Rejected,
        "LinkedIn could not make anything of an attached file: try another one",
    ),
    Meaning(
        400,
        "media_asset_processing",
        TryLater,
        "LinkedIn still works on the attached files",
        HALF_A_MINUTE,
    ),
    Meaning(
        400,
        "media_asset_waiting_upload",
        TryLater,
        "LinkedIn does not have the attached files in full yet",
        HALF_A_MINUTE,
    ),
    Meaning(400, "unable to obtain activity", None, "LinkedIn has a passing trouble"),
    Meaning(400, "field_length_too_long", Rejected, "LinkedIn finds the text too long"),
    Meaning(422, "field_length_too_long", Rejected, "LinkedIn finds the text too long"),
    Meaning(422, "duplicate", Repeated, "LinkedIn refuses the same post twice: change its words"),
)
QUOTA_USED_UP = "limit for calls to this resource"  # is per day, and a day is one of UTC's
QUOTA_OF_APP = "application day"


class Line:
    """LinkedIn, and the token it knows us by."""

    def __init__(self, token: SecretStr, calls: Calls) -> None:
        self.token = token
        self._calls = calls
        self._own_hosts = {httpx.URL(host).host for host in calls.hosts.values()}

    def __call__(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        reads: Reads | None = None,
        **request: Any,
    ) -> Reply:
        """`path` stands below the host of the API: "rest/posts"."""
        return self._calls(
            method,
            f"{self._calls.hosts['api']}/{path}",
            headers={**self._headers(), **(headers or {})},
            reads=reads or understand,
            **request,
        )

    def upload(self, url: str, *, signed: bool, reads: Reads | None = None, **sent: Any) -> Reply:
        """To an address that LinkedIn gave. One that is signed already is told no token."""
        host = httpx.URL(url).host
        ours = host in self._own_hosts or host.endswith(OWN_DOMAIN)
        headers = bearer(self.token) if ours and not signed else {}
        return self._calls(
            "PUT",
            url,
            headers={**headers, **sent.pop("headers", {})},
            reads=reads or understand,
            accepts={200, 201},
            deadline=UPLOADING,
            **sent,
        )

    def address_of(self, post: str) -> str:
        """Where people find it."""
        return f"{self._calls.hosts['www']}/feed/update/{post}/"

    def understand_post(self, reply: Reply) -> None:
        """A copy is refused with the name of the first."""
        body = reply.json()
        words = str(body.get("message", "")) if isinstance(body, dict) else ""
        if reply.status in {400, 409, 422} and (copied := COPY.search(words)):
            existing = Remote(id=copied.group(1), url=self.address_of(copied.group(1)))
            raise Duplicate(
                f"LinkedIn shows this very post already, at {existing.url}: change its words",
                existing=existing,
                made_at=urns.made_at(existing.id),
            )
        understand(reply)

    def _headers(self) -> Mapping[str, str]:
        return {
            **bearer(self.token),
            "LinkedIn-Version": str(self._calls.settings["version"]),
            "X-Restli-Protocol-Version": "2.0.0",
        }


def understand(reply: Reply) -> None:
    """What a refusal means, where its words tell; else its status will."""
    body = reply.json()
    told = body if isinstance(body, dict) else {}
    name = str(told.get("code", ""))
    words = f"{name} {told.get('serviceErrorCode', '')} {told.get('message', '')}".lower()
    if reply.status == 429:
        raise _throttled(reply, words)
    for each in MEANINGS:
        if reply.status == each.status and each.says in words:
            raise _raised(each, reply)
    if reply.status in {400, 409, 413, 415, 422}:  # its message is for programmers, and quotes us
        known = f" {name}" if NAME.fullmatch(name) else ""
        raise Rejected(f"LinkedIn refused it ({reply.status}{known})")


def _raised(meaning: Meaning, reply: Reply) -> PublishError:
    if meaning.error is None:
        return reply.lost(meaning.sentence)
    if issubclass(meaning.error, TryLater):
        return meaning.error(meaning.sentence, after=meaning.after)
    return meaning.error(meaning.sentence)


def _throttled(reply: Reply, words: str) -> Throttled:
    """No header says when a day's quota is there again: it is at midnight, UTC."""
    after = retry_after(reply.headers)
    if QUOTA_USED_UP not in words:
        return Throttled("LinkedIn asks us to slow down", after=after)
    now = clock.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Throttled(
        "What LinkedIn lets us ask for in a day is used up; it goes on at midnight, UTC",
        after=after or midnight - now,
        everywhere=QUOTA_OF_APP in words,
    )
