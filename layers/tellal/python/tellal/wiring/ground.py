"""What everything is made with: AWS clients, HTTP, the time; and the seam where tests and
measurements put something of their own.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tellal import clock
from tellal.config import settings
from tellal.stores import schema
from tellal.stores.table import Table

if TYPE_CHECKING:
    import httpx


# What cannot be told from the same asked again: a lost answer is nothing to ask again for.
ASKED_ONCE = frozenset({"sesv2"})
overrides: dict[str, Any] = {}
_made: list[Callable[[], None]] = []  # how to forget each


def made_once[**P, T](factory: Callable[P, T]) -> Callable[P, T]:
    """Once for a process, or until all is forgotten; where there are arguments, once for each."""
    kept: Any = cache(factory)
    _made.append(kept.cache_clear)
    return wraps(factory)(kept)


@contextmanager
def rewired(**replacements: Any) -> Iterator[None]:
    """Put something of your own in place of what the world gives: transport, now, wait.

    The seam for tests and measurements; everything is made anew inside and after it.
    """
    overrides.update(replacements)
    forget()
    try:
        yield
    finally:
        for name in replacements:
            overrides.pop(name, None)
        forget()


def forget() -> None:
    """Let everything be made anew."""
    for forget_one in _made:
        forget_one()
    settings.cache_clear()


@made_once
def session() -> boto3.Session:
    """One of our own: boto3's default would outlive `forget`."""
    return boto3.Session()


@made_once
def aws(service: str) -> Any:
    """A client. Its time-outs leave a function time to say what went wrong."""
    if replaced := overrides.get(f"aws_{service}"):
        return replaced
    config = Config(
        # Else boto3 signs links and forms in a way that buckets made since 2020 need not take:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
        signature_version="s3v4" if service == "s3" else None,
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 1 if service in ASKED_ONCE else 3},
        max_pool_connections=10,
    )
    return session().client(service, config=config)  # type: ignore[call-overload]


def table(which: schema.Table) -> Table:
    return Table(aws("dynamodb"), which, settings().tables[which.name])


@made_once
def http() -> "httpx.Client":
    import httpx

    from tellal import fetching

    # It would write every address down: presigned ones, and those that a token stands in.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if transport := overrides.get("transport"):
        return httpx.Client(transport=transport, trust_env=False)
    return fetching.client(allow_loopback=settings().allow_loopback)


def now() -> Any:
    """The clock that whole pieces of work are given, so that a test can hold it still."""
    return overrides.get("now", clock.now)
