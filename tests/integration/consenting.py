"""An account's owner with a browser, and the server that asks for consent."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
from pydantic import SecretStr

from local.sandboxes.serving import Sandbox, running
from tellal import ids, wiring
from tellal.channels import Workspace
from tellal.config import settings
from tellal.platforms import PLATFORMS
from tests.conftest import TEN, Clock
from tests.integration.api_calls import Call, Reply

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(frozen=True)
class Owner:
    """Whoever the account belongs to, with a browser."""

    call: Call
    admin: str
    sandbox: Sandbox

    @property
    def callback(self) -> str:
        return f"/oauth/{self.sandbox.name}/callback"

    def begin(self, **given: Any) -> Any:
        named = {"server": self.sandbox.url} if self.sandbox.name == "mastodon" else {}
        body = {"platform": self.sandbox.name, **named, **given}
        begun = self.call("POST", "/channels/connect", key=self.admin, body=body)
        assert begun.status == 201, begun.text
        return begun.json

    def allow(
        self, begun: Any, *, who: str = "bakery", scopes: str | None = None
    ) -> dict[str, str]:
        """Says yes on the server's page; returns what the server sends back with the browser."""
        page = httpx.get(begun["authorise_url"], trust_env=False)
        assert page.status_code == 200, page.text
        fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
        fields |= {"username": who} | ({"scope": scopes} if scopes else {})
        address = str(page.url.copy_with(query=None))
        sent_back = httpx.post(address, data=fields, trust_env=False)
        location = httpx.URL(sent_back.headers["location"])
        assert str(location.copy_with(query=None)) == f"{settings().api_url}{self.callback}"
        return dict(location.params)

    def come_back(self, query: Mapping[str, str], *, path: str | None = None) -> Reply:
        return self.call("GET", path or self.callback, query=query)

    def shown(self, begun: Any) -> Any:
        path = f"/channels/connections/{begun['connection_id']}"
        return self.call("GET", path, key=self.admin).json

    def connect(self, **allowing: Any) -> Any:
        """From beginning to end; the one channel that was connected."""
        begun = self.begin()
        assert self.come_back(self.allow(begun, **allowing)).status == 200
        [presence] = self.shown(begun)["presences"]
        return presence

    def asked(self, path: str) -> list[Any]:
        """The requests that came to the server at this address."""
        return [each for each in self.sandbox.control.requests() if each["path"] == path]


@contextmanager
def consenting(call: Call, admin: str, clock: Clock) -> Iterator[Owner]:
    """A server with one account, called over real sockets while our clock is held."""
    with running("mastodon") as sandbox, wiring.rewired(now=clock):
        sandbox.control.create_account("bakery", display_name="Acme Bakery")
        sandbox.control.forget_requests()
        yield Owner(call, admin, sandbox)
        wiring.http().close()


def another_workspace() -> Workspace:
    other = Workspace(workspace_id=ids.new("ws", now=TEN), name="Other", zone="UTC", created_at=TEN)
    return wiring.workspaces().create(other)


def token_of(channel_id: str) -> SecretStr:
    row = wiring.credentials().get(channel_id)
    assert row is not None
    opened: Any = wiring.credentials().open(row, PLATFORMS["mastodon"].Credentials)
    token: SecretStr = opened.access_token
    return token


def row_of(begun: Any) -> dict[str, Any]:
    [row] = [
        each
        for each in wiring.aws("dynamodb").scan(TableName=settings().tables["once"])["Items"]
        if each["once_key"]["S"] == f"connect#{begun['connection_id']}"
    ]
    return dict(row)
