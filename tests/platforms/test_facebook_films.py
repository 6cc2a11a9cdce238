"""Films on their way to a page: in chunks or as a stream, and how many reels a day may have."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tellal import clock
from tellal.errors import (
    OutcomeUnknown,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.protocol import (
    Accepted,
    Pending,
)
from tellal.posts import Content
from tests.platforms.facebook_posts import answering, commit, of_kind, rendered
from tests.platforms.sample import (
    SECRETS,
    Media,
    prepared,
)
from tests.platforms.samples.facebook import FACEBOOK, fields_of
from tests.videos import CLIP, VIDEO

# ── a video of the feed, in chunks ───────────────────────────────────────────────────────────


class Chunks:
    """Takes a video in chunks of 10,000 bytes."""

    def __init__(self) -> None:
        self.data = b""
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> Any:
        body = request.content
        phase = _field(body, "upload_phase") or fields_of(request)["upload_phase"]
        self.asked.append(phase)
        if phase == "start":
            return {"video_id": "55", "upload_session_id": "66", **self.wanted()}
        if phase == "finish":
            return {"success": True}
        given = _field(body, "start_offset")
        if given != str(len(self.data)):
            error = {"code": 6001, "error_subcode": 1363037, "error_data": self.wanted()}
            return httpx.Response(400, json={"error": error})
        self.data += body.split(b"application/octet-stream\r\n\r\n")[1].rsplit(b"\r\n--", 2)[0]
        return self.wanted()

    def wanted(self) -> dict[str, str]:
        start = len(self.data)
        return {"start_offset": str(start), "end_offset": str(min(len(CLIP), start + 10_000))}


def _field(body: bytes, name: str) -> str:
    """Of a form in parts; nothing of another."""
    _, _, rest = body.partition(f'name="{name}"\r\n\r\n'.encode())
    return rest.split(b"\r\n")[0].decode()


def test_a_video_is_sent_in_the_chunks_that_are_asked_for() -> None:
    chunks = Chunks()
    server = answering(**{"9/videos": chunks})
    part = prepared(FACEBOOK.adapter(server), rendered(Content(media=(VIDEO,))))
    assert part.prepared == {"video": "55", "session": "66"}
    assert chunks.data == CLIP
    assert chunks.asked == ["start", *["transfer"] * 3]
    assert {request.url.host for request in server.requests} == {"graph-video.facebook.com"}


def test_an_upload_goes_on_where_its_notes_say() -> None:
    chunks = Chunks()
    chunks.data = CLIP[:10_000]
    notes = {"video": "55", "session": "66", "start": "10000", "end": "20000"}
    part = rendered(Content(media=(VIDEO,))).model_copy(update={"prepared": notes})
    prepared(FACEBOOK.adapter(answering(**{"9/videos": chunks})), part)
    assert chunks.data == CLIP
    assert chunks.asked == ["transfer", "transfer"]


def test_a_chunk_whose_answer_was_lost_is_not_sent_twice_into_the_video() -> None:
    chunks = Chunks()
    chunks.data = CLIP[:20_000]
    notes = {"video": "55", "session": "66", "start": "10000", "end": "20000"}
    part = rendered(Content(media=(VIDEO,))).model_copy(update={"prepared": notes})
    told = FACEBOOK.adapter(answering(**{"9/videos": chunks})).prepare(part, media=Media())
    assert told == Pending({**notes, "start": "20000", "end": str(len(CLIP))})


def test_an_upload_that_never_gets_further_ends() -> None:
    stuck = {"start_offset": "0", "end_offset": "10000"}
    begun = {"video_id": "55", "upload_session_id": "66", **stuck}
    server = answering(**{"9/videos": lambda r: begun if b"file_size" in r.content else stuck})
    with pytest.raises(Rejected, match="takes too long"):
        prepared(FACEBOOK.adapter(server), rendered(Content(media=(VIDEO,))))


def test_words_of_another_shape_with_a_misplaced_chunk_are_a_refusal() -> None:
    error = {"code": 6001, "error_subcode": 1363037, "error_data": "soon"}
    refuse = lambda _: httpx.Response(400, json={"error": error})  # noqa: E731
    notes = {"video": "55", "session": "66", "start": "0", "end": "10000"}
    part = rendered(Content(media=(VIDEO,))).model_copy(update={"prepared": notes})
    with pytest.raises(Rejected):
        FACEBOOK.adapter(answering(**{"9/videos": refuse})).prepare(part, media=Media())


def test_what_finishes_an_upload_publishes_it_and_is_asked_about() -> None:
    content = of_kind("feed", VIDEO, text="Hello & more", title="A film")
    notes = {"video": "55", "session": "66"}
    part = rendered(content).model_copy(update={"prepared": notes})
    server = answering(**{"9/videos": {"success": True}})

    told = commit(part, server)

    assert told == Accepted({"video": "55", "accepted": ""}, timedelta(seconds=5))
    [request] = server.requests
    assert request.url.host == "graph-video.facebook.com"
    assert fields_of(request) == {
        "upload_phase": "finish",
        "upload_session_id": "66",
        "published": "true",
        "description": "Hello & more",
        "title": "A film",
    }


# ── a reel or a story, as a stream ───────────────────────────────────────────────────────────


class Films:
    """Takes one stream; knows how much of it has come."""

    def __init__(self, edge: str, *, there: int = 0, reels: Any = ()) -> None:
        self.there = there
        self.server = answering(
            **{
                f"9/{edge}": self._begin,
                "video-upload/v25.0/55": self._take,
                "55": self._show,
            }
        )
        self.reels = [{"id": "1", "created_time": each} for each in reels]
        self.sent = b""

    def _begin(self, request: httpx.Request) -> Any:
        if request.method == "GET":
            return {"data": self.reels}
        return {"video_id": "55", "upload_url": "https://elsewhere.example/55"}

    def _take(self, request: httpx.Request) -> Any:
        self.sent = request.content
        return {"success": True}

    def _show(self, _: httpx.Request) -> Any:
        is_whole = self.there == len(CLIP)
        status = "complete" if is_whole else ("in_progress" if self.there else "not_started")
        uploading = {"status": status, "bytes_transfered": self.there}
        return {"id": "55", "status": {"uploading_phase": uploading}}

    def prepare(self, kind: str, notes: Mapping[str, str] | None = None) -> Any:
        part = rendered(of_kind(kind, VIDEO)).model_copy(update={"prepared": notes})
        return prepared(FACEBOOK.adapter(self.server), part)

    @property
    def upload(self) -> httpx.Request:
        [request] = [each for each in self.server.requests if "rupload" in each.url.host]
        return request


@pytest.mark.parametrize(("kind", "edge"), [("reel", "video_reels"), ("story", "video_stories")])
def test_a_film_is_sent_as_one_stream_to_our_own_setting_of_the_host(kind: str, edge: str) -> None:
    films = Films(edge)
    assert films.prepare(kind).prepared == {"video": "55"}
    assert films.sent == CLIP
    headers = films.upload.headers
    assert headers["authorization"] == f"OAuth {SECRETS[0]}"
    assert (headers["offset"], headers["file_size"]) == ("0", str(len(CLIP)))
    assert headers["content-length"] == str(len(CLIP))
    assert str(films.upload.url) == "https://rupload.facebook.com/video-upload/v25.0/55"
    assert all("elsewhere" not in request.url.host for request in films.server.requests)


def test_a_stream_that_broke_off_goes_on_where_it_did() -> None:
    films = Films("video_reels", there=20_000)
    films.prepare("reel", {"video": "55"})
    assert films.sent == CLIP[20_000:]
    headers = films.upload.headers
    assert (headers["offset"], headers["content-length"]) == ("20000", str(len(CLIP) - 20_000))


def test_what_is_there_in_full_is_not_sent_again() -> None:
    films = Films("video_reels", there=len(CLIP))
    films.prepare("reel", {"video": "55"})
    assert films.sent == b""


def test_a_film_that_facebook_gave_up_on_the_way_is_begun_anew() -> None:
    shown = {"id": "55", "status": {"uploading_phase": {"status": "error"}}}
    part = rendered(of_kind("reel", VIDEO)).model_copy(update={"prepared": {"video": "55"}})
    told = FACEBOOK.adapter(answering(**{"55": shown})).prepare(part, media=Media())
    assert isinstance(told, Pending)
    assert "video" not in told.notes
    assert told.check_in == timedelta(0)


@pytest.mark.parametrize(
    ("content", "edge", "fields"),
    [
        (of_kind("reel", VIDEO, text="Hi", title="T"), "video_reels", ("Hi", "T")),
        (of_kind("story", VIDEO), "video_stories", ()),
    ],
)
def test_a_film_is_published_by_its_id(
    content: Content, edge: str, fields: tuple[str, ...]
) -> None:
    part = rendered(content).model_copy(update={"prepared": {"video": "55"}})
    server = answering(**{f"9/{edge}": {"success": True, "post_id": "777"}})
    told = commit(part, server)
    assert told.notes == {"video": "55", "accepted": "777"}
    known = {"upload_phase": "finish", "video_id": "55", "video_state": "PUBLISHED"}
    assert fields_of(server.requests[0]) == known | dict(
        zip(("description", "title"), fields, strict=False)
    )


def test_a_finish_that_does_not_say_that_it_did_is_no_answer() -> None:
    part = rendered(of_kind("reel", VIDEO)).model_copy(update={"prepared": {"video": "55"}})
    with pytest.raises(OutcomeUnknown):
        commit(part, answering(**{"9/video_reels": {"success": False}}))


# ── the day's reels ──────────────────────────────────────────────────────────────────────────


def ago(**back: float) -> str:
    return (clock.now() - timedelta(**back)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def test_a_day_of_reels_that_is_used_up_is_waited_for_before_anything_is_sent() -> None:
    films = Films("video_reels", reels=[ago(hours=23), *[ago(hours=1)] * 29])
    with pytest.raises(TryLater, match="30 reels of a page in 24 hours") as raised:
        films.prepare("reel")
    assert raised.value.after is not None
    assert timedelta(minutes=59) < raised.value.after <= timedelta(hours=1)
    [asked] = films.server.requests
    assert asked.method == "GET"
    assert not isinstance(raised.value, Throttled)  # a text may go out meanwhile


@pytest.mark.parametrize("reels", [[], [ago(hours=25)] * 30, [ago(hours=1)] * 29])
def test_a_reel_that_has_a_place_is_uploaded(reels: list[str]) -> None:
    films = Films("video_reels", reels=reels)
    films.prepare("reel")
    assert films.sent == CLIP


def test_a_story_is_no_reel() -> None:
    films = Films("video_stories", reels=[ago(hours=1)] * 30)
    films.prepare("story")
    assert films.sent == CLIP
