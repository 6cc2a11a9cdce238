"""Finding and counting, where a golden file would say less than a sentence."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tellal.platforms.text import byte_span, count_graphemes, find, plain

WRITTEN = some.lists(
    some.sampled_from(
        [
            "https://ex.com",
            "/a(b)",
            "@ann",
            "@host.example",
            "#tag",
            "#",
            "@",
            "é",
            "👩‍👩‍👧",
            " ",
            ".",
            ")",
            "\n",
        ]
    )
).map("".join)


@given(WRITTEN)
def test_what_is_found_is_what_stands_there_in_order_and_apart(text: str) -> None:
    end = 0
    for found in find(text):
        assert end <= found.start < found.end <= len(text)
        assert text[found.start : found.end] == found.text
        first, last = byte_span(text, found)
        assert text.encode()[first:last].decode() == found.text
        end = found.end


@pytest.mark.parametrize(
    ("text", "graphemes"),
    [
        ("Hi http://test.co", 17),
        ("H🐱☺👨‍👩‍👧‍👦", 4),
        ("Hello, world! 👋", 15),
        ("Hi 👋🏽 https://example.com/very/long/path café #tag", 49),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 27),
        ("👨‍👩‍👧", 1),
        ("👋🏽", 1),
        ("e\u0301", 1),
        ("🇹🇷🇳🇱", 2),
        ("\r\n", 1),
    ],
)
def test_graphemes_are_what_a_reader_counts(text: str, graphemes: int) -> None:
    assert count_graphemes(text) == graphemes


@pytest.mark.parametrize(
    "hostile",
    ["https://" + "a" * 50_000, "@" * 50_000, "a-" * 25_000, "#" * 50_000, "https://a." * 5_000],
)
def test_no_text_takes_long_to_search(hostile: str) -> None:
    begun = time.process_time()
    find(hostile)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one</p>\n<p>two</p>\n", "one\n\ntwo"),
        ("one<br>two<BR />three", "one\ntwo\nthree"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ('<a href="https://x.example">@<span>ann</span></a> hi', "@ann hi"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("", ""),
    ],
)
def test_markup_becomes_what_a_reader_sees(markup: str, text: str) -> None:
    assert plain(markup) == text
