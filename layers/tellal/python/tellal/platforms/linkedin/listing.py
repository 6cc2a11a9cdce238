"""Reading back what a channel shows, to look for what was sent and whose answer was lost.

Where the channel's posts may not be read, nothing here is asked.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tellal.errors import TryLater
from tellal.platforms.linkedin import answers, little, urns
from tellal.platforms.linkedin.line import FINDER, Line
from tellal.platforms.protocol import FoundPost, PostList
from tellal.platforms.text import Kind, find
from tellal.posts import Part, Remote

# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
PAGE = 100
MOST_PAGES = 10  # a thousand posts; a channel that wrote more since then is not read to the end
SHOWN = frozenset({"PUBLISHED", "PUBLISH_REQUESTED"})  # or about to be; not drafts, nor failed
CLOCKS_AGREE = timedelta(seconds=2)


def fingerprint(part: Part) -> str:
    files = 0 if part.options.get("article") else len(part.media)
    return _print(little.plain(little.escaped(part.text)), files=files, polls=bool(part.poll))


def posts(line: Line, author: str, *, since: datetime) -> PostList:
    """Everything since then. They come as they were last touched, so nothing made since then
    stands behind one that was touched before."""
    found: dict[str, FoundPost] = {}
    for number in range(MOST_PAGES):
        page = _page(line, author, start=number * PAGE)
        for post in page:
            if post.createdAt >= since and post.lifecycleState in SHOWN:
                found[post.id] = _found(post, line)
        if not page or page[-1].lastModifiedAt < since:
            return PostList(tuple(found.values()), complete=True)
    return PostList(tuple(found.values()), complete=False)


def own_comment(
    line: Line, part: Part, *, author: str, post: str, above: str, since: datetime
) -> Remote:
    """Our comment right below `above`, which is a post, or a comment below it. Raises TryLater
    while it is not shown: that proves nothing."""
    path, params = f"rest/socialActions/{urns.in_address(above)}/comments", {"count": str(PAGE)}
    listed = line("GET", path, params=params).read(answers.Comments).elements
    said = _words(little.shown(part.text))
    for each in listed:
        is_late = each.created.time >= since - CLOCKS_AGREE
        if each.actor == author and is_late and _words(each.message.text) == said:
            return comment_at(line, post, each.commentUrn or each.id)
    raise TryLater("LinkedIn does not show the comment, or not yet")


def comment_at(line: Line, post: str, name: str) -> Remote:
    """`name` is its URN, or its number below the post."""
    urn = urns.comment(post, name)
    address = f"{line.address_of(post)}?commentUrn={urns.in_address(urn)}"
    return Remote(id=urn, url=address, refs={"post": post})


def _page(line: Line, author: str, *, start: int) -> list[answers.Post]:
    params = {
        "q": "author",
        "author": author,
        "count": str(PAGE),
        "start": str(start),
        "sortBy": "LAST_MODIFIED",
    }
    return line("GET", "rest/posts", params=params, headers=FINDER).read(answers.Posts).elements


def _found(post: answers.Post, line: Line) -> FoundPost:
    return FoundPost(
        remote=Remote(id=post.id, url=line.address_of(post.id)),
        created_at=post.createdAt,
        fingerprint=_print(
            little.plain(post.commentary),
            files=_files(post.content),
            polls="poll" in post.content,
        ),
    )


def _files(content: Mapping[str, Any]) -> int:
    if "media" in content:
        return 1
    return len(content.get("multiImage", {}).get("images", ()))


def _print(text: str, *, files: int, polls: bool) -> str:
    """LinkedIn may give a link a card by itself, so a card is not compared."""
    return f"{'poll' if polls else 'post'}|{files}|{_words(text)}"


def _words(text: str) -> str:
    """LinkedIn shortens links, so a link is one, whichever."""
    for each in reversed(find(text)):
        if each.kind is Kind.LINK:
            text = f"{text[: each.start]}(link){text[each.end :]}"
    return " ".join(unicodedata.normalize("NFC", text).split())
