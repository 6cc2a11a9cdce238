"""What a call promises whatever it calls: where it may go, how long it takes, what it shows."""

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tellal import fetching
from tellal.errors import NeedsReconnect, OutcomeUnknown, Rejected, TryLater
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls, bearer, retry_after
from tests.platforms.samples.mastodon import MASTODON

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def calls(respond: httpx.MockTransport, **line: Any) -> Calls:
    return Calls(httpx.Client(transport=respond), {}, **line)


ANSWERING = httpx.MockTransport(lambda _: httpx.Response(200, json={"id": "1"}))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "Thu, 01 Jan 2026 10:01:00 GMT"}, 60),
        ({"x-ratelimit-reset": "2026-01-01T10:02:00.000Z"}, 120),
        ({"x-ratelimit-reset": "2026-01-01T10:02:00"}, 120),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"ratelimit-reset": "90"}, 90),
        ({"x-rate-limit-reset": str((int(NOW.timestamp()) + 90) * 1000)}, 90),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "-5"}, 1),
        ({"ratelimit-reset": str(int(NOW.timestamp()) - 90)}, 1),
        ({"retry-after": "1e9"}, 86_400),
        ({"retry-after": "30", "ratelimit-reset": "90"}, 30),
        ({"retry-after": "later", "ratelimit-reset": "90"}, 90),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "9e99"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_in_every_spelling(
    headers: dict[str, str], seconds: float | None
) -> None:
    wait = retry_after(headers, now=NOW)
    assert (wait.total_seconds() if wait else None) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "http://m.example/",
        "http://10.0.0.1/",
        "http://localhost.m.example/",
        "ftp://m.example/",
        "m.example",
        "http://[/",
    ],
)
def test_a_token_is_not_sent_in_the_clear_nor_nowhere(url: str) -> None:
    with pytest.raises(Rejected):
        calls(ANSWERING)("GET", url)


@pytest.mark.parametrize("host", ["https://m.example", "http://127.0.0.1:1", "http://[::1]:1"])
def test_tls_and_this_machine_are_called(host: str) -> None:
    assert calls(ANSWERING)("GET", f"{host}/").json() == {"id": "1"}


def test_a_call_that_took_too_long_is_lost_even_if_its_body_came() -> None:
    late = calls(ANSWERING, deadline=timedelta(seconds=-1))
    with pytest.raises(OutcomeUnknown):
        late("POST", "https://m.example/", commits=True)
    with pytest.raises(TryLater):
        late("GET", "https://m.example/")


class Taking(httpx.BaseTransport):
    """Takes a body piece by piece, as sockets do."""

    def __init__(self) -> None:
        self.taken = b""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        for piece in request.stream:
            self.taken += piece
        return httpx.Response(200, json={})


PIECES = (b"a ", b"film ", b"of gigabytes")


def test_a_body_goes_out_piece_by_piece() -> None:
    taking = Taking()
    Calls(httpx.Client(transport=taking), {})("PUT", "https://m.example/", content=iter(PIECES))
    assert taking.taken == b"".join(PIECES)


def test_a_body_that_is_taken_too_slowly_is_not_sent_to_its_end() -> None:
    taking = Taking()
    late = Calls(httpx.Client(transport=taking), {})
    sent: dict[str, Any] = {"content": iter(PIECES), "deadline": timedelta(seconds=-1)}
    with pytest.raises(OutcomeUnknown):
        late("PUT", "https://m.example/", **sent, commits=True)
    with pytest.raises(TryLater):
        late("PUT", "https://m.example/", **sent)
    assert taking.taken == b""


def test_a_reply_knows_the_platforms_id_of_the_request() -> None:
    respond = httpx.MockTransport(
        lambda _: httpx.Response(200, json={}, headers={"x-request-id": "r1"})
    )
    assert calls(respond)("GET", "https://m.example/").request_id == "r1"
    assert calls(ANSWERING)("GET", "https://m.example/").request_id is None


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "çay"])
def test_what_no_header_can_hold_is_no_token_and_is_not_shown(token: str) -> None:
    with pytest.raises(NeedsReconnect) as refused:
        bearer(SecretStr(token))
    assert not token or token not in str(refused.value)


def test_a_body_with_peoples_words_is_in_no_error() -> None:
    private = [{"id": {"text": "private words"}}]
    with pytest.raises(TryLater) as raised:
        MASTODON.adapter(lambda _: httpx.Response(200, json=private)).read_inbox(None)
    assert "private words" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_what_was_sent_is_gone_with_its_reply_however_seldom_the_collector_comes() -> None:
    """A worker that sends a film in chunks has memory for a few of them."""
    piece = 4 * 1024 * 1024
    line = calls(ANSWERING)
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(10):
            line("PUT", "https://upload.example/", content=bytes(piece))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert peak < 3 * piece


@pytest.mark.parametrize(
    "url",
    ["https://169.254.169.254/upload", "https://10.0.0.1/xrpc", "https://[fd00::1]/api"],
)
@pytest.mark.parametrize("commits", [False, True])
def test_an_address_that_an_answer_gave_is_called_on_the_public_internet_alone(
    url: str,
    commits: bool,  # noqa: FBT001
) -> None:
    """Nothing was sent, so nothing is in doubt."""
    with fetching.client(allow_loopback=False) as http, pytest.raises(Rejected, match="public"):
        Calls(http, {})("PUT", url, commits=commits, content=b"a chunk")


@pytest.mark.parametrize(
    ("platform", "given"),
    [
        ("mastodon", {"server": "https://10.0.0.1", "access_token": "token"}),
        ("mastodon", {"server": "169.254.169.254", "access_token": "token"}),
        ("bluesky", {"service": "https://[::1]", "handle": "a.b", "app_password": "word"}),
    ],
)
def test_a_server_that_somebody_types_in_is_on_the_public_internet(
    platform: str, given: dict[str, str]
) -> None:
    adapter: Any = PLATFORMS[platform]
    with fetching.client(allow_loopback=False) as http, pytest.raises(Rejected, match="public"):
        adapter.connect(
            adapter.Connection.model_validate(given), Calls(http, dict(adapter.facts.hosts))
        )
