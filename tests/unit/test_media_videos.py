"""What a video's bytes say it is, read a window at a time in a process of its own."""

import pytest

from tellal.config import bare_environment
from tellal.errors import Unacceptable
from tellal.media import Probed
from tellal.media.apart import read_apart
from tellal.media.probing import probe
from tellal.media.ranged import WINDOW
from tellal.posts import MediaKind, VideoFacts
from tests.pictures import png
from tests.videos import CLIP, VIDEO, clip

MEGABYTE = 1_000_000


class Lying:
    """A file as it lies somewhere: the beginning, then nothing for long, then the end."""

    def __init__(self, beginning: bytes, *, nothing: int = 0, end: bytes = b"") -> None:
        self.size = len(beginning) + nothing + len(end)
        self._beginning, self._end = beginning, end
        self.read = 0  # bytes
        self.times = 0

    def __call__(self, start: int, length: int) -> bytes:
        stop = min(start + length, self.size)
        self.read += stop - start
        self.times += 1
        held = self._beginning[start:stop]
        if stop > self.size - len(self._end):
            ends = self._end[max(0, start - self.size + len(self._end)) : stop - self.size or None]
            return held.ljust(stop - start - len(ends), b"\0") + ends
        return held.ljust(stop - start, b"\0")


def probed(file: Lying | bytes, claimed: str = "video/mp4") -> Probed:
    file = Lying(file) if isinstance(file, bytes) else file
    return probe(file, size=file.size, claimed=claimed)


def test_a_real_films_facts_are_read_from_its_bytes() -> None:
    found = probed(CLIP)

    assert (found.mime_type, found.width, found.height) == ("video/mp4", 540, 960)
    assert found.video == VIDEO.video


@pytest.mark.parametrize(
    ("name", "mime_type", "codec"),
    [
        ("quicktime.mov", "video/quicktime", "AVC"),
        ("webm.webm", "video/webm", "VP9"),
        ("hevc.mp4", "video/mp4", "HEVC"),
        ("index_last.mp4", "video/mp4", "AVC"),
    ],
)
def test_each_container_is_told_apart_and_its_codec_named(
    name: str, mime_type: str, codec: str
) -> None:
    found = probed(clip(name), mime_type)

    assert (found.mime_type, found.width, found.height) == (mime_type, 64, 48)
    assert found.video == VideoFacts(seconds=1, frame_rate=10, codec=codec)


def test_a_film_on_its_side_has_the_sides_that_are_shown() -> None:
    found = probed(clip("rotated.mp4"))

    assert (found.width, found.height) == (48, 64)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "is empty: upload it again"),
        (png(3, 2), "is not a video we can read"),
        (b"%PDF-1.7\n", "is not a video we can read"),
        (b"hello " * 100, "is not a video we can read"),
        (bytes(1000), "is not a video we can read"),
        (clip("sound.mp4"), "has no picture in it"),
        (CLIP[:4], "is not a video we can read"),
    ],
    ids=["empty", "a picture", "a document", "text", "zeros", "sound", "four bytes"],
)
def test_what_is_no_video_is_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(Unacceptable, match=sentence):
        probed(body)


@pytest.mark.parametrize("claimed", ["video/quicktime", "video/webm"])
def test_a_video_that_is_called_another_kind_is_told_to_its_author(claimed: str) -> None:
    sentence = f"was announced as {claimed}, but the file is video/mp4"
    with pytest.raises(Unacceptable, match=sentence):
        probed(CLIP, claimed)


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("quicktime.mov", "video/quicktime"),
        ("webm.webm", "video/webm"),
        ("index_last.mp4", "video/mp4"),
    ],
)
@pytest.mark.parametrize("kept", [0.6, 0.98])
def test_a_film_that_is_cut_off_is_refused(name: str, mime_type: str, kept: float) -> None:
    body = clip(name)
    with pytest.raises(Unacceptable, match="is cut off"):
        probed(body[: int(kept * len(body))], mime_type)


def test_a_film_without_its_last_byte_is_cut_off() -> None:
    with pytest.raises(Unacceptable, match="is cut off"):
        probed(CLIP[:-1])


def test_of_a_large_film_little_is_read() -> None:
    nothing = 200 * MEGABYTE
    padded = Lying(CLIP + (nothing + 8).to_bytes(4) + b"free", nothing=nothing)

    assert probed(padded).video == VIDEO.video
    assert padded.read < 3 * MEGABYTE


def test_of_a_large_film_whose_index_is_its_end_little_is_read() -> None:
    """Cameras write the pictures first, and what they are when they know it."""
    body, nothing = clip("index_last.mp4"), 200 * MEGABYTE
    at = body.index(b"mdat") - 4
    length = int.from_bytes(body[at : at + 4])
    longer = (length + nothing).to_bytes(4)
    film = Lying(
        body[:at] + longer + body[at + 4 : at + length], nothing=nothing, end=body[at + length :]
    )

    found = probed(film)

    assert found.video == VideoFacts(seconds=1, frame_rate=10, codec="AVC")
    assert film.read < 4 * MEGABYTE
    assert film.times <= 4 * MEGABYTE / WINDOW + 2


def test_a_file_that_its_reader_cannot_finish_is_refused_when_its_time_is_up() -> None:
    file = Lying(clip("endless.mp4"))

    with pytest.raises(Unacceptable, match="cannot be read, as a damaged file cannot"):
        read_apart(MediaKind.VIDEO, file, file.size, environment={}, seconds=1)


@pytest.mark.parametrize("fails", [ConnectionError, KeyboardInterrupt])
def test_what_goes_wrong_while_it_is_fetched_is_not_the_files_fault(
    fails: type[BaseException],
) -> None:
    def read(start: int, length: int) -> bytes:
        raise fails

    with pytest.raises(fails):
        probe(read, size=len(CLIP), claimed="video/mp4")


def test_its_reader_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/a/path")

    given = bare_environment()

    assert given["LD_LIBRARY_PATH"] == "/a/path"
    assert not any(name.startswith("AWS") for name in given)
