"""Attached files that really lie somewhere: on this machine, for a sandbox to fetch."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override

from tellal.posts import AttachedMedia
from tests.platforms.sample import Media


class Served(Media):
    """`is_away`: an address leads nowhere. `instead`: what lies there in place of a film."""

    def __init__(self, at: str, files: dict[str, bytes]) -> None:
        self._at = at
        self._files = files
        self.links: list[str] = []
        self.is_away = False
        self.instead: bytes | None = None

    @override
    def link(self, media: AttachedMedia) -> str:
        return self._put(self.instead or self.read(media))

    @override
    def link_to(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> str:
        return self._put(data)

    def _put(self, data: bytes) -> str:
        path = f"/{len(self.links)}-{hashlib.sha256(data).hexdigest()[:8]}"
        if not self.is_away:
            self._files[path] = data
        self.links.append(f"{self._at}{path}")
        return self.links[-1]


@contextmanager
def served() -> Iterator[Served]:
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Served(f"http://127.0.0.1:{server.server_port}", files)
        server.shutdown()
        thread.join()
