"""Floors under what docs/language.md tells: a few points below what was measured."""

import pytest

from local.language import (
    HARD,
    MEASURED,
    Pairs,
    language_pairs,
    macro_f1,
    scores,
    sentiment_pairs,
)


def test_languages_are_told_apart() -> None:
    pairs = language_pairs(MEASURED)
    assert macro_f1(pairs) >= 0.97
    assert min(each.precision for each in scores(pairs).values()) >= 0.96


@pytest.mark.parametrize("file", ["en", "tr"])
def test_sentiment_is_read(file: str) -> None:
    pairs = sentiment_pairs(MEASURED, file)
    assert macro_f1(pairs) >= 0.88
    assert min(each.f1 for each in scores(pairs).values()) >= 0.86


@pytest.mark.parametrize("file", ["en", "tr"])
def test_praise_is_seldom_read_as_blame_nor_blame_as_praise(file: str) -> None:
    for which in (MEASURED, HARD):
        pairs = sentiment_pairs(which, file)
        assert pairs["positive", "negative"] + pairs["negative", "positive"] < 0.1 * pairs.total()


def test_the_language_is_right_where_the_sentiment_is_hard() -> None:
    assert macro_f1(language_pairs(HARD)) >= 0.97


def test_a_class_that_is_never_said_scores_nothing() -> None:
    found = scores(Pairs({("neutral", "unknown"): 3, ("positive", "positive"): 1}))
    assert (found["neutral"].precision, found["neutral"].recall, found["neutral"].f1) == (0, 0, 0)
    assert found["positive"].f1 == 1
