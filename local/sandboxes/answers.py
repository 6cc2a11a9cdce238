"""What a sandbox answers when it refuses: a status and the platform's own body."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class Refusal(Exception):
    def __init__(self, status: int, body: Any, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


async def answer_refusal(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body, refusal.status, headers=refusal.headers)


async def answer_no_such_route(request: Request, error: Exception) -> JSONResponse:
    """Paths that no route knows: 404 or 405, and 501 for a method of the AT Protocol."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/xrpc/"):
        body = {"error": "MethodNotImplemented", "message": "Method Not Implemented"}
        return JSONResponse(body, 501)
    return JSONResponse({"error": error.detail}, error.status_code)
