"""Reading back what an account shows: a post whose container says that it is public, a comment."""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime

from tellal.platforms.containers import Listed
from tellal.platforms.instagram.answers import Comment, Commented, Media
from tellal.platforms.instagram.content import InstagramOptions, Kind
from tellal.platforms.protocol import FoundPost, PostList, Thread, answered
from tellal.posts import MediaKind, Part, Remote

POST = "post"  # of a comment's refs: what it stands under
NEWEST = "25"


def edge(part: Part) -> str:
    """Where a part is listed: stories are for a day, and by themselves."""
    is_story = InstagramOptions.model_validate(part.options).kind is Kind.STORY
    return "stories" if is_story else "media"


def that_say(part: Part, media: Iterable[Media]) -> Iterator[Listed]:
    kind = _kind(part)
    for each in media:
        if each.media_type == kind and _words(each.caption) == _words(part.text):
            yield Listed(Remote(id=each.id, url=each.permalink), each.timestamp)


def fingerprint(part: Part, thread: Thread) -> str:
    above = thread.published[0] if thread.published else answered(part, thread)
    return _fingerprint(above.id if above else "", part.text)


def comments_of(posts: Iterable[Commented], *, handle: str, since: datetime) -> PostList:
    """Our own since then, under the newest posts.

    Never complete: one that is not there may stand under any post there ever was, or not be
    shown yet. So one that is found is known, and one that is not found is nobody's to know.
    """
    found = [
        FoundPost(
            remote=Remote(id=comment.id, refs={POST: above}),
            created_at=comment.timestamp,
            fingerprint=_fingerprint(above, comment.text),
        )
        for post in posts
        for above, comment in _below(post)
        if comment.username == handle and comment.timestamp >= since
    ]
    return PostList(tuple(found), complete=False)


def _below(post: Commented) -> Iterator[tuple[str, Comment]]:
    """Every comment and every answer to one, with what it stands under."""
    for comment in post.comments.data:
        yield post.id, comment
        for reply in comment.replies.data:
            yield comment.id, reply


def _fingerprint(above: str, text: str) -> str:
    return f"{above}|{_words(text)}"


def _kind(part: Part) -> str:
    if len(part.media) > 1:
        return "CAROUSEL_ALBUM"
    return "VIDEO" if part.media[0].kind is MediaKind.VIDEO else "IMAGE"


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
