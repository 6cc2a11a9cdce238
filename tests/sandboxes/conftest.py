"""A sandbox of each platform for all these tests, empty again before each, and an account on it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from PIL import Image

from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox, running


@dataclass(frozen=True)
class Client:
    """An account of the sandbox, as a program uses it."""

    http: httpx.Client  # with the account's token
    control: Control
    url: str
    id: str  # account id, or DID
    name: str  # username, or handle
    secret: str  # access token, or app password

    def post(self, path: str, **request: Any) -> httpx.Response:
        return self.http.post(path, **request)

    def get(self, path: str, **request: Any) -> httpx.Response:
        return self.http.get(path, **request)


@pytest.fixture(scope="session")
def mastodon_sandbox() -> Iterator[Sandbox]:
    with running("mastodon") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def bluesky_sandbox() -> Iterator[Sandbox]:
    with running("bluesky") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def youtube_sandbox() -> Iterator[Sandbox]:
    with running("youtube") as sandbox:
        yield sandbox


@pytest.fixture
def mastodon(mastodon_sandbox: Sandbox) -> Iterator[Client]:
    control = mastodon_sandbox.control
    control.reset()
    account = control.create_account("bakery")
    token = account["access_token"]
    with _http(mastodon_sandbox.url, token) as http:
        yield Client(http, control, mastodon_sandbox.url, account["id"], "bakery", token)


@pytest.fixture
def bluesky(bluesky_sandbox: Sandbox) -> Iterator[Client]:
    control = bluesky_sandbox.control
    control.reset()
    account = control.create_account("bakery")
    did, handle, password = account["did"], account["handle"], account["app_password"]
    credentials = {"identifier": handle, "password": password}
    url = f"{bluesky_sandbox.url}/xrpc/com.atproto.server.createSession"
    session = httpx.post(url, json=credentials, trust_env=False).json()
    with _http(f"{bluesky_sandbox.url}/xrpc", session["accessJwt"]) as http:
        yield Client(http, control, bluesky_sandbox.url, did, handle, password)


@pytest.fixture
def youtube(youtube_sandbox: Sandbox) -> Iterator[Client]:
    control = youtube_sandbox.control
    control.reset()
    account = control.create_account("bakery")
    token = account["access_token"]
    with _http(youtube_sandbox.url, token) as http:
        yield Client(http, control, youtube_sandbox.url, account["id"], account["handle"], token)


@pytest.fixture(scope="session")
def x_sandbox() -> Iterator[Sandbox]:
    with running("x") as sandbox:
        yield sandbox


@pytest.fixture
def x(x_sandbox: Sandbox) -> Iterator[Client]:
    control = x_sandbox.control
    control.reset()
    account = control.create_account("bakery", display_name="Acme Bakery")
    token = account["access_token"]
    with _http(x_sandbox.url, token) as http:
        yield Client(http, control, x_sandbox.url, account["id"], "bakery", token)


@pytest.fixture(scope="session")
def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "orange").save(data, "PNG")
    return data.getvalue()


def _http(base_url: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=base_url, headers=headers, trust_env=False)
