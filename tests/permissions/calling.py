"""The API as programs call it: over HTTP, through its front door."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from local.aws.process import LocalAws


@dataclass(frozen=True)
class Api:
    aws: LocalAws
    key: str | None = None
    workspace_id: str | None = None

    def __call__(self, method: str, path: str, /, **body: Any) -> Any:
        sent = None if method in ("GET", "DELETE") else json.dumps(body).encode()
        return self.send(method, path, sent, {"Content-Type": "application/json"})

    def send(
        self, method: str, path: str, body: bytes | None, given: Mapping[str, str] | None = None
    ) -> Any:
        """Of any type, with headers of its own."""
        headers = dict(given or {})
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {"Tellal-Workspace": self.workspace_id} if self.workspace_id else {}
        headers |= {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        for _ in range(2 if method == "POST" else 1):  # the same again is answered the same
            answer = httpx.request(
                method,
                f"{self.aws.front}{path}",
                content=body,
                headers=headers,
                trust_env=False,
                timeout=30,
            )
            assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None
