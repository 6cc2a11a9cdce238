"""A video's way to YouTube: chunk after chunk, from any point, and never a whole one in memory."""

import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import islice
from typing import Any

import httpx
import pytest
from PIL import Image

from tellal.errors import PublishError, Rejected, TryLater
from tellal.platforms.protocol import Pending, Prepared
from tellal.platforms.youtube import YouTube
from tellal.posts import AttachedMedia, Content, Part
from tests.platforms.sample import PICTURE, Media
from tests.platforms.samples.youtube import OPTIONS, SESSION, UPLOADS, VIDEO_ID, YOUTUBE
from tests.videos import VIDEO, padded

UNIT = 256 * 1024
UPLOAD = "/upload/youtube/v3/videos"
Answer = httpx.Response


def film(size: int) -> AttachedMedia:
    return VIDEO.model_copy(update={"size": size})


def part_of(*media: AttachedMedia, **options: Any) -> Part:
    given = Content(media=media, options={"youtube": {**OPTIONS, **options}})
    part: Part = YouTube.render(given, YOUTUBE.channel)[0]
    return part


@dataclass
class Google:
    """Takes an upload as the protocol describes, and loses the answers that it is told to."""

    size: int
    received: bytearray = field(default_factory=bytearray)
    requests: list[httpx.Request] = field(default_factory=list)
    loses: set[int] = field(default_factory=set)  # which requests' answers, counted from 0
    status: Mapping[str, Any] = field(default_factory=lambda: {"uploadStatus": "processed"})
    processing: str = "succeeded"
    uploads: list[dict[str, Any]] = field(default_factory=list)  # what lies on the channel
    gone: bool = False  # sessions are not known

    def __call__(self, request: httpx.Request) -> Answer:
        request.read()
        self.requests.append(request)
        answer = self._answer(request)
        if len(self.requests) - 1 in self.loses:
            raise httpx.ReadError("lost", request=request)
        return answer

    def _answer(self, request: httpx.Request) -> Answer:
        match request.method, request.url.path:
            case "POST", "/upload/youtube/v3/videos":
                return Answer(200, headers={"location": SESSION})
            case "PUT", "/upload/youtube/v3/videos":
                return self._take(request)
            case "POST", "/upload/youtube/v3/thumbnails/set":
                return Answer(200, json={"items": []})
            case "GET", "/youtube/v3/playlistItems":
                listed = [{"contentDetails": {"videoId": each["id"]}} for each in self.uploads]
                return Answer(200, json={"items": listed})
            case "GET", "/youtube/v3/videos":
                return Answer(200, json={"items": self._videos(request)})
        return Answer(404, json={"error": "Nothing is here"})

    def _videos(self, request: httpx.Request) -> list[Any]:
        if "snippet" in request.url.params["part"]:
            return self.uploads
        details = {"processingStatus": self.processing}
        return [{"id": VIDEO_ID, "status": self.status, "processingDetails": details}]

    def _take(self, request: httpx.Request) -> Answer:
        if self.gone:
            return Answer(404, text="Not Found")
        told, _, size = request.headers["content-range"].removeprefix("bytes ").partition("/")
        assert int(size) == self.size
        if told != "*":
            first, last = map(int, told.split("-"))
            assert first == len(self.received), "what is there is not sent again"
            assert len(request.content) == last - first + 1
            assert len(request.content) % UNIT == 0 or last + 1 == self.size
            self.received += request.content
        if len(self.received) == self.size:
            return Answer(201, json={"id": VIDEO_ID})
        got = {"range": f"bytes=0-{len(self.received) - 1}"} if self.received else {}
        return Answer(308, headers=got)

    def asked(self, method: str, ending: str = "") -> list[httpx.Request]:
        return [
            each
            for each in self.requests
            if each.method == method and each.url.path.endswith(ending)
        ]


class Film(Media):
    """The clip, padded so that a player would still play it."""

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        return padded(media.size)[start : start + length]


@dataclass(frozen=True)
class Run:
    """Step after step with adapters of their own, as workers that follow each other do."""

    google: Callable[[httpx.Request], Answer]
    media: Media = field(default_factory=Film)
    chunk: int = UNIT

    def step(self, part: Part, notes: Mapping[str, str]) -> Prepared | Pending:
        adapter = YOUTUBE.adapter(self.google)
        adapter._calls.settings["chunk_bytes"] = self.chunk
        told: Prepared | Pending = adapter.prepare(
            part.model_copy(update={"prepared": notes}), media=self.media
        )
        return told

    def pending(self, part: Part, notes: Mapping[str, str]) -> Iterator[Pending]:
        """As long as it is not done."""
        while isinstance(told := self.step(part, notes), Pending):
            yield told
            notes = told.notes

    def all(self, part: Part, notes: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """To the end, whatever is lost on the way."""
        notes = notes or {}
        for _ in range(200):
            try:
                told = self.step(part, notes)
            except TryLater:
                continue
            notes = told.notes
            if isinstance(told, Prepared):
                return notes
        raise AssertionError("it is never prepared")


# ── chunks ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [25_413 + 8, UNIT, UNIT + 1, 3 * UNIT, 3 * UNIT + 5])
@pytest.mark.parametrize("chunk", [1, UNIT, 2 * UNIT, 10 * UNIT, 2 * UNIT + 7])
def test_every_byte_arrives_once_in_chunks_of_the_right_size(size: int, chunk: int) -> None:
    google = Google(size)
    notes = Run(google, chunk=chunk).all(part_of(film(size)))
    assert notes == {"video_id": VIDEO_ID}
    assert bytes(google.received) == padded(size)


def test_a_video_is_private_until_its_second_and_carries_a_mark_until_then() -> None:
    google = Google(VIDEO.size)
    Run(google, media=Media()).all(part_of(VIDEO))
    (begun,) = google.asked("POST", "/videos")
    told = json.loads(begun.content)
    assert told["status"]["privacyStatus"] == "private"
    assert told["snippet"]["title"] == "Hello from Acme"
    *tags, mark = told["snippet"]["tags"]
    assert (tags, mark[:7]) == (["bread", "rye bread"], "tellal-")
    assert begun.url.params["notifySubscribers"] == "true"
    assert begun.headers["x-upload-content-length"] == str(VIDEO.size)
    assert begun.headers["x-upload-content-type"] == "video/mp4"


def test_the_mark_finds_room_among_tags_that_fill_their_limit() -> None:
    google = Google(VIDEO.size)
    Run(google, media=Media()).all(part_of(VIDEO, tags=["x" * 249, "y" * 250]))
    told = json.loads(google.asked("POST", "/videos")[0].content)["snippet"]["tags"]
    assert [len(tag) for tag in told] == [249, 23]


def test_subscribers_are_told_only_if_the_author_wants_it() -> None:
    google = Google(VIDEO.size)
    Run(google, media=Media()).step(part_of(VIDEO, notify_subscribers=False), {})
    assert google.requests[0].url.params["notifySubscribers"] == "false"


@dataclass
class Counting(Media):
    """A film that nobody could keep: what is asked of it is counted, and made on the spot."""

    longest: int = 0
    read_bytes: int = 0

    def read(self, media: AttachedMedia) -> bytes:
        raise AssertionError("a film is never read whole")

    def open(self, media: AttachedMedia) -> Any:
        raise AssertionError("a film is never opened whole")

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        self.longest = max(self.longest, length)
        self.read_bytes += length
        return bytes(length)


def test_half_a_gigabyte_is_never_in_memory() -> None:
    size, chunk = 500 * 1024 * 1024, 8 * 1024 * 1024
    arrived = 0

    def google(request: httpx.Request) -> Answer:
        nonlocal arrived
        request.read()
        if request.method == "GET":
            done = {"id": VIDEO_ID, "status": {"uploadStatus": "processed"}}
            return Answer(200, json={"items": [done]})
        if request.method == "POST":
            return Answer(200, headers={"location": SESSION})
        arrived += len(request.content)
        if arrived == size:
            return Answer(200, json={"id": VIDEO_ID})
        return Answer(308, headers={"range": f"bytes=0-{arrived - 1}"} if arrived else {})

    media = Counting()
    tracemalloc.start()
    try:
        Run(google, media=media, chunk=chunk).all(part_of(film(size)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (arrived, media.read_bytes, media.longest) == (size, size, chunk)
    assert peak < 4 * chunk


def test_a_step_is_one_chunk() -> None:
    google = Google(3 * UNIT)
    run, part = Run(google), part_of(film(3 * UNIT))
    begun = run.step(part, {})
    assert (begun, len(google.requests)) == (Pending(begun.notes), 1)
    run.step(part, begun.notes)
    assert len(google.received) == UNIT


# ── what is lost on the way ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lost", range(10))
def test_any_one_answer_may_be_lost_and_nothing_is_sent_twice(lost: int) -> None:
    size = 3 * UNIT + 5
    google = Google(size, loses={lost})
    assert Run(google).all(part_of(film(size))) == {"video_id": VIDEO_ID}
    assert bytes(google.received) == padded(size)


def test_every_other_answer_may_be_lost() -> None:
    size = 3 * UNIT + 5
    google = Google(size, loses=set(range(1, 100, 2)))
    run, part = Run(google), part_of(film(size))
    with pytest.raises(TryLater):
        run.step(part, run.step(part, {}).notes)
    google.loses = {3, 5, 8, 11}
    assert run.all(part, run.step(part, {}).notes) == {"video_id": VIDEO_ID}


def test_an_upload_goes_on_where_the_session_says_it_is_whatever_our_notes_are() -> None:
    size = 4 * UNIT
    google, part = Google(size), part_of(film(size))
    notes = Run(google).step(part, {}).notes
    google.received += padded(size)[: 3 * UNIT]
    assert Run(google).all(part, notes) == {"video_id": VIDEO_ID}
    chunks = [each for each in google.asked("PUT") if each.content]
    assert [each.headers["content-range"] for each in chunks] == ["bytes 786432-1048575/1048576"]


def test_a_session_that_was_finished_tells_its_video() -> None:
    google, part = Google(UNIT), part_of(film(UNIT))
    notes = Run(google).step(part, {}).notes
    google.received += padded(UNIT)
    told = Run(google).step(part, notes)
    assert told.notes == {"video_id": VIDEO_ID}
    assert [each for each in google.asked("PUT") if each.content] == []


def test_a_session_that_is_gone_is_begun_anew_after_a_look_at_what_was_uploaded() -> None:
    google, part = Google(UNIT), part_of(film(UNIT))
    notes = Run(google).step(part, {}).notes
    google.gone = True
    google.uploads = [{"id": "another", "snippet": {"tags": ["bread"]}}]
    told = Run(google).step(part, notes)
    (looked,) = google.asked("GET", "/playlistItems")
    assert looked.url.params["playlistId"] == UPLOADS
    google.gone = False
    assert Run(google).all(part, told.notes) == {"video_id": VIDEO_ID}
    marks = [json.loads(each.content)["snippet"]["tags"][-1] for each in google.asked("POST")]
    assert len(set(marks)) == 2


def test_a_video_whose_session_is_gone_is_found_by_its_mark() -> None:
    google, part = Google(UNIT), part_of(film(UNIT))
    notes = Run(google).step(part, {}).notes
    google.gone = True
    google.uploads = [
        {"id": "another", "snippet": {"tags": ["bread"]}},
        {"id": "bare", "snippet": {}},
        {"id": "ours", "snippet": {"tags": ["bread", notes["mark"]]}},
    ]
    assert Run(google).step(part, notes).notes == {"video_id": "ours"}
    assert len(google.asked("POST")) == 1


def test_an_upload_that_is_forgotten_again_and_again_is_tried_later() -> None:
    google, part = Google(UNIT, gone=True), part_of(film(UNIT))
    with pytest.raises(TryLater, match="again and again"):
        list(Run(google).pending(part, {}))
    assert len(google.asked("POST", "/videos")) == 3


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([Answer(308, headers={"range": "bytes=5-9"})], "how much of the video it has"),
        ([Answer(308, headers={"range": f"bytes=0-{UNIT - 1}"})], "makes nothing of it yet"),
        ([Answer(308), Answer(308)], "did not take a piece"),
        ([Answer(200, text="<html>")], "did not answer|answered"),
        ([Answer(503)], "answered 503"),
        ([Answer(308), Answer(502)], "answered 502"),
    ],
)
def test_a_session_that_says_nothing_sensible_is_asked_again_later(
    answers: list[Answer], sentence: str
) -> None:
    left = iter(answers)
    notes = {"session": SESSION, "mark": "tellal-1", "begun": "1"}
    with pytest.raises(TryLater, match=sentence):
        Run(lambda _: next(left)).step(part_of(film(UNIT)), notes)


def test_a_beginning_without_an_address_is_no_beginning() -> None:
    with pytest.raises(TryLater, match="where it goes on"):
        Run(lambda _: Answer(200)).step(part_of(VIDEO), {})


def test_our_token_goes_to_the_host_that_we_asked_and_to_no_other() -> None:
    google, part = Google(UNIT), part_of(film(UNIT))
    notes = {"session": SESSION, "mark": "tellal-1", "begun": "1"}
    Run(google).step(part, notes)
    assert {each.headers.get("authorization") for each in google.requests} == {
        "Bearer s3cret-access"
    }
    elsewhere = Google(UNIT)
    at = SESSION.replace("www.googleapis.com", "upload.example.com")
    Run(elsewhere).step(part, {**notes, "session": at})
    assert [each.headers.get("authorization") for each in elsewhere.requests] == [None, None]


def test_a_session_over_plain_http_is_not_gone_on_with() -> None:
    notes = {"session": "http://example.com/upload", "mark": "tellal-1", "begun": "1"}
    with pytest.raises(PublishError, match="over https only"):
        Run(Google(UNIT)).step(part_of(film(UNIT)), notes)


# ── what YouTube makes of it ─────────────────────────────────────────────────────────────────

UPLOADED = {"video_id": VIDEO_ID}


def test_a_video_is_waited_for_ever_less_often() -> None:
    google = Google(1, status={"uploadStatus": "uploaded"}, processing="processing")
    run, part = Run(google), part_of(VIDEO)
    told = list(islice(run.pending(part, UPLOADED), 8))
    assert [each.check_in.seconds for each in told] == [10, 20, 40, 80, 160, 300, 300, 300]
    google.status = {"uploadStatus": "processed"}
    assert run.step(part, told[-1].notes) == Prepared(UPLOADED)


def test_a_video_that_is_worked_on_for_half_a_day_is_given_up() -> None:
    pending = Run(Google(1, status={"uploadStatus": "uploaded"})).pending(part_of(VIDEO), UPLOADED)
    waited = timedelta()
    with pytest.raises(Rejected, match="too long over a video"):  # noqa: PT012 – while it is asked
        for each in pending:
            waited += each.check_in
    assert timedelta(hours=11) < waited < timedelta(hours=13)


@pytest.mark.parametrize(
    ("status", "processing", "sentence"),
    [
        ({"uploadStatus": "failed", "failureReason": "codec"}, "failed", "does not know the codec"),
        ({"uploadStatus": "failed", "failureReason": "emptyFile"}, "", "the file is empty"),
        ({"uploadStatus": "failed", "failureReason": "news"}, "", "could not be processed"),
        ({"uploadStatus": "uploaded"}, "failed", "could not be processed"),
        (
            {"uploadStatus": "rejected", "rejectionReason": "length"},
            "",
            "too long for this channel",
        ),
        ({"uploadStatus": "rejected", "rejectionReason": "duplicate"}, "", "is there already"),
        ({"uploadStatus": "rejected", "rejectionReason": "news"}, "", "does not say why"),
        ({"uploadStatus": "deleted"}, "", "was deleted"),
    ],
)
def test_what_youtube_makes_nothing_of_is_told_in_a_sentence(
    status: dict[str, str], processing: str, sentence: str
) -> None:
    with pytest.raises(Rejected, match=sentence):
        Run(Google(1, status=status, processing=processing)).step(part_of(VIDEO), UPLOADED)


def test_a_video_that_is_not_to_be_seen_is_looked_for_again() -> None:
    with pytest.raises(TryLater, match="not to be seen"):
        Run(lambda _: Answer(200, json={"items": []})).step(part_of(VIDEO), UPLOADED)


def test_what_is_processed_is_ready_though_higher_resolutions_follow() -> None:
    google = Google(1, processing="processing")
    assert Run(google).step(part_of(VIDEO), UPLOADED) == Prepared(UPLOADED)


# ── thumbnails ───────────────────────────────────────────────────────────────────────────────


def photograph() -> bytes:
    """With the place it was taken at in its metadata."""
    made = BytesIO()
    image = Image.new("RGB", (640, 360), "orange")
    exif = Image.Exif()
    exif[0x010E] = "at home"
    image.save(made, "JPEG", exif=exif)
    return made.getvalue()


class WithPhotograph(Media):
    def read(self, media: AttachedMedia) -> bytes:
        return photograph() if media.mime_type == "image/jpeg" else super().read(media)


STILL = PICTURE.model_copy(update={"media_id": "med_still", "mime_type": "image/jpeg"})
UPRIGHT = VIDEO
WIDE = VIDEO.model_copy(update={"width": 1920, "height": 1080})


def test_a_thumbnail_is_set_after_the_processing_and_tells_nothing_of_its_owner() -> None:
    google = Google(1)
    run = Run(google, media=WithPhotograph())
    notes = run.all(part_of(UPRIGHT, STILL, thumbnail="med_still"), UPLOADED)
    assert notes == UPLOADED
    (asked,) = google.asked("POST", "/thumbnails/set")
    assert asked.url.params["videoId"] == VIDEO_ID
    assert asked.headers["content-type"] == "image/jpeg"
    with Image.open(BytesIO(asked.content)) as sent:
        assert (sent.size, dict(sent.getexif())) == ((640, 360), {})


@pytest.mark.parametrize(("shape", "waits"), [(UPRIGHT, True), (WIDE, False)])
def test_what_may_become_a_short_takes_its_thumbnail_when_it_is_whole(
    shape: AttachedMedia,
    waits: bool,  # noqa: FBT001 – one of the table
) -> None:
    part = part_of(shape, STILL, thumbnail="med_still")
    told = Run(Google(1, processing="processing")).step(part, UPLOADED)
    assert isinstance(told, Pending)
    assert ("processed" not in told.notes) == waits


def test_a_channel_that_may_not_set_thumbnails_is_told_so_ahead() -> None:
    refused = {"error": {"code": 403, "errors": [{"reason": "forbidden"}]}}
    part = part_of(VIDEO, STILL, thumbnail="med_still")
    with pytest.raises(Rejected, match="verified channels only"):
        Run(lambda _: Answer(403, json=refused), media=WithPhotograph()).step(
            part, {**UPLOADED, "processed": "yes"}
        )
