"""Mastodon's API as its community describes it: do we ask for what there is?

The description is not ours to ship: it is read from where TELLAL_SPECS says, if it is there.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tellal.platforms.mastodon import Mastodon
from tellal.platforms.mastodon.server import STATED_AT
from tellal.platforms.protocol import Thread
from tellal.posts import Content, Poll
from tests.platforms.sample import FILM, KEY, Media, prepared
from tests.platforms.samples.mastodon import MASTODON
from tests.platforms.test_contract import OPERATIONS

ROOT = Path(__file__).parents[2]
SPEC = Path(os.environ.get("TELLAL_SPECS", ROOT.parent / "shared/specs")) / "mastodon_openapi.json"

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Mastodon's API description is not here")


@pytest.fixture(scope="module")
def spec() -> Any:
    return json.loads(SPEC.read_text())


CHOSEN = FILM.model_copy(
    update={
        "options": {
            "mastodon": {
                "visibility": "private",
                "sensitive": True,
                "spoiler_text": "Bread",
                "language": "tr",
            }
        }
    }
)
ASKING = Content(text="Which?", poll=Poll(options=("Rye", "Wheat"), minutes=60, multiple=True))


def all_we_ask() -> list[httpx.Request]:
    server = MASTODON.server()
    for ability, run in OPERATIONS.values():
        if isinstance(Mastodon, ability):
            run(MASTODON, server)
    adapter = MASTODON.adapter(server)
    adapter.read_inbox("1")
    for content in (MASTODON.content, CHOSEN, ASKING):
        part = adapter.render(content, MASTODON.channel)[0]
        part = prepared(adapter, part) if adapter.needs_preparing(part) else part
        adapter.commit(part, key=KEY, thread=Thread((MASTODON.remote,)), media=Media())
    return server.requests


EVERYTHING = all_we_ask()
ASKED = {f"{each.method} {each.url.path}": each for each in EVERYTHING}
STATUSES = [each for each in EVERYTHING if each.url.path == "/api/v1/statuses"]


def operation(spec: Any, request: httpx.Request) -> Any:
    for path, operations in spec["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
            return operations[request.method.lower()]
    raise AssertionError(f"{request.url.path} is not described")


def resolved(spec: Any, schema: Any) -> Any:
    return spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]


@pytest.mark.parametrize("asked", ASKED)
def test_what_we_ask_is_described_with_the_parameters_we_give(spec: Any, asked: str) -> None:
    described = operation(spec, ASKED[asked])
    known = {each["name"] for each in described.get("parameters", []) if "name" in each}
    assert {name.removesuffix("[]") for name in ASKED[asked].url.params} <= known


def all_of(spec: Any, schema: Any) -> dict[str, Any]:
    """The properties of a schema, and of all that it is made of."""
    whole = resolved(spec, schema) if "$ref" in schema else schema
    properties: dict[str, Any] = dict(whole.get("properties", {}))
    for part in whole.get("allOf", ()):
        properties |= all_of(spec, part)
    return properties


@pytest.mark.parametrize(
    ("kind", "sent"),
    list(zip(("MediaStatus", "MediaStatus", "PollStatus"), STATUSES, strict=True)),
    ids=["an image", "a film, and what was chosen", "a poll"],
)
def test_a_status_is_made_as_described(spec: Any, kind: str, sent: httpx.Request) -> None:
    described = operation(spec, sent)
    body, known = json.loads(sent.content), all_of(spec, {"$ref": f"#/schemas/{kind}"})
    assert set(body) <= set(known)
    assert set(body.get("poll", {})) <= set(known.get("poll", {}).get("properties", {}))
    visibility = known["visibility"]
    allowed = resolved(spec, visibility) if "$ref" in visibility else visibility
    assert body["visibility"] in allowed.get("enum", [body["visibility"]])
    assert {"Idempotency-Key"} <= {each.get("name") for each in described["parameters"]}


def test_a_file_is_sent_in_a_form_as_described(spec: Any) -> None:
    form = operation(spec, ASKED["POST /api/v2/media"])["requestBody"]["content"]
    known = all_of(spec, form["multipart/form-data"]["schema"])
    uploads = [each for each in EVERYTHING if each.url.path == "/api/v2/media"]
    for upload in uploads:
        names = set(re.findall(rb'form-data; name="(\w+)"', upload.content))
        assert {name.decode() for name in names} == {"file", "description"} <= set(known)


@pytest.mark.parametrize("name", STATED_AT)
def test_a_servers_limits_are_told_where_we_look(spec: Any, name: str) -> None:
    within = all_of(spec, {"$ref": "#/schemas/Instance"})["configuration"]
    for step in STATED_AT[name]:
        within = all_of(spec, within)[step]
