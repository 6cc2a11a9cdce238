"""What Bluesky's video service must get right: its own name, words, parts, jobs, and quotas."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.sandboxes.conftest import Client
from tests.sandboxes.test_bluesky import CREATE, error_of, write
from tests.videos import CLIP

HALF = len(CLIP) // 2 + 1
PUTTING = "com.atproto.repo.uploadBlob"
LIMITS = "app.bsky.video.getUploadLimits"


def named(url: str) -> str:
    return f"did:web:{url.partition('://')[2].replace(':', '%3A')}"


def word(bluesky: Client, *, method: str = PUTTING, **asks: Any) -> str:
    host = bluesky.url if method == PUTTING else bluesky.url.replace("127.0.0.1", "localhost")
    query = {"aud": named(host), "lxm": method, **asks}
    told = bluesky.get("/com.atproto.server.getServiceAuth", params=query)
    assert told.status_code == 200, told.text
    return str(told.json()["token"])


@pytest.fixture
def service(bluesky: Client) -> Iterator[httpx.Client]:
    """The video service, under its own name, with a word of the account's."""
    at = f"{bluesky.url.replace('127.0.0.1', 'localhost')}/xrpc/app.bsky.video"
    headers = {"Authorization": f"Bearer {word(bluesky)}"}
    bluesky.control.change_settings(video_part_bytes=HALF)
    with httpx.Client(headers=headers, trust_env=False) as http:
        http.base_url = httpx.URL(f"{at}.")
        yield http


def ask(service: httpx.Client, name: str, **request: Any) -> httpx.Response:
    method = "GET" if name.startswith("get") else "POST"
    url = f"{str(service.base_url).rstrip('/')}{name}"
    return service.request(method, url, **request)


def start(service: httpx.Client, **more: Any) -> httpx.Response:
    begin = {"sizeBytes": len(CLIP), "mimeType": "video/mp4", **more}
    return ask(service, "startUpload", json=begin)


def send(service: httpx.Client, job: str, number: int, data: bytes) -> httpx.Response:
    asks = {"jobId": job, "partNumber": number}
    return ask(service, "uploadPart", params=asks, content=data)


def upload(service: httpx.Client) -> str:
    job: str = start(service).json()["jobId"]
    for number, data in ((1, CLIP[:HALF]), (2, CLIP[HALF:])):
        assert send(service, job, number, data).status_code == 200
    finished = ask(service, "finishUpload", json={"jobId": job}).json()
    return str(finished["completedJobId"])


def status(service: httpx.Client, job: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(
        f"{str(service.base_url).rstrip('/')}getJobStatus", params={"jobId": job}, trust_env=False
    ).json()["jobStatus"]
    return told


def test_a_film_is_sent_in_parts_worked_on_and_put_on_its_accounts_server(
    bluesky: Client, service: httpx.Client
) -> None:
    started = start(service).json()
    assert (started["partSizeBytes"], started["partCount"]) == (HALF, 2)
    job = upload(service)
    assert "blob" not in status(service, job)
    blob = status(service, job)["blob"]
    embed = {"$type": "app.bsky.embed.video", "video": blob, "alt": "steam"}
    assert bluesky.post(CREATE, json=write(bluesky, {"text": "x", "embed": embed})).is_success
    [film] = bluesky.control.posts()[0]["images"]
    assert (film["alt"], film["type"]) == ("steam", "video/mp4")
    assert httpx.get(film["url"], trust_env=False).content == CLIP


def test_a_part_again_is_the_same_and_one_of_another_size_or_number_is_none(
    service: httpx.Client,
) -> None:
    job = start(service).json()["jobId"]
    for _ in range(2):
        assert send(service, job, 1, CLIP[:HALF]).json() == {"partNumber": 1, "sizeBytes": HALF}
    assert error_of(send(service, job, 2, CLIP[:HALF])) == (400, "PartSizeMismatch")
    assert error_of(send(service, job, 3, b"x")) == (400, "InvalidPartNumber")
    assert error_of(send(service, "another", 1, b"x")) == (404, "UploadNotFound")
    finish = {"json": {"jobId": job}}
    assert error_of(ask(service, "finishUpload", **finish)) == (400, "MissingParts")
    told = ask(service, "getUploadStatus", params={"jobId": job}).json()
    assert (told["state"], told["receivedParts"]) == ("created", [1])


def test_finishing_again_gives_the_same_job_and_the_same_film_the_one_before(
    service: httpx.Client,
) -> None:
    first = upload(service)
    assert upload(service) == first
    again = ask(service, "finishUpload", json={"jobId": first}).json()
    assert again["completedJobId"] == first
    assert error_of(send(service, first, 1, CLIP[:HALF])) == (400, "UploadAlreadyCompleted")


def test_an_upload_expires_and_can_be_given_up(bluesky: Client, service: httpx.Client) -> None:
    given_up = start(service).json()["jobId"]
    assert ask(service, "abortUpload", json={"jobId": given_up}).json() == {"state": "aborted"}
    assert error_of(send(service, given_up, 1, CLIP[:HALF])) == (400, "UploadAborted")
    bluesky.control.change_settings(upload_seconds=1)
    late = start(service).json()["jobId"]
    bluesky.control.advance(seconds=2)
    assert error_of(send(service, late, 1, CLIP[:HALF])) == (400, "UploadExpired")
    told = ask(service, "getUploadStatus", params={"jobId": late}).json()
    assert told["state"] == "expired"


def test_a_whole_film_is_taken_and_the_same_again_exists_already(
    bluesky: Client, service: httpx.Client
) -> None:
    bluesky.control.change_settings(takes_parts=False, video_polls=0)
    assert error_of(start(service)) == (501, "MethodNotImplemented")
    asks = {"did": bluesky.id, "name": "a.mp4"}
    headers = {"Content-Type": "video/mp4"}
    sent = ask(service, "uploadVideo", params=asks, content=CLIP, headers=headers)
    job = sent.json()["jobId"]
    again = ask(service, "uploadVideo", params=asks, content=CLIP, headers=headers)
    assert error_of(again) == (409, "already_exists")
    assert again.json()["jobId"] == job
    assert status(service, job)["blob"]["mimeType"] == "video/mp4"
    stranger = ask(service, "uploadVideo", params=asks | {"did": "did:plc:x"}, content=CLIP)
    assert stranger.status_code == 401


@pytest.mark.parametrize(
    ("settings", "more", "name"),
    [
        ({}, {"mimeType": "application/pdf"}, "UnsupportedContentType"),
        ({"video_bytes": 10}, {}, "VideoTooLarge"),
        ({"daily_video_bytes": 10}, {}, "VideoTooLarge"),
        ({}, {"durationMs": 180_001}, "VideoTooLong"),
        ({"daily_videos": 0}, {}, "DailyLimitExceeded"),
        ({"open_uploads": 0}, {}, "TooManyOpenUploads"),
        ({"email_confirmed": False}, {}, "UploadForbidden"),
    ],
)
def test_what_is_against_a_rule_is_refused_before_a_byte_is_sent(
    bluesky: Client,
    service: httpx.Client,
    settings: dict[str, Any],
    more: dict[str, Any],
    name: str,
) -> None:
    bluesky.control.change_settings(**settings)
    assert error_of(start(service, **more)) == (400, name)


def test_what_is_no_film_is_found_out_when_it_is_put_together(service: httpx.Client) -> None:
    job = start(service).json()["jobId"]
    send(service, job, 1, bytes(HALF))
    send(service, job, 2, bytes(len(CLIP) - HALF))
    refused = ask(service, "finishUpload", json={"jobId": job})
    assert error_of(refused) == (400, "UnsupportedContentType")


def test_limits_say_what_is_left_of_the_day_and_begin_anew(
    bluesky: Client, service: httpx.Client
) -> None:
    def left() -> tuple[bool, int, int]:
        headers = {"Authorization": f"Bearer {word(bluesky, method=LIMITS)}"}
        told = ask(service, "getUploadLimits", headers=headers).json()
        return told["canUpload"], told["remainingDailyVideos"], told["remainingDailyBytes"]

    bluesky.control.change_settings(daily_videos=2, daily_video_bytes=len(CLIP) * 2)
    assert left() == (True, 2, len(CLIP) * 2)
    upload(service)
    assert left() == (True, 1, len(CLIP))
    start(service)  # what is open is kept for it
    assert left() == (False, 0, 0)
    bluesky.control.change_settings(access_seconds=10 * 86_400)
    bluesky.control.advance(seconds=86_401)
    bluesky.control.change_settings(email_confirmed=False)
    fresh = bluesky.post(
        "/com.atproto.server.createSession",
        json={"identifier": bluesky.name, "password": bluesky.secret},
    ).json()["accessJwt"]
    bluesky.http.headers["Authorization"] = f"Bearer {fresh}"
    assert left() == (False, 2, len(CLIP) * 2)


def test_a_job_may_fail_and_says_why(bluesky: Client, service: httpx.Client) -> None:
    bluesky.control.change_settings(video_polls=0, video_fails="encoding_failure")
    told = status(service, upload(service))
    assert (told["state"], told["failureCode"]) == ("JOB_STATE_FAILED", "encoding_failure")


def test_a_word_must_be_good_for_as_long_as_the_service_works(
    bluesky: Client, service: httpx.Client
) -> None:
    bluesky.control.change_settings(video_polls=0)
    job = upload(service)  # with a word of a minute
    bluesky.control.advance(seconds=61)
    assert status(service, job)["failureCode"] == "pds_upload_failure"


def test_a_word_is_good_for_one_method_of_one_server_and_no_hour(
    bluesky: Client, service: httpx.Client
) -> None:
    service.headers["Authorization"] = f"Bearer {word(bluesky, method=LIMITS)}"
    assert error_of(start(service)) == (401, "AuthRequired")
    service.headers["Authorization"] = f"Bearer {word(bluesky, aud='did:web:elsewhere')}"
    assert error_of(start(service)) == (401, "AuthRequired")
    service.headers["Authorization"] = bluesky.http.headers["Authorization"]
    assert error_of(start(service)) == (401, "AuthRequired")
    now = int(datetime.now(UTC).timestamp())
    for exp in (now - 10, now + 3700):
        query = {"aud": named(bluesky.url), "lxm": PUTTING, "exp": exp}
        refused = bluesky.get("/com.atproto.server.getServiceAuth", params=query)
        assert error_of(refused) == (400, "BadExpiration")


def test_the_service_answers_under_its_own_name_alone(bluesky: Client) -> None:
    asked = bluesky.get("/app.bsky.video.getUploadLimits")
    assert error_of(asked) == (501, "MethodNotImplemented")
