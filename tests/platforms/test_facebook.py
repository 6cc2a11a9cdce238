"""What is Facebook's own: kinds of post, films in steps, refusals, consents, and looking."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tellal import clock
from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Repeated,
    Throttled,
    TryLater,
    Unacceptable,
)
from tellal.platforms.facebook import FACTS, Facebook
from tellal.platforms.facebook.consent import FacebookConnection
from tellal.platforms.facebook.line import REFUSALS
from tellal.platforms.graph import proof_of
from tellal.platforms.protocol import (
    Accepted,
    Connected,
    GivenUp,
    Pending,
    Prepared,
    Published,
    Thread,
    Unpublished,
)
from tellal.posts import AttachedMedia, Content, Part, PartKind, Remote, VideoFacts
from tests.platforms.sample import (
    APP,
    KEY,
    PICTURE,
    SECRETS,
    TEN,
    Media,
    Server,
    calls,
    minute,
    prepared,
)
from tests.platforms.samples.facebook import FACEBOOK, OWN_PAGE, PAGE, SCOPES, fields_of
from tests.videos import CLIP, VIDEO

HTTPS = "https://www.facebook.com"
WHOLE = {"uploading_phase": {"status": "complete"}}


def answering(**answers: Any) -> Server:
    """The sample's server, with other answers at some paths: `videos={…}`."""
    changed = {
        f"/{name}": (answer if callable(answer) else lambda _, answer=answer: answer)
        for name, answer in answers.items()
    }
    usual = {path: each for path, each in FACEBOOK.answers.items() if path not in changed}
    return Server({**changed, **usual})


def rendered(content: Content) -> Part:
    return Facebook.render(content, FACEBOOK.channel)[0]


def rules(content: Content) -> Mapping[str, str]:
    with pytest.raises(Unacceptable) as refused:
        Facebook.render(content, FACEBOOK.channel)
    return {broken.field: broken.rule for broken in refused.value.broken}


def of_kind(kind: str, *media: AttachedMedia, text: str = "", **options: Any) -> Content:
    return Content(text=text, media=media, options={"facebook": {"kind": kind, **options}})


def lasting(seconds: float, **facts: Any) -> AttachedMedia:
    film = VideoFacts(seconds=seconds, frame_rate=facts.pop("frame_rate", 30), codec="AVC")
    return VIDEO.model_copy(update={"video": film, **facts})


def commit(part: Part, server: Callable[[httpx.Request], httpx.Response]) -> Any:
    return FACEBOOK.adapter(server).commit(part, key=KEY, thread=Thread(), media=Media())


# ── what may be posted ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Merhaba", 7),
        ("👨‍👩‍👧", 8),
        ("👋🏽", 4),
        ("مرحبا بالعالم", 13),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 34),
    ],
)
def test_a_text_is_counted_in_the_way_that_finds_most(text: str, length: int) -> None:
    assert Facebook.length(text, FACEBOOK.channel) == length


@pytest.mark.parametrize("unit", ["x", "م", "é"])
def test_a_text_may_be_as_long_as_facebook_takes_and_no_longer(unit: str) -> None:
    most = FACTS.limits["text_length"].value
    assert rendered(Content(text=unit * most)).text == unit * most
    assert f"{most + 1} of {most}" in rules(Content(text=unit * (most + 1)))["text"]


def test_emoji_at_the_end_count_twice() -> None:
    most = FACTS.limits["text_length"].value
    assert rendered(Content(text="x" * (most - 2) + "👋"))
    assert f"{most + 1} of {most}" in rules(Content(text="x" * (most - 1) + "👋"))["text"]


def test_a_first_comment_has_a_length_of_its_own() -> None:
    most = FACTS.limits["comment_length"].value
    rule = rules(Content(text="Hello", first_comment="x" * (most + 1)))["first_comment"]
    assert f"{most + 1} of {most}" in rule


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (Content(text=""), "text", "needs a text or an image"),
        (Content(text="x", media=(PICTURE,) * 11), "media", "11 of 10"),
        (Content(text="x", media=(VIDEO, VIDEO)), "media", "2 of 1"),
        (Content(text="x", media=(PICTURE, VIDEO)), "media", "do not go together"),
        (
            Content(text="x", media=(PICTURE.model_copy(update={"mime_type": "image/gif"}),)),
            "media[0]",
            "image/gif is not what Facebook takes",
        ),
        (Content(text="x", media=(lasting(14_401),)), "media[0]", "1 to 14400"),
        (
            Content(text="x", media=(VIDEO.model_copy(update={"mime_type": "video/webm"}),)),
            "media[0]",
            "video/webm is not what Facebook takes",
        ),
        (
            Content(text="x", media=(VIDEO.model_copy(update={"size": 10_000_000_001}),)),
            "media[0]",
            "10000000001 of 10000000000",
        ),
        (of_kind("feed", PICTURE, link="https://ex.com"), "options.facebook.link", "no files"),
        (of_kind("reel", VIDEO, link="https://ex.com"), "options.facebook.link", "no files"),
        (of_kind("feed", PICTURE, title="T"), "options.facebook.title", "only a video"),
        (of_kind("story", VIDEO, title="T"), "options.facebook.title", "only a video"),
        (of_kind("reel", text="x"), "media", "a Facebook reel shows nothing without a video"),
        (of_kind("reel", PICTURE), "media", "no images can be shown on a Facebook reel"),
        (of_kind("reel", lasting(2.9)), "media[0]", "a Facebook reel takes 3 to 90"),
        (of_kind("reel", lasting(90.5)), "media[0]", "a Facebook reel takes 3 to 90"),
        (of_kind("reel", lasting(9, frame_rate=23)), "media[0]", "23 frames a second"),
        (of_kind("reel", lasting(9, width=1920, height=1080)), "media[0]", "too wide"),
        (of_kind("reel", lasting(9, width=540, height=1200)), "media[0]", "too narrow"),
        (of_kind("reel", lasting(9, width=270, height=480)), "media[0]", "270 × 480"),
        (of_kind("reel", lasting(9, mime_type="video/quicktime")), "media[0]", "video/mp4"),
        (of_kind("story"), "media", "without an image or a video"),
        (of_kind("story", PICTURE, PICTURE), "media", "2 of 1"),
        (of_kind("story", PICTURE, text="Words"), "text", "shows no text"),
        (of_kind("story", lasting(61)), "media[0]", "a Facebook story takes 3 to 60"),
        (of_kind("fleet"), "options.facebook.kind", "feed"),
        (of_kind("feed", colour="red"), "options.facebook.colour", "not permitted"),
        (of_kind("feed", title="x" * 256), "options.facebook.title", "at most 255"),
        (of_kind("feed", link="ex.com"), "options.facebook.link", "such as https://"),
        (of_kind("feed", link="ftp://ex.com"), "options.facebook.link", "such as https://"),
        (of_kind("feed", link="https://localhost"), "options.facebook.link", "such as https://"),
    ],
)
def test_what_facebook_would_refuse_is_told_before(content: Content, field: str, rule: str) -> None:
    assert rule in rules(content)[field]


def test_nobody_can_comment_on_a_story() -> None:
    content = of_kind("story", PICTURE).model_copy(update={"first_comment": "Hello"})
    assert "there is no first comment" in rules(content)["first_comment"]


@pytest.mark.parametrize(
    "content",
    [
        of_kind("feed", link="https://ex.com"),
        of_kind("feed", VIDEO, title="A film"),
        of_kind("feed", *(PICTURE,) * 10),
        of_kind("feed", text="Hello", link=""),
        of_kind("reel", VIDEO, text="Hello", title="A reel"),
        of_kind("reel", lasting(90, width=1080, height=1920)),
        of_kind("story", VIDEO),
        of_kind("story", PICTURE),
    ],
)
def test_what_facebook_takes_is_not_refused(content: Content) -> None:
    part = rendered(content)
    assert part.options["kind"] == content.options["facebook"]["kind"]
    assert json.loads(json.dumps(part.options)) == part.options


def test_each_kind_is_promised_what_can_be_kept() -> None:
    kinds = {
        "text": Content(text="x", first_comment="y"),
        "photo": Content(media=(PICTURE,)),
        "video": Content(media=(VIDEO,)),
        "reel": of_kind("reel", VIDEO),
        "story": of_kind("story", VIDEO),
        "photo story": of_kind("story", PICTURE),
    }
    promised = {
        name: [
            Facebook.promise(part, FACEBOOK.channel).guarantee.value
            for part in Facebook.render(content, FACEBOOK.channel)
        ]
        for name, content in kinds.items()
    }
    assert promised == {
        "text": ["searchable", "searchable"],
        "photo": ["searchable"],
        "video": ["resumable"],
        "reel": ["resumable"],
        "story": ["resumable"],
        "photo story": ["blind"],
    }


# ── photos ───────────────────────────────────────────────────────────────────────────────────


def test_photos_go_ahead_one_by_one_unseen_and_clean() -> None:
    ids = iter(["1", "2"])
    server = answering(**{"9/photos": lambda _: {"id": next(ids)}})
    adapter = FACEBOOK.adapter(server)
    plain = PICTURE.model_copy(update={"alt_text": ""})
    part = rendered(Content(media=(PICTURE, plain)))

    first = adapter.prepare(part, media=Media())
    assert first == Pending({"photos": "1"})
    part = part.model_copy(update={"prepared": first.notes})
    assert adapter.prepare(part, media=Media()) == Prepared({"photos": "1 2"})

    one, two = (request.content for request in server.requests)
    assert b'name="published"\r\n\r\nfalse' in one
    assert b'name="alt_text_custom"\r\n\r\nA red dot' in one
    assert b"alt_text_custom" not in two
    assert b'filename="photo.png"' in one


class Noisy(Media):
    """Every image is noise, which nothing makes smaller."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def read(self, media: AttachedMedia) -> bytes:
        made, size = BytesIO(), (1200, 1200)
        noise = [Image.effect_noise(size, 90) for _ in self.mode]
        Image.merge(self.mode, noise).save(made, "PNG")
        assert made.tell() > 4_000_000
        return made.getvalue()


def test_a_photo_that_is_too_large_is_made_to_fit() -> None:
    server = FACEBOOK.server()
    FACEBOOK.adapter(server).prepare(rendered(Content(media=(PICTURE,))), media=Noisy("RGB"))
    [request] = server.requests
    assert len(request.content) < 4_001_000
    assert b'filename="photo.jpeg"' in request.content


def test_a_see_through_photo_that_would_have_to_become_webp_is_told() -> None:
    adapter = FACEBOOK.adapter(FACEBOOK.server())
    with pytest.raises(Rejected, match="save it as a JPEG"):
        adapter.prepare(rendered(Content(media=(PICTURE,))), media=Noisy("RGBA"))


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


# ── what became of a film ────────────────────────────────────────────────────────────────────


def became(told: Any, notes: Mapping[str, str] | None = None) -> Any:
    notes = {"video": "55"} if notes is None else notes
    part = rendered(of_kind("reel", VIDEO)).model_copy(update={"prepared": notes})
    adapter = FACEBOOK.adapter(answering(**{"55": told}))
    return adapter.resume(part, key=KEY, thread=Thread())


READY = {
    "status": {"video_status": "ready", "publishing_phase": {"status": "complete"}},
    "post_id": "777",
    "permalink_url": "/reel/55/",
}
ACCEPTED = {"video": "55", "accepted": ""}


def test_a_film_that_is_shown_is_known_by_its_post() -> None:
    shown = Remote(id="9_777", url=f"{HTTPS}/reel/55/", refs={"video": "55"})
    assert became(READY) == Published(shown)
    assert became({**READY, "post_id": "9_777"}) == Published(shown)
    told = {**READY, "post_id": None}
    assert became(told).remote.id == "55"
    assert became(told, {"video": "55", "accepted": "777"}).remote.id == "9_777"


@pytest.mark.parametrize(
    "told",
    [
        {"status": {"publishing_phase": {"status": "complete", "publish_status": "published"}}},
        {"status": {"video_status": "ready"}, "published": True},
    ],
)
def test_what_facebook_calls_published_is_published(told: Any) -> None:
    assert isinstance(became(told), Published)


@pytest.mark.parametrize(
    "told",
    [
        {"status": {"video_status": "ready"}},
        {"status": {"video_status": "ready"}, "published": False},
        {"status": {"video_status": "processing", "processing_phase": {"status": "in_progress"}}},
        {"status": {"publishing_phase": {"status": "not_started", "publish_status": "published"}}},
        {"status": {"publishing_phase": {"status": "complete", "publish_status": "scheduled"}}},
        {},
    ],
)
def test_what_facebook_does_not_call_so_is_waited_for(told: Any) -> None:
    assert became(told, ACCEPTED) == Pending({**ACCEPTED, "asked": "1"}, timedelta(seconds=5))


def test_it_is_asked_for_as_long_as_facebook_works_and_ever_less_often() -> None:
    working = {"status": {"video_status": "processing"}}
    told = became(working, {**ACCEPTED, "asked": "200"})
    assert told == Pending({**ACCEPTED, "asked": "201"}, timedelta(minutes=1))


@pytest.mark.parametrize(
    "told",
    [
        {"status": WHOLE},
        {"status": {"video_status": "upload_complete", **WHOLE}, "published": False},
        {
            "status": {
                **WHOLE,
                "processing_phase": {"status": "not_started"},
                "publishing_phase": {"status": "not_started"},
            }
        },
    ],
)
def test_what_was_never_finished_may_be_finished_and_what_was_accepted_may_not(told: Any) -> None:
    assert became(told) == Unpublished()
    assert isinstance(became(told, ACCEPTED), Pending)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"video_status": "error"}, "Facebook gave up the video"),
        ({"video_status": "expired"}, "gave up"),
        (
            {"processing_phase": {"status": "error", "errors": [{"message": "Too blurred."}]}},
            "gave up the video: Too blurred.",
        ),
        ({"publishing_phase": {"status": "error", "errors": []}}, "gave up"),
    ],
)
def test_what_facebook_gave_up_is_told_with_its_reason(status: Any, says: str) -> None:
    told = became({"status": status}, ACCEPTED)
    assert isinstance(told, GivenUp)
    assert says in told.sentence


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_question_that_is_refused_is_no_answer(status: int) -> None:
    refuse = lambda _: httpx.Response(status, json={"error": {"code": 100}})  # noqa: E731
    with pytest.raises(PublishError):
        became(refuse)


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def shown(number: int, message: str | None, *attachments: Any, **more: Any) -> Any:
    told = {"id": f"9_{number}", "created_time": minute(number), "message": message, **more}
    told = {name: value for name, value in told.items() if value is not None}
    return told | ({"attachments": {"data": list(attachments)}} if attachments else {})


def look(*posts: Any, since: datetime = TEN) -> Any:
    server = answering(**{"9/published_posts": {"data": list(posts)}})
    return FACEBOOK.adapter(server).list_posts(since=since)


PHOTO = {"media_type": "photo", "type": "photo"}
LINK = {"media_type": "link", "type": "share"}
FILM_LINK = {"media_type": "video", "type": "video_share_youtube"}
FILM = {"media_type": "video", "type": "video_inline"}
ALBUM = {"media_type": "album", "type": "album", "subattachments": {"data": [PHOTO, PHOTO]}}


@pytest.mark.parametrize(
    ("content", "message", "attachments"),
    [
        (Content(text="Hello"), "Hello", ()),
        (Content(text="  Hello \r\n\r\n\r\n\r\n world\t "), "Hello\n\nworld", ()),
        (Content(text="a\u200bb \u202bمرحبا\u202c"), "ab مرحبا", ()),
        (Content(text="Cafe\u0301 ☺\ufe0f"), "Café ☺", ()),
        (Content(text="👨‍👩‍👧"), "👨‍👩‍👧", ()),
        (of_kind("feed", text="See", link="https://ex.com"), "See", (LINK,)),
        (of_kind("feed", text="See", link="https://youtu.be/1"), "See", (FILM_LINK,)),
        (of_kind("feed", link="https://ex.com"), None, (LINK,)),
        (Content(text="Two", media=(PICTURE,) * 2), "Two", (ALBUM,)),
        (
            Content(text="Three, of which it tells two", media=(PICTURE,) * 3),
            "Three, of which it tells two",
            (ALBUM,),
        ),
        (Content(text="One", media=(PICTURE,)), "One", (PHOTO,)),
        (Content(media=(PICTURE,) * 2), None, (ALBUM,)),
    ],
    ids=str,
)
def test_a_post_is_known_again_whatever_facebook_does_to_it(
    content: Content, message: str | None, attachments: tuple[Any, ...]
) -> None:
    [found] = look(shown(1, message, *attachments)).posts
    part = rendered(content)
    assert found.fingerprint == Facebook.fingerprint(part, Thread(), FACEBOOK.channel)


@pytest.mark.parametrize(
    ("content", "message", "attachments"),
    [
        (Content(text="Hello"), "hello", ()),
        (Content(text="Hello"), "Hello there", ()),
        (Content(text="Hello"), "Hello", (PHOTO,)),
        (Content(text="Hello"), "Hello", (FILM,)),
        (Content(text="Hello", media=(PICTURE,)), "Hello", ()),
        (Content(media=(PICTURE,) * 3), None, (ALBUM,)),
        (Content(text="a b"), "ab", ()),
    ],
    ids=str,
)
def test_another_post_is_not_taken_for_it(
    content: Content, message: str | None, attachments: tuple[Any, ...]
) -> None:
    [found] = look(shown(1, message, *attachments)).posts
    part = rendered(content)
    assert found.fingerprint != Facebook.fingerprint(part, Thread(), FACEBOOK.channel)


def test_a_list_is_read_page_after_page_back_to_the_moment_asked_for() -> None:
    pages = {
        "": ([shown(9, "9"), shown(8, "8")], "p2"),
        "p2": ([shown(7, "7", permalink_url="/9/posts/7"), shown(2, "2")], "p3"),
    }

    def published(request: httpx.Request) -> Any:
        posts, after = pages[request.url.params.get("after", "")]
        cursors = {"cursors": {"after": after}, "next": "https://graph.facebook.com/never"}
        return {"data": posts, "paging": cursors}

    server = answering(**{"9/published_posts": published})
    listed = FACEBOOK.adapter(server).list_posts(since=clock.read(minute(5)))
    assert listed.complete
    assert [post.remote.id for post in listed.posts] == ["9_9", "9_8", "9_7"]
    assert listed.posts[2].remote.url == f"{HTTPS}/9/posts/7"
    assert [request.url.path for request in server.requests] == ["/v25.0/9/published_posts"] * 2


def test_a_list_without_an_end_is_not_called_complete() -> None:
    endless = {
        "data": [shown(9, "9")],
        "paging": {"cursors": {"after": "x"}, "next": "https://graph.facebook.com/more"},
    }
    server = answering(**{"9/published_posts": endless})
    assert not FACEBOOK.adapter(server).list_posts(since=TEN).complete
    assert len(server.requests) == 10


def test_a_first_comment_is_looked_for_below_its_post() -> None:
    told = [
        {"id": "1_3", "created_time": minute(3), "message": "First!", "from": {"id": "9"}},
        {"id": "1_2", "created_time": minute(2), "message": "First!"},
        {"id": "1_1", "created_time": minute(1), "message": "First!", "from": {"id": "77"}},
    ]
    server = answering(**{"9_111/comments": {"data": told}})
    listed = FACEBOOK.adapter(server).list_comments(Remote(id="9_111"), since=TEN)
    _, comment = Facebook.render(Content(text="x", first_comment=" First! "), FACEBOOK.channel)
    ours = Facebook.fingerprint(comment, Thread(), FACEBOOK.channel)
    assert comment.kind is PartKind.COMMENT
    assert [post.fingerprint == ours for post in listed.posts] == [True, False, False]
    assert listed.complete
    [request] = server.requests
    assert request.url.params["order"] == "reverse_chronological"


def test_a_post_with_the_words_of_a_comment_is_not_taken_for_it() -> None:
    post, comment = Facebook.render(Content(text="x", first_comment="x"), FACEBOOK.channel)
    prints = {Facebook.fingerprint(each, Thread(), FACEBOOK.channel) for each in (post, comment)}
    assert len(prints) == 2


# ── addresses and deleting ───────────────────────────────────────────────────────────────────


def test_where_people_find_a_post_is_asked_once_it_is_public() -> None:
    remote = FACEBOOK.adapter(FACEBOOK.server()).confirm(Remote(id="9_111"))
    assert remote == Remote(id="9_111", url=f"{HTTPS}/9/111")


def test_of_a_film_the_film_itself_is_deleted() -> None:
    server = answering(**{"55": {"success": True}})
    FACEBOOK.adapter(server).delete(Remote(id="9_777", refs={"video": "55"}))
    [request] = server.requests
    assert (request.method, request.url.path) == ("DELETE", "/v25.0/55")


def test_what_is_gone_already_is_deleted() -> None:
    error = {"code": 100, "error_subcode": 33, "message": "does not exist"}
    server = answering(**{"9_111": lambda _: httpx.Response(400, json={"error": error})})
    FACEBOOK.adapter(server).delete(Remote(id="9_111"))


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


def refusing(**error: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(400, json={"error": {"message": "secret words", **error}})


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("place", ["code", "error_subcode"])
def test_facebooks_own_refusals_are_known_by_subcode_and_by_code(code: int, place: str) -> None:
    known = REFUSALS[code]
    error = {"code": 1, place: code}
    with pytest.raises(PublishError) as raised:
        commit(rendered(Content(text="x")), refusing(**error))
    passing = code in (1363047, 1609010)
    assert type(raised.value) is (OutcomeUnknown if passing else known.error)
    assert "secret words" not in str(raised.value)
    assert str(raised.value).startswith("Facebook ")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 506, "error_subcode": 1455006}, Repeated),
        ({"code": 1, "error_subcode": 1366051}, Repeated),
        ({"code": 368, "error_subcode": 1390008}, Throttled),
        ({"code": 190, "error_subcode": 460}, NeedsReconnect),
        ({"code": 200}, NeedsReconnect),
        ({"code": 10}, NeedsReconnect),
        ({"code": 32}, Throttled),
        ({"code": 4}, Throttled),
        ({"code": 80001}, Throttled),
        ({"code": 100, "message": "Invalid appsecret_proof provided"}, NeedsReconnect),
        ({"code": 12}, Rejected),
    ],
    ids=str,
)
def test_a_refusal_is_named_for_what_we_do_next(error: Any, kind: type[PublishError]) -> None:
    with pytest.raises(PublishError) as raised:
        commit(rendered(Content(text="x")), refusing(**error))
    assert type(raised.value) is kind


def test_a_page_that_posts_too_fast_is_left_alone_for_a_while_and_no_other() -> None:
    with pytest.raises(Throttled) as raised:
        commit(rendered(Content(text="x")), refusing(code=368, error_subcode=1390008))
    assert (raised.value.after, raised.value.everywhere) == (timedelta(minutes=15), False)


def test_the_usage_header_of_a_page_tells_how_long_to_wait() -> None:
    usage = {"9": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 12}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}

    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": {"code": 80001}}, headers=headers)

    with pytest.raises(Throttled) as raised:
        commit(rendered(Content(text="x")), refuse)
    assert raised.value.after == timedelta(minutes=12)


# ── connecting ───────────────────────────────────────────────────────────────────────────────


def exchange(respond: Callable[[httpx.Request], httpx.Response]) -> tuple[Connected, ...]:
    return Facebook.exchange(APP, code="c0de", verifier="v", calls=calls(FACEBOOK, respond))


def granted(*left_out: str, **answers: Any) -> Server:
    rows = [
        {"permission": each, "status": "declined" if each in left_out else "granted"}
        for each in SCOPES
    ]
    return answering(**{"me/permissions": {"data": rows}, **answers})


def test_a_token_that_was_typed_in_goes_without_a_proof() -> None:
    given = FacebookConnection.model_validate({"page_id": " 9 ", "access_token": "tok"})
    server = FACEBOOK.server()
    connected = Facebook.connect(given, calls(FACEBOOK, server))
    assert (connected.remote_id, connected.url) == ("9", PAGE["link"])
    [request] = server.requests
    assert request.headers["authorization"] == "Bearer tok"
    assert set(request.url.params) == {"fields"}


def test_a_token_that_is_not_the_pages_is_told_when_it_is_typed_in() -> None:
    given = FacebookConnection.model_validate({"page_id": "9", "access_token": "tok"})
    with pytest.raises(NeedsReconnect, match="does not accept this token for this page"):
        Facebook.connect(given, calls(FACEBOOK, refusing(code=190)))


@pytest.mark.parametrize("page_id", ["9/feed", "9?fields=x", "../me"])
def test_what_is_typed_in_as_a_page_stays_inside_its_place(page_id: str) -> None:
    server = FACEBOOK.server()
    given = FacebookConnection.model_validate({"page_id": page_id, "access_token": "tok"})
    with pytest.raises(PublishError):
        Facebook.connect(given, calls(FACEBOOK, server))
    assert server.requests[0].url.raw_path.decode().count("/") == 2


def test_an_owner_is_asked_on_facebooks_own_page() -> None:
    address = httpx.URL(
        Facebook.authorise_address(
            APP, state="s", challenge="c", calls=calls(FACEBOOK, FACEBOOK.server())
        )
    )
    assert (address.host, address.path) == ("www.facebook.com", "/v25.0/dialog/oauth")
    assert address.params["response_type"] == "code"
    assert address.params["client_id"] == APP.client_id


def test_a_code_becomes_a_long_lived_token_and_that_one_the_pages() -> None:
    tokens = iter(["short", "long"])
    token = lambda _: {"access_token": next(tokens), "token_type": "bearer"}  # noqa: E731
    server = granted(**{"oauth/access_token": token})

    [connected] = exchange(server)

    first, second, *asked = server.requests
    assert (first.method, second.method) == ("POST", "POST")
    assert fields_of(first) == {
        "client_id": "app-1",
        "client_secret": SECRETS[1],
        "redirect_uri": APP.redirect_uri,
        "code": "c0de",
    }
    assert fields_of(second)["fb_exchange_token"] == "short"
    assert all(each.headers["authorization"] == "Bearer long" for each in asked)
    assert not any(secret in str(each.url) for each in server.requests for secret in SECRETS)
    credentials: Any = connected.credentials
    assert APP.client_secret is not None
    assert credentials.proof == proof_of(credentials.access_token, APP.client_secret)
    assert connected.expires_at is None


def test_the_proof_goes_with_every_call_of_the_graph() -> None:
    server = FACEBOOK.server()
    adapter = FACEBOOK.adapter(server)
    adapter.confirm(Remote(id="9_111"))
    commit(rendered(Content(text="x")), server)
    assert {each.url.params["appsecret_proof"] for each in server.requests} == {SECRETS[1]}


def test_every_page_is_offered_list_after_list() -> None:
    def pages(request: httpx.Request) -> Any:
        first = "after" not in request.url.params
        name = "one" if first else "two"
        row = {**OWN_PAGE, "id": name, "name": name.title(), "username": None}
        more = {"next": "https://graph.facebook.com/never"} if first else {}
        return {"data": [row], "paging": {"cursors": {"after": "x"}, **more}}

    connected = exchange(granted(**{"me/accounts": pages}))
    assert [(each.remote_id, each.handle) for each in connected] == [("one", "one"), ("two", "two")]


def test_what_was_left_out_is_named_with_what_will_not_work() -> None:
    [connected] = exchange(granted("pages_manage_engagement", "pages_messaging"))
    assert connected.missing == (
        "Without the permission pages_manage_engagement no first comment can be written",
        "Without the permission pages_messaging messages to the page are not told",
    )


def test_a_page_on_which_its_owner_may_not_post_is_offered_with_a_warning() -> None:
    row = {**OWN_PAGE, "tasks": ["ANALYZE"]}
    [connected] = exchange(granted(**{"me/accounts": {"data": [row]}}))
    assert connected.missing == (
        "Without the task CREATE_CONTENT on the page Acme nothing can be published",
    )


def test_a_consent_that_hides_the_pages_is_refused_with_the_reason() -> None:
    with pytest.raises(Rejected, match="pages_show_list nobody can tell which pages are yours"):
        exchange(granted("pages_show_list"))


def test_a_consent_without_a_page_lets_into_nothing() -> None:
    assert exchange(granted(**{"me/accounts": {"data": []}})) == ()


@pytest.mark.parametrize(
    "error",
    [
        {"code": 100, "error_subcode": 36009, "message": "This code has been used"},
        {"code": 1, "message": "Error validating client secret."},
        {"code": 190, "message": "s3cret"},
    ],
)
def test_a_consent_that_is_used_or_too_old_is_told_without_facebooks_words(error: Any) -> None:
    with pytest.raises(Rejected, match="does not accept this consent") as raised:
        exchange(refusing(**error))
    assert "s3cret" not in str(raised.value)


def test_facts_name_every_host_and_the_settings_of_a_deployment() -> None:
    assert set(FACTS.hosts) == {"graph", "video", "upload", "www"}
    assert {name: each.value for name, each in FACTS.settings.items()} == {
        "version": "v25.0",
        "reels_a_day": 30,
        "inbox_requests": 12,
    }
