"""Which language a message is in: each word is claimed by the languages that know it.

A word that several know counts for each in part, one that only looks like a language counts less,
and what other languages are known by counts against all that are read here. No answer is better
than a wrong one: too little to tell is UNKNOWN.
"""

import unicodedata
from collections.abc import Sequence

from tellal.language.lexicon import Lexicon
from tellal.language.protocol import Reader
from tellal.language.reading import Language
from tellal.language.words import Message, Word

LEAST = 0.45  # of words' worth, so that half a word proves nothing
LEAST_SHARE = 0.3  # of the words
LEAD = 1.15  # times the next
OWN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzçğıöşüâîû")  # of those who are read here
LOOKS_FOREIGN = 0.6


def tell(message: Message, readers: Sequence[Reader], elsewhere: Lexicon) -> Language:
    words = [word for word in message.words if not word.is_number]
    claims = [0.0] * (len(readers) + 1)
    for word in words:
        worth = [reader.likeness(word) for reader in readers] + [_foreign(word, elsewhere)]
        claimed = sum(worth) or 1.0
        for at, each in enumerate(worth):
            claims[at] += each * each / claimed
    best = max(range(len(readers)), key=lambda at: claims[at])
    next_best = max(each for at, each in enumerate(claims) if at != best)
    sure = claims[best] >= max(LEAST, LEAST_SHARE * len(words), LEAD * next_best)
    return readers[best].language if sure else Language.UNKNOWN


def _foreign(word: Word, elsewhere: Lexicon) -> float:
    """How surely a word is of a language that nobody here reads, from 0 to 1."""
    letters = [each for each in word.text if each.isalpha()]
    if not all(_is_latin(each) for each in letters):
        return 1.0
    if elsewhere["common"].has(word):
        return 1.0
    if not OWN_LETTERS.issuperset(letters):
        return 1.0
    return LOOKS_FOREIGN if elsewhere["endings"].ends(word) else 0.0


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")
