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
from tellal.platforms.protocol import Thread
from tests.platforms.sample import KEY, Media
from tests.platforms.samples.mastodon import MASTODON
from tests.platforms.test_contract import OPERATIONS

ROOT = Path(__file__).parents[2]
SPEC = Path(os.environ.get("TELLAL_SPECS", ROOT.parent / "shared/specs")) / "mastodon_openapi.json"

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Mastodon's API description is not here")


@pytest.fixture(scope="module")
def spec() -> Any:
    return json.loads(SPEC.read_text())


def all_we_ask() -> list[httpx.Request]:
    server = MASTODON.server()
    for ability, run in OPERATIONS.values():
        if isinstance(Mastodon, ability):
            run(MASTODON, server)
    adapter = MASTODON.adapter(server)
    adapter.read_inbox("1")
    adapter.commit(
        MASTODON.prepared_part(), key=KEY, thread=Thread((MASTODON.remote,)), media=Media()
    )
    return server.requests


ASKED = {f"{each.method} {each.url.path}": each for each in all_we_ask()}


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


def test_a_status_is_made_as_described(spec: Any) -> None:
    request = ASKED["POST /api/v1/statuses"]
    described = operation(spec, request)
    bodies = described["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    known: dict[str, Any] = {}
    for body in bodies:
        for schema in resolved(spec, body).get("allOf", [resolved(spec, body)]):
            whole = resolved(spec, schema) if "$ref" in schema else schema
            known |= whole.get("properties", {})
    sent = json.loads(request.content)
    assert set(sent) <= set(known)
    assert {"Idempotency-Key"} <= {each.get("name") for each in described["parameters"]}
