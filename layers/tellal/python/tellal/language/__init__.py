"""Which language a message is in, and how it sounds: offline, English and Turkish.

    read("Kargo geç geldi ama ürün harika 😍")  # Reading(tr, positive, 0.6)

What must stay true: reading is pure (no clock, no network, nothing learnt) and never raises,
whatever the text; only the first 10,000 characters are read, so that its time is bounded. What
cannot be told is UNKNOWN, and a person can say better.
"""

from collections.abc import Sequence
from dataclasses import replace

from tellal.language.english import English
from tellal.language.lexicon import load
from tellal.language.protocol import Reader
from tellal.language.reading import NOTHING, Language, Reading, Sentiment
from tellal.language.telling import tell
from tellal.language.turkish import Turkish
from tellal.language.weighing import weigh
from tellal.language.words import cut

READERS: Sequence[Reader] = (English(), Turkish())
FELT = 1.0  # the weight from which a message is more than neutral
HALFWAY = 2.5  # the weight that makes a score of a half

__all__ = ["READERS", "Language", "Reading", "Sentiment", "read"]


def read(text: str) -> Reading:
    message = cut(text, load("emoji")["feelings"].weights)
    if not any(message.words):
        return _reading(Language.UNKNOWN, sum(message.signs)) if message.signs else NOTHING
    language = tell(message, READERS, load("elsewhere"))
    for reader in READERS:
        if reader.language is language:
            asks = any(reader.asks(sentence) for sentence in message.sentences)
            return replace(_reading(language, weigh(message, reader)), asks=asks)
    return replace(NOTHING, asks=any(sentence.asks for sentence in message.sentences))


def _reading(language: Language, weight: float) -> Reading:
    score = round(weight / (abs(weight) + HALFWAY), 3)
    if abs(weight) < FELT:
        return Reading(language, Sentiment.NEUTRAL, score)
    return Reading(language, Sentiment.POSITIVE if weight > 0 else Sentiment.NEGATIVE, score)
