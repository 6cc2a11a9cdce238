"""YouTube's comments: read in full, and for as few units as that takes."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.platforms.sample import Server, minute, texts
from tests.platforms.samples.youtube import CHANNEL_ID, VIDEO_ID, YOUTUBE, comment, thread


def answer(number: int, at: int, author: str = "UCben") -> Any:
    return comment(f"Ugx1.{number}", f"answer {number}", at=minute(at), author=author)


def serving(*threads: Any, below: Mapping[str, list[Any]] = {}) -> Server:
    def comments(request: httpx.Request) -> Any:
        name = request.url.params["parentId"]
        if name not in below:
            gone = {"error": {"code": 404, "errors": [{"reason": "commentNotFound"}]}}
            return httpx.Response(404, json=gone)
        start = int(request.url.params.get("pageToken", "0"))
        more = {"nextPageToken": str(start + 2)} if start + 2 < len(below[name]) else {}
        return {"items": below[name][start : start + 2], **more}

    listed = {"items": list(threads)}
    return Server({"/v3/commentThreads": lambda _: listed, "/v3/comments": comments})


def read(server: Server, cursor: str | None = None) -> Any:
    return YOUTUBE.adapter(server).read_inbox(cursor)


def test_a_comment_knows_its_video_and_who_wrote_it() -> None:
    (told,) = read(serving(thread(1))).heard
    assert (told.kind, told.channel_remote_id, told.text) == ("comment", CHANNEL_ID, "message 1")
    assert (told.remote_id, told.thread) == ("Ugx1", "Ugx1")
    assert (told.post_remote_id, told.parent_remote_id) == (VIDEO_ID, VIDEO_ID)
    assert (told.author.remote_id, told.author.handle) == ("UCann", "ann")
    assert told.url == f"https://www.youtube.com/watch?v={VIDEO_ID}&lc=Ugx1"
    assert told.refs == {"video_id": VIDEO_ID, "parent_id": "Ugx1"}


def test_our_own_words_are_not_heard() -> None:
    own = thread(2)
    own["snippet"]["topLevelComment"]["snippet"]["authorChannelId"] = {"value": CHANNEL_ID}
    page = read(serving(own, thread(1, answer(1, 3, author=CHANNEL_ID))))
    assert texts(page.heard) == ["message 1"]


def test_an_answer_to_a_comment_that_was_read_before_is_heard() -> None:
    first = read(serving(thread(1)))
    second = read(serving(thread(1, answer(1, 9))), first.cursor)
    (told,) = second.heard
    assert (told.kind, told.text, told.thread) == ("reply", "answer 1", "Ugx1")
    assert (told.parent_remote_id, told.post_remote_id) == ("Ugx1", VIDEO_ID)
    third = read(serving(thread(1, answer(1, 9))), second.cursor)
    assert (third.heard, third.cursor) == ((), second.cursor)


def test_answers_that_youtube_does_not_show_along_are_asked_for_page_by_page() -> None:
    first = read(serving(thread(1)))
    answers = [answer(n, n + 10) for n in range(1, 6)]
    shown = thread(1, answers[-1], totalReplyCount=5)
    server = serving(shown, below={"Ugx1": answers})
    page = read(server, first.cursor)
    assert texts(page.heard) == [f"answer {n}" for n in range(1, 6)]
    assert len(server.requests) == 1 + 3
    server.requests.clear()
    assert read(server, page.cursor).heard == ()
    assert len(server.requests) == 1


def test_a_thread_that_was_deleted_meanwhile_stops_nothing() -> None:
    first = read(serving(thread(1)))
    page = read(serving(thread(2), thread(1, totalReplyCount=5)), first.cursor)
    assert texts(page.heard) == ["message 2"]


def test_threads_with_many_answers_wait_for_the_next_reading_and_none_is_forgotten() -> None:
    def threads(replies: int) -> list[Any]:
        return [thread(n, totalReplyCount=replies) for n in range(30, 0, -1)]

    def numbered(n: int) -> list[Any]:
        return [comment(f"Ugx{n}.1", f"answer below {n}", at=minute(50))]

    cursor = read(serving(*threads(0))).cursor
    server = serving(*threads(1), below={f"Ugx{n}": numbered(n) for n in range(1, 31)})
    came = []
    for _ in range(3):
        page = read(server, cursor)
        came += texts(page.heard)
        cursor = page.cursor
    assert sorted(came) == sorted(f"answer below {n}" for n in range(1, 31))


def test_more_comments_than_one_run_reads_leave_no_gap() -> None:
    count = 1

    def threads(request: httpx.Request) -> Any:
        before = int(request.url.params.get("pageToken", str(count + 1)))
        page = range(before - 1, max(0, before - 3), -1)
        more = {"nextPageToken": str(page[-1])} if page and page[-1] > 1 else {}
        return {"items": [_spread(n) for n in page], **more}

    server = Server({"/v3/commentThreads": threads})
    cursor = read(server).cursor
    count = 40
    came: list[str] = []
    for _ in range(6):
        page = read(server, cursor)
        came += texts(page.heard)
        cursor = page.cursor
    assert sorted(came) == sorted(f"message {n}" for n in range(2, 41))


def _spread(number: int) -> Any:
    """Two hours apart."""
    made = thread(number)
    at = f"2026-01-{1 + number * 2 // 24:02}T{number * 2 % 24:02}:00:00Z"
    made["snippet"]["topLevelComment"]["snippet"]["publishedAt"] = at
    return made
