"""X's API as X itself describes it: do we ask for what there is, and only for that?

The descriptions are not ours to ship: they are read from where TELLAL_SPECS says, if they are
there. The newer one says post.fields, the one before it tweet.fields: we can ask for either.
"""

import json
import os
import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import pytest

from tellal.platforms.hearing import Hook
from tellal.platforms.protocol import Pending, Thread
from tellal.platforms.x import X, XCredentials
from tellal.posts import Content, Poll, Remote
from tests.pictures import gif
from tests.platforms.sample import APP, KEY, PICTURE, TEN, Media, calls
from tests.platforms.samples.x import X as SAMPLE
from tests.videos import VIDEO

ROOT = Path(__file__).parents[2]
SPECS = Path(os.environ.get("TELLAL_SPECS", ROOT.parent / "shared/specs"))
DESCRIBED_IN = {"post": "x_openapi.json", "tweet": "x_openapi_tweetfields.json"}

pytestmark = pytest.mark.skipif(
    not (SPECS / DESCRIBED_IN["post"]).exists(), reason="X's API description is not here"
)

WHOLE = Content(
    text="Which?",
    poll=Poll(options=("Rye", "Wheat"), minutes=1440),
    options={
        "x": {
            "reply_settings": "verified",
            "made_with_ai": True,
            "paid_partnership": True,
            "community_id": "146",
        }
    },
)
GIF = PICTURE.model_copy(update={"mime_type": "image/gif", "size": len(gif())})


class Files(Media):
    def read(self, media: Any) -> bytes:
        return gif() if media.mime_type == "image/gif" else super().read(media)


def all_we_ask(vocabulary: str) -> Iterator[httpx.Request]:
    """Every request that the adapter makes of the API itself (consent is described elsewhere)."""
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        if request.url.path.endswith(("/initialize", "/finalize", "/append", "/upload")):
            state = {"state": "succeeded" if request.method == "GET" else "pending"}
            return httpx.Response(200, json={"data": {"id": "7", "processing_info": state}})
        if request.url.path.endswith("/dm_events"):
            return httpx.Response(200, json={"meta": {}})
        return SAMPLE.server()(request)

    line = calls(SAMPLE, respond)
    stated = {**line.settings, "vocabulary": vocabulary}
    credentials = XCredentials.model_validate(SAMPLE.credentials)
    adapter = X(SAMPLE.channel, credentials, type(line)(line.http, line.hosts, settings=stated))
    for media in (PICTURE, GIF, VIDEO):
        (part,) = X.render(Content(text="Hello", media=(media,)), SAMPLE.channel)
        while isinstance(step := adapter.prepare(part, media=Files()), Pending):
            part = part.model_copy(update={"prepared": step.notes})
        part = part.model_copy(update={"prepared": step.notes})
        adapter.commit(part, key=KEY, thread=Thread((Remote(id="1"),)), media=Files())
    (poll,) = X.render(WHOLE, SAMPLE.channel)
    adapter.commit(poll, key=KEY, thread=Thread(), media=Files())
    adapter.list_posts(since=TEN)
    adapter.read_inbox(None)
    adapter.read_inbox("1")
    directs = {"server": {"scopes": ["dm.read"]}}
    allowed = SAMPLE.channel.model_copy(update=directs)
    X(allowed, credentials, type(line)(line.http, line.hosts, settings=stated)).read_inbox(None)
    adapter.read_channel()
    adapter.read_posts([SAMPLE.remote])
    adapter.delete(SAMPLE.remote)
    if vocabulary == "post":  # the older one knows of no answers and quotes
        adapter.subscribe(Hook("https://tellal.example/webhooks/x"))
    X.exchange(APP, code="c", verifier="v", calls=line)
    yield from (each for each in asked if "oauth2" not in each.url.path)


ASKED = [
    pytest.param(
        vocabulary, request, id=f"{vocabulary}-{number}-{request.method}-{request.url.path}"
    )
    for vocabulary in DESCRIBED_IN
    for number, request in enumerate(all_we_ask(vocabulary))
]
SPEC_OF: dict[str, Any] = {}


def spec(vocabulary: str) -> Any:
    if vocabulary not in SPEC_OF:
        SPEC_OF[vocabulary] = json.loads((SPECS / DESCRIBED_IN[vocabulary]).read_text())
    return SPEC_OF[vocabulary]


def resolved(whole: Any, schema: Any) -> Any:
    while "$ref" in schema:
        at = whole
        for name in schema["$ref"].removeprefix("#/").split("/"):
            at = at[name]
        schema = at
    return schema


def operation(whole: Any, request: httpx.Request) -> Any:
    """The most exact of those that fit: a path may have a name or a word in the same place."""
    fitting = [
        (path.count("{"), operations)
        for path, operations in whole["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
    ]
    assert fitting, f"{request.url.path} is not described"
    return min(fitting, key=lambda each: each[0])[1][request.method.lower()]


@pytest.mark.parametrize(("vocabulary", "request_"), ASKED)
def test_what_we_ask_is_described_with_the_parameters_and_the_values_we_give(
    vocabulary: str, request_: httpx.Request
) -> None:
    whole = spec(vocabulary)
    described = [resolved(whole, each) for each in operation(whole, request_).get("parameters", [])]
    known = {each["name"]: resolved(whole, each["schema"]) for each in described}
    for name, value in request_.url.params.items():
        assert name in known, name
        assert_fits(whole, known[name], value, name)


@pytest.mark.parametrize(("vocabulary", "request_"), ASKED)
def test_our_bodies_have_the_shape_that_is_described(
    vocabulary: str, request_: httpx.Request
) -> None:
    whole = spec(vocabulary)
    described = operation(whole, request_).get("requestBody")
    kind = request_.headers.get("content-type", "").partition(";")[0]
    if not kind:
        assert described is None
        return
    schema = resolved(whole, described["content"][kind]["schema"])
    sent = json.loads(request_.content) if kind.endswith("json") else fields(request_)
    assert_fits(whole, schema, sent, request_.url.path)


def fields(request: httpx.Request) -> dict[str, Any]:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + request.content).get_payload()
    named = {
        each.get_param("name", header="content-disposition"): each.get_payload(decode=True)
        for each in parts
    }
    return {n: data if n == "media" else data.decode() for n, data in named.items()}


def assert_fits(whole: Any, schema: Any, value: Any, where: str) -> None:
    """As far as these descriptions go: names, kinds, bounds, patterns, and what there is to say."""
    schema = resolved(whole, schema)
    if "anyOf" in schema and isinstance(value, bytes):  # or their base64
        return
    if "anyOf" in schema:
        schema = resolved(whole, schema["anyOf"][0])
    assert value in schema.get("enum", [value]), f"{where}: {value}"
    assert re.fullmatch(schema.get("pattern", "(?s:.*)"), str(value)), f"{where}: {value}"
    match schema.get("type"):
        case "object":
            assert_object_fits(whole, schema, value, where)
        case "array":
            listed = value.split(",") if isinstance(value, str) else value
            assert schema.get("minItems", 0) <= len(listed) <= schema.get("maxItems", 10**6), where
            for each in listed:
                assert_fits(whole, schema["items"], each, where)
        case "integer":
            assert schema.get("minimum", 0) <= int(value) <= schema.get("maximum", 10**12), where
        case "boolean":
            assert isinstance(value, bool), where
        case "string":
            assert len(value) <= schema.get("maxLength", 10**6), where


def assert_object_fits(whole: Any, schema: Any, value: Any, where: str) -> None:
    properties = schema["properties"]
    assert set(schema.get("required", [])) <= set(value), where
    assert set(value) <= set(properties), f"{where}: {value}"
    for name, each in value.items():
        assert_fits(whole, properties[name], each, f"{where}.{name}")


def test_every_scope_we_ask_for_is_one_that_there_is() -> None:
    schemes = spec("post")["components"]["securitySchemes"]
    assert set(X.scopes) <= set(schemes["OAuth2UserToken"]["flows"]["authorizationCode"]["scopes"])
