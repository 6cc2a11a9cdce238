"""Runs a sandbox: from the command line until it is stopped, or in a thread for as long as a test.

With a state file, what was published survives a restart: it is read at the start, and written
within a second of a change and at the end, whole or not at all.
"""

import asyncio
import errno
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.sandboxes.answers import Refusal, answer_no_such_route, answer_refusal
from local.sandboxes.bluesky.server import Bluesky
from local.sandboxes.clock import Clock
from local.sandboxes.control import ControlSurface
from local.sandboxes.control_client import Control
from local.sandboxes.facebook.server import Facebook
from local.sandboxes.faults import Faults
from local.sandboxes.instagram.server import Instagram
from local.sandboxes.journal import Journal
from local.sandboxes.linkedin.server import LinkedIn
from local.sandboxes.mastodon.server import Mastodon
from local.sandboxes.pages import Pages
from local.sandboxes.platform import Platform
from local.sandboxes.telegram.server import Telegram
from local.sandboxes.threads.server import Threads
from local.sandboxes.tiktok.server import TikTok
from local.sandboxes.x.server import X
from local.sandboxes.youtube.server import YouTube

HOST = "127.0.0.1"
PLATFORMS: dict[str, type[Platform]] = {
    "mastodon": Mastodon,
    "bluesky": Bluesky,
    "facebook": Facebook,
    "instagram": Instagram,
    "linkedin": LinkedIn,
    "x": X,
    "youtube": YouTube,
    "tiktok": TikTok,
    "threads": Threads,
    "telegram": Telegram,
}


class PortInUse(Exception):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on {HOST} is in use: stop what listens there, or name another."
        )


class StateUnreadable(Exception):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was not written by this sandbox: delete it, or name another.")


@dataclass(frozen=True)
class Sandbox:
    name: str
    url: str
    control: Control
    clock: Clock  # its own; who runs it in their process may move it without a request

    @property
    def hosts(self) -> dict[str, str]:
        """What a deployment is told, so that the platform's adapter comes here."""
        return PLATFORMS[self.name].hosts(self.url)


@contextmanager
def running(name: str, *, port: int = 0, state: Path | None = None) -> Iterator[Sandbox]:
    """A sandbox in a thread of this process, on a free port unless one is given."""
    with _listen(port) as listener:
        url, clock = _address(listener), Clock()
        server = _server(build(name, url=url, state=state, clock=clock))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name=name)
        thread.start()
        control = Control(url)
        try:
            yield Sandbox(name, url, control, clock)
        finally:
            control.close()
            server.should_exit = True
            thread.join()


def serve(name: str, *, port: int, state: Path | None) -> None:
    """Serves until the process is told to stop."""
    with _listen(port) as listener:
        url = _address(listener)
        print(f"{name} sandbox: {url}  (steer it: {url}/_sandbox)", flush=True)
        with suppress(KeyboardInterrupt):
            _server(build(name, url=url, state=state)).run(sockets=[listener])


def build(name: str, *, url: str, state: Path | None = None, clock: Clock | None = None) -> ASGIApp:
    clock = clock or Clock()
    make: Callable[..., Platform] = PLATFORMS[name]
    platform = make(url=url, clock=clock)
    if state and state.exists():
        _load(platform, state)
    pages = Pages(platform)
    app = Starlette(
        exception_handlers={Refusal: answer_refusal, HTTPException: answer_no_such_route},
        lifespan=lambda _app: _kept(platform, journal, state),
    )
    faults = Faults(app)
    journal: Journal = Journal(faults, clock=clock)
    control = ControlSurface(platform=platform, faults=faults, journal=journal, clock=clock)
    app.router.routes += [*control.routes(), *platform.routes(), *pages.routes()]
    return journal


class _ClosableProtocol(H11Protocol):
    """Hands each connection's transport to the app, so that a fault can close it unanswered."""

    @override
    def connection_made(self, transport: Any) -> None:
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


def _server(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=_ClosableProtocol,
        ws="none",
        lifespan="on",
        log_level="error",
        date_header=False,  # the journal's is by the sandbox's clock
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle's delay off (40 ms an answer) only where the protocol is spelled out.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1024)  # from here on clients wait instead of being refused
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(port) from None
        raise
    return listener


def _address(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


@asynccontextmanager
async def _kept(platform: Platform, journal: Journal, path: Path | None) -> AsyncIterator[None]:
    if path is None:
        yield
        return
    saving = asyncio.create_task(_save_changes(platform, journal, path))
    try:
        yield
    finally:
        saving.cancel()
        _save(platform, path)


async def _save_changes(platform: Platform, journal: Journal, path: Path) -> None:
    saved = journal.writes
    while True:
        await asyncio.sleep(1)
        if journal.writes != saved:
            saved = journal.writes
            _save(platform, path)


def _load(platform: Platform, path: Path) -> None:
    try:
        platform.state = type(platform.state).model_validate_json(path.read_bytes())
    except ValidationError:
        raise StateUnreadable(path) from None


def _save(platform: Platform, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(platform.state.model_dump_json(), encoding="utf-8")
    unfinished.replace(path)
