"""How Mastodon reads a text: what it counts, whom it mentions, and the HTML it makes of it.

https://docs.joinmastodon.org/user/posting/
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

import regex

# A link needs its scheme and a domain that ends in letters; bare domains and addresses are text.
ENTITY = regex.compile(
    r"""
      (?P<url>      (?<![\w@\#$]) https?:// (?:[\w-]+\.)+ [^\W\d_]{2,} (?![\w-])
                    (?::\d+)? (?: [/?\#] [^\s<>"“”]* )? )
    | (?P<mention>  (?<![=/\w]) @ \w+ (?:[\w.-]*\w)? (?: @ [\w.-]+\w )? )
    | (?P<hashtag>  (?<![/)\w&]) [#＃] [\p{L}\p{M}\p{N}_·]* [\p{L}\p{M}_] [\p{L}\p{M}\p{N}_·]* )
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
CLOSING = ".,:;!?'\")]"


@dataclass(frozen=True)
class Piece:
    kind: str  # text, url, mention, hashtag
    text: str


def count_characters(text: str, *, characters_per_url: int = 23) -> int:
    """Graphemes; links are all of one length, and a mention counts without its domain."""
    counted = ""
    for piece in split(text):
        match piece.kind:
            case "url":
                counted += "x" * characters_per_url
            case "mention":
                counted += "@" + piece.text.split("@")[1]
            case _:
                counted += piece.text
    return count_graphemes(counted)


def count_graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def mentioned(text: str) -> list[str]:
    return [piece.text for piece in split(text) if piece.kind == "mention"]


def hashtags(text: str) -> list[str]:
    found = [piece.text[1:] for piece in split(text) if piece.kind == "hashtag"]
    return list(dict.fromkeys(tag.lower() for tag in found))


def render(text: str, *, url: str, profile_of: Callable[[str], str | None]) -> str:
    """HTML; `profile_of` gives a mention's address, or None for the unknown, who stay text."""
    html = "".join(_render_piece(piece, url, profile_of) for piece in split(text))
    if not html:
        return ""
    paragraphs = regex.split(r"\n{2,}", html.replace("\r\n", "\n"))
    return "".join(f"<p>{part.replace('\n', '<br />')}</p>" for part in paragraphs)


def split(text: str) -> Iterator[Piece]:
    """The text in order and whole: joined, the pieces are the text again."""
    end = 0
    for match in ENTITY.finditer(text):
        kind = match.lastgroup or "text"
        found = _trim(match.group()) if kind == "url" else match.group()
        if match.start() > end:
            yield Piece("text", text[end : match.start()])
        yield Piece(kind, found)
        end = match.start() + len(found)
    if end < len(text):
        yield Piece("text", text[end:])


def _trim(url: str) -> str:
    """Without the sentence's punctuation; a closing bracket stays if the link opened it."""
    while url[-1] in CLOSING and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url


def _render_piece(piece: Piece, url: str, profile_of: Callable[[str], str | None]) -> str:
    shown = escape(piece.text).replace("&#x27;", "&#39;")
    match piece.kind:
        case "url":
            return _render_link(piece.text)
        case "hashtag":
            tag = escape(piece.text[1:])
            address = f"{url}/tags/{tag.lower()}"
            return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
        case "mention" if profile := profile_of(piece.text):
            name = escape(piece.text.split("@")[1])
            link = f'<a href="{escape(profile)}" class="u-url mention">@<span>{name}</span></a>'
            return f'<span class="h-card" translate="no">{link}</span>'
        case _:
            return shown


def _render_link(link: str) -> str:
    """The whole address is in the markup, in three pieces of which the middle one is seen."""
    scheme = link[: link.index("//") + 2]
    scheme += "www." if link[len(scheme) :].startswith("www.") else ""
    seen, hidden = link[len(scheme) :][:30], link[len(scheme) :][30:]
    cut = ' class="ellipsis"' if hidden else ' class=""'
    return (
        f'<a href="{escape(link)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(scheme)}</span><span{cut}>{escape(seen)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )
