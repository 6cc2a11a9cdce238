"""How a message sounds, once it is known who can read it: what is the same in every language.

What must stay true: every number here was chosen on the sentences for tuning, never on those that
the figures are measured with.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tellal.language.lexicon import Entries
from tellal.language.words import Message, Sentence

if TYPE_CHECKING:
    from tellal.language.protocol import Reader

BEFORE_BUT, AFTER_BUT = 0.4, 1.3
PRAISE_IN_QUESTION, BLAME_IN_QUESTION = 0.1, 0.4
ANGRY = -2.0  # an emoji's weight from which it turns the words around:
PRAISE_BESIDE_ANGER = 0.2  # «great job 😡»
REACH_OF_STRENGTH = 2  # words before a feeling


@dataclass(frozen=True, slots=True)
class Hit:
    """A word or phrase that has a feeling, or a complaint that was made without one."""

    start: int
    end: int  # exclusive
    value: float
    ending: str = ""  # what stands behind the stem that was found


def weigh(message: Message, reader: "Reader") -> float:
    """Above 0 the more it is liked, below 0 the more it is not."""
    words = sum(_weigh_sentence(sentence, reader) for sentence in message.sentences)
    if words > 0 and any(sign <= ANGRY for sign in message.signs):
        words *= PRAISE_BESIDE_ANGER
    return words + sum(message.signs)


def find(sentence: Sentence, entries: Entries) -> Iterator[Hit]:
    """What stands in it, from the left, nothing inside another. No phrase goes over a pause."""
    at = 0
    while at < len(sentence.words):
        match = entries.at(sentence.words, at)
        if match is None or not sentence.pauses.isdisjoint(range(at + 1, match.end)):
            at += 1
            continue
        yield Hit(match.start, match.end, match.entry.value, match.ending)
        at = match.end


def _weigh_sentence(sentence: Sentence, reader: "Reader") -> float:
    felt = list(find(sentence, reader.lexicon["feelings"]))
    hits = reader.turn(sentence, _strengthened(sentence, felt, reader.lexicon["stronger"]))
    if reader.asks(sentence):
        reproaches = list(find(sentence, reader.lexicon["complaining"]))
        blame = 1.0 if reproaches else BLAME_IN_QUESTION
        hits = [_times(hit, PRAISE_IN_QUESTION if hit.value > 0 else blame) for hit in hits]
        hits += reproaches
    return sum(hit.value for hit in _contrasted(sentence, hits, reader.lexicon["contrasting"]))


def _strengthened(sentence: Sentence, hits: Sequence[Hit], stronger: Entries) -> list[Hit]:
    by_end = {hit.end: hit.value for hit in find(sentence, stronger)}
    return [
        _times(
            hit, math.prod(by_end.get(hit.start - away, 1.0) for away in range(REACH_OF_STRENGTH))
        )
        for hit in hits
    ]


def _contrasted(sentence: Sentence, hits: Sequence[Hit], contrasting: Entries) -> list[Hit]:
    turns = [turn.start for turn in find(sentence, contrasting) if turn.start > 0]
    if not turns:
        return list(hits)
    return [_times(hit, AFTER_BUT if hit.start >= turns[-1] else BEFORE_BUT) for hit in hits]


def _times(hit: Hit, by: float) -> Hit:
    return replace(hit, value=hit.value * by)
