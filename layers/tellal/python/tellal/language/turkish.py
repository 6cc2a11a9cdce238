"""Turkish: nearly everything is said by endings, and negation stands inside the verb or behind.

Stems are looked up without marks on letters, so the endings here are written without them too.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from tellal.language.lexicon import Entries, Lexicon, load
from tellal.language.reading import Language
from tellal.language.weighing import Hit, find
from tellal.language.words import Sentence, Word

# -medi, -mez, -miyor …, but no infinitive (-mek), obligation (-meli) or verbal noun (-mesi).
NEGATED_VERB = re.compile(  # behind a stem that is known
    r"""[a-z]{0,5}? m (?: [iu]yo(?:r|$) | [ae] (?: d[iu] | m[ae]k | m[ae]si | m$ | mi[sz] | z
    | y[ae][cn] | yi[npz] | y[iu]s | s[iu]n | s[ae] | $ ))""",
    re.VERBOSE,
)
UNKNOWN_NEGATED_VERB = re.compile(
    r"""[a-z]{2,}? m (?: [iu]yor | [ae] (?: d[iu](?:m|n|k|l[ae]r|n[iu]z)?$ | mis
    | z(?:l[ae]r|s[iu]n.*)?$ | y[ae]c[ae] | yin | yiz$ | s[iu]n ))""",
    re.VERBOSE,
)
WITHOUT = re.compile(r"(?:l[iu]k)?s[iu]z")  # «kalitesiz»
REACH = 3  # words behind a feeling in which its negation may stand
BLAME_BY_NEGATED_PRAISE = -0.9
PRAISE_BY_NEGATED_BLAME = -0.7
CIRCUMSTANCE = 1.5  # what weighs less is one, and no verb turns it
COMPLAINT = -0.8  # a verb that is negated, whatever it is
CONCEDED = 0.4  # what stands before «rağmen»
KNOWN, LOOKS_TURKISH = 1.0, 0.5
BY_STEM = {1: 0.2, 2: 0.4, 3: 0.7}  # the shorter a stem, the less it proves
LETTERS = frozenset("abcdefghijklmnoprstuvyzçğıöşüâîû")
TELLING_LETTERS = frozenset("ğış")
KNOWN_BY = ("common", "feelings", "stronger", "negating", "contrasting", "asking", "wanted")


class Turkish:
    language: Final = Language.TURKISH

    @cached_property
    def lexicon(self) -> Lexicon:
        return load("tr")

    def likeness(self, word: Word) -> float:
        letters = set(word.text)
        if not LETTERS.issuperset(letters):
            return 0.0
        matches = (self.lexicon[section].at((word,), 0) for section in KNOWN_BY)
        known = [
            KNOWN if not match.ending else BY_STEM.get(len(word.plain) - len(match.ending), KNOWN)
            for match in matches
            if match
        ]
        looks = LOOKS_TURKISH if self.lexicon["endings"].ends(word) else 0.0
        return max(*known, looks, KNOWN if letters & TELLING_LETTERS else 0.0, 0.0)

    def turn(self, sentence: Sentence, hits: Sequence[Hit]) -> Sequence[Hit]:
        hits = [_turned_inside(hit) for hit in hits]
        taken = {at for hit in hits for at in range(hit.start, hit.end)}
        for at, word in enumerate(sentence.words):
            if at in taken:
                continue
            before = self._turned_by(sentence, at, hits)
            if before:
                hits = [_turned(hit) if hit is before else hit for hit in hits]
            else:
                hits += self._complaint(sentence, at, word)
        return _conceded(sentence, hits, self.lexicon["conceding"])

    def asks(self, sentence: Sentence) -> bool:
        if sentence.asks:
            return True
        felt = {hit.start for hit in find(sentence, self.lexicon["feelings"])}
        return any(hit.end not in felt for hit in find(sentence, self.lexicon["asking"]))

    def _turned_by(self, sentence: Sentence, at: int, hits: Sequence[Hit]) -> Hit | None:
        """The feeling that the word there negates: «iyi değil», «memnun kalmadım».

        A phrase that blames is left as it is («böyle hizmet olmaz»), and a verb turns no mere
        circumstance («üç gündür gelmedi»).
        """
        hit = _feeling_before(sentence, at, hits)
        if hit is None or (hit.value < 0 and hit.end - hit.start > 1):
            return None
        if self.lexicon["negating"].at(sentence.words, at):
            return hit
        if hit.value > 0 and hit.end == at and self._is_negated(sentence, at):
            return hit
        light = self.lexicon["light"].at(sentence.words, at)
        if light is None or not NEGATED_VERB.match(light.ending) or abs(hit.value) < CIRCUMSTANCE:
            return None
        wanted = self.lexicon["wanted"].at(sentence.words, at)
        return hit if wanted is None or len(wanted.ending) >= len(light.ending) else None

    def _complaint(self, sentence: Sentence, at: int, word: Word) -> list[Hit]:
        match = self.lexicon["wanted"].at(sentence.words, at)
        if match and NEGATED_VERB.match(match.ending):
            return [Hit(at, at + 1, -match.entry.value)]
        absent = self.lexicon["negating"].at(sentence.words, at)
        if absent and not sentence.asks:
            return [Hit(at, at + 1, -absent.entry.value)]
        return [Hit(at, at + 1, COMPLAINT)] if UNKNOWN_NEGATED_VERB.match(word.plain) else []

    def _is_negated(self, sentence: Sentence, at: int) -> bool:
        wanted = self.lexicon["wanted"].at(sentence.words, at)
        if wanted and NEGATED_VERB.match(wanted.ending):
            return True
        return UNKNOWN_NEGATED_VERB.match(sentence.words[at].plain) is not None


def _turned_inside(hit: Hit) -> Hit:
    if NEGATED_VERB.match(hit.ending) or WITHOUT.match(hit.ending):
        return _turned(hit)
    return hit


def _turned(hit: Hit) -> Hit:
    by = BLAME_BY_NEGATED_PRAISE if hit.value > 0 else PRAISE_BY_NEGATED_BLAME
    return replace(hit, value=hit.value * by)


def _feeling_before(sentence: Sentence, at: int, hits: Sequence[Hit]) -> Hit | None:
    start = max([at - REACH, *(pause for pause in sentence.pauses if pause <= at)])
    near = [hit for hit in hits if start < hit.end <= at and hit.start < at]
    return max(near, key=lambda hit: hit.end, default=None)


def _conceded(sentence: Sentence, hits: Sequence[Hit], conceding: Entries) -> list[Hit]:
    found = next(find(sentence, conceding), None)
    if found is None:
        return list(hits)
    return [
        replace(hit, value=hit.value * CONCEDED) if hit.end <= found.start else hit for hit in hits
    ]
