"""Every request a sandbox received: when, what, and how it was answered.

It writes no query, header or body down, so no token can be in it. It is the outermost layer: the
moment it stamps is the one `received_at` reports, before any fault, body or queue. Every answer
says when it was given, by the sandbox's clock, which tests move.
"""

from collections import OrderedDict
from dataclasses import asdict, dataclass, replace
from email.utils import format_datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.sandboxes.clock import Clock, spell

KEPT = 10_000


@dataclass(frozen=True)
class Entry:
    received_at: str
    method: str
    path: str
    status: int | None = None  # None: not answered, or not yet
    fault: str | None = None


class Journal:
    def __init__(self, app: ASGIApp, *, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._count = 0
        self.writes = 0  # requests that may have changed the state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received_at = self._clock.now()
        scope.setdefault("state", {})["received_at"] = received_at
        if scope["method"] != "GET":
            self.writes += 1
        if scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        number = self._open(Entry(spell(received_at), scope["method"], scope["path"]))

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(number, status=message["status"])
                date = format_datetime(self._clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date)]}
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._note(number, fault=scope["state"].get("fault"))

    def entries(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._entries.values()]

    def clear(self) -> None:
        self._entries.clear()

    def _open(self, entry: Entry) -> int:
        self._count += 1
        self._entries[self._count] = entry
        if len(self._entries) > KEPT:
            self._entries.popitem(last=False)
        return self._count

    def _note(self, number: int, **changes: Any) -> None:
        if entry := self._entries.get(number):
            self._entries[number] = replace(entry, **changes)
