"""How films go to TikTok in chunks, and how it comes to photos."""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from tellal.errors import OutcomeUnknown, PublishError, Rejected, TryLater
from tellal.platforms.protocol import Accepted, Pending, Prepared
from tellal.platforms.tiktok import photos
from tellal.platforms.tiktok.upload import SMALLEST, Chunks
from tellal.posts import AttachedMedia
from tests.pictures import png
from tests.platforms.faults import FAULTS, Fault
from tests.platforms.sample import KEY, Media, Server
from tests.platforms.samples.tiktok import TIKTOK
from tests.platforms.tiktok_posts import FIRST, LONG, PHOTOS, post, ready, rendered, status
from tests.videos import VIDEO

# ── films in chunks ──────────────────────────────────────────────────────────────────────────


@given(some.integers(1, 4_000_000_000))
def test_chunks_keep_every_rule_and_are_the_whole_film(size: int) -> None:
    chunks = Chunks(size)
    assert 1 <= chunks.count <= 1000
    assert chunks.count == size // chunks.length
    assert chunks.length == size // chunks.count
    spans = [(chunks.start(n), chunks.end(n)) for n in range(chunks.count)]
    assert spans[0][0] == 0
    assert spans[-1][1] == size
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    if chunks.count == 1:
        assert chunks.length == size < 2 * SMALLEST
    else:
        assert all(SMALLEST <= end - start <= 64_000_000 for start, end in spans)
    last = spans[-1][1] - spans[-1][0]
    assert last < 2 * SMALLEST + 1000  # the due second waits for it


def ranges(server: Server) -> list[str]:
    return [r.headers["content-range"] for r in server.requests if r.method == "PUT"]


def test_all_but_the_last_chunk_are_sent_one_by_one_and_without_the_token() -> None:
    server = TIKTOK.server()
    adapter, part = TIKTOK.adapter(server), rendered(post(LONG))
    steps = []
    while True:
        before = len(server.requests)
        result = adapter.prepare(part, media=Media())
        steps.append(len(server.requests) - before)
        part = part.model_copy(update={"prepared": result.notes})
        if isinstance(result, Prepared):
            break
        assert result.check_in == timedelta(0)
    assert steps == [1, 1, 1, 1]  # the account, the beginning, two chunks
    size, length = LONG.size, LONG.size // 3
    assert ranges(server) == [
        f"bytes 0-{length - 1}/{size}",
        f"bytes {length}-{2 * length - 1}/{size}",
    ]
    result = adapter.commit(part, key=KEY, thread=FIRST, media=Media())
    assert isinstance(result, Accepted)
    assert ranges(server)[2] == f"bytes {2 * length}-{size - 1}/{size}"
    puts = [request for request in server.requests if request.method == "PUT"]
    assert b"".join(request.content for request in puts) == Media().read(LONG).ljust(size, b"\0")
    assert not any("authorization" in request.headers for request in puts)


def test_a_worker_goes_on_at_the_chunk_where_another_stopped() -> None:
    server = TIKTOK.server()
    part = rendered(post(LONG))
    notes = {"username": "acme", "publish_id": "v", "upload_url": "https://u.example/video/"}
    part = part.model_copy(update={"prepared": {**notes, "sent": "1"}})
    result = TIKTOK.adapter(server).prepare(part, media=Media())
    assert isinstance(result, Prepared)
    assert result.notes["sent"] == "2"
    assert len(ranges(server)) == 1


def sending(put: Any, *, sent: int = 0, uploaded: int | None = None, uploads: int = 1) -> Any:
    """One step at a chunk whose host answers so, and TikTok says how much it has."""
    told = {} if uploaded is None else {"uploaded_bytes": uploaded}
    server = Server(
        {"/status/fetch/": lambda _: status("PROCESSING_UPLOAD", **told), "/video/": put}
    )
    notes = {"username": "acme", "publish_id": "v", "upload_url": "https://u.example/video/"}
    notes |= {"sent": str(sent), "uploads": str(uploads)}
    part = rendered(post(LONG)).model_copy(update={"prepared": notes})
    return TIKTOK.adapter(server).prepare(part, media=Media())


# A host that knows nothing of it, and an echo of more bytes than a reply may have.
NOT_OF_A_CHUNK = ("401", "403", "404", "401 without a body", "422 that echoes us")
REFUSED = {number: (lambda _, number=number: httpx.Response(number)) for number in (403, 404, 416)}
THIRD = LONG.size // 3


def test_a_chunk_that_was_received_though_its_answer_was_lost_is_not_sent_again() -> None:
    pending = sending(REFUSED[416], sent=0, uploaded=THIRD)
    assert isinstance(pending, Pending)
    assert pending.notes["sent"] == "1"
    last_but_one = sending(REFUSED[416], sent=0, uploaded=2 * THIRD)
    assert isinstance(last_but_one, Prepared)
    assert last_but_one.notes["sent"] == "2"


@pytest.mark.parametrize(
    ("put", "uploaded"),
    [
        (REFUSED[403], None),
        (REFUSED[404], None),
        (REFUSED[416], None),
        (REFUSED[416], 0),
        (REFUSED[416], THIRD),  # as much as we thought: and yet it refuses
        (REFUSED[416], THIRD + 5),
        (REFUSED[416], LONG.size),  # all of it, though the last chunk was never sent
    ],
)
def test_an_upload_that_tiktok_lost_is_begun_again_and_not_for_ever(
    put: Any, uploaded: int | None
) -> None:
    pending = sending(put, sent=1, uploaded=uploaded)
    assert pending == Pending({"username": "acme", "uploads": "2"})
    with pytest.raises(TryLater, match="again and again"):
        sending(put, sent=1, uploaded=uploaded, uploads=3)


@pytest.mark.parametrize(
    "fault",
    [f for f in FAULTS if f.name not in NOT_OF_A_CHUNK],
    ids=lambda fault: fault.name,
)
def test_a_fault_in_a_chunk_that_publishes_nothing_is_no_doubt(fault: Fault) -> None:
    with pytest.raises(fault.elsewhere) as raised:
        sending(fault.respond)
    assert not isinstance(raised.value, OutcomeUnknown)


@pytest.mark.parametrize("number", [200, 201])
def test_a_chunk_in_between_is_taken_only_if_tiktok_waits_for_more(number: int) -> None:
    with pytest.raises(TryLater):
        sending(lambda _: httpx.Response(number, json={}))


def test_a_file_that_became_shorter_is_not_sent() -> None:
    class Cut(Media):
        def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
            return b"short"

    with pytest.raises(Rejected, match="attach it again"):
        TIKTOK.adapter(TIKTOK.server()).commit(ready(post()), key=KEY, thread=FIRST, media=Cut())


def committing(number: int, **headers: str) -> Any:
    put = lambda _: httpx.Response(number, headers=headers)  # noqa: E731
    return TIKTOK.adapter(put).commit(ready(post()), key=KEY, thread=FIRST, media=Media())


def test_the_last_chunk_is_accepted_with_201_alone() -> None:
    accepted = committing(201, **{"x-tt-logid": "2022LOG"})
    assert accepted.notes["accepted"] == "yes"
    assert accepted.request_id == "2022LOG"
    with pytest.raises(OutcomeUnknown):
        committing(206)


@pytest.mark.parametrize(
    ("progress", "error"),
    [
        ({}, OutcomeUnknown),
        ({"content-range": f"bytes 0-{VIDEO.size - 1}/{VIDEO.size}"}, OutcomeUnknown),
        ({"content-range": f"bytes 0-{VIDEO.size}/{VIDEO.size}"}, OutcomeUnknown),
        ({"content-range": "nonsense"}, OutcomeUnknown),
        ({"content-range": f"bytes 0-7/{VIDEO.size}"}, TryLater),
    ],
)
def test_a_last_chunk_that_is_out_of_step_is_in_doubt_only_if_all_may_be_there(
    progress: Mapping[str, str], error: type[PublishError]
) -> None:
    with pytest.raises(error) as raised:
        committing(416, **progress)
    assert isinstance(raised.value, OutcomeUnknown) == (error is OutcomeUnknown)


# ── photos ───────────────────────────────────────────────────────────────────────────────────


def jpeg(width: int, height: int, **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "orange").save(out, "JPEG", **options)
    return out.getvalue()


def fitted(data: bytes) -> tuple[str, tuple[int, int]]:
    made = photos.fitting(data, most_bytes=20_000_000)
    with Image.open(BytesIO(made.data)) as image:
        return made.mime_type, image.size


@pytest.mark.parametrize(
    ("data", "becomes"),
    [
        (jpeg(1080, 1920), ("image/jpeg", (1080, 1920))),
        (jpeg(1920, 1080), ("image/jpeg", (1920, 1080))),
        (jpeg(2160, 3840), ("image/jpeg", (1080, 1920))),
        (jpeg(3000, 3000), ("image/jpeg", (1080, 1080))),
        (jpeg(4000, 1000), ("image/jpeg", (1920, 480))),
        (png(10, 20), ("image/jpeg", (10, 20))),
    ],
)
def test_photos_are_made_to_fit_and_no_larger_than_they_were(
    data: bytes, becomes: tuple[str, tuple[int, int]]
) -> None:
    assert fitted(data) == becomes


def test_a_picture_that_is_see_through_stays_so() -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert fitted(out.getvalue()) == ("image/webp", (10, 10))


def test_where_a_photo_was_taken_does_not_leave() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    made = photos.fitting(jpeg(10, 10, exif=exif), most_bytes=20_000_000)
    with Image.open(BytesIO(made.data)) as image:
        assert not image.getexif()


def test_photos_are_made_ready_one_by_one_and_signed_when_they_are_sent() -> None:
    class Signing(Media):
        signed = 0

        def link(self, media: AttachedMedia) -> str:
            self.signed += 1
            return (
                f"https://bucket.s3.amazonaws.com/{media.object_key}?X-Amz-Signature={self.signed}"
            )

    media, server = Signing(), TIKTOK.server()
    adapter, part = TIKTOK.adapter(server), rendered(PHOTOS)
    kept = []
    while True:
        result = adapter.prepare(part, media=media)
        kept.append(sum(name.startswith("photo ") for name in result.notes))
        part = part.model_copy(update={"prepared": result.notes})
        if isinstance(result, Prepared):
            break
    assert kept == [0, 1, 2]
    assert media.signed == 0
    adapter.commit(part, key=KEY, thread=FIRST, media=media)
    sent = json.loads(server.requests[-1].content)["source_info"]["photo_images"]
    made = "https://media.acme.example/made/med_1.jpeg?X-Amz-Signature="
    assert sent == [f"{made}1", f"{made}2"]
