"""Reports in both languages: nothing is left unsaid, and numbers are spelled as in each."""

import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import tellal.reporting
from tellal.channels import Language
from tellal.platforms import PLATFORMS
from tellal.reporting import letters, page, sheet
from tellal.reporting.document import ReportDocument
from tellal.reporting.measures import MEASURES
from tellal.reporting.wording import ENGLISH, Wording
from tests.unit.reporting import rich

TURKISH = Wording(Language.TURKISH)
PACKAGE = Path(str(resources.files(tellal.reporting)))
KEYWORDS = {"say": None, "marked": None}


def messages() -> set[str]:
    """Every sentence in the code and the templates that a report may say."""
    measures = (text for each in MEASURES for text in (each.title, each.definition))
    return {*_in_files(), *measures, *reasons()}


def reasons() -> set[str]:
    """Why platforms do not tell a metric, as their adapters state."""
    measured = (each.facts.measured for each in PLATFORMS.values())
    return {why for each in measured if each is not None for why in each.not_told.values()}


def _in_files() -> Iterator[str]:
    for path in [*PACKAGE.glob("*.py"), *PACKAGE.glob("templates/*.html")]:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        for _, message, _, _ in extract_from_file(method, str(path), keywords=KEYWORDS):
            if message:
                yield message if isinstance(message, str) else message[0]


def translations() -> dict[str, str]:
    with (PACKAGE / "locale" / "tr.po").open("rb") as file:
        catalog = read_po(file)
    return {str(each.id): str(each.string) for each in catalog if each.id and not each.fuzzy}


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_turkish_says_every_sentence_and_no_other() -> None:
    said = translations()
    assert set(said) == messages()
    assert [message for message, sentence in said.items() if not sentence] == []


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_each_reason_for_which_a_platform_tells_nothing_is_said_in_turkish() -> None:
    said = translations()
    assert len(reasons()) > len(PLATFORMS)
    assert [each for each in sorted(reasons()) if said.get(each, each) in ("", each)] == []


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_sentence_has_the_same_places_in_both_languages() -> None:
    assert [each for each, said in translations().items() if places(each) != places(said)] == []


def test_no_word_in_a_place_is_given_an_ending() -> None:
    """«{day}'de» would be right for some days and wrong for others."""
    assert [said for said in translations().values() if re.search(r"\}['’\w]", said)] == []


class Words(HTMLParser):
    """What is read in a page, and in its texts for who cannot see it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag == "style"
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.said.append(" ".join(data.split()))


def full(language: Language) -> ReportDocument:
    """With what stands in no whole report, too."""
    return rich(language).model_copy(
        update={"so_far": True, "campaign": "cmp_1", "campaign_title": "Bahar"}
    )


@pytest.mark.parametrize("shape", [rich, full])
def test_the_turkish_page_has_no_english_words_left(shape: type) -> None:
    said = " · ".join(Words(page.rendered(shape(Language.TURKISH))).said)
    english = {
        part.strip()
        for message, translated in translations().items()
        if message != translated
        for part in re.split(r"\{\w+\}", message)
        if len(part.strip()) > 2
    }
    left = [each for each in english if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", said)]
    turkish = " · ".join(translations().values())
    assert [each for each in left if each not in turkish] == []


@pytest.mark.parametrize("language", Language)
def test_the_page_names_its_language_and_its_headings_go_down_step_by_step(
    language: Language,
) -> None:
    html = page.rendered(rich(language))
    words = Words(html)
    assert f'<html lang="{language}">' in html
    assert words.headings[0] == 1
    assert words.headings.count(1) == 1
    steps = zip(words.headings, words.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert len(words.ids) == len(set(words.ids))


def test_every_drawing_is_told_in_words_with_its_numbers_in_a_table() -> None:
    html = page.rendered(rich(Language.TURKISH))
    drawings = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert len(drawings) == 4  # engagements, two lines of followers, the hours
    assert all(each.findtext("title") and each.findtext("desc") for each in drawings)
    assert html.count("<details>") == 2
    assert "En yüksek gün, 16 Pzt: 24." in html


@pytest.mark.parametrize("language", Language)
def test_names_and_texts_stay_what_they_are(language: Language) -> None:
    html = page.rendered(rich(language))
    assert "<b>" not in html
    assert "&lt;b&gt;Simit&lt;/b&gt;" in html
    assert "Simit &amp; Çay “100 %”" in html
    assert "{tırnak}" in html


def test_the_english_page_says_what_changed_and_where_it_cannot_be_said() -> None:
    said = " ".join(Words(page.rendered(rich())).said)
    assert "+125 +25 (+25.0%) · before: +100" in said
    assert "4.50% −0.5 points (−10.0%) · before: 5.00%" in said
    assert "12,345 No comparison: it was not measured in the period before." in said
    assert "10,000 +10,000 · before: 0" in said
    assert "1 h 15 min" in said
    assert "target: 1 h 0 min" in said
    assert "€1,299.00" in said
    assert "Türkiye 60%, Germany 40%" in said


def test_the_turkish_page_spells_numbers_as_turkish_does() -> None:
    said = " ".join(Words(page.rendered(rich(Language.TURKISH))).said)
    assert "47. hafta: 16–22 Kasım 2026" in said
    assert "%4,50 −0,5 puan (−%10,0) · önceki: %5,00" in said
    assert "12.345 Karşılaştırma yok: önceki dönemde ölçülmedi." in said
    assert "1 sa 15 dk" in said
    assert "€1.299,00" in said
    assert "Türkiye %60, Almanya %40" in said
    assert "22 Kasım 2026, 00:00" not in said  # the week ends at the next midnight
    assert "23 Kasım 2026, 00:00" in said


def test_the_sheets_heads_and_the_documents_names_stay_english() -> None:
    english, turkish = (rich(each) for each in Language)
    heads = [sheet.rendered(each).splitlines()[0] for each in (english, turkish)]
    assert heads[0] == heads[1]
    assert set(turkish.model_dump()) == set(english.model_dump())
    assert turkish.measures[0].measure == "audience_growth"
    assert turkish.measures[0].title == "Takipçi artışı"


@pytest.mark.parametrize(
    ("wording", "value", "expected"),
    [
        (ENGLISH, -1234.5, "−1,234.5"),
        (TURKISH, -1234.5, "−1.234,5"),
        (TURKISH, None, "–"),
        (TURKISH, 0, "0"),
    ],
)
def test_numbers(wording: Wording, value: float | None, expected: str) -> None:
    assert wording.number(value, digits=1) == expected


def test_days_and_moments() -> None:
    assert ENGLISH.day(date(2026, 5, 1)) == "1 May 2026"
    assert TURKISH.day(date(2026, 5, 1)) == "1 Mayıs 2026"
    assert TURKISH.moment(datetime(2026, 5, 1, 21, tzinfo=UTC), "Europe/Istanbul") == (
        "2 Mayıs 2026, 00:00"
    )
    assert TURKISH.weekday(0) == "Pazartesi"


def test_the_letter_says_the_measures_and_the_link_in_its_language() -> None:
    made = letters.letter(
        rich(Language.TURKISH), to="a@b.example", link="https://t.example/r/x", good_until="yarın"
    )
    assert made.subject == "Simit & Çay “100 %”: rapor, 47. hafta: 16–22 Kasım 2026"
    assert "Takipçi artışı: +125 (önceki: +100)" in made.text
    assert "Dönüşüm: kimseye ulaşılmadı" in made.text
    assert "\nhttps://t.example/r/x\n" in made.text
    assert 'lang="tr"' in made.html
    assert "Simit &amp; Çay" in made.html


def test_a_name_with_a_line_end_in_it_ends_no_header() -> None:
    odd = rich().model_copy(update={"workspace": "Acme\r\nBcc: all@example.com"})
    made = letters.letter(odd, to="a@b.example", link="https://t.example/r/x", good_until="then")
    assert "\n" not in made.subject
    assert "\r" not in made.subject
