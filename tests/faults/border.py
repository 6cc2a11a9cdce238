"""The border of a worker: all its calls to AWS, to platforms and to queues go through here.

At each call, once before and once after it, something may happen: the worker is killed, or
others work in between. A killed worker is gone in that instant: `Killed` is no Exception, so
nothing of ours can answer it, and whatever the worker still calls is refused.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import httpx

READING = ("Get", "BatchGet", "Query", "Scan", "Decrypt")


class Killed(BaseException):
    pass


@dataclass(frozen=True)
class Point:
    """A place in a schedule: its so-and-so-manieth outward call, before or after it is made."""

    number: int
    call: str
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} call {self.number} ({self.call})"


@dataclass
class _Worker:
    dead: bool = False


@dataclass
class Border:
    calls: list[str] = field(default_factory=list)
    last: set[int] = field(default_factory=set)  # which of them were a worker's last
    writes: int = 0  # whoever made them
    happens: Callable[[Point], None] = lambda _: None  # may raise Killed
    takes_time: Callable[[], None] = lambda: None
    _workers: list[_Worker | None] = field(default_factory=list)

    def forget(self) -> None:
        self.calls, self.last = [], set()
        self.happens = lambda _: None

    @contextmanager
    def worker(self) -> Iterator[None]:
        """What is called in here is one worker's. It may end in the middle."""
        self._workers.append(_Worker())
        try:
            yield
        except Killed:
            return
        finally:
            self._workers.pop()
            self.last.add(len(self.calls) - 1)

    def places(self) -> Iterator[Point]:
        """Where a worker may die on the way that was just gone: before and after each call.

        After one call is before the worker's next: nothing leaves it in between.
        """
        for number, name in enumerate(self.calls):
            yield Point(number, name, after=False)
            if number in self.last:
                yield Point(number, name, after=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is called in here is no worker's: the test looks, or the world moves."""
        self._workers.append(None)
        try:
            yield
        finally:
            self._workers.pop()

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        point = self.before(name)
        yield
        self.after(point)

    def before(self, name: str) -> Point | None:
        worker = self._workers[-1] if self._workers else None
        if worker is None:
            return None
        if worker.dead:
            raise Killed
        point = Point(len(self.calls), name, after=False)
        self.calls.append(name)
        self.takes_time()
        self._visit(worker, point)
        return point

    def after(self, point: Point | None) -> None:
        worker = self._workers[-1] if self._workers else None
        if worker is not None and point is not None:
            self._visit(worker, Point(point.number, point.call, after=True))

    def _visit(self, worker: _Worker, point: Point) -> None:
        try:
            self.happens(point)
        except Killed:
            worker.dead = True
            raise

    def watch(self, client: Any) -> None:
        """All calls of a boto3 client."""
        asked: list[Point | None] = []

        def before(model: Any, **_: Any) -> None:
            self.writes += not model.name.startswith(READING)
            asked.append(self.before(f"{model.service_model.service_name} {model.name}"))

        def after(**_: Any) -> None:
            self.after(asked.pop())

        client.meta.events.register("before-call", before)
        client.meta.events.register("after-call", after)


@dataclass
class Patience:
    """How long one request is waited for: the nth of those that are meant."""

    seconds: float
    method: str
    path: str  # as a shell would match it
    nth: int = 1
    seen: int = 0

    def ends_with(self, request: httpx.Request) -> bool:
        if request.method != self.method or not fnmatchcase(request.url.path, self.path):
            return False
        self.seen += 1
        return self.seen == self.nth


class Line(httpx.BaseTransport):
    """The way to the platforms. `patience` is for who does not answer."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._sockets = httpx.HTTPTransport(trust_env=False)
        self.patience: Patience | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = re.sub(r"\d{5,}", "*", request.url.path)  # ids differ from world to world
        point = self._border.before(f"{request.method} {path}")
        if self.patience is not None and self.patience.ends_with(request):
            kinds = ("connect", "read", "write", "pool")
            request.extensions["timeout"] = dict.fromkeys(kinds, self.patience.seconds)
        try:
            response = self._sockets.handle_request(request)
        except httpx.TransportError:  # the platform may have acted: one can die here, too
            self._border.after(point)
            raise
        try:
            self._border.after(point)
        except Killed:
            response.close()
            raise
        return response

    def close(self) -> None:
        self._sockets.close()
