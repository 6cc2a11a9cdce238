"""What can go wrong between us and a platform, on order.

A rule says which requests (method, path pattern), which of them (`nth`, or the first `times`) and
what happens: `POST /_sandbox/faults` with a list of rules. Rules are asked in the order given; the
first whose turn it is decides. Paths under `/_sandbox` never fail.
"""

import asyncio
import json
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str = "*"
    path: str = "*"  # as a shell would match it: /xrpc/com.atproto.repo.*
    nth: int | None = None  # this one only, counted from 1 when the rule is set
    times: int | None = None  # the first so many; neither: the next one
    after: int = 0  # so many are let through before any is counted
    fault: Literal[
        "drop_after",  # act, then close the connection without an answer
        "fail_before",  # 500, not acted
        "fail_after",  # act, then answer 500
        "status",  # answer status, headers and body as given, not acted
        "hang",  # wait for `seconds`, then act and answer, even to a client who has left
        "cut_request",  # close the connection while the request comes, not acted
        "stall",  # act, answer half, and then nothing for `seconds`
    ]
    status: int = 500
    headers: dict[str, str] = {}
    body: Any = ""
    seconds: float = 30

    @model_validator(mode="after")
    def _says_which_once(self) -> Self:
        if self.nth is not None and self.times is not None:
            raise ValueError("give nth or times, not both")
        return self

    def answer(self) -> Response:
        if self.fault != "status":
            return Response("Internal Server Error", 500, media_type="text/plain")
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        kind = "text/plain" if isinstance(self.body, str) else "application/json"
        return Response(text, self.status, media_type=kind, headers=self.headers)


class Faults:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._rules: list[Rule] = []
        self._seen: list[int] = []  # requests each rule has matched so far

    def add(self, rules: list[Rule]) -> None:
        self._rules += rules
        self._seen += [0] * len(rules)

    def pending(self) -> list[dict[str, Any]]:
        """The rules whose turn may still come."""
        return [
            rule.model_dump()
            for rule, seen in zip(self._rules, self._seen, strict=True)
            if seen < rule.after + (rule.nth or rule.times or 1)
        ]

    def clear(self) -> None:
        self._rules, self._seen = [], []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = self._due(scope) if scope["type"] == "http" else None
        if rule is None:
            await self._app(scope, receive, send)
            return
        scope["state"]["fault"] = rule.fault
        if rule.fault == "cut_request":
            await _hang_up(scope, receive)
            return
        # The whole request has arrived, whatever becomes of the client.
        receive_again = _replay(await _read_body(receive), receive)
        match rule.fault:
            case "hang":
                await asyncio.sleep(rule.seconds)
                await self._app(scope, receive_again, send)
            case "fail_after":
                await self._app(scope, receive_again, _discard)
                await rule.answer()(scope, receive, send)
            case "drop_after":
                await self._app(scope, receive_again, _discard)
                await _hang_up(scope, receive)
            case "stall":
                await self._app(scope, receive_again, _half(send))
                await asyncio.sleep(rule.seconds)
                await _hang_up(scope, receive)
            case "fail_before" | "status":
                await rule.answer()(scope, receive, send)

    def _due(self, scope: Scope) -> Rule | None:
        if scope["path"].startswith("/_sandbox"):
            return None
        due = None
        for index, rule in enumerate(self._rules):
            if rule.method not in ("*", scope["method"]):
                continue
            if not fnmatchcase(scope["path"], rule.path):
                continue
            self._seen[index] += 1
            seen = self._seen[index] - rule.after
            its_turn = seen == rule.nth if rule.nth else 0 < seen <= (rule.times or 1)
            if its_turn and due is None:
                due = rule
        return due


async def _read_body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["state"]["transport"].close()
    while (await receive())["type"] != "http.disconnect":
        pass  # what of the request had come before


def _half(send: Send) -> Send:
    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return send_half


async def _discard(_message: Message) -> None:
    """Where the answer of a request goes that will not be answered so."""
