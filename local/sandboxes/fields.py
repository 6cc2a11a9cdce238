"""What a request's body says, read as Rails reads it: JSON, a form or a multipart form.

A list is a list only as JSON's or as `name[]`; a scalar where a list belongs is ignored, and a list
where a scalar belongs. Adapters that spell them otherwise lose them here as they would there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from local.sandboxes.answers import Refusal


@dataclass(frozen=True)
class Upload:
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Fields:
    values: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None or isinstance(value, list | dict) else str(value)

    def texts(self, name: str) -> list[str]:
        value = self.values.get(name)
        return [str(item) for item in value] if isinstance(value, list) else []

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "1", "on", "t"}


def fields_of_pairs(pairs: list[tuple[str, str]]) -> Fields:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            values.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            values[name] = value
    return Fields(values)


def query_fields(request: Request) -> Fields:
    return fields_of_pairs(parse_qsl(request.url.query, keep_blank_values=True))


async def read_fields(request: Request) -> Fields:
    content_type = Message()
    content_type["content-type"] = request.headers.get("content-type", "")
    body = await request.body()
    match content_type.get_content_type():
        case "application/json":
            return _json_fields(body)
        case "multipart/form-data":
            return _multipart_fields(body, str(content_type.get_param("boundary", "")))
        case _:
            return fields_of_pairs(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _json_fields(body: bytes) -> Fields:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise Refusal(400, {"error": "Error occurred while parsing request parameters"}) from None
    return Fields(values if isinstance(values, dict) else {})


def _multipart_fields(body: bytes, boundary: str) -> Fields:
    pairs: list[tuple[str, str]] = []
    uploads: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if part.startswith(b"--"):
            break
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = message_from_bytes(head + b"\r\n\r\n")
        name = str(headers.get_param("name", "", header="content-disposition"))
        if headers.get_filename() is None:
            pairs.append((name, data.decode(errors="replace")))
        else:
            uploads[name] = Upload(headers.get("content-type", ""), data)
    return Fields(fields_of_pairs(pairs).values, uploads)
