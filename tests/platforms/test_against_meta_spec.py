"""Instagram's API as Meta's own kits describe it: do we ask for what there is?

The description is not ours to ship: it is read from where TELLAL_SPECS says, if it is there.
Nothing describes Threads so.
"""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tellal.platforms.instagram import Instagram
from tellal.platforms.protocol import Prepared, Thread
from tellal.posts import Content
from tests.platforms.sample import KEY, PICTURE, TEN, Media
from tests.platforms.samples.instagram import ACCOUNT, CONTAINER, INSTAGRAM, POST
from tests.platforms.test_contract import OPERATIONS
from tests.videos import VIDEO

ROOT = Path(__file__).parents[2]
SPECS = Path(os.environ.get("TELLAL_SPECS", ROOT.parent / "shared/specs"))
KITS = SPECS / "meta_fb.json"

pytestmark = pytest.mark.skipif(not KITS.exists(), reason="Meta's descriptions are not here")

EVERY_CHOICE = {
    "share_to_feed": False,
    "thumb_offset_ms": 10,
    "collaborators": ["ann"],
    "location_id": "1",
    "ai_generated": True,
}
CONTENTS = (
    Content(text="Hello", media=(PICTURE, VIDEO)),
    Content(text="Hello", media=(VIDEO,), options={"instagram": EVERY_CHOICE}),
    Content(media=(VIDEO,), options={"instagram": {"kind": "story"}}),
    Content(text="Hello", media=(PICTURE,), first_comment="#tag"),
)
NODES = {
    ACCOUNT: "IGUserForIGOnlyAPI",
    CONTAINER: "ShadowIGMediaBuilder",
    POST: "IGMediaForIGOnlyAPI",
}
LISTED = {
    "media": "IGMediaForIGOnlyAPI",
    "stories": "IGMediaForIGOnlyAPI",
    "comments": "IGComment",
    "conversations": "UnifiedThread",
}
DAY = date(2026, 1, 4)
OF_A_CONTAINER = {"status_code", "status"}  # the kits name no fields of one


def all_we_ask() -> list[httpx.Request]:
    server = INSTAGRAM.server()
    for ability, run in OPERATIONS.values():
        if isinstance(Instagram, ability):
            run(INSTAGRAM, server)
    adapter = INSTAGRAM.adapter(server)
    for content in CONTENTS:
        for part in adapter.render(content, INSTAGRAM.channel):
            ready = part
            while adapter.needs_preparing(part):
                came = adapter.prepare(ready, media=Media())
                ready = ready.model_copy(update={"prepared": came.notes})
                if isinstance(came, Prepared):
                    break
            adapter.commit(ready, key=KEY, thread=Thread((INSTAGRAM.remote,)), media=Media())
    adapter.list_posts(since=TEN)
    adapter.confirm(INSTAGRAM.remote)
    list(adapter.read_days(DAY, DAY + timedelta(days=1)))
    adapter.read_audience()
    return server.requests


GRAPH = [each for each in all_we_ask() if "/v25.0/" in each.url.path]
ASKED = {f"{each.method} {each.url.path} {n}": each for n, each in enumerate(GRAPH)}


@pytest.fixture(scope="module")
def kits() -> Any:
    return json.loads(KITS.read_text())


def node_and_edge(request: httpx.Request) -> tuple[str, str]:
    id_, *edge = request.url.path.removeprefix("/v25.0/").split("/")
    node = "IGUserForIGOnlyAPI" if id_ == "me" else NODES[id_]
    return node, "/".join(edge)


@pytest.mark.parametrize("asked", ASKED)
def test_every_request_is_described_with_the_parameters_we_give(kits: Any, asked: str) -> None:
    request = ASKED[asked]
    node, edge = node_and_edge(request)
    spelled = edge.replace("media_publish", "mediapublish")  # as the kits write that one
    described = kits[f"{node} {request.method} /{spelled}"]["params"]
    given = set(parse_qs(request.content.decode()))
    assert given <= set(described)
    assert set(request.url.params) <= set(described) | {"fields", "limit", "after"}


def metrics(*, of_a_post: bool) -> set[str]:
    kinds = json.loads((SPECS / "meta/enum_types.json").read_text())
    name = f"shadowig{'media' if of_a_post else 'user'}insights_metric_enum_param"
    (described,) = (each["values"] for each in kinds if each["name"] == name)
    return set(described)


@pytest.mark.parametrize("asked", [name for name in ASKED if name.startswith("GET")])
def test_every_field_we_read_is_described(asked: str) -> None:
    request = ASKED[asked]
    node, edge = node_and_edge(request)
    node = LISTED.get(edge, node)
    if edge == "content_publishing_limit":
        return
    if edge == "insights":
        assert set(request.url.params["metric"].split(",")) <= metrics(
            of_a_post=node != NODES[ACCOUNT]
        )
        return
    fields = {
        each.partition(".")[0] for each in request.url.params["fields"].split("{")[0].split(",")
    }
    if node == "ShadowIGMediaBuilder":
        assert fields == OF_A_CONTAINER
        return
    described = json.loads((SPECS / "meta" / f"{node}.json").read_text())
    known = {each["name"] for each in described["fields"]}
    edges = {each["endpoint"] for each in described["apis"] if "endpoint" in each}
    assert fields <= known | edges
