"""What a platform sends to an app's webhook, as Meta sends it: signed over the bytes that go.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class Telling:
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Outbox:
    """What is to be sent once the act that it tells of is done."""

    waiting: list[Telling]

    def put(self, url: str, told: Any, *, secret: str) -> None:
        if url:
            body = json.dumps(told).encode()
            self.waiting.append(Telling(url, body, signed(body, secret=secret)))

    def take(self) -> list[Telling]:
        taken, self.waiting = self.waiting, []
        return taken


def signed(body: bytes, *, secret: str) -> Mapping[str, str]:
    """The header that says who sent it."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}


async def tell(telling: Telling) -> int:
    """How it was answered; 0 where nobody did."""
    headers = {"content-type": "application/json", **telling.headers}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            answer = await http.post(telling.url, content=telling.body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0
    return answer.status_code
