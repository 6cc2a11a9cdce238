"""The one HTTP client for addresses that users give: it reaches the public internet only.

A server's name is looked up here, every address it has is checked, and the connection is made to
a checked one: a name that changes its mind between the check and the call gains nothing. The
TLS certificate is still verified against the name. No proxy of the environment is used, for it
would do the looking up.

`allow_loopback` is the deployment's one switch: it lets addresses be on this machine, and such
be called over plain HTTP. It exists for sandboxes and tests.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from tellal.errors import Rejected

FIRST_FREE_PORT = 1024  # below are other services: mail, databases' neighbours, remote shells
WEB_PORT = 443
# These carry IPv4 addresses inside, and so could lead to private ones.
TRANSLATED = tuple(
    ipaddress.IPv6Network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)

LookUp = Callable[[str, int], list[str]]


def client(*, allow_loopback: bool) -> httpx.Client:
    """A client that refuses, with Rejected, what it may not reach."""

    def check(request: httpx.Request) -> None:
        check_spelling(request.url, allow_loopback=allow_loopback)

    certificates = httpx.create_ssl_context(trust_env=False)  # read once: that takes its time
    transport = httpx.HTTPTransport(verify=certificates, trust_env=False)
    # httpx offers no other place for it; test_fetching fails if this ever stops being its pool.
    transport._pool = httpcore.ConnectionPool(  # noqa: SLF001
        ssl_context=certificates,
        network_backend=CheckedNetwork(allow_loopback=allow_loopback),
        max_connections=20,
        keepalive_expiry=5.0,
    )
    return httpx.Client(transport=transport, trust_env=False, event_hooks={"request": [check]})


def check_spelling(url: httpx.URL, *, allow_loopback: bool) -> None:
    """What can be told without looking the name up."""
    if not url.host or url.scheme not in ("http", "https"):
        raise Rejected("An address begins with https:// and the name of a server")
    if url.userinfo:
        raise Rejected("An address must not hold a user's name or a password")
    if allow_loopback and _names_loopback(url.host):
        return
    if url.scheme != "https":
        raise Rejected(f"{url.host} is called over https only")
    if url.port not in (None, WEB_PORT) and url.port < FIRST_FREE_PORT:
        raise Rejected(f"{url.host}:{url.port} is not where a web server is")


class CheckedNetwork(httpcore.NetworkBackend):
    """Makes connections to checked addresses only."""

    def __init__(self, *, allow_loopback: bool, look_up: LookUp | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._look_up = look_up or _look_up
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._look_up(host, port)
        except (OSError, UnicodeError) as error:  # a part of a name may be too long to be one
            raise httpcore.ConnectError(f"{host} is not known") from error
        if not all(_is_allowed(each, allow_loopback=self._allow_loopback) for each in addresses):
            raise Rejected(f"{host} is not on the public internet")
        refusal: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return self._sockets.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
        raise refusal


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _names_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_allowed(address: str, *, allow_loopback: bool) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in TRANSLATED):
            return False
    if ip.is_loopback:
        return allow_loopback
    return ip.is_global and not ip.is_multicast
