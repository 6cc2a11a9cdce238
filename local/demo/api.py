"""Our own HTTP API, called as any program would call it."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

DEADLINE = timedelta(seconds=60)
TOO_BUSY = {429, 503}  # what API Gateway says while all of an account's Lambdas are at work


class Refused(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        rules = [f"{each['field']}: {each['rule']}" for each in problem.get("errors", [])]
        said = problem.get("detail") or problem.get("title") or ""
        super().__init__(" ".join([f"the API answered {status}:", said, *rules]))
        self.status = status
        self.problem = problem


class Api:
    def __init__(
        self, address: str, *, key: str | None = None, workspace: str | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= {"Tellal-Workspace": workspace} if workspace else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)

    def get(self, path: str, **query: str) -> Any:
        return _held(self._call("GET", path, params=query))

    def text(self, path: str, **query: str) -> str:
        return self._call("GET", path, params=query).text

    def post(self, path: str, **body: Any) -> Any:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return _held(self._call("POST", path, json=body, headers=key))

    def post_csv(self, path: str, text: str, **query: str) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "text/csv"}
        return _held(self._call("POST", path, content=text.encode(), headers=headers, params=query))

    def patch(self, path: str, **body: Any) -> Any:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return _held(self._call("PATCH", path, json=body, headers=key))

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        for wait in (0.5, 1, 2, 4):  # every POST carries its key: asking again is safe
            response = self._http.request(method, path, **request)
            if response.status_code not in TOO_BUSY:
                break
            time.sleep(wait)
        if response.is_error:
            raise Refused(response.status_code, _held(response))
        return response


def _held(response: httpx.Response) -> Any:
    return response.json() if response.content else {"detail": response.reason_phrase}


def until[T](look: Callable[[], T | None], *, deadline: timedelta = DEADLINE) -> T | None:
    """Look again and again until there is something to see; None if there never was."""
    ends = time.monotonic() + deadline.total_seconds()
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.2)
    return None
