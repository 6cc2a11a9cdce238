"""Reading back what an account shows: to find the id of a post that TikTok does not tell, and
photos whose answer was lost. https://developers.tiktok.com/doc/tiktok-api-v2-video-list

Only public posts are in the list, once moderation has passed them, and whether photos are is not
written. So what it shows is there, and what it lacks proves nothing.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tellal.errors import PublishError
from tellal.platforms.protocol import FoundPost, PostList
from tellal.platforms.tiktok.answers import Said, Video, Videos
from tellal.platforms.tiktok.line import Line
from tellal.posts import Part, Remote

FIELDS = "id,create_time,title,video_description,share_url"
PAGE = 20
MOST_PAGES = 10
NO_WORDS = "(no words)"
CLOCKS_AGREE = timedelta(seconds=2)  # create_time has no fractions


def fingerprint(part: Part) -> str:
    """Photos may have a title alone; what has no words is like nothing that is listed."""
    return _words(part.text or str(part.options.get("title", ""))) or NO_WORDS


def listed(line: Line, *, since: datetime) -> PostList:
    """Never complete: it cannot be known what is not listed yet, or never will be."""
    found = tuple(_found(each) for each in _videos(line, since))
    return PostList(found, complete=False)


def named(line: Line, part: Part, *, since: datetime) -> Remote | None:
    """The one post that says what this part says, and was made since then; None if in doubt.

    It is asked for a link alone, so whatever goes wrong is no trouble of the post's.
    """
    sought = fingerprint(part)
    try:
        posts = listed(line, since=since - CLOCKS_AGREE).posts
    except PublishError:
        return None
    alike = [each.remote for each in posts if each.fingerprint == sought]
    return alike[0] if len(alike) == 1 else None


def _videos(line: Line, since: datetime) -> Iterator[Video]:
    """Newest first."""
    asked = {"max_count": PAGE}
    for _ in range(MOST_PAGES):
        path = f"/v2/video/list/?fields={FIELDS}"
        page = line(path, json=asked).read(Said[Videos]).data
        for video in page.videos:
            if _made_at(video) < since:
                return
            yield video
        if not page.has_more or not page.videos:
            return
        asked["cursor"] = page.cursor


def _found(video: Video) -> FoundPost:
    return FoundPost(
        remote=Remote(id=video.id, url=_address(video.share_url)),
        created_at=_made_at(video),
        fingerprint=_words(video.video_description or video.title),
    )


def _made_at(video: Video) -> datetime:
    return datetime.fromtimestamp(video.create_time, UTC)


def _address(shared: str) -> str | None:
    """Without what follows readers around."""
    return shared.partition("?")[0] or None


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
