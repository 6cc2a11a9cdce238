"""The Facebook sandbox: pages that say who they are to whoever holds their token.

Nothing is published to Facebook yet. Its comments come by webhook, which the demo and the smoke
test make and sign here and send themselves. https://developers.facebook.com/docs/graph-api/reference/page
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.platform import Act, NewAccount, PublicPost

INVALID_TOKEN = {
    "error": {
        "message": "Invalid OAuth access token - Cannot parse access token",
        "type": "OAuthException",
        "code": 190,
        "fbtrace_id": "A0",
    }
}


class Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str


class Settings(BaseModel):
    """Nothing to change yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(BaseModel):
    settings: Settings = Settings()
    pages: dict[str, Page] = {}  # by token


class Facebook:
    name = "facebook"
    permalink = "/{page}/posts/{id}"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self.state = State()

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"graph": f"{url}/v25.0"}

    def routes(self) -> list[BaseRoute]:
        return [Route("/v25.0/{id}", self._read_page)]

    def forget_limits(self) -> None:
        """Nothing is counted."""

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """A page, named by its id, and a token for it."""
        token = f"EAAG{secrets.token_hex(24)}"
        self.state.pages[token] = Page(id=wanted.name, name=wanted.display_name or wanted.name)
        return {"id": wanted.name, "access_token": token}

    def act(self, act: Act) -> dict[str, Any]:
        raise Refusal(501, {"error": "people on Facebook are heard by webhook: send one"})

    def public_posts(self) -> list[PublicPost]:
        return []

    def post_at(self, path: dict[str, str]) -> str | None:
        return None

    async def _read_page(self, request: Request) -> JSONResponse:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        page = self.state.pages.get(token)
        if page is None:
            raise Refusal(401, INVALID_TOKEN)
        if request.path_params["id"] not in (page.id, "me"):
            raise Refusal(400, {"error": {**INVALID_TOKEN["error"], "code": 100}})
        facts = {"id": page.id, "name": page.name, "link": f"{self._url}/{page.id}"}
        asked = request.query_params.get("fields", "id,name").split(",")
        return JSONResponse({name: facts[name] for name in asked if name in facts})


def comment(words: str, *, page: str, person: str) -> bytes:
    """The body of a webhook: somebody comments on a post of the page, now."""
    now = time.time_ns()
    seconds = now // 1_000_000_000
    value = {
        "from": {"id": person, "name": person.title()},
        "item": "comment",
        "verb": "add",
        "comment_id": f"111_{now}",
        "post_id": f"{page}_111",
        "parent_id": f"{page}_111",
        "message": words,
        "created_time": seconds,
    }
    change = {"id": page, "time": seconds, "changes": [{"field": "feed", "value": value}]}
    return json.dumps({"object": "page", "entry": [change]}).encode()


def signed(body: bytes, *, secret: str) -> Mapping[str, str]:
    """The header that says who sent it."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}
