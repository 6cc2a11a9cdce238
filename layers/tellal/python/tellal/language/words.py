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
QUESTION_MARKS = frozenset("?؟？")
PAUSES = frozenset(',:()–—"“”«»،、')
MARKS = frozenset("'’‘")
WORD = re.compile(r"[^\W\d_]+(?:['’‘][^\W\d_]+)*")
NUMBER = re.compile(r"\d+")
DECIMAL = re.compile(r"\d[.,:]\d")
LONG_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)  # thrice is written to stretch a word: «sooo»
WITHOUT_MARKS = str.maketrans("çğıöşüâîûøđł", "cgiosuaiuodl")


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
    found: dict[str, float] = {}
    sentences: list[Sentence] = []
    words: list[Word] = []
    pauses: set[int] = set()
    for piece in _pieces(_seen(text[:LONGEST]), signs):
        if piece in signs:
            found[piece] = signs[piece]
        elif piece in ENDS_SENTENCE:
            if words:
                sentences.append(Sentence(tuple(words), frozenset(pauses), piece in QUESTION_MARKS))
            words, pauses = [], set()
        elif piece in PAUSES:
            pauses.add(len(words))
        elif len(piece) <= LONGEST_WORD:
            words.append(_word(piece))
    return Message(tuple(sentences), tuple(found.values()))


def plain(text: str) -> str:
    """In small letters without marks on them: «Teşekkürler» and «tesekkurler» are the same.

    Turkish I and İ both become i, whichever alphabet made the letter small.
    """
    small = text.lower().translate(WITHOUT_MARKS)
    if small.isascii():
        return small
    apart = unicodedata.normalize("NFD", small)
    return "".join(each for each in apart if not unicodedata.combining(each))


def _seen(text: str) -> str:
    """Without joiners, soft hyphens and marks of direction."""
    if text.isascii():
        return text
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFC", seen)


def _pieces(text: str, signs: Collection[str]) -> Iterator[str]:
    """Words, numbers, signs and marks, as they stand; each line ends a sentence."""
    for line in text.splitlines():
        for chunk in line.split():
            if not _is_address(chunk):
                yield from _pieces_of(chunk, signs)
        yield "\n"


def _pieces_of(chunk: str, signs: Collection[str]) -> Iterator[str]:
    """A chunk has no space in it. Emoticons count by themselves and at its end: «super:)»."""
    small = chunk.lower()
    if small in signs and not chunk.isalpha():
        yield small
        return
    yield from (ending for ending in (small[-2:], small[-3:]) if _is_emoticon(ending, signs))
    chunk = LONG_RUN.sub(r"\1\1\1", chunk)
    at = 0
    while at < len(chunk):
        found = WORD.match(chunk, at) or NUMBER.match(chunk, at)
        if found:
            yield found.group()
            at = found.end()
            continue
        letter = chunk[at]
        is_mark = letter in ENDS_SENTENCE or letter in PAUSES
        if letter in signs or (is_mark and not DECIMAL.match(chunk[at - 1 : at + 2])):
            yield letter
        at += 1


def _is_emoticon(text: str, signs: Collection[str]) -> bool:
    return len(text) > 1 and text in signs and not text[0].isalpha()


def _is_address(chunk: str) -> bool:
    start = chunk.lstrip("(\"'“«¿¡.,")[:8].lower()
    if start.startswith(("@", "#", "＃", "http://", "https://", "www.")):
        return True
    return "@" in chunk or ("/" in chunk and "." in chunk.partition("/")[0].strip("."))


def bare(written: str) -> str:
    """As lexicons hold a word: plain, and what an apostrophe begins («it's», «İzmir'e») left away.

    But «don't» keeps its end: there stands all its meaning.
    """
    small = plain(written)
    if small.isalpha():
        return small
    head, _, tail = small.replace("’", "'").replace("‘", "'").partition("'")
    return head + tail if tail == "t" or not head else head


@lru_cache(maxsize=2048)
def _word(text: str) -> Word:
    small = unicodedata.normalize("NFC", text.lower().replace("i\u0307", "i"))
    written = bare(text)
    doubled = LONG_RUN.sub(r"\1\1", written)
    return Word(
        "".join(each for each in small if each not in MARKS),
        doubled,
        doubled if doubled == written else LONG_RUN.sub(r"\1", written),
    )
