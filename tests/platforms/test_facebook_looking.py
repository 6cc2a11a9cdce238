"""What became of a film, and what a page shows: asked, looked for, and known again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal import clock
from tellal.errors import (
    PublishError,
)
from tellal.platforms.facebook import Facebook
from tellal.platforms.protocol import (
    GivenUp,
    Pending,
    Published,
    Thread,
    Unpublished,
)
from tellal.posts import Content, PartKind, Remote
from tests.platforms.facebook_posts import HTTPS, WHOLE, answering, of_kind, rendered
from tests.platforms.sample import (
    KEY,
    PICTURE,
    TEN,
    minute,
)
from tests.platforms.samples.facebook import FACEBOOK
from tests.videos import VIDEO

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
