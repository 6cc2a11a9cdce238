"""How a route is stated: its address, the permission it needs, its place in the document.

The order in which a request is looked at is the same for all: may they, can it be read, does it
fit the route, was it done before. Nobody without a key learns what a route would accept.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
)
from pydantic import BaseModel

from tellal.access.permissions import Permission
from tellal.api import idempotency
from tellal.api.asking import Asked, ask, sent
from tellal.api.problems import NotAsked
from tellal.errors import AlreadyChanged

MOST_BYTES = 1024 * 1024
JSON = "application/json"
TITLES = {JSON: "JSON", "text/csv": "CSV"}

Middleware = Callable[[APIGatewayHttpResolver, NextMiddleware], Any]


@dataclass(frozen=True, kw_only=True)
class Route:
    method: str
    path: str
    needs: Permission | None  # None: for everybody
    status: int
    again: int | None  # where there was nothing to make any more
    summary: str
    tag: str
    in_document: bool
    reads: str | None  # the type of its body; what is not JSON it reads by itself, None: any
    work: Callable[..., Any]

    def register(self, app: APIGatewayHttpResolver) -> None:
        answer: dict[str, Any] = {"description": "Done"}
        if self.status == 204:
            answer["content"] = {}
        app.route(
            self.path,
            self.method,
            summary=self.summary,
            description=inspect.getdoc(self.work),
            responses={self.status: answer, self.again or self.status: answer},  # type: ignore[dict-item]  # its TypedDict wants all
            tags=[self.tag],
            operation_id=self.work.__name__,
            include_in_schema=self.in_document,
            openapi_extensions=self._extensions(),
            status_code=self.status,
            middlewares=[
                _authorised(self.needs),
                _readable(self.reads),
                OpenAPIRequestValidationMiddleware(),  # type: ignore[no-untyped-call]  # Powertools'
                _once,
                _as_json,
            ],
        )(self.work)

    def _extensions(self) -> dict[str, Any] | None:
        public: dict[str, Any] = {"security": []} if self.needs is None else {}
        if self.reads == JSON:
            return public or None
        kind = "string" if self.reads else "object"
        content = {self.reads or JSON: {"schema": {"type": kind}}}
        return {**public, "requestBody": {"required": True, "content": content}}


@dataclass(frozen=True)
class Routes:
    """The routes of one resource."""

    tag: str
    all: list[Route] = field(default_factory=list)

    def __call__[Work: Callable[..., Any]](
        self,
        method: str,
        path: str,
        *,
        needs: Permission | None,
        summary: str,
        status: int = 200,
        again: int | None = None,
        in_document: bool = True,
        reads: str | None = JSON,
    ) -> Callable[[Work], Work]:
        def state(work: Work) -> Work:
            self.all.append(
                Route(
                    method=method,
                    path=path,
                    needs=needs,
                    status=status,
                    again=again,
                    summary=summary,
                    tag=self.tag,
                    in_document=in_document,
                    reads=reads,
                    work=work,
                )
            )
            return work

        return state


def _authorised(needs: Permission | None) -> Middleware:
    def authorise(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Any:
        app.context["asked"] = ask(app.current_event, needs)
        return next_middleware(app)

    return authorise


def _readable(reads: str | None) -> Middleware:
    def read(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Any:
        event = app.current_event
        if event.body:
            if reads is not None:
                _check_type(event.headers.get("content-type") or JSON, reads)
            try:
                if len(sent(event)) > MOST_BYTES:
                    raise NotAsked(413, f"A request has at most {MOST_BYTES} bytes.")
                if reads == JSON:
                    _ = event.json_body  # read once, and kept
            except (ValueError, RecursionError):
                raise NotAsked(400, "The request's body is not JSON.") from None
        return next_middleware(app)

    return read


def _check_type(named: str, reads: str) -> None:
    if named.partition(";")[0].strip().lower() != reads:
        raise NotAsked(415, f"Send {TITLES[reads]}, with Content-Type: {reads}.")


def _once(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Any:
    asked: Asked = app.context["asked"]
    if asked.once is None:
        return next_middleware(app)
    if answered := idempotency.replayed(asked.once, now=asked.now):
        return answered
    try:
        return next_middleware(app)
    except AlreadyChanged:  # perhaps by the very same request, on another connection
        if answered := idempotency.replayed(asked.once, now=asked.now):
            return answered
        raise


def _as_json(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Any:
    """Our models are what the document says; they need no second look, only a spelling."""
    answer: Response[Any] = next_middleware(app)
    if isinstance(answer.body, BaseModel):
        answer.body = answer.body.model_dump_json()
        answer.headers["Cache-Control"] = "no-store"
    return answer
