"""Emoji of many code points and right-to-left text, in every field that a platform measures."""

from collections.abc import Sequence

import pytest

from tellal.errors import Unacceptable
from tellal.platforms import PLATFORMS
from tests.platforms.lengths import EMOJI, WORDS, Measured, measured, what_goes_out
from tests.platforms.samples import SAMPLES

FIELDS = list(measured())
each_field = pytest.mark.parametrize("field", FIELDS, ids=str)
of_both = pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)


def broken(field: Measured, text: str) -> dict[str, str]:
    with pytest.raises(Unacceptable) as refused:
        SAMPLES[field.platform].adapter(lambda _: pytest.fail("nothing is sent")).render(
            field.fill(text), field.sample.channel
        )
    rules: dict[str, str] = {}
    for each in refused.value.broken:
        rules[each.field] = f"{rules.get(each.field, '')} {each.rule}"
    return rules


def test_no_platform_is_left_out() -> None:
    assert {each.platform for each in FIELDS if each.field == "text"} == set(PLATFORMS)


@of_both
@each_field
def test_a_text_that_fills_a_field_goes_out_as_it_was_written(
    field: Measured, words: Sequence[str]
) -> None:
    text = field.full_of(words)
    assert text in what_goes_out(field.sample, field.fill(text))


@of_both
@each_field
def test_one_more_is_refused_with_the_field_and_both_numbers(
    field: Measured, words: Sequence[str]
) -> None:
    rules = broken(field, field.full_of(words) + "x")
    assert list(rules) == [field.field]
    assert {str(field.most + 1), str(field.most)} <= set(rules[field.field].split())


@of_both
@each_field
def test_an_emoji_or_a_word_more_is_counted_as_the_platform_does(
    field: Measured, words: Sequence[str]
) -> None:
    text = words[0] + field.full_of(words)
    rules = broken(field, text)
    assert str(field.length(text)) in rules[field.field].split()


@pytest.mark.parametrize("field", [each for each in FIELDS if each.bytes], ids=str)
def test_where_bytes_are_counted_as_well_the_last_of_them_is_taken_and_no_more(
    field: Measured,
) -> None:
    """Families run out of bytes long before they run out of what readers see as characters."""
    assert field.bytes is not None
    family = EMOJI[0]
    times = field.bytes // len(family.encode())
    text = family * times + "x" * (field.bytes - times * len(family.encode()))
    assert field.length(text) < field.most
    assert text in what_goes_out(field.sample, field.fill(text))
    assert f"{field.bytes + 1} of {field.bytes} bytes" in broken(field, text + "x")[field.field]
