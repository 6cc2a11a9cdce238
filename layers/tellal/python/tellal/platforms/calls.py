"""How adapters call their platforms: a reply is JSON, anything else a PublishError.

One request, no redirects followed (they would carry the token along), and no plain HTTP but to
this machine. Only a committing request may end in OutcomeUnknown: for every other one a lost
answer is TryLater. What a status means can differ per platform: an adapter passes `reads`, which
looks at a refusal first and raises what it knows better.
"""

import ipaddress
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import SecretStr, TypeAdapter, ValidationError

from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
)

DEADLINE = timedelta(seconds=20)
CONFIRMING = timedelta(seconds=5)  # it stands between a commit and the row that knows of it
UPLOADING = timedelta(seconds=100)  # a chunk's: a preparing worker's lease is two minutes
MOST_BYTES = 8 * 1024 * 1024  # of a reply; ours are JSON
LONGEST_WAIT = timedelta(days=1)  # believed of a header; quotas are reset daily
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
REQUEST_IDS = ("x-request-id", "x-fb-trace-id", "x-li-uuid", "x-tt-logid", "atproto-repo-rev")

Reads = Callable[["Reply"], None]


class Gone(Rejected):
    """What was asked about is not there, or not there any more."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: httpx.Headers
    body: bytes
    host: str = ""
    lost: type[PublishError] = TryLater  # what it means if this reply cannot be read

    @property
    def request_id(self) -> str | None:
        return next((self.headers[name] for name in REQUEST_IDS if name in self.headers), None)

    def json(self) -> Any:
        """The body as JSON, or None where it is something else (an HTML error page, nothing)."""
        try:
            return httpx.Response(200, content=self.body).json()
        except (ValueError, RecursionError):
            return None

    def read[Shape](self, shape: type[Shape]) -> Shape:
        """The body as a model, or a list of them; what it does not mention is left out."""
        adapter: TypeAdapter[Shape] = TypeAdapter(shape)
        try:
            return adapter.validate_json(self.body)
        except ValidationError:  # its text quotes people's, so it is not passed on
            raise self.lost(f"{self.host} answered in a shape we do not know") from None


@dataclass(frozen=True)
class Calls:
    """A line to one platform: its client, where its hosts are, and how long a call may take."""

    http: httpx.Client
    hosts: Mapping[str, str]
    deadline: timedelta = DEADLINE
    settings: Mapping[str, Any] = field(default_factory=dict)  # an API's version, a quota

    def __call__(
        self,
        method: str,
        url: str,
        *,
        commits: bool = False,
        reads: Reads | None = None,
        accepts: Collection[int] = (),
        deadline: timedelta | None = None,
        **request: Any,
    ) -> Reply:
        """Send one request and return its reply, whose body is JSON.

        `accepts` are statuses that are answers whatever their body (201 with headers alone, 308).
        `deadline` is for what takes longer than a call should: sending a chunk of a film.
        """
        lost = OutcomeUnknown if commits else TryLater
        host = _safe_host(url)
        try:
            reply = self._send(method, url, host, lost, deadline or self.deadline, request)
        except NEVER_SENT as error:
            raise TryLater(f"{host} could not be reached") from error
        except (httpx.RequestError, TimeoutError, _TooLong) as error:
            raise lost(f"{host} did not answer in full ({type(error).__name__})") from error
        if reply.status in accepts or (reply.status < 300 and reply.json() is not None):
            return reply
        if reads is not None:
            reads(reply)
        raise _refusal(reply)

    def _send(
        self,
        method: str,
        url: str,
        host: str,
        lost: type[PublishError],
        deadline: timedelta,
        request: Mapping[str, Any],
    ) -> Reply:
        seconds = deadline.total_seconds()
        until = time.monotonic() + seconds
        timeout = httpx.Timeout(seconds, connect=min(5.0, seconds))
        body = bytearray()
        asked = self.http.build_request(method, url, timeout=timeout, **request)
        assert isinstance(asked.stream, httpx.SyncByteStream)
        asked.stream = _Sent(asked.stream, until)
        with closing(self.http.send(asked, stream=True, follow_redirects=False)) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _TooLong
                if time.monotonic() > until:
                    raise TimeoutError
        # An answer and its stream hold each other, and it holds what was sent: untied, a chunk of
        # a film is gone with its reply, and not whenever the collector comes.
        response.stream = httpx.ByteStream(b"")
        return Reply(response.status_code, response.headers, bytes(body), host, lost)


class _TooLong(Exception):
    pass


@dataclass(frozen=True)
class _Sent(httpx.SyncByteStream):
    """A request's body on its way out: a line that takes it slowly takes none of it after."""

    body: httpx.SyncByteStream
    until: float  # by the monotonic clock

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.body:
            if time.monotonic() > self.until:
                raise TimeoutError
            yield chunk

    def close(self) -> None:
        self.body.close()


def bearer(token: SecretStr) -> dict[str, str]:
    """The header that carries a token; one that no header can hold is refused, unprinted."""
    plain = token.get_secret_value()
    if not plain or not plain.isascii() or not plain.isprintable() or " " in plain:
        raise NeedsReconnect("This is not an access token: it is empty, or has spaces in it")
    return {"Authorization": f"Bearer {plain}"}


def address(given: str) -> str:
    """`https://host` of what a person typed as a server: a name, an address, a page on it."""
    spelled = given.strip()
    try:
        url = httpx.URL(spelled if "://" in spelled else f"https://{spelled}")
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or url.userinfo:
        raise Rejected("This is not a server's address, such as https://mastodon.social")
    return f"{url.scheme}://{url.netloc.decode()}"


def _safe_host(url: str) -> str:
    """The host of an address we may send a token to: over TLS, or on this machine."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise Rejected("The server's address cannot be read") from None
    if parsed.scheme != "https" and not (parsed.scheme == "http" and _is_loopback(parsed.host)):
        raise Rejected(f"{parsed.host} is to be called over https only")
    return parsed.host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


MEANINGS: Mapping[int, tuple[type[PublishError], str]] = {
    HTTPStatus.UNAUTHORIZED: (NeedsReconnect, "no longer accepts the channel's token"),
    HTTPStatus.FORBIDDEN: (NeedsReconnect, "does not allow this with the channel's permissions"),
    HTTPStatus.NOT_FOUND: (Gone, "does not find what this is about; it may have been deleted"),
    HTTPStatus.GONE: (Gone, "says that what this is about was deleted"),
}


def _refusal(reply: Reply) -> PublishError:
    """What a status means where the platform's adapter does not know better."""
    host, status = reply.host, reply.status
    if status in MEANINGS:
        error, sentence = MEANINGS[status]
        return error(f"{host} {sentence}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(f"{host} asks us to slow down", after=retry_after(reply.headers))
    nobody_knows = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
    if 400 <= status < 500 and not nobody_knows:
        return Rejected(f"{host} refused it ({status})")
    return reply.lost(f"{host} answered {status}")  # redirects too: what moved is no answer


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> timedelta | None:
    """How long to wait, from Retry-After or a reset header in any of their spellings.

    Seconds, an HTTP date, epoch seconds or milliseconds and ISO 8601 are all in use.
    """
    now = now or datetime.now(UTC)
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"):
        if spelled := headers.get(name):
            wait = _wait(spelled.strip(), now)
            if wait is not None:
                return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)
    return None


def _wait(spelled: str, now: datetime) -> timedelta | None:
    try:
        number = float(spelled)
    except ValueError:
        return _until_date(spelled, now)
    if number > 100_000_000_000:
        number /= 1000
    try:
        is_epoch = number > 1_000_000_000
        return datetime.fromtimestamp(number, UTC) - now if is_epoch else timedelta(seconds=number)
    except (ValueError, OverflowError):  # nan, inf, a year nobody will see
        return None


def _until_date(spelled: str, now: datetime) -> timedelta | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(spelled)
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return None
