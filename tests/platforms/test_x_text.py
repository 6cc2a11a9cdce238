"""What X counts: the vectors of its own library and pages, and what people write."""

import pytest

from tellal.errors import Unacceptable
from tellal.platforms import PLATFORMS
from tellal.platforms.x.text import cashtags, links, weighted_length
from tellal.posts import Content
from tests.platforms.samples.x import X

FAMILY = "👨‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("This is a test.", 15),
        ("Hi http://test.co", 26),
        ("H🐱☺👨‍👩‍👧‍👦", 7),
        ("Hello, world! 👋", 16),
        ("Hi 👋🏽 https://example.com/very/long/path café #tag", 39),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 37),
        (FAMILY, 2),
        ("👋🏽", 2),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("저찀쯿쿿", 8),
        ("の" * 160, 320),
        (" ".join(["https://example.com/" + "x" * 9] * 10), 239),
        ("cafe\u0301", 4),  # NFC first
        ("🇹🇷🇩🇪", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("1️⃣#️⃣", 4),
        ("❤️☺", 4),
        ("©®", 2),
        ("©️", 2),
        ("1 # *", 5),
        ("\U00010000", 2),
        ("— “quoted” …", 13),  # an ellipsis is heavy, quotation marks are not
        ("", 0),
    ],
)
def test_every_character_has_its_weight(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("مرحبا", 5),
        ("שלום", 4),
        ("مرحبا https://ex.com/مرحبا", 5 + 1 + 23 + 5),  # the path is not X's
        ("\u202bمرحبا\u202c", 9),  # marks that turn the line weigh 2
    ],
)
def test_right_to_left_text_is_light(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("test.co", ["test.co"]),
        ("read.me and main.py", ["read.me", "main.py"]),  # Montenegro, Paraguay
        ("node.js and a.unknown", []),
        ("me@test.co @test.co #test.co $test.co", []),
        ("@ann.example.com my_file.py path/main.py", []),
        ("see EXAMPLE.COM.", ["EXAMPLE.COM"]),
        ("wait...https://example.com", ["https://example.com"]),
        ("(https://en.wikipedia.org/wiki/A_(b)).", ["https://en.wikipedia.org/wiki/A_(b)"]),
        ("https://example.com/a?b=1&c=2!", ["https://example.com/a?b=1&c=2"]),
        ("https://example.com:8080/a, http://a.b.co.uk/", ["https://example.com:8080/a"]),
        ("example.com?x=1", ["example.com"]),  # a query needs a path where there is no scheme
        ("example.com/?x=1", ["example.com/?x=1"]),
        ("価格は1.5です。example.com。", ["example.com"]),
        ("日本https://t.co/abc", ["https://t.co/abc"]),
        ("https://☃.net/", ["https://☃.net/"]),
        ("www.рф https://кто.рф", ["www.рф", "https://кто.рф"]),
        ("http://localhost http://a-.com http://-a.com ftp://a.com", []),
        ("https://a_b.example.com https://exa_mple.com", ["https://a_b.example.com"]),
        ("a..com .com com", []),
        ("example.com-foo", []),
        ("http://xn--e1afmkfd.xn--p1ai", ["http://xn--e1afmkfd.xn--p1ai"]),
    ],
)
def test_a_link_is_what_x_makes_one(text: str, found: list[str]) -> None:
    shown = [text[start:end] for start, end in links(text)]
    assert [each for each in shown if each in found] == found
    if not found:
        assert shown == []


@pytest.mark.parametrize(
    "text",
    [
        "x" * 280,
        "の" * 140,
        FAMILY * 140,
        "م" * 280,
        "x" * 256 + " " + "https://ex.com/" + "y" * 90,
    ],
)
def test_what_fits_to_the_last_character_is_taken_and_one_more_is_not(text: str) -> None:
    adapter = PLATFORMS["x"]
    assert weighted_length(text) == 280
    assert adapter.render(Content(text=text), X.channel)  # type: ignore[attr-defined]
    with pytest.raises(Unacceptable, match="281 of 280 characters"):
        adapter.render(Content(text=f"y{text}"), X.channel)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "number"),
    [("$ACME", 1), ("$ACME and $B.A", 2), ("US$100 $100 $ a$B $$C", 0), ("$ACME's $acme", 2)],
)
def test_cashtags_are_counted(text: str, number: int) -> None:
    assert cashtags(text) == number


@pytest.mark.parametrize(
    "text", ["a." * 12_500, "日a" * 12_500, "https://a.com/" + "(" * 25_000, "a@b." * 6_000]
)
def test_no_text_takes_for_ever(text: str) -> None:
    """X takes 25,000 characters of whatever people paste."""
    assert weighted_length(text) > 0
