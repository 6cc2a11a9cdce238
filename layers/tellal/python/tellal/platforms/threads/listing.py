"""Reading back what a profile shows: the post whose container says that it is public."""

import unicodedata
from collections.abc import Iterable, Iterator

from tellal.platforms.containers import Listed
from tellal.platforms.protocol import Thread, answered
from tellal.platforms.threads.answers import Post
from tellal.posts import MediaKind, Part, PartKind, Remote

FIELDS = "id,text,timestamp,permalink,media_type,replied_to"
NEWEST = "25"
ANSWERING = frozenset({PartKind.THREAD, PartKind.ANSWER})


def edge(part: Part) -> str:
    return "replies" if part.kind in ANSWERING else "threads"


def that_say(part: Part, thread: Thread, posts: Iterable[Post]) -> Iterator[Listed]:
    answers = answered(part, thread)
    above = answers.id if answers else None
    for each in posts:
        stands_under = each.replied_to.id if each.replied_to else None
        is_like_it = each.media_type == _kind(part) and _words(each.text) == _words(part.text)
        if is_like_it and stands_under == above:
            yield Listed(Remote(id=each.id, url=each.permalink), each.timestamp)


def _kind(part: Part) -> str:
    match part.media:
        case ():
            return "TEXT_POST"
        case (only,):
            return "VIDEO" if only.kind is MediaKind.VIDEO else "IMAGE"
        case _:
            return "CAROUSEL_ALBUM"


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
