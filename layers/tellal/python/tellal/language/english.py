"""English: negation stands before what it negates, and a question begins like one."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from tellal.language.lexicon import Entries, Lexicon, load
from tellal.language.reading import Language
from tellal.language.weighing import Hit, find
from tellal.language.words import Sentence, Word

REACH = 4  # words that a negation reaches, up to a pause
BLAME_BY_NEGATED_PRAISE = -0.8  # «not good» is nearly as bad as «bad»
PRAISE_BY_NEGATED_BLAME = -0.5  # «not bad» is half as good as «good»
INFLECTIONS = ("s", "es", "ed", "d", "ing", "ly", "er", "est", "y")
INFLECTED, LOOKS_ENGLISH = 0.9, 0.35
TOO, TOO_MUCH = "too", -1.5  # whatever it is
CONCEDED = 0.4  # «although it was late, …»
CONCEDED_WORDS = 5  # where no comma ends it
KNOWN_BY = ("common", "feelings", "stronger", "negating", "contrasting", "wanted")
GREETINGS = frozenset(
    ["hi", "hello", "hey", "dear", "good", "morning", "evening", "afternoon", "please", "so", "and"]
)


class English:
    language: Final = Language.ENGLISH

    @cached_property
    def lexicon(self) -> Lexicon:
        return load("en")

    def likeness(self, word: Word) -> float:
        return _likeness(word, self.lexicon)

    def turn(self, sentence: Sentence, hits: Sequence[Hit]) -> Sequence[Hit]:
        hits = _exceeded(sentence, hits)
        wanted = list(find(sentence, self.lexicon["wanted"]))
        for negation in find(sentence, self.lexicon["negating"]):
            if any(hit.start <= negation.start < hit.end for hit in hits):
                continue  # it is part of a phrase: «no problem»
            hits = _negated(sentence, negation, hits, wanted)
        return _conceded(sentence, hits, self.lexicon["conceding"])

    def asks(self, sentence: Sentence) -> bool:
        if sentence.asks:
            return True
        greeted = next(
            (at for at, word in enumerate(sentence.words) if word.plain not in GREETINGS), 0
        )
        return self.lexicon["asking"].at(sentence.words, greeted) is not None


def _negated(
    sentence: Sentence, negation: Hit, hits: Sequence[Hit], wanted: Sequence[Hit]
) -> list[Hit]:
    """The nearest feeling within reach is turned; without one, what was wanted is complained of."""
    end = _reach(sentence, negation.end)
    near = next((hit for hit in hits if negation.end <= hit.start < end), None)
    if near is None:
        missing = next((hit for hit in wanted if negation.end <= hit.start < end), None)
        return [*hits, replace(missing, value=-missing.value)] if missing else list(hits)
    by = BLAME_BY_NEGATED_PRAISE if near.value > 0 else PRAISE_BY_NEGATED_BLAME
    return [replace(hit, value=hit.value * by) if hit is near else hit for hit in hits]


def _reach(sentence: Sentence, start: int) -> int:
    end = min(start + REACH, len(sentence.words))
    return min((at for at in sentence.pauses if start <= at < end), default=end)


def _exceeded(sentence: Sentence, hits: Sequence[Hit]) -> list[Hit]:
    """«Too salty», where the word says nothing by itself; «too sweet», where it would praise."""
    hits = list(hits)
    for at, word in enumerate(sentence.words[:-1]):
        if word.plain != TOO or at == 0 or at + 1 in sentence.pauses:
            continue
        felt = next((hit for hit in hits if hit.start <= at + 1 < hit.end), None)
        if felt is None:
            hits.append(Hit(at, at + 1, TOO_MUCH))
        elif felt.value > 0 and felt.start == at + 1:
            hits = [replace(hit, value=TOO_MUCH) if hit is felt else hit for hit in hits]
    return hits


def _conceded(sentence: Sentence, hits: Sequence[Hit], conceding: Entries) -> list[Hit]:
    hits = list(hits)
    for concession in find(sentence, conceding):
        end = min(
            (at for at in sentence.pauses if at > concession.end),
            default=concession.end + CONCEDED_WORDS,
        )
        hits = [
            replace(hit, value=hit.value * CONCEDED) if concession.end <= hit.start < end else hit
            for hit in hits
        ]
    return hits


def _likeness(word: Word, lexicon: Lexicon) -> float:
    if any(lexicon[each].has(word) or lexicon[each].mentions(word) for each in KNOWN_BY):
        return 1.0
    common = lexicon["common"]
    for ending in INFLECTIONS:
        stem = word.plain.removesuffix(ending)
        if stem != word.plain and len(stem) > 2 and common.has(Word(stem, stem, stem)):
            return INFLECTED
    return LOOKS_ENGLISH if word.text.isascii() and lexicon["endings"].ends(word) else 0.0
