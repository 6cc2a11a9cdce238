"""Reading back what a page shows, to look for a post or a comment whose answer was lost.

Facebook trims a text, breaks its lines anew and drops characters that nobody sees; how many of
a post's photos it tells at once is its own affair. The fingerprint is what is left: the words as
they are seen, and whether there are photos. Of a post without a word the photos are counted.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from tellal.platforms.calls import Calls
from tellal.platforms.facebook import answers
from tellal.platforms.facebook.outcome import address
from tellal.platforms.protocol import FoundPost, PostList
from tellal.posts import MediaKind, Part, PartKind, Remote

POST_FIELDS = (
    "id,message,created_time,permalink_url,"
    "attachments{media_type,type,subattachments.limit(20){media_type,type}}"
)
COMMENT_FIELDS = "id,message,created_time,permalink_url,from"
PAGE = 100  # https://developers.facebook.com/docs/graph-api/reference/page/feed
MOST_PAGES = 10  # a thousand posts; a page that wrote more since then is not read to the end
UNSEEN = frozenset({"Cc", "Cf"})  # Unicode's categories: controls, joiners, marks of direction
PICKS_A_SHAPE = "\ufe0e\ufe0f"  # an emoji's: in colour or not

COMMENT, FILM, NOBODYS = "comment", "film", ""  # what a fingerprint may begin with


class Listed(Protocol):
    """A page of posts or comments, the newest first."""

    @property
    def data(self) -> Sequence[answers.Post | answers.Comment]: ...

    @property
    def paging(self) -> answers.Paging: ...


Read = Callable[[str | None], Listed]  # a page, after this cursor
Found = Callable[[Any], FoundPost]


def fingerprint(part: Part) -> str:
    if part.kind in (PartKind.COMMENT, PartKind.ANSWER):
        return _fingerprint(COMMENT, part.text)
    photos = sum(media.kind is MediaKind.IMAGE for media in part.media)
    return _fingerprint(photos, part.text)


def listed(read: Read, found: Found, *, since: datetime) -> PostList:
    """Everything since then, page after page."""
    seen: list[FoundPost] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = read(after)
        seen += [found(each) for each in page.data if each.created_time >= since]
        after = page.paging.cursors.after if page.paging.next else None
        if after is None or not page.data or page.data[-1].created_time < since:
            return PostList(tuple(seen), complete=True)
    return PostList(tuple(seen), complete=False)


def post_as_found(post: answers.Post, calls: Calls) -> FoundPost:
    return FoundPost(
        remote=Remote(id=post.id, url=address(post.permalink_url, calls)),
        created_at=post.created_time,
        fingerprint=_fingerprint(_shown(post.attachments), post.message),
    )


def comment_as_found(comment: answers.Comment, page: str, calls: Calls) -> FoundPost:
    is_ours = comment.author is not None and comment.author.id == page
    return FoundPost(
        remote=Remote(id=comment.id, url=address(comment.permalink_url, calls)),
        created_at=comment.created_time,
        fingerprint=_fingerprint(COMMENT, comment.message) if is_ours else NOBODYS,
    )


def _shown(attachments: answers.Attachments) -> str | int:
    """How many photos, or that it is a film: films are asked for by their ids."""
    photos = 0
    for each in attachments.data:
        if each.type.startswith("video") and "share" not in each.type:
            return FILM
        if each.media_type in ("photo", "album"):
            photos += len(each.subattachments.data if each.subattachments else []) or 1
    return photos


def _fingerprint(shown: str | int, text: str) -> str:
    words = _words(text)
    if isinstance(shown, int) and words:
        shown = min(shown, 1)
    return f"{shown}|{words}"


def _words(text: str) -> str:
    seen = unicodedata.normalize("NFC", text)
    spaced = (" " if char.isspace() else char for char in seen)
    kept = "".join(char for char in spaced if not _is_unseen(char))
    return " ".join(kept.split())


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in UNSEEN or char in PICKS_A_SHAPE
