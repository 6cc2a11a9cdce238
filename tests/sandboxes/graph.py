"""A program's account on a sandbox of Meta's, and files that such a sandbox can fetch."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox
from tests.platforms.sample import PICTURE
from tests.platforms.served import Served, served


@dataclass(frozen=True)
class Program:
    http: httpx.Client  # with the account's token, below the API's version
    control: Control
    url: str
    id: str
    token: str
    files: Served

    def post(self, path: str, **form: Any) -> httpx.Response:
        return self.http.post(path, data=form)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params)

    def make(self, edge: str, **form: Any) -> str:
        made = self.post(f"/{self.id}/{edge}", **form)
        assert made.status_code == 200, made.text
        id_: str = made.json()["id"]
        return id_

    def image(self, kind: str = "JPEG", size: tuple[int, int] = (40, 40)) -> str:
        data = io.BytesIO()
        Image.new("RGB", size, "orange").save(data, kind)
        return self.files.link_to(data.getvalue(), "image/any", of=PICTURE)

    def file(self, data: bytes) -> str:
        return self.files.link_to(data, "any/thing", of=PICTURE)


@contextmanager
def program(sandbox: Sandbox, version: str) -> Iterator[Program]:
    control = sandbox.control
    control.reset()
    account = control.create_account("bakery")
    token = account["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with (
        served() as files,
        httpx.Client(base_url=sandbox.url + version, headers=headers, trust_env=False) as http,
    ):
        yield Program(http, control, sandbox.url, account["id"], token, files)


def error_of(response: httpx.Response) -> tuple[int, int | None]:
    """The code and the subcode of a refusal."""
    assert response.status_code >= 400, response.text
    error = response.json()["error"]
    return error["code"], error.get("error_subcode")
