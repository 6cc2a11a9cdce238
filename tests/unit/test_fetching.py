import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpcore
import httpx
import pytest

from tellal import fetching
from tellal.errors import Rejected


@contextmanager
def serving(*, status: int = 200, **headers: str) -> Iterator[int]:
    """A server that says hello to everybody, on this port."""

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Greeting) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://ann:secret@example.com/",
        "https://example.com:22/",
        "http://localhost/",
        "http://127.0.0.1/",
    ],
)
def test_an_address_that_is_not_a_web_servers_is_refused_before_any_look_up(url: str) -> None:
    with pytest.raises(Rejected):
        fetching.check_spelling(httpx.URL(url), allow_loopback=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_a_name_that_leads_to_a_private_address_is_not_connected_to(address: str) -> None:
    network = fetching.CheckedNetwork(allow_loopback=False, look_up=lambda host, port: [address])
    with pytest.raises(Rejected, match=r"innocent\.example is not on the public internet"):
        network.connect_tcp("innocent.example", 443)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",  # the same, as C's libraries read it
        "2130706433",  # decimal
        "0x7f000001",
        "0177.0.0.1",  # octal
        "0",
        "169.254.169.254",  # where clouds keep a machine's credentials
        "2852039166",
        "0xa9.0xfe.0xa9.0xfe",
        "10.0.0.1",
        "192.168.0.1",
        "１２７.0.0.1",
        "[::1]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
    ],
)
def test_a_private_address_is_refused_in_every_spelling(host: str) -> None:
    """Looked up for real: numbers need nobody to be asked."""
    with (
        fetching.client(allow_loopback=False) as client,
        pytest.raises((Rejected, httpx.InvalidURL)),
    ):
        client.get(f"https://{host}/", follow_redirects=True)


@pytest.mark.parametrize(
    "location",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "http://example.com/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_leads_nowhere_that_is_refused(location: str) -> None:
    """None is followed of a platform's answers; a client that followed them would be held, too."""
    with (
        serving(status=302, location=location) as port,
        fetching.client(allow_loopback=True) as client,
    ):
        assert client.get(f"http://127.0.0.1:{port}/").status_code == 302
        with pytest.raises((Rejected, httpx.UnsupportedProtocol)):
            client.get(f"http://127.0.0.1:{port}/", follow_redirects=True)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    network = fetching.CheckedNetwork(
        allow_loopback=False, look_up=lambda host, port: ["93.184.216.34", "10.0.0.1"]
    )
    with pytest.raises(Rejected):
        network.connect_tcp("innocent.example", 443)


def test_the_connection_goes_to_the_address_that_was_checked(port: int) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]  # changes its mind

    network = fetching.CheckedNetwork(allow_loopback=True, look_up=look_up)
    network.connect_tcp("innocent.example", port, timeout=5).close()
    assert asked == ["innocent.example"]


@pytest.mark.parametrize("error", [OSError, UnicodeError])  # nobody knows it; it is no name
def test_a_name_nobody_knows_is_a_failed_connection(error: type[Exception]) -> None:
    def look_up(host: str, port: int) -> list[str]:
        raise error

    network = fetching.CheckedNetwork(allow_loopback=False, look_up=look_up)
    with pytest.raises(httpcore.ConnectError):
        network.connect_tcp("nobody.example", 443)


def test_the_client_refuses_a_name_of_this_machine(port: int) -> None:
    with fetching.client(allow_loopback=False) as client, pytest.raises(Rejected):
        client.get(f"https://localhost:{port}/")


def test_with_the_switch_the_client_reaches_this_machine_over_plain_http(port: int) -> None:
    with fetching.client(allow_loopback=True) as client:
        assert client.get(f"http://127.0.0.1:{port}/").text == "hello"


def test_the_switch_opens_this_machine_and_no_private_network() -> None:
    network = fetching.CheckedNetwork(allow_loopback=True, look_up=lambda host, port: ["10.0.0.1"])
    with pytest.raises(Rejected):
        network.connect_tcp("innocent.example", 443)
    with pytest.raises(Rejected, match="https only"):
        fetching.check_spelling(httpx.URL("http://example.com/"), allow_loopback=True)
