"""A message, cut into sentences of words. Links, mentions, hashtags and addresses are not read.

What must stay true: any string at all can be cut (lone surrogates, marks of direction, a megabyte
without a space), in time linear to its length, and no more than `LONGEST` of it is looked at.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 10_000  # characters; no platform's comment is longer, and its end says what it says
LONGEST_WORD = 40  # Turkish goes on for long; what is longer still is no word

ENDS_SENTENCE = frozenset(".!?;…\n؟。！？")
PAUSES = frozenset(",:()–—\"“”«»،、")
MARKS = frozenset("'’‘")
WORD = re.compile(r"[^\W\d_]+(?:['’‘][^\W\d_]+)*")
NUMBER = re.compile(r"\d+")
LONG_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)  # nobody writes a letter three times but to stretch it
DOTLESS = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # in small letters, with their marks
    plain: str  # as lexicons hold it
    single: str  # as `plain`; where a letter was stretched, once only

    @property
    def is_number(self) -> bool:
        return self.plain.isdigit()


@dataclass(frozen=True, slots=True)
class Sentence:
    words: Sequence[Word]
    pauses: frozenset[int]  # before which words there is one
    asks: bool  # ends in a question mark


@dataclass(frozen=True, slots=True)
class Message:
    sentences: Sequence[Sentence]
    signs: Sequence[float]  # how each emoji and emoticon in it sounds, each counted once

    @property
    def words(self) -> Iterator[Word]:
        return (word for sentence in self.sentences for word in sentence.words)


def cut(text: str, signs: Mapping[str, float]) -> Message:
    """`signs`: how emoji and emoticons sound."""
    text = _seen(text[:LONGEST])
    found: dict[str, float] = {}
    sentences: list[Sentence] = []
    words: list[Word] = []
    pauses: set[int] = set()
    for token in _tokens(text, signs):
        if token in signs:
            found[token] = signs[token]
        elif token in ENDS_SENTENCE:
            if words:
                sentences.append(Sentence(tuple(words), frozenset(pauses), asks=token in "?؟？"))
            words, pauses = [], set()
        elif token in PAUSES:
            pauses.add(len(words))
        elif len(token) <= LONGEST_WORD:
            words.append(_word(token))
    if words:
        sentences.append(Sentence(tuple(words), frozenset(pauses), asks=False))
    return Message(tuple(sentences), tuple(found.values()))


def plain(text: str) -> str:
    """In small letters without marks on them: «Teşekkürler» and «tesekkurler» are the same.

    Turkish I and İ both become i, whichever alphabet made the letter small.
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in apart if not unicodedata.combining(each)).translate(DOTLESS)


def _seen(text: str) -> str:
    """Without joiners, soft hyphens and marks of direction."""
    if text.isascii():
        return text
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFC", seen)


def _tokens(text: str, signs: Collection[str]) -> Iterator[str]:
    for line in text.splitlines():
        for chunk in line.split():
            yield from _tokens_of(chunk, signs)
        yield "\n"


def _tokens_of(chunk: str, signs: Collection[str]) -> Iterator[str]:
    """A chunk has no space in it. Emoticons are found only where they stand by themselves."""
    if _is_address(chunk):
        return
    if chunk.lower() in signs and not chunk.isalpha():
        yield chunk.lower()
        return
    for ending in (":)", ":(", ":))", ":d", "<3"):
        if chunk.lower().endswith(ending) and ending in signs:
            yield ending
    chunk = LONG_RUN.sub(r"\1\1\1", chunk)
    at = 0
    while at < len(chunk):
        found = WORD.match(chunk, at) or NUMBER.match(chunk, at)
        if found:
            yield found.group()
            at = found.end()
            continue
        letter = chunk[at]
        is_point = letter in ".," and chunk[at - 1 : at].isdigit() and chunk[at + 1 : at + 2].isdigit()
        if is_point:
            at += 1
            continue
        if letter in signs or letter in ENDS_SENTENCE or letter in PAUSES:
            yield letter
        at += 1


def _is_address(chunk: str) -> bool:
    start = chunk.lstrip("(\"'“«¿¡.,")[:8].lower()
    if start.startswith(("@", "#", "＃", "http://", "https://", "www.")):
        return True
    return "@" in chunk or ("/" in chunk and "." in chunk.partition("/")[0].strip("."))


def bare(token: str) -> str:
    """As lexicons hold a word: plain, and what an apostrophe begins («it's», «İzmir'e») left away.

    But «don't» keeps its end: there stands all its meaning.
    """
    head, mark, tail = plain(token).replace("’", "'").replace("‘", "'").partition("'")
    return head + tail if mark and (tail == "t" or not head) else head


@lru_cache(maxsize=2048)
def _word(token: str) -> Word:
    small = unicodedata.normalize("NFC", token.lower().replace("i\u0307", "i"))
    written = bare(token)
    doubled = LONG_RUN.sub(r"\1\1", written)
    return Word(
        "".join(each for each in small if each not in MARKS),
        doubled,
        doubled if doubled == written else LONG_RUN.sub(r"\1", written),
    )
