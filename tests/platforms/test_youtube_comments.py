"""Looking for a first comment whose answer was lost."""

from datetime import timedelta
from typing import Any

import httpx

from tellal.platforms.protocol import PostList, Thread
from tellal.platforms.youtube import YouTube
from tellal.posts import Part, PartKind, Remote
from tests.platforms.sample import TEN, Server
from tests.platforms.samples.youtube import CHANNEL_ID, VIDEO_ID, YOUTUBE


def thread(
    number: int, *, text: str, author: str = CHANNEL_ID, minutes: int = 0, own: bool = True
) -> Any:
    snippet = {
        "textDisplay": text,
        **({"textOriginal": text} if own else {}),
        "authorChannelId": {"value": author},
        "publishedAt": (TEN + timedelta(minutes=minutes)).isoformat(),
    }
    top = {"id": f"Ugx{number}", "snippet": snippet}
    return {"id": f"Ugx{number}", "snippet": {"videoId": VIDEO_ID, "topLevelComment": top}}


def listed(*pages: Any) -> tuple[PostList, list[httpx.Request]]:
    def answer(request: httpx.Request) -> Any:
        number = int(request.url.params.get("pageToken", "0"))
        more = {"nextPageToken": str(number + 1)} if number + 1 < len(pages) else {}
        return {"items": pages[number], **more}

    server = Server({"/v3/commentThreads": answer})
    return YOUTUBE.adapter(server).list_posts(since=TEN), server.requests


def test_the_channels_own_comments_are_listed_and_nobody_elses() -> None:
    found, (asked,) = listed(
        [
            thread(3, text="Mine too", author="UCsomebody", minutes=3),
            thread(2, text="Which one\n do you bake?", minutes=2),
            thread(1, text="An older one", minutes=-2),
        ]
    )
    assert found.complete
    (ours,) = found.posts
    assert ours.created_at == TEN + timedelta(minutes=2)
    assert ours.remote == Remote(
        id="Ugx2",
        url=f"https://www.youtube.com/watch?v={VIDEO_ID}&lc=Ugx2",
        refs={"video_id": VIDEO_ID},
    )
    assert asked.url.params["allThreadsRelatedToChannelId"] == CHANNEL_ID
    part = Part(kind=PartKind.COMMENT, text="Which one do you  bake?")
    below = Thread((Remote(id=VIDEO_ID),))
    assert YouTube.fingerprint(part, below, YOUTUBE.channel) == ours.fingerprint


def test_the_same_words_below_another_video_are_another_comment() -> None:
    part = Part(kind=PartKind.COMMENT, text="Thanks!")
    told = {YouTube.fingerprint(part, Thread((Remote(id=each),)), YOUTUBE.channel) for each in "ab"}
    assert len(told) == 2


def test_pages_are_read_back_to_the_attempt_and_no_further() -> None:
    found, asked = listed(
        [thread(3, text="c", minutes=3)],
        [thread(2, text="b", minutes=1), thread(1, text="a", minutes=-1)],
        [thread(0, text="z", minutes=-9)],
    )
    assert found.complete
    assert [each.remote.id for each in found.posts] == ["Ugx3", "Ugx2"]
    assert len(asked) == 2


def test_a_channel_that_is_too_busy_is_not_read_to_the_end() -> None:
    busy = [[thread(n, text=str(n), author="UCsomebody", minutes=99 - n)] for n in range(30)]
    found, asked = listed(*busy)
    assert not found.complete
    assert len(asked) == 20


def test_a_text_that_only_others_see_is_read_as_it_is_displayed() -> None:
    found, _ = listed([thread(1, text="Thanks!", minutes=1, own=False)])
    part = Part(kind=PartKind.COMMENT, text="Thanks!")
    below = Thread((Remote(id=VIDEO_ID),))
    assert found.posts[0].fingerprint == YouTube.fingerprint(part, below, YOUTUBE.channel)
