"""How adapters call their platforms: a reply is JSON, anything else a PublishError.

One request, one total deadline, no redirects followed (they would carry the token along).
Only a committing request may end in OutcomeUnknown: for every other one a lost answer is
TryLater. What a status means can differ per platform: an adapter passes `reads`, which looks at
a refusal first and raises what it knows better.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from tellal.errors import NeedsReconnect, OutcomeUnknown, PublishError, Rejected, Throttled, TryLater

DEADLINE = timedelta(seconds=20)
MOST_BYTES = 8 * 1024 * 1024  # of a reply; ours are JSON
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
REQUEST_IDS = ("x-request-id", "x-fb-trace-id", "x-li-uuid", "atproto-repo-rev")

Reads = Callable[["Reply"], None]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def request_id(self) -> str | None:
        return next((self.headers[name] for name in REQUEST_IDS if name in self.headers), None)

    def json(self) -> Any:
        """The body as JSON, or None where it is something else (an HTML error page, nothing)."""
        try:
            return httpx.Response(200, content=self.body).json()
        except ValueError:
            return None


@dataclass(frozen=True)
class Calls:
    """A line to one platform: its client, where its hosts are, and how long a call may take."""

    http: httpx.Client
    hosts: Mapping[str, str]
    deadline: timedelta = DEADLINE

    def __call__(
        self,
        method: str,
        url: str,
        *,
        commits: bool = False,
        reads: Reads | None = None,
        **request: Any,
    ) -> Reply:
        """Send one request and return its reply, whose body is JSON."""
        lost = OutcomeUnknown if commits else TryLater
        try:
            reply = self._send(method, url, request)
        except NEVER_SENT as error:
            raise TryLater(f"{_host(url)} could not be reached") from error
        except (httpx.RequestError, TimeoutError, _TooLong) as error:
            raise lost(f"{_host(url)} did not answer in full ({type(error).__name__})") from error
        if reply.status < 300 and reply.json() is not None:
            return reply
        if reads is not None:
            reads(reply)
        raise _refusal(reply, _host(url), lost)

    def _send(self, method: str, url: str, request: Mapping[str, Any]) -> Reply:
        seconds = self.deadline.total_seconds()
        until = time.monotonic() + seconds
        timeout = httpx.Timeout(seconds, connect=min(5.0, seconds))
        body = bytearray()
        with self.http.stream(
            method, url, timeout=timeout, follow_redirects=False, **request
        ) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _TooLong
                if time.monotonic() > until:
                    raise TimeoutError
            return Reply(response.status_code, response.headers, bytes(body))


class _TooLong(Exception):
    pass


def _refusal(reply: Reply, host: str, lost: type[PublishError]) -> PublishError:
    """What a status means where the platform's adapter does not know better."""
    match reply.status:
        case HTTPStatus.UNAUTHORIZED:
            return NeedsReconnect(f"{host} no longer accepts the channel's token")
        case HTTPStatus.FORBIDDEN:
            return NeedsReconnect(f"{host} does not allow this with the channel's permissions")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled(f"{host} asks us to slow down", after=retry_after(reply.headers))
        case HTTPStatus.REQUEST_TIMEOUT | HTTPStatus.TOO_EARLY:
            return lost(f"{host} answered {reply.status}")
        case status if 400 <= status < 500:
            return Rejected(f"{host} refused it ({status})")
        case status:  # redirects too: an API that moved is not an answer
            return lost(f"{host} answered {status}")


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> timedelta | None:
    """How long to wait, from Retry-After or a reset header in any of their spellings.

    Seconds, an HTTP date, epoch seconds and ISO 8601 are all in use.
    """
    now = now or datetime.now(UTC)
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"):
        if spelled := headers.get(name):
            wait = _wait(spelled.strip(), now)
            if wait is not None:
                return max(wait, timedelta(seconds=1))
    return None


def _wait(spelled: str, now: datetime) -> timedelta | None:
    try:
        number = float(spelled)
    except ValueError:
        pass
    else:
        is_epoch = number > 1_000_000_000
        return datetime.fromtimestamp(number, UTC) - now if is_epoch else timedelta(seconds=number)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(spelled)
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return None


def _host(url: str) -> str:
    return httpx.URL(url).host
