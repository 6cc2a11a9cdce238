"""Word lists as a person edits them."""

import pytest

from tellal.language.lexicon import FOLDER, Lexicon, Unreadable, load, parse
from tellal.language.words import Word, cut

SECTIONS = {"feelings", "stronger", "negating", "wanted", "contrasting", "conceding", "asking"}


def words(text: str) -> list[Word]:
    return list(cut(text, {}).words)


def small(lines: str) -> Lexicon:
    return parse(f"[feelings]\n{lines}", name="small.txt")


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt")))
def test_every_lexicon_can_be_read(name: str) -> None:
    assert load(name).sections


@pytest.mark.parametrize("name", ["en", "tr"])
def test_a_reader_finds_every_section_it_asks_for(name: str) -> None:
    assert {*SECTIONS, "complaining", "common", "endings"} <= set(load(name).sections)


@pytest.mark.parametrize("name", ["en", "tr", "emoji"])
def test_no_feeling_weighs_more_than_four(name: str) -> None:
    entries = load(name)["feelings"].by_first.values()
    assert all(-4 <= entry.value <= 4 for beside in entries for entry in beside)


def test_a_star_stands_for_any_ending_and_for_none() -> None:
    feelings = small("2: beğen*")["feelings"]
    assert feelings.has(words("beğendik")[0])
    assert feelings.has(words("begen")[0])
    assert not feelings.has(words("beğ")[0])


def test_the_longest_phrase_goes_before_its_words() -> None:
    feelings = small("2: good\n-3: good for nothing")["feelings"]
    found = feelings.at(words("Good for nothing!"), 0)
    assert found
    assert (found.entry.value, found.end) == (-3, 3)


def test_the_longer_stem_goes_before_the_shorter() -> None:
    found = small("-2: don*\n0: dondurma*")["feelings"].at(words("dondurmalar"), 0)
    assert found
    assert found.entry.value == 0


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("two: good", "'two' is no number"),
        ("2: good, , bad", "nothing between two commas"),
        ("2: go*od", "has a star that ends no stem"),
        ("2: good\n1: Good", "line 3: 'good' for the second time"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(lines: str, told: str) -> None:
    with pytest.raises(Unreadable, match=r"small\.txt, line \d") as raised:
        small(lines)
    assert told in str(raised.value)


def test_a_word_outside_of_any_section_is_named() -> None:
    with pytest.raises(Unreadable, match=r"list\.txt, line 2"):
        parse("# a remark\ngood", name="list.txt")
