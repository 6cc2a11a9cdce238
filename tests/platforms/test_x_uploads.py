"""Files on their way to X: segments, processing, and every step again."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import (
    Rejected,
)
from tellal.platforms.protocol import Pending, Prepared
from tellal.platforms.x import X, XCredentials
from tellal.posts import AttachedMedia, Content, Part
from tests.pictures import gif
from tests.platforms.sample import PICTURE, Media, calls, prepared
from tests.platforms.samples.x import X as SAMPLE
from tests.videos import VIDEO

CHANNEL = SAMPLE.channel
GIF = PICTURE.model_copy(update={"mime_type": "image/gif"})
MOVING = gif()

Respond = Callable[[httpx.Request], httpx.Response]


class Uploads:
    """X as it takes files: what was asked, in short."""

    def __init__(
        self, *, states: tuple[str, ...] = ("succeeded",), **refuses: httpx.Response
    ) -> None:
        self.asked: list[str] = []
        self.sent: dict[str, bytes] = {}
        self.refuses = refuses  # by the ending of the path, once
        self._states = list(states)
        self._made = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        ending = request.url.path.rsplit("/", 1)[-1]
        self.asked.append(f"{request.method} {request.url.path.removeprefix('/2/media/')}")
        if refusal := self.refuses.pop(ending, None):
            return refusal
        match request.method, ending:
            case "POST", "upload" | "initialize":
                self._made += 1
                return self._told(str(700 + self._made))
            case "POST", "append":
                head, _, data = request.content.rpartition(b"octet-stream\r\n\r\n")
                number = head.split(b'name="segment_index"\r\n\r\n')[1].split(b"\r\n")[0].decode()
                self.sent[number] = data.rsplit(b"\r\n--", 1)[0]
                return httpx.Response(204)
            case "POST", "metadata":
                return httpx.Response(200, json={"data": {"id": "1"}})
            case _:
                return self._told("701", state=self._states.pop(0))

    def _told(self, media_id: str, *, state: str | None = None) -> httpx.Response:
        info: dict[str, Any] = {"state": state, "check_after_secs": 3}
        if state == "failed":
            info["error"] = {"name": "InvalidMedia", "message": "the codec is odd"}
        data = {"id": media_id, **({"processing_info": info} if state else {})}
        return httpx.Response(200, json={"data": data})


def uploading(uploads: Respond, *, segment: int = 1000) -> Any:
    line = calls(SAMPLE, uploads)
    stated = {**line.settings, "segment_bytes": segment}
    credentials = XCredentials.model_validate(SAMPLE.credentials)
    return X(CHANNEL, credentials, type(line)(line.http, line.hosts, settings=stated))


def part_with(*media: AttachedMedia, notes: Mapping[str, str] | None = None) -> Part:
    (part,) = X.render(Content(text="Hello", media=media), CHANNEL)
    return part.model_copy(update={"prepared": notes})


FILM = VIDEO.model_copy(update={"size": 2500, "alt_text": "Steam"})


class Files(Media):
    def read(self, media: AttachedMedia) -> bytes:
        return MOVING if media.mime_type == "image/gif" else super().read(media)


def test_images_go_up_one_by_one_and_are_described() -> None:
    uploads = Uploads()
    plain = PICTURE.model_copy(update={"alt_text": ""})
    ready = prepared(uploading(uploads), part_with(PICTURE, plain))
    assert uploads.asked == ["POST upload", "POST metadata", "POST upload"]
    assert ready.prepared == {"media_ids": "701 702"}


def test_an_image_is_cleaned_and_made_to_fit() -> None:
    bodies: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(200, json={"data": {"id": "1"}})

    prepared(uploading(respond), part_with(PICTURE))
    assert b'name="media_category"\r\n\r\ntweet_image' in bodies[0]
    assert b"image/png" in bodies[0]
    assert json.loads(bodies[1]) == {"id": "1", "metadata": {"alt_text": {"text": "A red dot"}}}


def test_a_film_goes_up_in_segments_a_step_at_a_time() -> None:
    uploads = Uploads(states=("pending", "in_progress", "succeeded"))
    adapter, part, waits = uploading(uploads), part_with(FILM), []
    while not isinstance(result := adapter.prepare(part, media=Media()), Prepared):
        waits.append(result.check_in.total_seconds())
        part = part.model_copy(update={"prepared": result.notes})
    assert uploads.asked == [
        "POST upload/initialize",
        *["POST upload/701/append"] * 3,
        "POST upload/701/finalize",
        *["GET upload"] * 2,
    ]
    assert waits == [0, 0, 0, 0, 3, 3]
    assert result.notes == {"media_ids": "701"}
    whole = Media().read_range(FILM, start=0, length=FILM.size)
    assert [len(uploads.sent[number]) for number in "012"] == [1000, 1000, 500]
    assert b"".join(uploads.sent[number] for number in "012") == whole


def test_a_films_alt_text_is_not_sent_and_a_gifs_is() -> None:
    film, gif = Uploads(), Uploads()
    prepared(uploading(film), part_with(FILM))
    assert "POST metadata" not in film.asked
    moving = GIF.model_copy(update={"size": len(MOVING)})
    adapter, part = uploading(gif), part_with(moving)
    while not isinstance(result := adapter.prepare(part, media=Files()), Prepared):
        part = part.model_copy(update={"prepared": result.notes})
    assert gif.asked[-1] == "POST metadata"
    assert gif.sent["0"] == MOVING


def test_a_gif_that_is_none_is_refused_before_it_is_sent() -> None:
    uploads = Uploads()
    with pytest.raises(Rejected, match="not the GIF"):
        uploading(uploads).prepare(part_with(GIF), media=Media())
    assert uploads.asked == []


@pytest.mark.parametrize("steps", range(7))
def test_every_step_may_be_made_again_from_the_notes_before_it(steps: int) -> None:
    """As where a worker dies after the answer, and before the notes are kept."""
    uploads = Uploads(states=("in_progress", "in_progress", "succeeded", "succeeded", "succeeded"))
    adapter, part = uploading(uploads), part_with(FILM)
    for _ in range(steps):
        result = adapter.prepare(part, media=Media())
        part = part.model_copy(update={"prepared": result.notes})
    adapter.prepare(part, media=Media())
    ready = prepared(adapter, part)
    whole = Media().read_range(FILM, start=0, length=FILM.size)
    assert b"".join(uploads.sent[number] for number in "012") == whole
    assert set(ready.prepared or {}) == {"media_ids"}


def test_what_was_finished_before_tells_how_it_is() -> None:
    uploads = Uploads(finalize=httpx.Response(400, json={"detail": "finalized"}))
    notes = {"file 0": "701 sending 3 1"}
    ready = uploading(uploads).prepare(part_with(FILM, notes=notes), media=Media())
    assert uploads.asked == ["POST upload/701/finalize", "GET upload"]
    assert ready == Prepared({"media_ids": "701"})


def test_what_x_has_forgotten_is_begun_anew_once() -> None:
    gone = httpx.Response(404, json={"title": "Not Found Error", "detail": "gone"})
    uploads = Uploads(append=gone)
    notes = {"file 0": "600 sending 2 1"}
    ready = prepared(uploading(uploads), part_with(FILM, notes=notes))
    assert uploads.asked[:3] == [
        "POST upload/600/append",
        "POST upload/initialize",
        "POST upload/701/append",
    ]
    assert ready.prepared == {"media_ids": "701"}
    again = Uploads(append=gone)
    with pytest.raises(Rejected):
        uploading(again).prepare(
            part_with(FILM, notes={"file 0": "701 sending 0 2"}), media=Media()
        )


def test_a_film_that_x_cannot_show_says_why() -> None:
    uploads = Uploads(states=("failed",))
    notes = {"file 0": "701 working 3 1"}
    with pytest.raises(Rejected, match="cannot show a video: the codec is odd"):
        uploading(uploads).prepare(part_with(FILM, notes=notes), media=Media())


def test_a_film_that_is_never_done_is_given_up() -> None:
    notes = {"file 0": "701 working 3 1", "asked": "1000"}
    uploads = Uploads(states=("in_progress",))
    with pytest.raises(Rejected, match="takes too long over a video"):
        uploading(uploads).prepare(part_with(FILM, notes=notes), media=Media())


def test_asking_is_forgotten_with_the_file_it_was_about() -> None:
    uploads = Uploads(states=("in_progress", "succeeded"))
    adapter = uploading(uploads)
    gif = GIF.model_copy(update={"size": len(MOVING)})
    part = part_with(gif, notes={"file 0": "701 working 1 1"})
    waiting = adapter.prepare(part, media=Files())
    assert waiting == Pending({"file 0": "701 working 1 1", "asked": "1"}, timedelta(seconds=3))
    part = part.model_copy(update={"prepared": waiting.notes})
    assert adapter.prepare(part, media=Files()) == Pending({"file 0": "701 ready 1 1"})
