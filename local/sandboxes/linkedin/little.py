"""Little text, read as LinkedIn reads it: at a reserved character that makes no sense it stops.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

import re
from dataclasses import dataclass

RESERVED = "\\|{}@[]()<>#*_~"
HASHTAG = re.compile(r"#(\w+)")
TEMPLATE = re.compile(r"\{hashtag\|\\([#＃])\|((?:\\.|[^\\|{}])+)\}")
MENTION = re.compile(r"@\[((?:\\.|[^\\\[\]])+)\]\s?\((urn:li:(?:person|organization):[\w-]+)\)")
LINK = re.compile(r"https?://\S+")
LONGEST_LINK = 26  # a longer one is replaced by one of LinkedIn's own


@dataclass(frozen=True)
class Read:
    text: str  # what readers see
    commentary: str  # how it is given back


def read(sent: str) -> Read:
    text, back, at = "", "", 0
    while at < len(sent):
        if sent[at] == "\\" and at + 1 < len(sent):
            shown, given, at = sent[at + 1], escaped(sent[at + 1]), at + 2
        elif hit := TEMPLATE.match(sent, at):
            tag = _unescaped(hit[2])
            shown, given, at = hit[1] + tag, hit[0], hit.end()
        elif hit := HASHTAG.match(sent, at):
            shown, given, at = hit[0], f"{{hashtag|\\#|{escaped(hit[1])}}}", hit.end()
        elif hit := MENTION.match(sent, at):
            shown, given, at = _unescaped(hit[1]), hit[0], hit.end()
        elif sent[at] in RESERVED:
            break  # the rest is lost, and nobody is told
        else:
            shown, given, at = sent[at], sent[at], at + 1
        text, back = text + shown, back + given
    return Read(text, back)


def shortened(commentary: str) -> str:
    """As it is given back some moments later."""
    return LINK.sub(
        lambda hit: "https://lnkd.in/e" if len(hit[0]) > LONGEST_LINK else hit[0], commentary
    )


def escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in RESERVED else char for char in text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
