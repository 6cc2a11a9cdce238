"""Calling the API as API Gateway does: a whole event into the handler, its response out."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from functions.api.handler import handler
from tellal import wiring
from tellal.access import keys
from tellal.access.permissions import Role
from tests.conftest import TEN


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def broken(self) -> dict[str, str]:
        """A problem's broken rules, by field."""
        return {each["field"]: each["rule"] for each in self.json["errors"]}


@dataclass(frozen=True)
class Call:
    """`call("POST", "/posts", body={…}, key=token)`."""

    event: Mapping[str, Any]  # the sample
    context: Any

    def __call__(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """`body` is sent as JSON; a text as it is."""
        event = json.loads(json.dumps(self.event))
        event |= {"rawPath": path, "rawQueryString": urlencode(query or {}), "body": None}
        event["queryStringParameters"] = dict(query or {})
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["headers"] = {"content-type": "application/json", "accept-encoding": "gzip"}
        if key is not None:
            event["headers"]["authorization"] = f"Bearer {key}"
        event["headers"] |= {name.lower(): value for name, value in (headers or {}).items()}
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return _read(handler(event, self.context))


def _read(response: dict[str, Any]) -> Reply:
    text = response["body"] or ""
    if response["isBase64Encoded"]:
        text = gzip.decompress(base64.b64decode(text)).decode()
    return Reply(response["statusCode"], response["headers"], text)


def key_of(workspace_id: str | None, role: Role) -> str:
    """A key's token, made behind the API's back."""
    token: SecretStr = keys.new_token()
    made = keys.make(token, name=role, role=role, workspace_id=workspace_id, now=TEN)
    wiring.access().create(made)
    return token.get_secret_value()
