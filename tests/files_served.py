"""A server of files for platforms that fetch them: what lies at which path, as it is filled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Files:
    url: str
    lying: dict[str, bytes] = field(default_factory=dict)  # by path


@contextmanager
def files_served() -> Iterator[Files]:
    """A path that is not there leads elsewhere: to /there.jpg."""
    lying: dict[str, bytes] = {}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = lying.get(self.path.partition("?")[0])
            self.send_response(302 if data is None else 200)
            self.send_header("Location", "/there.jpg")
            self.send_header("Content-Type", "image/jpeg")
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Files(f"http://127.0.0.1:{server.server_port}", lying)
        finally:
            server.shutdown()
            thread.join()
