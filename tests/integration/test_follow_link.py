"""The redirect: people arrive, whatever becomes of the count."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from functions.count_click.handler import handler as count_click
from functions.follow_link.handler import handler, redirects
from tellal import wiring
from tellal.channels import Channel
from tests.conftest import TEN
from tests.integration.clicks import CHROME, TARGET, link_in

CLOSED = "http://127.0.0.1:9"


@dataclass
class Lambda:
    """Lambda's door, as far as a redirect goes: takes what it is told, or does not."""

    status: int = 202
    hangs_up: bool = False
    invoked: list[tuple[str, str]] = field(default_factory=list)  # the path, and how
    told: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    door = Lambda()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            door.invoked.append((self.path, self.headers["X-Amz-Invocation-Type"]))
            door.told.append(json.loads(body))
            self.close_connection = door.hangs_up
            if not door.hangs_up:
                self.send_response(door.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
        yield door
        server.shutdown()
        thread.join()


@pytest.fixture
def follow(
    aws: object, door: Lambda, event: Callable[[str], Any], context: Any
) -> Iterator[Callable[..., Any]]:
    redirects.cache_clear()

    def follow(code: str, *, method: str = "GET", query: str = "", **headers: str) -> Any:
        asked = event("follow_link/a_click")
        asked["pathParameters"]["code"] = code
        asked["rawPath"], asked["rawQueryString"] = f"/l/{code}", query
        asked["requestContext"]["http"] |= {"method": method, "path": f"/l/{code}"}
        asked["headers"] |= {name.replace("_", "-"): each for name, each in headers.items()}
        return handler(asked, context)

    yield follow
    if redirects.cache_info().currsize:
        redirects().close()
    redirects.cache_clear()


def test_a_link_leads_to_its_target_and_is_kept_by_no_cache(
    follow: Callable[..., Any], mastodon_channel: Channel
) -> None:
    for method in ("GET", "HEAD"):
        reply = follow(link_in(mastodon_channel).code, method=method)
        assert reply == {
            "statusCode": 302,
            "headers": {"location": TARGET, "cache-control": "no-store"},
            "body": "",
        }


def test_the_count_is_asked_for_once_and_asynchronously(
    follow: Callable[..., Any], mastodon_channel: Channel, door: Lambda
) -> None:
    link = link_in(mastodon_channel)
    follow(link.code, method="HEAD", sec_purpose="prefetch", x_purpose="preview")

    path = "/2015-03-31/functions/tellal-test-count_click/invocations"
    assert door.invoked == [(path, "Event")]
    assert door.told == [
        {
            "request_id": "JKJaXmPLvHcESHA=",
            "code": link.code,
            "at": TEN.timestamp(),
            "method": "HEAD",
            "address": "203.0.113.7",
            "agent": CHROME,
            "purpose": "prefetch preview",
        }
    ]


def test_what_is_told_is_what_is_counted(
    follow: Callable[..., Any], mastodon_channel: Channel, door: Lambda, context: Any
) -> None:
    link = link_in(mastodon_channel)
    follow(link.code)
    count_click(door.told[0], context)
    counted = wiring.links().get(link.code)
    assert counted is not None
    assert (counted.visits, counted.last_visit_at) == (1, TEN)


def test_a_connection_that_was_kept_is_used_again(
    follow: Callable[..., Any], mastodon_channel: Channel, door: Lambda
) -> None:
    code = link_in(mastodon_channel).code
    assert [follow(code)["statusCode"] for _ in range(3)] == [302, 302, 302]
    assert len(door.told) == 3


@pytest.mark.parametrize("way", ["throttled", "broken", "hangs up", "not there"])
def test_people_arrive_though_nothing_can_be_counted(
    follow: Callable[..., Any],
    mastodon_channel: Channel,
    door: Lambda,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    link = link_in(mastodon_channel)
    door.status = {"throttled": 429, "broken": 500}.get(way, 202)
    door.hangs_up = way == "hangs up"
    if way == "not there":
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", CLOSED)

    for _ in range(2):
        reply = follow(link.code)
        assert (reply["statusCode"], reply["headers"]["location"]) == (302, TARGET)

    lines = [each for each in caplog.records if each.message == "click not counted"]
    assert len(lines) == 2
    assert lines[0].__dict__["lost_clicks"] == 1
    [metrics] = lines[0].__dict__["_aws"]["CloudWatchMetrics"]
    assert metrics["Metrics"] == [{"Name": "lost_clicks"}]
    assert "203.0.113.7" not in str(lines[0].__dict__)


def test_a_code_that_there_is_not_leads_nowhere(follow: Callable[..., Any], door: Lambda) -> None:
    reply = follow("0123456789zz")
    assert (reply["statusCode"], door.told) == (404, [])
    assert reply["headers"]["content-type"].startswith("text/plain")
    assert "location" not in reply["headers"]


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "0123456789a",
        "0123456789abc",
        "0123456789AB",
        "0123456789ab\n",
        "0123456789ab\r\nLocation: https://evil.example",
        "//evil.example",
        "https:%2F%2Fevil.example",
        "..%2f..%2fevil",
        "ĞĞĞĞĞĞĞĞĞĞĞĞ",
        "x" * 5000,
    ],
)
def test_odd_codes_are_not_even_looked_for(
    odd: str, follow: Callable[..., Any], door: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", CLOSED)  # whoever asks there fails
    reply = follow(odd)
    assert (reply["statusCode"], door.told) == (404, [])
    assert odd.strip() == "" or odd not in str(reply)
    with pytest.raises(OSError, match="refused"):
        follow("0123456789ab")


@pytest.mark.parametrize(
    "query", ["to=https://evil.example", "//evil.example", "%0d%0aLocation:%20https://evil.example"]
)
def test_nothing_of_the_request_goes_into_the_redirect(
    query: str, follow: Callable[..., Any], mastodon_channel: Channel
) -> None:
    reply = follow(
        link_in(mastodon_channel).code,
        query=query,
        host="evil.example",
        x_forwarded_host="evil.example",
        referer="https://evil.example",
    )
    assert reply["headers"] == {"location": TARGET, "cache-control": "no-store"}
