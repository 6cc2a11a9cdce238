"""What a message is read as: its language, and how it sounds. Plain values that serialise."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    ENGLISH = "en"  # ISO 639-1
    TURKISH = "tr"
    UNKNOWN = "unknown"  # another one, or too little to tell


class Sentiment(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"  # said in words that nobody here reads, or nothing was said


@dataclass(frozen=True)
class Reading:
    language: Language
    sentiment: Sentiment
    score: float  # from -1 (very negative) to 1; 0 where the sentiment is unknown
    asks: bool = False  # there is a question in it


NOTHING = Reading(Language.UNKNOWN, Sentiment.UNKNOWN, 0.0)
