"""Reading back what an account shows, to look for a post whose answer was lost.
https://docs.x.com/x-api/posts/timelines/introduction

X shows a text with its links shortened (t.co), one more for its files, `&`, `<` and `>` spelled as
HTML has them, and, where it answers somebody, with that name before it. The fingerprint is what
is left of both ways of writing it: links by what they lead to, as far as X leaves that alone.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import unquote, urlsplit

from tellal.platforms.protocol import FoundPost, PostList
from tellal.platforms.x import text
from tellal.platforms.x.answers import Post, Posts, Url
from tellal.posts import Remote

PAGE = 100
MOST_PAGES = 10  # a thousand posts; an account that wrote more since then is not read to the end
OF_A_FILE = re.compile(r"/status/\d+/(photo|video)/\d+$")
ANSWERED = re.compile(r"\A(?:@\w+\s+)+")

Read = Callable[[str | None], Posts]  # a page, by the token of the one before


def fingerprint(said: str, *, files: int, answers: str | None) -> str:
    composed = text.composed(said)
    for start, end in reversed(text.links(composed)):
        composed = composed[:start] + _place(composed[start:end]) + composed[end:]
    return _spelled(composed, files=files, answers=answers)


def listed(read: Read, *, since: datetime, address: Callable[[str], str]) -> PostList:
    """Everything since then, page after page; `address` is where people find a post."""
    found: list[FoundPost] = []
    token: str | None = None
    for _ in range(MOST_PAGES):
        page = read(token)
        found += [_found(post, address(post.id)) for post in page.data if post.created_at >= since]
        token = page.meta.next_token
        if token is None:
            return PostList(tuple(found), complete=True)
    return PostList(tuple(found), complete=False)


def plain(post: Post) -> str:
    """What people read: links as they were written, files not at all."""
    return _with_links(post, lambda link: link)


def _found(post: Post, address: str) -> FoundPost:
    files = (post.attachments and post.attachments.media_keys) or ()
    return FoundPost(
        remote=Remote(id=post.id, url=address),
        created_at=post.created_at,
        fingerprint=_spelled(_with_links(post, _place), files=len(files), answers=post.answers),
    )


def _with_links(post: Post, shown: Callable[[str], str]) -> str:
    whole = post.note or post
    said = whole.text
    for each in _longest_first(whole.entities.urls if whole.entities else None):
        said = said.replace(
            each.url or "", "" if _is_file(each) else shown(each.expanded_url or "")
        )
    return html.unescape(said).strip()


def _longest_first(urls: Iterable[Url] | None) -> list[Url]:
    """None of them is the beginning of another then."""
    known = (each for each in urls or () if each.url)
    return sorted(known, key=lambda each: len(each.url or ""), reverse=True)


def _is_file(url: Url) -> bool:
    return bool(url.media_key or OF_A_FILE.search(url.expanded_url or ""))


def _place(link: str) -> str:
    """Where it leads, whichever way it is spelled: X gives a bare host its scheme, for one."""
    parts = urlsplit(link if "://" in link else f"http://{link}")
    path = unquote(parts.path).rstrip("/")
    query = f"?{unquote(parts.query)}" if parts.query else ""
    return f"{parts.netloc.lower()}{path}{query}"


def _spelled(said: str, *, files: int, answers: str | None) -> str:
    if answers:
        said = ANSWERED.sub("", said)
    words = " ".join(unicodedata.normalize("NFC", said).split())
    return f"{answers or ''}|{files}|{words}"
