"""The labelled sentences: enough, none twice, and none for tuning among those that measure."""

from collections import Counter

import pytest

from local.language import FILES, HARD, MEASURED, TUNED, Sentence, sentences
from tellal.language import Language, Sentiment
from tellal.language.words import cut


@pytest.mark.parametrize("file", ["en", "tr"])
def test_each_language_is_measured_with_two_hundred_sentences_and_tuned_on_others(
    file: str,
) -> None:
    measured, tuned = sentences(MEASURED, file), sentences(TUNED, file)
    assert len(measured) >= 250
    assert len(tuned) >= 150
    assert {each.language for each in [*measured, *tuned]} == {file}


@pytest.mark.parametrize("file", ["en", "tr"])
def test_the_three_sentiments_are_balanced(file: str) -> None:
    counts = Counter(each.sentiment for each in sentences(MEASURED, file))
    assert set(counts) == {Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE}
    assert min(counts.values()) > 0.9 * max(counts.values())


def test_a_hundred_sentences_are_of_languages_that_nobody_here_reads() -> None:
    others = sentences(MEASURED, "other")
    assert len(others) >= 100
    assert {each.language for each in others} == {Language.UNKNOWN}


def test_labels_are_those_that_there_are() -> None:
    for each in _all():
        assert Language(each.language)
        assert Sentiment(each.sentiment)


def test_no_sentence_is_there_twice_whatever_its_capitals_and_marks() -> None:
    counts = Counter(_key(each) for each in _all())
    assert [key for key, count in counts.items() if count > 1] == []


def _all() -> list[Sentence]:
    return [
        each
        for which in (MEASURED, TUNED, HARD)
        for file in FILES
        for each in sentences(which, file)
    ]


def _key(sentence: Sentence) -> str:
    words = " ".join(word.plain for word in cut(sentence.text, {}).words)
    return words or sentence.text
