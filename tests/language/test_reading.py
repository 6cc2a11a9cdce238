"""What is read from what people write."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellal.language import READERS, Language, Reading, Sentiment, read

POSITIVE, NEUTRAL, NEGATIVE = Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE
ENGLISH, TURKISH, UNKNOWN = Language.ENGLISH, Language.TURKISH, Language.UNKNOWN


@pytest.mark.parametrize(
    ("text", "language", "sentiment"),
    [
        ("The cake was good", ENGLISH, POSITIVE),
        ("The cake was not good", ENGLISH, NEGATIVE),
        ("The cake wasn't good", ENGLISH, NEGATIVE),
        ("the cake wasnt good", ENGLISH, NEGATIVE),
        ("Your driver is never rude", ENGLISH, POSITIVE),
        ("My order never arrived", ENGLISH, NEGATIVE),
        ("Pasta güzeldi", TURKISH, POSITIVE),
        ("Pasta güzel değildi", TURKISH, NEGATIVE),
        ("Pastayı beğendim", TURKISH, POSITIVE),
        ("Pastayı beğenmedim", TURKISH, NEGATIVE),
        ("Pastayı beğenmiyorum", TURKISH, NEGATIVE),
        ("Hizmetten memnun kalmadık", TURKISH, NEGATIVE),
        ("Bu fırında hiç sorun yaşamadım", TURKISH, POSITIVE),
        ("Siparişim gelmedi", TURKISH, NEGATIVE),
        ("Kalitesiz bir ürün", TURKISH, NEGATIVE),
        ("Kaliteli bir ürün", TURKISH, POSITIVE),
    ],
)
def test_negation_turns_what_it_negates(
    text: str, language: Language, sentiment: Sentiment
) -> None:
    assert (read(text).language, read(text).sentiment) == (language, sentiment)


@pytest.mark.parametrize(
    ("mild", "strong"),
    [
        ("The soup was good", "The soup was very good"),
        ("The soup was a bit cold and slow", "The soup was very cold and slow"),
        ("Çorba güzeldi", "Çorba çok güzeldi"),
        ("Servis biraz yavaştı", "Servis çok yavaştı"),
    ],
)
def test_a_feeling_is_made_stronger(mild: str, strong: str) -> None:
    assert abs(read(mild).score) < abs(read(strong).score)


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("The room was lovely but the staff were rude", NEGATIVE),
        ("The staff were rude but the room was lovely", POSITIVE),
        ("Oda güzeldi ama personel kabaydı", NEGATIVE),
        ("Personel kabaydı ama oda güzeldi", POSITIVE),
    ],
)
def test_what_follows_a_but_weighs_more(text: str, sentiment: Sentiment) -> None:
    assert read(text).sentiment is sentiment


@pytest.mark.parametrize(
    "text",
    [
        "Do you have good vegan cakes?",
        "do you have any fresh bread",
        "Güzel vegan pastanız var mı?",
        "taze ekmek var mı",
        "İyi günler, kaç para?",
    ],
)
def test_a_question_is_neutral(text: str) -> None:
    assert read(text).sentiment is NEUTRAL


@pytest.mark.parametrize("text", ["Why is nobody answering me?", "Bu ne biçim hizmet?"])
def test_a_reproach_is_no_question(text: str) -> None:
    assert read(text).sentiment is NEGATIVE


@pytest.mark.parametrize(
    "text", ["cok guzel tesekkurler", "ÇOK GÜZEL TEŞEKKÜRLER", "çoook güzeeel teşekkürleeer"]
)
def test_turkish_is_read_without_marks_in_capitals_and_stretched(text: str) -> None:
    assert (read(text).language, read(text).sentiment) == (TURKISH, POSITIVE)


def test_marks_that_are_written_count_and_those_left_away_do_not() -> None:
    assert read("Telefonum dondu").sentiment is NEGATIVE
    assert read("Postacı geri döndü").sentiment is NEUTRAL
    assert read("Mesajlarıma dönmüyorsunuz").sentiment is NEGATIVE
    assert read("mesajlarima donmuyorsunuz").sentiment is NEGATIVE


@pytest.mark.parametrize("text", ["İYİ", "iyi", "I\u0307yi"])
def test_the_dotted_i_is_one_letter_however_it_is_made(text: str) -> None:
    assert read(f"{text} bir dükkan") == read("iyi bir dükkan")


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [("😍", POSITIVE), ("❤️❤️", POSITIVE), (":)", POSITIVE), ("😡😡", NEGATIVE), ("👎🏽", NEGATIVE)],
)
def test_emoji_speak_for_themselves_where_there_are_no_words(
    text: str, sentiment: Sentiment
) -> None:
    assert (read(text).language, read(text).sentiment) == (UNKNOWN, sentiment)


def test_an_emoji_counts_once_however_often_it_stands_there() -> None:
    assert read("😍" * 20) == read("😍")


def test_praise_beside_an_angry_emoji_is_none() -> None:
    assert read("Great job").sentiment is POSITIVE
    assert read("Great job 😡").sentiment is NEGATIVE


@pytest.mark.parametrize(
    "beside",
    [
        "https://example.com/the-worst-hotel-ever",
        "www.example.com/terrible",
        "example.com/terrible",
        "@terrible_hotel",
        "#worst #horrible",
        "worst.hotel@example.com",
    ],
)
def test_links_mentions_hashtags_and_addresses_are_not_read(beside: str) -> None:
    assert read(f"Çok güzel {beside}") == read("Çok güzel")
    assert read(beside) == Reading(UNKNOWN, Sentiment.UNKNOWN, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "Das Brot war sehr gut, danke",
        "El pan estaba muy bueno, gracias",
        "Le pain était très bon, merci",
        "Хлеб был очень вкусный",
        "الخبز كان لذيذا جدا",
        "パンはとても美味しかったです",
        "Çörək çox dadlı idi, təşəkkürlər",
    ],
)
def test_other_languages_are_unknown_and_so_is_how_they_sound(text: str) -> None:
    assert read(text) == Reading(UNKNOWN, Sentiment.UNKNOWN, 0.0)


@pytest.mark.parametrize(
    ("text", "language"), [("thanks", ENGLISH), ("teşekkürler", TURKISH), ("asdfgh", UNKNOWN)]
)
def test_one_word_is_enough_if_it_is_known(text: str, language: Language) -> None:
    assert read(text).language is language


@pytest.mark.parametrize("text", ["", " \n\t", "...", "12345", "\u202e\u202c", "\ud800", "\x00"])
def test_nothing_said_is_nothing_read(text: str) -> None:
    assert read(text) == Reading(UNKNOWN, Sentiment.UNKNOWN, 0.0)


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2067", "\u200b", "\u00ad", "\ufeff"])
def test_marks_that_nobody_sees_change_nothing(mark: str) -> None:
    assert read(f"{mark}The cake was gr{mark}eat") == read("The cake was great")


@pytest.mark.parametrize("broken", ["\ud83d", "\ud83d\ud83d"])
def test_half_a_character_changes_nothing(broken: str) -> None:
    assert read(f"The cake was great {broken}") == read("The cake was great")


@pytest.mark.parametrize(
    "piece",
    ["a", "ığ", "not ", "çok güzel ", "@", "a@", ":)", "'a", "?!", "😍", "\u0301", "\ud800"],
)
def test_of_a_megabyte_only_the_beginning_is_read(piece: str) -> None:
    assert read(piece * (1_000_000 // len(piece))) == read(piece * 20_000)


def test_a_reading_is_plain_values() -> None:
    reading = read("Kargo geç geldi ama ürün harika 😍")
    assert json.loads(json.dumps(asdict(reading))) == {
        "language": "tr",
        "sentiment": "positive",
        "score": reading.score,
        "asks": False,
    }


def test_each_reader_has_a_language_of_its_own_and_none_is_left_without() -> None:
    assert {reader.language for reader in READERS} == set(Language) - {UNKNOWN}
    assert len(READERS) == len(set(Language)) - 1


WORDS = st.sampled_from(
    [
        "not",
        "never",
        "very",
        "but",
        "good",
        "bad",
        "çok",
        "değil",
        "yok",
        "ama",
        "güzel",
        "kötü",
        "gelmedi",
        "mı",
        "?",
        "!",
        ",",
        "😍",
        "😡",
        "@a",
        "#b",
    ]
)


@given(st.text() | st.lists(WORDS).map(" ".join) | st.text(st.characters(categories=["Cs"])))
def test_any_text_can_be_read_and_always_in_the_same_way(text: str) -> None:
    reading = read(text)
    assert reading == read(text)
    assert -1 <= reading.score <= 1
    if reading.sentiment is POSITIVE:
        assert reading.score > 0
    if reading.sentiment is NEGATIVE:
        assert reading.score < 0
    if reading.sentiment is Sentiment.UNKNOWN:
        assert reading.score == 0


@given(st.lists(WORDS, min_size=1).map(" ".join))
def test_capitals_around_it_change_nothing(text: str) -> None:
    assert read(f"  {text.upper()}\n") == read(text)
