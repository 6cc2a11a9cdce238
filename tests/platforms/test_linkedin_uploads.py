"""Files on their way to LinkedIn: step by step, from the middle, and what goes wrong with them."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import NeedsReconnect, Rejected, TryLater
from tellal.platforms.protocol import Pending, Prepared
from tellal.posts import AttachedMedia, Content, Part
from tests.platforms.sample import FILM, PICTURE, Media, Server
from tests.platforms.samples.linkedin import LINKEDIN
from tests.videos import CLIP, VIDEO

MIB = 1024 * 1024
LONG = VIDEO.model_copy(update={"size": 9 * MIB})
SLIDES = AttachedMedia(
    media_id="med_3", object_key="m", mime_type="application/pdf", size=len(CLIP), pages=1
)
Answers = Mapping[str, Callable[[httpx.Request], Any]]


def part_of(content: Content) -> Part:
    return LINKEDIN.adapter(LINKEDIN.server()).render(content, LINKEDIN.channel)[0]  # type: ignore[no-any-return]


def server_with(answers: Answers) -> Server:
    return Server({**LINKEDIN.answers, **answers})


def steps(part: Part, server: Server) -> tuple[Part, list[Pending]]:
    """From what the part's notes hold to the end."""
    adapter, waited = LINKEDIN.adapter(server), []
    while isinstance(result := adapter.prepare(part, media=Media()), Pending):
        waited.append(result)
        part = part.model_copy(update={"prepared": result.notes})
    assert isinstance(result, Prepared)
    return part.model_copy(update={"prepared": result.notes}), waited


def asked(server: Server) -> list[str]:
    return [f"{each.method} {each.url.path}" for each in server.requests]


def step(part: Part, answers: Answers | None = None) -> Pending | Prepared:
    result: Pending | Prepared = LINKEDIN.adapter(server_with(answers or {})).prepare(
        part, media=Media()
    )
    return result


# ── one step at a time ───────────────────────────────────────────────────────────────────────


def test_a_film_goes_in_parts_of_four_mebibytes_with_a_receipt_for_each() -> None:
    server = LINKEDIN.server()
    done, waited = steps(part_of(FILM.model_copy(update={"media": (LONG,)})), server)
    assert asked(server) == [
        "POST /rest/videos",
        "PUT /dms-uploads/part/0",
        "PUT /dms-uploads/part/4194304",
        "PUT /dms-uploads/part/8388608",
        "POST /rest/videos",
        "GET /rest/videos/urn:li:video:C1",
    ]
    parts = server.requests[1:4]
    assert [len(each.content) for each in parts] == [4 * MIB, 4 * MIB, MIB]
    assert b"".join(each.content for each in parts) == CLIP.ljust(9 * MIB, b"\0")
    assert json.loads(server.requests[0].content)["initializeUploadRequest"] == {
        "owner": LINKEDIN.channel.remote_id,
        "fileSizeBytes": 9 * MIB,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    assert json.loads(server.requests[4].content)["finalizeUploadRequest"] == {
        "video": "urn:li:video:C1",
        "uploadToken": "",
        "uploadedPartIds": ["receipt-0", "receipt-4194304", "receipt-8388608"],
    }
    assert all(each.check_in == timedelta(0) for each in waited)
    assert done.prepared == {"assets": "urn:li:video:C1", "available": "1"}


def test_the_parts_of_a_film_go_where_no_token_belongs() -> None:
    server = LINKEDIN.server()
    steps(part_of(FILM), server)
    signed = [each for each in server.requests if "/part/" in each.url.path]
    assert [each.headers["content-type"] for each in signed] == ["application/octet-stream"]
    assert not any("authorization" in each.headers for each in signed)


def test_an_upload_goes_on_from_wherever_it_was_left() -> None:
    part = part_of(FILM.model_copy(update={"media": (LONG,)}))
    _, notes = steps(part, LINKEDIN.server())
    for already, left in enumerate(notes):
        server = LINKEDIN.server()
        resumed = part.model_copy(update={"prepared": left.notes})
        done, _ = steps(resumed, server)
        assert len(server.requests) == 5 - already
        assert done.prepared == {"assets": "urn:li:video:C1", "available": "1"}


def test_the_addresses_of_a_large_film_take_little_room_in_the_notes() -> None:
    large = VIDEO.model_copy(update={"size": 500_000_000})
    began = step(part_of(FILM.model_copy(update={"media": (large,)})))
    assert len(began.notes["parts"]) < 2500  # of 120 addresses


def test_each_image_is_a_step_and_so_is_each_question_about_one() -> None:
    server = LINKEDIN.server()
    _, waited = steps(part_of(Content(media=(PICTURE,) * 3)), server)
    assert asked(server) == [
        *["POST /rest/images", "PUT /dms-uploads/image"] * 3,
        *["GET /rest/images/urn:li:image:C1"] * 3,
    ]
    assert len(waited) == 6
    assert waited[2].notes == {"assets": " ".join(["urn:li:image:C1"] * 3)}


def test_a_document_is_streamed_whole_under_our_token() -> None:
    server = LINKEDIN.server()
    options = {"linkedin": {"title": "Menu"}}
    steps(part_of(Content(media=(SLIDES,), options=options)), server)
    [sent] = [each for each in server.requests if each.method == "PUT"]
    assert sent.headers["content-length"] == str(len(CLIP))
    assert sent.headers["content-type"] == "application/pdf"
    assert sent.headers["authorization"] == "Bearer s3cret-access"
    assert "transfer-encoding" not in sent.headers


@pytest.mark.parametrize(
    ("at", "is_told"),
    [
        ("https://www.linkedin.com/dms-uploads/image", True),
        ("https://media.linkedin.com/dms-uploads/image", True),
        ("https://linkedin.com.example/dms-uploads/image", False),
        ("https://storage.example/dms-uploads/image", False),
    ],
)
def test_the_token_is_told_to_linkedins_own_hosts_alone(at: str, *, is_told: bool) -> None:
    begun = {"value": {"image": "urn:li:image:C1", "uploadUrl": at}}
    server = server_with({"/rest/images": lambda _: begun})
    steps(part_of(Content(media=(PICTURE,))), server)
    [sent] = [each for each in server.requests if each.method == "PUT"]
    assert ("authorization" in sent.headers) == is_told


# ── waiting ──────────────────────────────────────────────────────────────────────────────────

UPLOADED = {"assets": "urn:li:image:C1"}
IMAGE = Content(media=(PICTURE,))


def told(status: str) -> Answers:
    return {":image:C1": lambda _: {"status": status}}


@pytest.mark.parametrize("status", ["PROCESSING", "WAITING_UPLOAD", "SOMETHING_NEW"])
def test_a_file_that_linkedin_works_on_is_asked_about_ever_less_often(status: str) -> None:
    part = part_of(IMAGE).model_copy(update={"prepared": UPLOADED})
    first = step(part, told(status))
    assert isinstance(first, Pending)
    second = step(part.model_copy(update={"prepared": first.notes}), told(status))
    assert isinstance(second, Pending)
    assert timedelta(0) < first.check_in < second.check_in
    available = step(part.model_copy(update={"prepared": second.notes}))
    assert available.notes == {**UPLOADED, "available": "1"}


def test_a_file_is_not_waited_for_for_ever() -> None:
    part = part_of(IMAGE).model_copy(update={"prepared": {**UPLOADED, "asked": "60"}})
    with pytest.raises(Rejected, match="too long over an image"):
        step(part, told("PROCESSING"))


def test_a_file_that_linkedin_gives_up_is_refused() -> None:
    part = part_of(IMAGE).model_copy(update={"prepared": UPLOADED})
    with pytest.raises(Rejected, match="could not make anything of an image"):
        step(part, told("PROCESSING_FAILED"))


def test_who_may_not_ask_waits_a_moment_and_goes_on() -> None:
    """Tokens of members are write-only."""
    part = part_of(Content(media=(PICTURE,) * 2))
    notes = {"assets": "urn:li:image:C1 urn:li:image:C2"}
    refused = {":image:C1": lambda _: httpx.Response(403, json={"message": "forbidden"})}
    left = step(part.model_copy(update={"prepared": notes}), refused)
    assert left == Pending({**notes, "available": "2"}, timedelta(seconds=15))
    assert isinstance(step(part.model_copy(update={"prepared": left.notes})), Prepared)


def test_a_file_that_is_not_known_everywhere_yet_is_asked_about_again() -> None:
    part = part_of(IMAGE).model_copy(update={"prepared": UPLOADED})
    unknown = {":image:C1": lambda _: httpx.Response(404, json={})}
    assert isinstance(step(part, unknown), Pending)


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────


def half_way() -> Part:
    """Announced, and no part of it sent."""
    film = part_of(FILM)
    return film.model_copy(update={"prepared": step(film).notes})


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401),
        httpx.Response(403, text="<html>"),
        httpx.Response(404),
        httpx.Response(410),
        httpx.Response(400, json={"code": "EXPIRED_UPLOAD_URL"}),
    ],
    ids=lambda answer: str(answer.status_code),
)
def test_an_upload_whose_addresses_have_ended_is_begun_again_but_not_for_ever(
    answer: httpx.Response,
) -> None:
    refused = {"/dms-uploads/part/0": lambda _: answer}
    part = half_way()
    for times in (1, 2):
        left = step(part, refused)
        assert left == Pending({"anew": str(times)})
        began = step(part.model_copy(update={"prepared": left.notes}))
        part = part.model_copy(update={"prepared": began.notes})
    with pytest.raises(Rejected, match="again and again"):
        step(part, refused)


@pytest.mark.parametrize("headers", [{}, {"etag": ""}, {"etag": '"a b"'}])
def test_a_part_without_a_receipt_is_sent_again_later(headers: Mapping[str, str]) -> None:
    answers = {"/dms-uploads/part/0": lambda _: httpx.Response(200, headers=headers)}
    with pytest.raises(TryLater, match="no receipt"):
        step(half_way(), answers)


def test_a_part_that_is_refused_for_what_it_is_is_refused() -> None:
    refused = {"/dms-uploads/part/0": lambda _: httpx.Response(422, json={})}
    with pytest.raises(Rejected, match="refused it"):
        step(half_way(), refused)


def finished(status: str | None) -> Answers:
    """The end of the upload is refused, and the film is as told."""

    def asked(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"code": "UPLOAD_ALREADY_FINALIZED"})

    known = httpx.Response(200, json={"status": status}) if status else httpx.Response(403)
    return {"/rest/videos": asked, ":video:C1": lambda _: known}


def sent_in_full() -> Part:
    part = half_way()
    left = step(part)
    return part.model_copy(update={"prepared": left.notes})


@pytest.mark.parametrize("status", ["PROCESSING", "AVAILABLE"])
def test_an_end_that_was_heard_before_is_no_error(status: str) -> None:
    left = step(sent_in_full(), finished(status))
    assert left == Pending({"assets": "urn:li:video:C1"})


@pytest.mark.parametrize("status", ["WAITING_UPLOAD", None])
def test_an_end_that_is_refused_is_an_error(status: str | None) -> None:
    with pytest.raises(Rejected, match="UPLOAD_ALREADY_FINALIZED"):
        step(sent_in_full(), finished(status))


def test_a_token_that_is_refused_by_an_upload_is_told_as_everywhere() -> None:
    refused = {"/dms-uploads/image": lambda _: httpx.Response(401, json={})}
    with pytest.raises(NeedsReconnect):
        step(part_of(IMAGE), refused)
