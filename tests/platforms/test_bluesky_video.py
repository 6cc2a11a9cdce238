"""A video on its way to Bluesky: in steps, each of which may be another worker's."""

import json
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tellal.errors import PublishError, Rejected, TryLater, Unacceptable
from tellal.platforms.bluesky import Bluesky
from tellal.platforms.bluesky.sessions import BlueskyCredentials
from tellal.platforms.calls import UPLOADING, Calls
from tellal.platforms.protocol import Pending, Prepared
from tellal.posts import AttachedMedia, Content, Part, VideoFacts
from tests.platforms.sample import MOST_STEPS, PICTURE, SECRETS, Media
from tests.platforms.samples.bluesky import BLUESKY, DID
from tests.videos import CLIP, VIDEO

PART = len(CLIP) // 3 + 1
BLOB = {"$type": "blob", "ref": {"$link": "bafkvideo"}, "mimeType": "video/mp4", "size": 7}
WORD = "w0rd"


def refusal(name: str, status: int = 400, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": name, "message": "…", **more})


def job(state: str = "JOB_STATE_ENCODING", **more: Any) -> dict[str, Any]:
    return {"jobStatus": {"jobId": "job-1", "did": DID, "state": state, **more}}


@dataclass
class Service:
    """The account's server and the video service. `answers` are given once each, by method."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    polls: int = 1
    asked: list[str] = field(default_factory=list)
    parts: dict[int, bytes] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit(".", 1)[-1]
        self.requests.append(request)
        self.asked.append(method)
        if waiting := self.answers.get(method):
            said = waiting.pop(0)
            return said if isinstance(said, httpx.Response) else httpx.Response(200, json=said)
        return httpx.Response(200, json=self._usual(method, request))

    def _usual(self, method: str, request: httpx.Request) -> Any:
        match method:
            case "getServiceAuth":
                return {"token": WORD}
            case "getUploadLimits":
                return {
                    "canUpload": True,
                    "remainingDailyVideos": 25,
                    "remainingDailyBytes": 10**10,
                }
            case "startUpload":
                size = json.loads(request.content)["sizeBytes"]
                return {"jobId": "up-1", "partSizeBytes": PART, "partCount": -(-size // PART)}
            case "uploadPart":
                number = int(request.url.params["partNumber"])
                self.parts[number] = request.content
                return {"partNumber": number, "sizeBytes": len(request.content)}
            case "finishUpload":
                return {"completedJobId": "job-1", **job()}
            case "getJobStatus":
                self.polls -= 1
                return job() if self.polls >= 0 else job("JOB_STATE_COMPLETED", blob=BLOB)
            case _:
                return {}


def film(**facts: Any) -> Part:
    (part,) = Bluesky.render(Content(media=(VIDEO.model_copy(update=facts),)), BLUESKY.channel)
    return part


def step(service: Any, part: Part) -> Part:
    """As another worker does it, with what the one before noted."""
    result = BLUESKY.adapter(service).prepare(part, media=Media())
    return part.model_copy(update={"prepared": result.notes, "ready": isinstance(result, Prepared)})


def steps(service: Any, part: Part) -> Part:
    for _ in range(MOST_STEPS):
        part = step(service, part)
        if part.ready:
            return part
    raise AssertionError("it is never prepared")


def test_a_film_goes_in_parts_whatever_number_of_workers_take_turns() -> None:
    service = Service(polls=2)
    part = steps(service, film())
    assert part.prepared == {"video": json.dumps(BLOB)}
    assert b"".join(service.parts[n] for n in (1, 2, 3)) == CLIP
    assert [each for each in service.asked if each != "getServiceAuth"] == [
        "getUploadLimits",
        "startUpload",
        *["uploadPart"] * 3,
        "finishUpload",
        *["getJobStatus"] * 3,
    ]


def test_a_worker_that_dies_with_an_answer_is_followed_by_one_that_sends_that_part_again() -> None:
    service = Service()
    part = step(service, step(service, film()))  # begun, and a first part sent
    step(service, part)
    assert sorted(service.parts) == [1, 2]
    steps(service, part)
    assert service.asked.count("uploadPart") == 4
    assert b"".join(service.parts[n] for n in (1, 2, 3)) == CLIP


def test_parts_follow_at_once_and_the_encoding_is_asked_after_less_and_less_often() -> None:
    service, part, waits = Service(polls=3), film(), []
    while not part.ready:
        result = BLUESKY.adapter(service).prepare(part, media=Media())
        if isinstance(result, Pending):
            waits.append(result.check_in.total_seconds())
        ready = isinstance(result, Prepared)
        part = part.model_copy(update={"prepared": result.notes, "ready": ready})
    assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 0]


def test_what_the_service_is_told_of_the_film_is_exact() -> None:
    service = Service()
    step(service, film())
    begun = json.loads(service.requests[-1].content)
    assert begun == {
        "sizeBytes": len(CLIP),
        "mimeType": "video/mp4",
        "durationMs": 3200,
        "width": 540,
        "height": 960,
    }


def test_the_service_sees_our_word_and_never_the_channels_session() -> None:
    service = Service()
    part = steps(service, film())
    for request in service.requests:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.url.host == "video.bsky.app":
            assert token == (WORD if "getJobStatus" not in request.url.path else "")
        else:
            assert (request.url.host, token) == ("pds.example.com", SECRETS[0])
        assert WORD not in str(request.url)
    assert WORD not in str(part.prepared)


def test_words_are_asked_for_by_method_and_audience_for_half_an_hour() -> None:
    service = Service()
    adapter = BLUESKY.adapter(service)
    part = film()
    for _ in range(6):
        part = part.model_copy(update={"prepared": adapter.prepare(part, media=Media()).notes})
    asked = [each.url.params for each in service.requests if "getServiceAuth" in each.url.path]
    assert [(each["aud"], each["lxm"]) for each in asked] == [
        ("did:web:video.bsky.app", "app.bsky.video.getUploadLimits"),
        ("did:web:pds.example.com", "com.atproto.repo.uploadBlob"),
        ("did:web:pds.example.com", "com.atproto.repo.uploadBlob"),  # for the finish, fresh
    ]


# ── before anything is sent ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "told",
    [
        {"canUpload": False, "remainingDailyVideos": 0, "remainingDailyBytes": 10**9},
        {"canUpload": True, "remainingDailyVideos": 3, "remainingDailyBytes": len(CLIP) - 1},
        {"canUpload": False, "message": "You have reached the limit"},
    ],
    ids=["videos", "bytes", "it does not say of what"],
)
def test_a_quota_that_is_used_up_is_waited_for_and_nothing_is_sent(told: Any) -> None:
    service = Service({"getUploadLimits": [told]})
    with pytest.raises(TryLater, match="as many videos today") as raised:
        step(service, film())
    assert raised.value.after == timedelta(hours=3)
    assert "startUpload" not in service.asked


def test_an_account_that_may_not_send_videos_is_told_what_to_look_at() -> None:
    told = {"canUpload": False, "remainingDailyVideos": 25, "remainingDailyBytes": 10**10}
    with pytest.raises(Rejected, match="e-mail address confirmed"):
        step(Service({"getUploadLimits": [told]}), film())


@pytest.mark.parametrize(
    ("name", "error", "sentence", "after"),
    [
        ("UnsupportedContentType", Rejected, "no video in MP4", None),
        ("VideoTooLarge", Rejected, "too large", None),
        ("VideoTooLong", Rejected, "too long", None),
        ("BadAspectRatio", Rejected, "too wide or too narrow", None),
        ("UploadForbidden", Rejected, "e-mail address", None),
        ("DailyLimitExceeded", TryLater, "as many videos today", timedelta(hours=3)),
        ("TooManyOpenUploads", TryLater, "under way", None),
    ],
)
def test_a_refused_beginning_is_told_in_words_for_its_author(
    name: str, error: type[PublishError], sentence: str, after: timedelta | None
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        step(Service({"startUpload": [refusal(name)]}), film())
    assert getattr(raised.value, "after", None) == after


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("method", ["getUploadLimits", "startUpload"])
def test_a_word_that_is_not_believed_is_not_the_channels_end(method: str, status: int) -> None:
    with pytest.raises(TryLater, match="does not believe"):
        step(Service({method: [refusal("AuthRequired", status)]}), film())


def test_a_video_keeps_to_the_limits() -> None:
    odd = VIDEO.model_copy(
        update={
            "size": 300_000_001,
            "mime_type": "video/webm",
            "video": VideoFacts(seconds=181, codec="VP9"),
        }
    )
    with pytest.raises(Unacceptable) as refused:
        Bluesky.render(Content(media=(odd,)), BLUESKY.channel)
    assert [each.rule for each in refused.value.broken] == [
        "video/webm is not what Bluesky takes here: video/mp4",
        "too large for Bluesky: 300000001 of 300000000 bytes",
        "181 seconds long: Bluesky takes 0 to 180",
    ]
    with pytest.raises(Unacceptable, match="images and videos do not go together"):
        Bluesky.render(Content(media=(PICTURE, VIDEO)), BLUESKY.channel)


# ── what the service has of it ───────────────────────────────────────────────────────────────


def begun(**upload: Any) -> Part:
    told = {"job": "up-1", "part_bytes": PART, "parts": 3, **upload}
    return film().model_copy(update={"prepared": {"upload": json.dumps(told)}})


def noted(part: Part) -> Any:
    return json.loads((part.prepared or {})["upload"])


def test_parts_that_are_missing_are_sent_again_from_the_first_of_them() -> None:
    status = {"state": "created", "receivedParts": [1, 3]}
    service = Service({"finishUpload": [refusal("MissingParts")], "getUploadStatus": [status]})
    part = step(service, begun(sent=3))
    assert noted(part)["sent"] == 1
    steps(service, part)
    assert sorted(service.parts) == [2, 3]


def test_a_finish_under_way_is_waited_for_and_may_be_another_job() -> None:
    finishing = {"state": "finishing", "receivedParts": [1, 2, 3]}
    completed = {"state": "completed", "receivedParts": [], "completedJobId": "job-0"}
    service = Service(
        {
            "finishUpload": [refusal("UploadNotReady"), refusal("UploadNotReady")],
            "getUploadStatus": [finishing, completed],
        }
    )
    part = step(service, step(service, begun(sent=3)))
    assert noted(part) == {"encoding": "job-0"}


def test_what_was_worked_on_before_is_asked_by_its_own_job() -> None:
    service = Service({"finishUpload": [{"completedJobId": "job-0", **job(blob=BLOB)}]})
    part = step(service, begun(sent=3))
    assert json.loads((part.prepared or {})["video"]) == BLOB


@pytest.mark.parametrize(
    "answer",
    [
        refusal("already_exists", 409, **job("JOB_STATE_FAILED", blob=BLOB)),
        refusal("already_exists", 400, jobId="job-1", blob=BLOB, state="JOB_STATE_COMPLETED"),
        httpx.Response(200, json=job("JOB_STATE_FAILED", error="already_exists", blob=BLOB)),
    ],
    ids=["a conflict", "told by itself", "a failed job"],
)
def test_a_blob_counts_whatever_else_is_said(answer: httpx.Response) -> None:
    part = step(Service({"getJobStatus": [answer]}), begun(encoding="job-1"))
    assert part.prepared == {"video": json.dumps(BLOB)}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("validation_failure", "no MP4, or too long"),
        ("encoding_failure", "another encoding"),
        ("pds_upload_unsupported_blob_size", "no video as large"),
        ("generic_failure", "could not work on this video"),
        (None, "could not work on this video"),
    ],
)
def test_a_job_that_failed_says_why(code: str | None, sentence: str) -> None:
    failed = job("JOB_STATE_FAILED", **({"failureCode": code} if code else {}))
    with pytest.raises(Rejected, match=sentence):
        step(Service({"getJobStatus": [failed]}), begun(encoding="job-1"))


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (1, {"uploadPart": [refusal("UploadNotFound", 404)]}),
        (1, {"uploadPart": [refusal("UploadExpired")]}),
        (3, {"finishUpload": [refusal("UploadAborted")]}),
        (
            3,
            {
                "finishUpload": [refusal("UploadNotReady")],
                "getUploadStatus": [{"state": "expired", "receivedParts": []}],
            },
        ),
    ],
    ids=["unknown", "expired", "given up", "expired meanwhile"],
)
def test_an_upload_that_is_lost_begins_anew(sent: int, answers: dict[str, list[Any]]) -> None:
    service = Service(answers)
    part = step(service, begun(sent=sent))
    assert "upload" not in (part.prepared or {})
    assert steps(service, part).prepared == {"video": json.dumps(BLOB)}


def test_a_job_that_could_not_put_the_film_on_its_server_begins_anew_but_not_for_ever() -> None:
    failed = job("JOB_STATE_FAILED", failureCode="pds_upload_failure")
    service = Service({"getJobStatus": [failed]})
    assert steps(service, begun(encoding="job-1")).prepared == {"video": json.dumps(BLOB)}

    def lost(request: httpx.Request) -> httpx.Response:
        return refusal("JobNotFound", 404)

    asked = {"asked": "65", **(begun(encoding="job-1").prepared or {})}
    tired = film().model_copy(update={"prepared": asked})
    with pytest.raises(Rejected, match="takes too long over a video"):
        step(lost, tired)


# ── where it takes no parts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        refusal("MethodNotImplemented", 501),
        refusal("Not Found", 404),
        refusal("ServiceOverloaded", 503),
        httpx.Response(200, json={"jobId": "u", "partSizeBytes": 10, "partCount": 2}),
    ],
    ids=["not known", "not there", "switched off", "no plan to follow"],
)
@pytest.mark.parametrize(
    "sent",
    [
        httpx.Response(200, json=job()),
        httpx.Response(200, json=job()["jobStatus"]),
        refusal("already_exists", 409, jobId="job-1", state="JOB_STATE_COMPLETED"),
    ],
    ids=["as the lexicon has it", "as it is told", "it exists already"],
)
def test_where_it_takes_no_parts_it_gets_the_whole(
    answer: httpx.Response, sent: httpx.Response
) -> None:
    service = Service({"startUpload": [answer], "uploadVideo": [sent]})
    assert steps(service, film()).prepared == {"video": json.dumps(BLOB)}
    [whole] = [each for each in service.requests if "uploadVideo" in each.url.path]
    assert whole.content == CLIP
    assert whole.url.params["did"] == DID
    assert whole.headers["content-length"] == str(len(CLIP))
    assert "transfer-encoding" not in whole.headers


class Weighing(httpx.BaseTransport):
    """Takes what is sent, piece by piece, and keeps nothing of it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.bodies: list[tuple[str, int, str, float]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit(".", 1)[-1]
        if method not in {"uploadPart", "uploadVideo"}:
            request.read()
            return self._service(request)
        assert isinstance(request.stream, httpx.SyncByteStream)
        size = sum(len(piece) for piece in request.stream)
        said = request.headers["content-length"]
        self.bodies.append((method, size, said, request.extensions["timeout"]["read"]))
        return httpx.Response(200, json=job()["jobStatus"])


class Reading(Media):
    def __init__(self) -> None:
        self.ranges: list[int] = []

    def read(self, media: AttachedMedia) -> bytes:
        raise AssertionError("a film is never read as a whole")

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        self.ranges.append(length)
        return bytes(length)


@pytest.mark.parametrize(
    "begin",
    [
        {"jobId": "up-1", "partSizeBytes": 100_000_000, "partCount": 3},
        refusal("MethodNotImplemented", 501),
    ],
    ids=["in huge parts", "as a whole"],
)
def test_three_hundred_megabytes_never_lie_in_memory(begin: Any) -> None:
    line, reading = Weighing(Service({"startUpload": [begin]}, polls=0)), Reading()
    at = Calls(httpx.Client(transport=line), Bluesky.facts.hosts)
    session = BlueskyCredentials(
        access_token=SecretStr(SECRETS[0]), refresh_token=SecretStr(SECRETS[1])
    )
    adapter = Bluesky(BLUESKY.channel, session, at)
    part = film(size=300_000_000)
    tracemalloc.start()
    notes: Mapping[str, str] = {}
    while "video" not in notes:
        part = part.model_copy(update={"prepared": notes})
        notes = adapter.prepare(part, media=reading).notes
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(reading.ranges) == 300_000_000
    assert peak < 16 * 1024 * 1024
    assert sum(size for _, size, _, _ in line.bodies) == 300_000_000
    assert all(str(size) == said for _, size, said, _ in line.bodies)
    assert {deadline for *_, deadline in line.bodies} == {UPLOADING.total_seconds()}
