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
from tellal.api.asking import Asked, ask
from tellal.api.problems import NotAsked
from tellal.errors import AlreadyChanged

MOST_BYTES = 1024 * 1024

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
            openapi_extensions={"security": []} if self.needs is None else None,
            status_code=self.status,
            middlewares=[
                _authorised(self.needs),
                _readable,
                OpenAPIRequestValidationMiddleware(),  # type: ignore[no-untyped-call]  # Powertools'
                _once,
                _as_json,
            ],
        )(self.work)


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


def _readable(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Any:
    event = app.current_event
    if event.body:
        content_type = event.headers.get("content-type") or "application/json"
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise NotAsked(415, "Send JSON, with Content-Type: application/json.")
        try:
            if len((event.decoded_body or "").encode()) > MOST_BYTES:
                raise NotAsked(413, f"A request has at most {MOST_BYTES} bytes.")
            _ = event.json_body  # read once, and kept
        except (ValueError, RecursionError):
            raise NotAsked(400, "The request's body is not JSON.") from None
    return next_middleware(app)


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
