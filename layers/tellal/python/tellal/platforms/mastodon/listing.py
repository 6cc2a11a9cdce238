"""Reading back what an account shows, to look for a post whose answer was lost.

A server shows a text as HTML, with links spelled out in hidden pieces and mentions without their
host. The fingerprint is what is left of both ways of writing it.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime

from tellal.platforms.mastodon.answers import Status
from tellal.platforms.protocol import FoundPost, PostList
from tellal.platforms.text import Kind, find, plain
from tellal.posts import Remote

PAGE = 40  # https://docs.joinmastodon.org/methods/accounts/#statuses
MOST_PAGES = 25  # a thousand posts; an account that wrote more since then is not read to the end

Read = Callable[[str | None], list[Status]]  # a page, below this id


def fingerprint(text: str, *, files: int, answers: str | None) -> str:
    return f"{answers or ''}|{files}|{_words(text)}"


def listed(read: Read, *, since: datetime) -> PostList:
    """Everything since then, page after page, the newest first."""
    found: list[FoundPost] = []
    below: str | None = None
    for _ in range(MOST_PAGES):
        page = read(below)
        found += [_found(status) for status in page if status.created_at >= since]
        if not page or page[-1].created_at < since:
            return PostList(tuple(found), complete=True)
        below = page[-1].id
    return PostList(tuple(found), complete=False)


def _found(status: Status) -> FoundPost:
    return FoundPost(
        remote=Remote(id=status.id, url=status.url or status.uri),
        created_at=status.created_at,
        fingerprint=fingerprint(
            plain(status.content),
            files=len(status.media_attachments),
            answers=status.in_reply_to_id,
        ),
    )


def _words(text: str) -> str:
    for each in reversed(find(text)):
        if each.kind is Kind.MENTION:
            local = "@" + each.text.split("@")[1]
            text = text[: each.start] + local + text[each.end :]
    return " ".join(unicodedata.normalize("NFC", text).split())
