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
        return self._call("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return self._call("POST", path, json=body, headers=key)

    def patch(self, path: str, **body: Any) -> Any:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return self._call("PATCH", path, json=body, headers=key)

    def _call(self, method: str, path: str, **request: Any) -> Any:
        for wait in (0.5, 1, 2, 4):  # every POST carries its key: asking again is safe
            response = self._http.request(method, path, **request)
            if response.status_code not in TOO_BUSY:
                break
            time.sleep(wait)
        held = response.json() if response.content else {"detail": response.reason_phrase}
        if response.is_error:
            raise Refused(response.status_code, held)
        return held


def until[T](look: Callable[[], T | None], *, deadline: timedelta = DEADLINE) -> T | None:
    """Look again and again until there is something to see; None if there never was."""
    ends = time.monotonic() + deadline.total_seconds()
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.2)
    return None
