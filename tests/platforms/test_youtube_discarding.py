"""Which videos are deleted that nobody asked to delete: private ones with our mark, no others."""

from typing import Any

import httpx
import pytest

from tellal.platforms.protocol import Discards
from tellal.platforms.youtube import YouTube
from tests.platforms.sample import Server
from tests.platforms.samples.youtube import YOUTUBE

MARK = "tellal-0123456789abcdef"
UPLOADED = {"video_id": "v1"}


def answering(*tags: str, privacy: str = "private", video_id: str = "v1") -> Server:
    """A channel with one video on it."""
    video = {
        "id": video_id,
        "snippet": {"title": "Bread", "tags": list(tags)},
        "status": {"uploadStatus": "processed", "privacyStatus": privacy},
    }

    def videos(request: httpx.Request) -> Any:
        return httpx.Response(204) if request.method == "DELETE" else {"items": [video]}

    listed = {"items": [{"contentDetails": {"videoId": video_id}}]}
    return Server({"/playlistItems": lambda _: listed, "/videos": videos})


def deleted(server: Server, notes: dict[str, str]) -> list[str]:
    adapter = YOUTUBE.adapter(server)
    assert isinstance(adapter, Discards)
    adapter.discard(notes)
    return [each.url.params["id"] for each in server.requests if each.method == "DELETE"]


@pytest.mark.parametrize("tags", [(MARK,), ("bread", "rye bread", MARK)])
def test_a_private_video_that_still_has_its_mark_is_deleted(tags: tuple[str, ...]) -> None:
    assert deleted(answering(*tags), UPLOADED) == ["v1"]


@pytest.mark.parametrize(
    ("privacy", "tags"),
    [
        ("public", (MARK,)),
        ("unlisted", (MARK,)),
        ("", (MARK,)),  # YouTube does not say
        ("private", ()),  # its author wanted it private: it was committed, and lost its mark
        ("private", ("tellal", "tellal-bread", f"{MARK}x", f"x{MARK}")),
    ],
)
def test_every_other_video_is_left_alone(privacy: str, tags: tuple[str, ...]) -> None:
    assert deleted(answering(*tags, privacy=privacy), UPLOADED) == []


def test_an_answer_about_another_video_is_no_word_on_this_one() -> None:
    assert deleted(answering(MARK, video_id="v2"), UPLOADED) == []


def test_an_unfinished_upload_is_looked_for_by_its_mark_and_may_have_made_nothing() -> None:
    unfinished = {"session": "https://upload.example/1", "mark": MARK, "begun": "1"}
    assert deleted(answering(MARK), unfinished) == ["v1"]
    assert deleted(answering("tellal-fedcba9876543210"), unfinished) == []
    assert deleted(Server({"/playlistItems": lambda _: {"items": []}}), unfinished) == []


def test_what_was_not_begun_asks_nothing() -> None:
    server = answering(MARK)
    assert deleted(server, {"begun": "1"}) == []
    assert server.requests == []


def test_what_is_gone_already_is_no_error() -> None:
    gone = Server({"/videos": lambda _: {"items": []}})
    assert deleted(gone, UPLOADED) == []


def test_to_publish_a_video_takes_its_mark_away_whoever_may_see_it() -> None:
    for visibility in ("public", "unlisted", "private"):
        options = {**YOUTUBE.content.options["youtube"], "visibility": visibility}
        content = YOUTUBE.content.model_copy(
            update={"first_comment": "", "options": {"youtube": options}}
        )
        [part] = YouTube.render(content, YOUTUBE.channel)
        begun, shown = YOUTUBE.server(), YOUTUBE.server()
        YOUTUBE.adapter(begun).prepare(part, media=None)
        ready = part.model_copy(update={"prepared": UPLOADED})
        YOUTUBE.adapter(shown).commit(ready, key=None, thread=None, media=None)
        assert "tellal-" in begun.requests[0].content.decode()
        assert "tellal-" not in shown.requests[0].content.decode()
