"""What a short link costs: how long a cold redirect takes to import, and what it asks of AWS.

The import is a whole fresh process, beside one of a handler that does nothing, in the same rounds:
whoever clicks waits for what is between them. The calls are those of a warm redirect, counted at
the doors of DynamoDB and Lambda, as an HTTP proxy would see them.
"""

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bench.figures import Figures
from bench.ground import connect, ground_held_still
from bench.runtime import CONTEXT, Runtime, event
from functions.follow_link.handler import handler, redirects
from tellal import clock, ids, wiring
from tellal.channels import Channel
from tellal.links import Link, code_of

ROUNDS = 9
HIGHEST_RATIO = 5.0  # a handler with boto3's two clients takes ten times and more
MOST_CALLS = {"dynamodb.GetItem": 1, "lambda.Invoke": 1}
NOTHING = "def handler(event, context):\n    return {}\n"


def measure(*, rounds: int = ROUNDS) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        took = _imports(Path(folder), rounds)
    calls = _calls()
    floor, ours = took["nothing"], took["follow_link"]
    ratio = ours / floor
    asked = ", ".join(f"{name} {number}" for name, number in sorted(calls.items()))
    missed = [f"its process takes {ratio:.1f} times one that does nothing, above {HIGHEST_RATIO}"]
    return Figures(
        title=f"One redirect (medians of {rounds} whole processes)",
        head=("handler", "import ms", "× nothing", "AWS calls"),
        rows=[
            ("does nothing", f"{floor:.0f}", "1.0", ""),
            ("follow_link", f"{ours:.0f}", f"{ratio:.1f}", asked),
        ],
        values={
            "import_ms": round(ours),
            "floor_ms": round(floor),
            "ratio": round(ratio, 2),
            "aws_calls": dict(calls),
        },
        missed=[
            *(missed if ratio > HIGHEST_RATIO else []),
            *([f"it calls AWS otherwise than once each: {asked}"] if calls != MOST_CALLS else []),
        ],
    )


def _imports(folder: Path, rounds: int) -> dict[str, float]:
    """Medians in ms. Interleaved, so that whatever else this machine does slows both alike."""
    runtime = Runtime.make(folder)
    (folder / "handler.py").write_text(NOTHING)
    taken: dict[str, list[float]] = {"nothing": [], "follow_link": []}
    for number in range(rounds + 1):
        idle = runtime.run(f"sys.path.insert(0, {str(folder)!r}); import handler")
        ours = runtime.run("import handler", function="follow_link")
        if number > 0:  # the first time leaves the bytecode behind
            taken["nothing"].append(idle)
            taken["follow_link"].append(ours)
    return {name: median(each) for name, each in taken.items()}


def _calls() -> Counter[str]:
    with ground_held_still() as on:
        link = _stored_link(connect(on))
        asked = event("follow_link/a_click")
        asked["pathParameters"]["code"] = link.code
        with _doors(on.aws.endpoint) as (address, calls):
            os.environ["AWS_ENDPOINT_URL"] = address  # until the ground is left
            for _ in range(2):
                calls.clear()  # the second one is warm
                reply = handler(asked, CONTEXT)
                assert reply["headers"]["location"] == link.target, reply
            redirects().close()
        return Counter(calls)


def _stored_link(channel: Channel) -> Link:
    delivery_id, target = ids.new("dlv", now=clock.now()), "https://example.com/bread"
    made = Link(
        code=code_of(delivery_id, target),
        workspace_id=channel.workspace_id,
        target=target,
        zone="Europe/Istanbul",
        delivery_id=delivery_id,
        post_id="post_bench",
        channel_id=channel.channel_id,
        platform=channel.platform,
        created_at=clock.now(),
    )
    return wiring.links().create(made)


@contextmanager
def _doors(endpoint: str) -> Iterator[tuple[str, Counter[str]]]:
    """Passes requests on to the local AWS, and counts them by what they ask for."""
    calls: Counter[str] = Counter()
    behind = urlsplit(endpoint).netloc

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            target = self.headers.get("X-Amz-Target", "")
            calls[f"dynamodb.{target.rpartition('.')[2]}" if target else "lambda.Invoke"] += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            onward = HTTPConnection(behind, timeout=30)
            onward.request("POST", self.path, body, dict(self.headers))
            with onward.getresponse() as answer:
                data = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            onward.close()

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", calls
        finally:
            server.shutdown()
            thread.join()
