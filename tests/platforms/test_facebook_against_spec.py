"""The Graph API as Meta's own SDKs are made of it: do we ask for what there is?

The descriptions are not ours to ship: they are read from where TELLAL_SPECS says, if it is there.
"""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.sandboxes import asking
from tellal.platforms.facebook import inbox
from tellal.platforms.facebook.options import Kind
from tellal.platforms.graph_inbox import Place
from tellal.platforms.protocol import Thread
from tellal.posts import Content, Part, PartKind, Remote
from tests.platforms.sample import KEY, PICTURE, TEN, Media
from tests.platforms.samples.facebook import FACEBOOK, fields_of
from tests.videos import VIDEO

ROOT = Path(__file__).parents[2]
SPECS = Path(os.environ.get("TELLAL_SPECS", ROOT.parent / "shared/specs")) / "meta"
VERSION = "/v25.0/"
NODES = {
    r"t_\d+": "UnifiedThread",
    r"9": "Page",
    r"9_\d+": "PagePost",
    r"\d+_\d+": "Comment",
    r"\d+": "AdVideo",
}
EVERYWHERE = {"appsecret_proof", "fields", "limit", "after"}  # of every node and list
A_FILE = {"source"}  # a photo itself is described in words alone
WANTED = {"start_offset": "0", "end_offset": "9"}
POST = Remote(id="9_111")

pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="Meta's descriptions are not here")


def answer(request: httpx.Request) -> httpx.Response:
    everything = {
        "id": "9_111",
        "name": "Acme",
        "success": True,
        "post_id": "777",
        "video_id": "55",
        "upload_session_id": "66",
        "permalink_url": "https://www.facebook.com/9/111",
        "data": [],
        **WANTED,
    }
    return httpx.Response(200, json=everything)


def part_of(kind: Kind, *media: Any, **prepared: str) -> Part:
    text = "Hello" if kind is not Kind.STORY else ""
    titled = {"title": "T"} if media == (VIDEO,) and kind is not Kind.STORY else {}
    options = {"facebook": {"kind": kind, **titled}}
    [part] = FACEBOOK.adapter(answer).render(
        Content(text=text, media=media, options=options), FACEBOOK.channel
    )
    made: Part = part.model_copy(update={"prepared": prepared or None})
    return made


def all_we_ask() -> list[httpx.Request]:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return answer(request)

    adapter = FACEBOOK.adapter(respond)
    chunked = {"video": "55", "session": "66", "start": "0", "end": "5"}
    for part in (
        part_of(Kind.FEED, PICTURE),
        part_of(Kind.FEED, VIDEO),
        part_of(Kind.FEED, VIDEO, **chunked),
        part_of(Kind.REEL, VIDEO),
        part_of(Kind.STORY, VIDEO),
    ):
        adapter.prepare(part, media=Media())
    linked = {"facebook": {"link": "https://ex.com"}}
    [post] = adapter.render(Content(text="Hello", options=linked), FACEBOOK.channel)
    for part in (
        post,
        part_of(Kind.FEED, PICTURE, photos="222"),
        part_of(Kind.FEED, VIDEO, video="55", session="66"),
        part_of(Kind.REEL, VIDEO, video="55"),
        part_of(Kind.STORY, VIDEO, video="55"),
        part_of(Kind.STORY, PICTURE, photos="222"),
        Part(kind=PartKind.COMMENT, text="Hello"),
    ):
        adapter.commit(part, key=KEY, thread=Thread((POST,)), media=Media())
    adapter.resume(part_of(Kind.REEL, VIDEO, video="55"), key=KEY, thread=Thread())
    adapter.list_posts(since=TEN)
    adapter.list_comments(POST, since=TEN)
    adapter.read_inbox(None)
    lists = inbox.lists(adapter._line)
    lists["comments"](Place(of="9_111", after="x"), TEN)
    lists["messages"](Place(of="t_77", after="x"), TEN)
    for remote in (POST, Remote(id="111_333")):
        adapter.confirm(remote)
        adapter.delete(remote)
    adapter.delete(Remote(id="9_777", refs={"video": "55"}))
    adapter.connect(adapter.Connection.model_validate(FACEBOOK.connection), adapter._line.calls)
    return asked


ASKED = {
    f"{number} {each.method} {each.url.path}": each for number, each in enumerate(all_we_ask())
}


@cache
def node(name: str) -> Any:
    return json.loads((SPECS / f"{name}.json").read_text())


def described(request: httpx.Request) -> tuple[Any, Any]:
    """The node, and what is said of the call."""
    some_id, _, edge = request.url.path.removeprefix(VERSION).partition("/")
    name = next(name for shape, name in NODES.items() if re.fullmatch(shape, some_id))
    for each in node(name)["apis"]:
        if each["method"] == request.method and each.get("endpoint", "").strip("/") == edge:
            return node(name), each
    raise AssertionError(f"{request.method} {edge} of {name} is not described")


def sent(request: httpx.Request) -> set[str]:
    kind = request.headers.get("content-type", "")
    if "multipart" in kind:
        return set(re.findall(r'; name="(\w+)"', request.content.decode(errors="replace")))
    return set(fields_of(request)) if request.content else set()


@pytest.mark.parametrize("asked", ASKED)
def test_what_we_ask_is_described_with_the_parameters_we_give(asked: str) -> None:
    request = ASKED[asked]
    if request.url.path.startswith("/video-upload"):
        assert request.url.host == "rupload.facebook.com"
        return
    whole, call = described(request)
    known = {each["name"] for each in call["params"]} | EVERYWHERE | A_FILE
    assert set(request.url.params) | sent(request) <= known
    edge = request.url.path.removeprefix(VERSION).partition("/")[2]
    if not edge and (fields := request.url.params.get("fields")):
        assert set(fields.split(",")) <= {each["name"] for each in whole["fields"]}


LISTS: Mapping[str, str] = {
    "published_posts": "PagePost",
    "tagged": "PagePost",
    "comments": "Comment",
    "conversations": "UnifiedThread",
}


@pytest.mark.parametrize("edge", LISTS)
def test_the_fields_of_what_we_list_are_described(edge: str) -> None:
    whole = node(LISTS[edge])
    edges = {each.get("endpoint", "").strip("/") for each in whole["apis"]}
    requests = [
        each for each in ASKED.values() if each.method == "GET" and each.url.path.endswith(edge)
    ]
    assert requests
    for request in requests:
        known = {each["name"] for each in whole["fields"]} | edges
        assert {each.name for each in asking.wanted(request.url.params["fields"])} <= known


@pytest.mark.parametrize("name", ["upload_phase", "video_state"])
def test_what_we_choose_is_one_of_the_choices(name: str) -> None:
    """They are written in capitals there, which the API does not insist on."""
    told = json.loads((SPECS / "enum_types.json").read_text())
    choices = {each["name"]: {str(value).lower() for value in each["values"]} for each in told}
    for request in ASKED.values():
        if request.method == "POST" and name in sent(request):
            _, call = described(request)
            [kind] = [each["type"] for each in call["params"] if each["name"] == name]
            body = request.content.decode(errors="replace")
            given = re.search(rf'{name}["=\r\n]*([A-Za-z]+)', body)
            assert given is not None
            assert given[1].lower() in choices[kind]
