"""«Little text», in which LinkedIn takes what a post says.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format

Fifteen characters mean something there. One that stands for itself has a backslash before it;
at one that has none and makes no sense the text ends, and nobody is told. Mentions and hashtags
are written as LinkedIn gives them back, so that what it lists can be compared with what was sent.

An author mentions somebody as @[Acme](urn:li:organization:5): LinkedIn knows nobody by a handle.
"""

import re
from collections.abc import Iterator

from tellal.platforms.text import Kind, find

RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
MENTION = re.compile(
    r"@\[(?P<name>[^\[\]\n]{1,200})\]\((?P<urn>urn:li:(?:person|organization):[\w-]+)\)"
)
MARK_UP = re.compile(
    r"""\\(?P<itself>.)
    | \{hashtag\|\\?(?P<sign>[#＃])\|(?P<tag>[^}]*)\}
    | @\[(?P<name>(?:\\.|[^\]\\])*)\]\s?\([^)]*\)""",
    re.VERBOSE | re.DOTALL,
)


def escaped(text: str) -> str:
    """As it is sent."""
    out, at = [], 0
    for start, end, element in _elements(text):
        out += [_literal(text[at:start]), element]
        at = end
    return "".join((*out, _literal(text[at:])))


def plain(commentary: str) -> str:
    """What a reader sees of a text as LinkedIn gives it back."""
    return MARK_UP.sub(_shown, commentary)


def shown(text: str) -> str:
    """What a reader sees of a text as its author wrote it."""
    return MENTION.sub(lambda hit: hit["name"], text)


def length(text: str) -> int:
    """Of what a reader sees. LinkedIn does not say in which unit it counts: UTF-16's, in which an
    emoji is two or more, is the strictest that it may be."""
    return len(shown(text).encode("utf-16-le", "surrogatepass")) // 2


def _elements(text: str) -> Iterator[tuple[int, int, str]]:
    """Mentions and hashtags, in the order they stand in: from where, up to where, how written."""
    mentions = [
        (*hit.span(), f"@[{_literal(hit['name'])}]({hit['urn']})") for hit in MENTION.finditer(text)
    ]
    free = MENTION.sub(lambda hit: " " * len(hit.group()), text)
    hashtags = [
        (each.start, each.end, f"{{hashtag|\\{each.text[0]}|{_literal(each.text[1:])}}}")
        for each in find(free)
        if each.kind is Kind.HASHTAG
    ]
    yield from sorted((*mentions, *hashtags))


def _literal(text: str) -> str:
    return RESERVED.sub(r"\\\g<0>", text)


def _shown(hit: re.Match[str]) -> str:
    if hit["itself"] is not None:
        return hit["itself"]
    return plain(hit["name"]) if hit["name"] is not None else hit["sign"] + plain(hit["tag"])
