"""Google describes its APIs for machines: do we ask for what there is, and read what is told?

The description is that of google-api-python-client, which Google keeps up to date.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from tellal.platforms.protocol import Thread
from tellal.platforms.youtube import FACTS, YouTube, answers, preparing
from tellal.platforms.youtube.consent import SCOPES
from tellal.platforms.youtube.measuring import MEASURED, OF_A_VIDEO
from tellal.platforms.youtube.options import YouTubeLicense, YouTubeVisibility
from tellal.posts import Content, Remote
from tests.platforms.sample import KEY, PICTURE, TEN, Media, prepared
from tests.platforms.samples.youtube import OPTIONS, VIDEO_ID, YOUTUBE, thread
from tests.platforms.test_contract import OPERATIONS
from tests.platforms.test_youtube_inbox import answer, serving
from tests.platforms.test_youtube_uploading import UNIT, Google, Run, film, part_of
from tests.videos import VIDEO

DOCUMENT = "discovery_cache/documents/youtube.v3.json"
DESCRIPTION: Any = json.loads(files("googleapiclient").joinpath(DOCUMENT).read_text())
SCHEMAS: Any = DESCRIPTION["schemas"]
OF_UPLOADS = {"uploadType"}  # of Google's upload protocols, whatever the API
STILL = PICTURE.model_copy(update={"media_id": "med_still"})


def all_we_ask() -> Iterator[httpx.Request]:
    server = YOUTUBE.server()
    for ability, run in OPERATIONS.values():
        if isinstance(YouTube, ability):
            run(YOUTUBE, server)
    adapter = YOUTUBE.adapter(server)
    options = {"youtube": {**OPTIONS, "thumbnail": "med_still", "made_for_kids": False}}
    content = Content(
        text="How we bake", media=(VIDEO, STILL), first_comment="And yours?", options=options
    )
    main, comment = adapter.render(content, YOUTUBE.channel)
    main = prepared(adapter, main)
    adapter.commit(main, key=KEY, thread=Thread(), media=Media())
    adapter.commit(comment, key=KEY, thread=Thread((YOUTUBE.remote,)), media=Media())
    adapter.list_posts(since=TEN)
    adapter.delete(Remote(id="Ugx1", refs={"video_id": VIDEO_ID}))
    yield from server.requests
    answered = serving(
        thread(1, totalReplyCount=3), below={"Ugx1": [answer(n, n) for n in (1, 2, 3)]}
    )
    before = YOUTUBE.adapter(serving(thread(1))).read_inbox(None).cursor
    YOUTUBE.adapter(answered).read_inbox(before)
    yield from answered.requests
    google = Google(UNIT, gone=True, uploads=[{"id": VIDEO_ID, "snippet": {}}])
    uploading, part = Run(google), part_of(film(UNIT))
    uploading.step(part, uploading.step(part, {}).notes)
    yield from google.requests


def is_described(request: httpx.Request) -> bool:
    """Neither the token desk nor what goes into a session is."""
    in_session = request.method == "PUT" and request.url.path.startswith("/upload/")
    return request.url.host == "www.googleapis.com" and not in_session


ASKED = {
    f"{each.method} {each.url.path} {sorted(each.url.params)}": each
    for each in all_we_ask()
    if is_described(each)
}
every_request = pytest.mark.parametrize("asked", ASKED)


def methods(resources: Any = DESCRIPTION["resources"]) -> Iterator[Any]:
    for resource in resources.values():
        yield from resource.get("methods", {}).values()


def paths(method: Any) -> Iterator[str]:
    """An upload has others, below the same host."""
    uploads = method.get("mediaUpload", {}).get("protocols", {})
    yield f"/{method['path']}"
    yield from (protocol["path"] for protocol in uploads.values())


def described(request: httpx.Request) -> Any:
    found = [
        method
        for method in methods()
        if method["httpMethod"] == request.method and request.url.path in paths(method)
    ]
    assert len(found) == 1, f"{request.method} {request.url.path} is not described"
    return found[0]


def resolved(schema: Any) -> Any:
    return SCHEMAS[schema["$ref"]] if "$ref" in schema else schema


def undescribed(sent: Any, schema: Any, where: str = "") -> Iterator[str]:
    """What a body holds that its schema does not know."""
    schema = resolved(schema)
    if isinstance(sent, dict):
        for name, value in sent.items():
            known = schema.get("properties", {}).get(name)
            if known is None:
                yield f"{where}.{name}"
            else:
                yield from undescribed(value, known, f"{where}.{name}")
    elif isinstance(sent, list):
        for each in sent:
            yield from undescribed(each, schema["items"], where)
    else:
        kinds = {"string": str, "boolean": bool, "integer": int}
        if not isinstance(sent, kinds[schema["type"]]):
            yield f"{where} is no {schema['type']}"
        if "enum" in schema and sent not in schema["enum"]:
            yield f"{where} is none of {schema['enum']}"


def test_everything_that_we_ask_is_looked_at() -> None:
    assert {asked.rpartition(" [")[0] for asked in ASKED} == {
        "POST /upload/youtube/v3/videos",
        "POST /upload/youtube/v3/thumbnails/set",
        "GET /youtube/v3/videos",
        "PUT /youtube/v3/videos",
        "DELETE /youtube/v3/videos",
        "GET /youtube/v3/channels",
        "GET /youtube/v3/playlistItems",
        "GET /youtube/v3/commentThreads",
        "POST /youtube/v3/commentThreads",
        "GET /youtube/v3/comments",
        "DELETE /youtube/v3/comments",
    }


@every_request
def test_what_we_ask_is_described_with_the_parameters_we_give(asked: str) -> None:
    request = ASKED[asked]
    known = described(request)["parameters"]
    given = dict(request.url.params)
    assert set(given) - OF_UPLOADS <= set(known)
    assert {name for name, fact in known.items() if fact.get("required")} <= set(given)
    for name, value in given.items():
        assert value in known.get(name, {}).get("enum", [value])


@every_request
def test_a_page_is_no_larger_than_there_are(asked: str) -> None:
    request = ASKED[asked]
    most = described(request)["parameters"].get("maxResults", {}).get("maximum", "0")
    assert int(request.url.params.get("maxResults", "0")) <= int(most)


@every_request
def test_the_parts_we_ask_for_are_parts_of_what_is_answered(asked: str) -> None:
    request = ASKED[asked]
    parts = request.url.params.get("part", "").split(",")
    answer = resolved(described(request).get("response", {"properties": {}}))["properties"]
    kind = resolved(answer["items"]["items"])["properties"] if "items" in answer else answer
    assert set(filter(None, parts)) <= set(kind)


@every_request
def test_what_we_send_is_described_to_the_last_field(asked: str) -> None:
    request = ASKED[asked]
    method = described(request)
    is_json = request.headers.get("content-type") == "application/json"
    assert is_json == ("request" in method)
    if is_json:
        sent = json.loads(request.content)
        assert list(undescribed(sent, method["request"])) == []


@every_request
def test_the_first_scope_we_ask_for_allows_everything_that_we_do(asked: str) -> None:
    full, read, _ = SCOPES
    allowed = described(ASKED[asked])["scopes"]
    assert full in allowed
    if "/videos" in asked and asked.startswith("GET"):
        assert read in allowed


def test_limits_of_files_are_those_that_are_described() -> None:
    videos, thumbnails = (
        DESCRIPTION["resources"][name]["methods"][verb]["mediaUpload"]
        for name, verb in (("videos", "insert"), ("thumbnails", "set"))
    )
    assert FACTS.limits["video_bytes"].value == int(videos["maxSize"])
    assert FACTS.limits["image_bytes"].value == int(thumbnails["maxSize"])
    assert set(FACTS.limits["image_types"].value) <= set(thumbnails["accept"])
    assert "video/*" in videos["accept"]


def test_our_choices_are_those_that_there_are() -> None:
    status = SCHEMAS["VideoStatus"]["properties"]
    assert {each.value for each in YouTubeVisibility} == set(status["privacyStatus"]["enum"])
    assert {each.value for each in YouTubeLicense} == set(status["license"]["enum"])


def test_every_reason_that_is_given_for_a_failure_has_a_sentence() -> None:
    status = SCHEMAS["VideoStatus"]["properties"]
    assert set(preparing.FAILED) == set(status["failureReason"]["enum"])
    assert set(preparing.REJECTED) == set(status["rejectionReason"]["enum"])


def test_projects_that_google_has_not_audited_are_no_longer_kept_private() -> None:
    """Our note says so. Were it to change again, this description would be the first to tell."""
    says = SCHEMAS["VideoStatus"]["properties"]["privacyStatus"]["description"]
    assert "unverified API projects are not restricted to private viewing mode" in says


MODELS: dict[type[BaseModel], str] = {
    answers.Video: "Video",
    answers.VideoSnippet: "VideoSnippet",
    answers.VideoStatus: "VideoStatus",
    answers.ProcessingDetails: "VideoProcessingDetails",
    answers.Videos: "VideoListResponse",
    answers.Presence: "Channel",
    answers.ChannelSnippet: "ChannelSnippet",
    answers.ChannelStatus: "ChannelStatus",
    answers.ChannelDetails: "ChannelContentDetails",
    answers.Presences: "ChannelListResponse",
    answers.PlaylistItems: "PlaylistItemListResponse",
    answers.PlaylistItem: "PlaylistItem",
    answers.UploadedItem: "PlaylistItemContentDetails",
    answers.CommentThreads: "CommentThreadListResponse",
    answers.CommentThread: "CommentThread",
    answers.ThreadSnippet: "CommentThreadSnippet",
    answers.Comment: "Comment",
    answers.CommentSnippet: "CommentSnippet",
    answers.AuthorId: "CommentSnippetAuthorChannelId",
    answers.MadeThread: "CommentThread",
    answers.MadeSnippet: "CommentThreadSnippet",
    answers.MadeId: "Comment",
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_we_read_is_described(model: type[BaseModel]) -> None:
    assert set(model.model_fields) <= set(SCHEMAS[MODELS[model]]["properties"])


def test_the_numbers_we_read_are_described() -> None:
    assert set(OF_A_VIDEO) <= set(SCHEMAS["VideoStatistics"]["properties"])
    assert set(MEASURED.channel) <= set(SCHEMAS["ChannelStatistics"]["properties"])
    lists = SCHEMAS["ChannelContentDetails"]["properties"]["relatedPlaylists"]["properties"]
    assert set(answers.RelatedPlaylists.model_fields) <= set(lists)
