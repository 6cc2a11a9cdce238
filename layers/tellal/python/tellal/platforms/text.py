"""Links, @mentions and #hashtags in what people write, and lengths as platforms count them.

Spans are Python string indexes; platforms that count bytes are served by `byte_span`. Links
need their scheme: whether `read.me` is a file or a site only a list of every top-level domain
could tell. What stands inside a link or an e-mail address is neither mention nor hashtag.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    LINK = "link"
    MENTION = "mention"  # @user, @user@host, @handle.domain
    HASHTAG = "hashtag"


@dataclass(frozen=True)
class Found:
    kind: Kind
    start: int
    end: int  # exclusive
    text: str  # as written, with its @ or #


LINK = re.compile(
    r"""(?<![A-Za-z0-9_])https?://
    [\w-]*\w (?:\.[\w-]*\w)+ (?::\d+)?                # a host with a dot in it
    (?:[/?\#][^\s<>"“”«»、。「」『』【】（）！？，；：]*)?  # the rest, up to what no link holds""",
    re.VERBOSE | re.IGNORECASE,
)
ENDS_NO_LINK = ".,;:!?'’…"
OPENED_BY = {")": "(", "]": "[", "}": "{"}

MENTION = re.compile(
    r"""(?<![\w@/=])@[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?  # after a word it is e-mail
    (?:@\w(?:[\w.-]*\w)?)?""",
    re.VERBOSE,
)
HASH = re.compile(r"(?<![\w#＃/&])[#＃]")
JOINS_WORDS = "_·・\u200c"  # inside a hashtag, as Catalan, Japanese and Persian need them


def find(text: str) -> tuple[Found, ...]:
    """Everything there is to find, in the order it stands in, nothing inside another."""
    found = list(_links(text))
    free = _without(text, found)
    found += [Found(Kind.MENTION, *hit.span(), hit.group()) for hit in MENTION.finditer(free)]
    found += _hashtags(_without(text, found))
    return tuple(sorted(found, key=lambda each: each.start))


def count_graphemes(text: str) -> int:
    """What a reader sees as characters (Unicode's extended grapheme clusters)."""
    import regex  # noqa: PLC0415 – 70 ms of import, and many functions never count

    return len(regex.findall(r"\X", text))


def byte_span(text: str, found: Found) -> tuple[int, int]:
    """Where it stands in the text's UTF-8 bytes."""
    start = len(text[: found.start].encode())
    return start, start + len(found.text.encode())


def plain(markup: str) -> str:
    """What a reader sees of a server's HTML: paragraphs and lines are kept, tags are not."""
    text = re.sub(r"\s*\n\s*", " ", markup)
    text = re.sub(r"(?i)<br\s*/?>", "\n", text)
    text = re.sub(r"(?i)</(p|blockquote|li|h\d|pre)>\s*", "\n\n", text)
    return html.unescape(re.sub(r"<[^>]*>", "", text)).strip()


def _links(text: str) -> Iterator[Found]:
    for hit in LINK.finditer(text):
        link = _without_punctuation(hit.group())
        yield Found(Kind.LINK, hit.start(), hit.start() + len(link), link)


def _without_punctuation(link: str) -> str:
    """The end of a sentence is not its link's, nor is a bracket that was opened before it."""
    while link[-1] in ENDS_NO_LINK or (
        link[-1] in OPENED_BY and link.count(link[-1]) > link.count(OPENED_BY[link[-1]])
    ):
        link = link[:-1]
    return link


def _hashtags(text: str) -> Iterator[Found]:
    for hit in HASH.finditer(text):
        end = hit.end()
        while end < len(text) and _is_of_word(text[end]):
            end += 1
        tag = text[hit.start() : end].rstrip(JOINS_WORDS[1:])
        if any(char.isalpha() for char in tag):
            yield Found(Kind.HASHTAG, hit.start(), hit.start() + len(tag), tag)


def _is_of_word(char: str) -> bool:
    """Vowel signs of Indic scripts are marks, not letters; without them words would break."""
    return char.isalnum() or char in JOINS_WORDS or unicodedata.category(char)[0] == "M"


def _without(text: str, found: list[Found]) -> str:
    """As long as before, with blanks where something was found."""
    for each in found:
        text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text
