"""Attached files as adapters read them: whole, by ranges, and by an address."""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.aws.process import LocalAws
from tellal import wiring
from tellal.errors import Rejected
from tellal.media.ranged import WINDOW
from tellal.platforms.calls import Calls
from tellal.posts import AttachedMedia
from tests.integration.deliveries import picture

BODY = bytes(range(256)) * 12_000  # three megabytes, and each place tells which it is
GONE = picture("media/gone.png")


@pytest.fixture
def film(aws: LocalAws) -> AttachedMedia:
    wiring.media_bucket().put("media/ws_1/film.mp4", BODY, content_type="video/mp4")
    return picture("media/ws_1/film.mp4").model_copy(
        update={"mime_type": "video/mp4", "size": len(BODY)}
    )


def test_a_file_is_read_whole(film: AttachedMedia) -> None:
    assert wiring.attachments().read(film) == BODY


def test_a_range_is_what_stands_there_and_less_at_the_end(film: AttachedMedia) -> None:
    read = wiring.attachments().read_range

    assert read(film, start=0, length=1) == BODY[:1]
    assert read(film, start=300, length=700) == BODY[300:1000]
    assert read(film, start=len(BODY) - 10, length=100) == BODY[-10:]


def test_chunks_make_the_file_whole_again(film: AttachedMedia) -> None:
    length = 1_000_000
    chunks = [
        wiring.attachments().read_range(film, start=start, length=length)
        for start in range(0, film.size, length)
    ]
    assert b"".join(chunks) == BODY


def test_an_opened_file_is_read_from_anywhere_and_again(film: AttachedMedia) -> None:
    with wiring.attachments().open(film) as file:
        assert file.read(10) == BODY[:10]
        assert file.seek(-10, io.SEEK_END) == len(BODY) - 10
        assert file.read() == BODY[-10:]
        assert file.read(1) == b""
        file.seek(0)
        assert file.read() == BODY


def test_an_opened_file_is_fetched_a_window_at_a_time(film: AttachedMedia) -> None:
    asked: list[str] = []
    wiring.aws("s3").meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: asked.append(params["headers"]["Range"])
    )
    with wiring.attachments().open(film) as file:
        assert asked == []  # nothing is fetched before it is read
        file.read(10)
        file.read(WINDOW - 10)
        assert asked == [f"bytes=0-{WINDOW - 1}"]
        while file.read(64 * 1024):
            pass
    assert len(asked) == -(-len(BODY) // WINDOW)


def test_a_link_gives_the_file_to_whoever_has_it_and_ends(film: AttachedMedia) -> None:
    link = wiring.attachments().link(film)

    assert httpx.get(link).content == BODY
    lives = [int(each) for each in parse_qs(urlsplit(link).query)["X-Amz-Expires"]]
    assert lives == [timedelta(minutes=15).total_seconds()]


def test_a_link_can_be_read_by_ranges_as_platforms_do(film: AttachedMedia) -> None:
    part = httpx.get(wiring.attachments().link(film), headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, BODY[10:20])


def test_what_is_made_of_a_file_lies_apart_under_a_name_made_of_its_bytes(
    film: AttachedMedia,
) -> None:
    made = [
        wiring.attachments().link_to(data, "image/jpeg", of=film)
        for data in (b"one", b"one", b"two")
    ]

    paths = [urlsplit(link).path for link in made]
    assert paths[0] == paths[1] != paths[2]
    assert all("/renditions/ws_1/film.mp4/" in path for path in paths)
    fetched = httpx.get(made[0])
    assert (fetched.content, fetched.headers["content-type"]) == (b"one", "image/jpeg")


@pytest.mark.parametrize(
    "ask",
    [
        lambda files: files.read(GONE),
        lambda files: files.read_range(GONE, start=0, length=10),
        lambda files: files.open(GONE).read(1),
        lambda files: files.link(GONE),
    ],
    ids=["read", "read_range", "open", "link"],
)
def test_a_file_that_vanished_is_refused_with_a_sentence_however_it_is_asked_for(
    ask: Any, aws: LocalAws
) -> None:
    with pytest.raises(Rejected, match="An attached file is no longer there: attach it again"):
        ask(wiring.attachments())


def test_a_file_that_vanishes_on_its_way_out_is_refused_and_no_lost_answer(
    film: AttachedMedia, aws: LocalAws
) -> None:
    taken: list[int] = []

    class Taking(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            for chunk in request.stream:
                taken.append(len(chunk))
                wiring.media_bucket().delete(film.object_key)
            return httpx.Response(200, json={})

    calls = Calls(httpx.Client(transport=Taking()), {})
    with wiring.attachments().open(film) as file, pytest.raises(Rejected, match="no longer there"):
        calls("POST", "https://m.example/", files={"file": ("film.mp4", file, "video/mp4")})
    assert 0 < sum(taken) < film.size
