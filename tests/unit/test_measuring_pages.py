"""The report's page, sheet and terminal table, made of one document."""

import csv
import io
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from tellal.reporting import charts, page, sheet, table
from tellal.reporting.document import ChannelRow, DayRow, MeasureRow, PostRow, ReportDocument
from tellal.reporting.measures import ENGAGEMENT_RATE_BY_FOLLOWERS, MEASURES
from tellal.reporting.timeline import Span
from tellal.reporting.wording import ENGLISH
from tests.unit.reporting import rich

MADE_AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


def row(name: str, channel: str | None, value: float | None, note: str | None = None) -> MeasureRow:
    measure = next(each for each in MEASURES if each.name == name)
    return MeasureRow(
        measure=name,
        title=measure.title,
        channel=channel,
        value=value,
        unit=measure.unit,
        previous=None,
        note=note,
    )


def document(
    *, text: str = "Fresh simit", name: str = "Acme", so_far: bool = False
) -> ReportDocument:
    measures = [
        made
        for channel in (None, "ch_1")
        for made in (
            row("audience_growth", channel, -3),
            row("engagement_rate", channel, None, "not told by Mastodon"),
            row("engagement_rate_by_followers", channel, 4.5, "only some channels"),
            row("impressions", channel, None, "not told by Mastodon"),
            row("reach", channel, None, "not told by Mastodon"),
            row("website_clicks", channel, 1234),
            row("conversions", channel, None, "not told by Mastodon"),
        )
    ]
    return ReportDocument(
        made_at=MADE_AT,
        workspace_id="ws_1",
        workspace=name,
        report="2026-W47",
        period="2026-W47",
        zone="Europe/Istanbul",
        first_day=date(2026, 11, 16),
        last_day=date(2026, 11, 22),
        since=datetime(2026, 11, 15, 21, tzinfo=UTC),
        until=datetime(2026, 11, 22, 21, tzinfo=UTC),
        so_far=so_far,
        previous_period="2026-W46",
        measures=tuple(measures),
        channels=(
            ChannelRow(
                channel_id="ch_1",
                name=name,
                handle="acme",
                platform="mastodon",
                platform_title="Mastodon",
                url=None,
                followers=97,
                posts=1,
                engagements=5,
                not_told=("reach", "clicks"),
            ),
        ),
        posts=(
            PostRow(
                delivery_id="dlv_1",
                post_id="post_1",
                channel="ch_1",
                text=text,
                url="javascript:alert(1)",
                published_at=MADE_AT,
                metrics={"likes": 5},
                engagements=5,
                engagement_rate=None,
            ),
        ),
        days=(
            DayRow(date=date(2026, 11, 16), channel="ch_1", followers=100, engagements=7),
            DayRow(date=date(2026, 11, 18), channel="ch_1", followers=97, engagements=-2),
        ),
    )


class Outline(HTMLParser):
    """Every element that was opened is closed; what it found is kept."""

    VOID = frozenset({"meta", "br", "line", "circle", "rect", "polyline"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_needs_nothing_but_itself() -> None:
    outline = Outline(page.rendered(document()))
    assert outline.open == []
    tags = {tag for tag, _ in outline.found}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed"})
    links = [value for _, attributes in outline.found for value in attributes.values() if value]
    assert not any("http" in value and "://" in value for value in links)
    assert "@import" not in page.rendered(document())


def test_every_chart_has_a_name_and_every_table_a_caption_and_heads() -> None:
    html = page.rendered(document())
    drawings = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert len(drawings) == 2
    for drawing in drawings:
        title, told = drawing.find("title"), drawing.find("desc")
        assert title is not None
        assert told is not None
        assert title.text
        assert told.text
        assert drawing.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
    outline = Outline(html)
    assert len(outline.every("caption")) == len(outline.every("table")) == 3
    assert all(head.get("scope") for head in outline.every("th"))
    assert len(outline.every("h1")) == 1


def test_the_page_says_which_days_whose_clocks_and_what_is_not_told() -> None:
    html = page.rendered(document())
    assert "Week 47: 16–22 November 2026" in html
    assert "Europe/Istanbul" in html
    assert "Made on 23 November 2026, 07:00" in html
    assert "−3" in html
    assert "so far" not in html


def test_a_period_that_goes_on_says_so() -> None:
    html = page.rendered(document(so_far=True))
    assert "so far" in html
    assert "has not ended" in html


def test_without_reach_the_page_shows_the_other_rate_under_its_own_name() -> None:
    html = page.rendered(document())
    assert f"{ENGAGEMENT_RATE_BY_FOLLOWERS.title}: 4.50%" in html


def test_what_people_wrote_stays_text() -> None:
    html = page.rendered(document(text="<script>alert(1)</script>", name='"><b>Acme'))
    assert "<script>" not in html
    assert "<b>" not in html
    assert "javascript:" not in html


@pytest.mark.parametrize(
    ("first", "last", "period", "expected"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "2026-11", "November 2026"),
        (date(2026, 10, 26), date(2026, 11, 1), "2026-W44", "Week 44: 26 October–1 November 2026"),
        (
            date(2026, 12, 28),
            date(2027, 1, 3),
            "2026-W53",
            "Week 53: 28 December 2026–3 January 2027",
        ),
    ],
)
def test_periods_have_titles_as_people_say_them(
    first: date, last: date, period: str, expected: str
) -> None:
    changes = {"first_day": first, "last_day": last, "period": period}
    assert page.title(document().model_copy(update=changes), ENGLISH) == expected


def test_a_report_of_nothing_is_still_a_page() -> None:
    nothing: dict[str, tuple[()]] = dict.fromkeys(("channels", "posts", "days"), ())
    bare = document().model_copy(update=nothing)
    bare = bare.model_copy(
        update={"measures": tuple(each for each in bare.measures if each.channel is None)}
    )
    html = page.rendered(bare)
    assert "No channel is connected." in html
    assert Outline(html).open == []


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", " =", "＝"])
def test_a_spreadsheet_gets_text_where_there_was_text(begins: str) -> None:
    text = f'{begins}HYPERLINK("http://evil.example","click")'
    rows = list(csv.DictReader(io.StringIO(sheet.rendered(document(text=text)))))
    assert rows[-1]["post"] == f"'{text}"


def test_the_sheet_has_a_row_per_measure_and_channel_and_per_post() -> None:
    rows = list(csv.DictReader(io.StringIO(sheet.rendered(document()))))
    assert [each["kind"] for each in rows] == ["measure"] * 14 + ["post"]
    assert rows[0]["value"] == "-3"  # a number stays one
    assert rows[1]["value"] == ""
    assert rows[1]["note"] == "not told by Mastodon"
    assert (rows[-1]["likes"], rows[-1]["reach"]) == ("5", "")


def test_the_terminal_shows_every_measure_or_why_there_is_none() -> None:
    lines = table.rendered(document()).splitlines()
    heads = [each for each in lines if not each.startswith(("All channels", "Acme"))]
    titles = {word for row in document().measures for word in row.title.split()}
    assert {word for each in heads for word in each.split()} == titles
    [everything, channel] = [
        each for each in lines if each.startswith(("All", "Acme (")) and ":" not in each
    ]
    assert everything.split()[:4] == ["All", "channels", "−3", "–"]
    assert channel.startswith("Acme (Mastodon)")
    assert any(
        each.startswith("Acme (Mastodon): not told by Mastodon (Engagement") for each in lines
    )


def test_the_terminals_table_is_not_wider_than_a_terminal() -> None:
    assert max(map(len, table.rendered(document()).splitlines()[:5])) <= 120


def test_channels_of_which_nothing_was_measured_take_no_room_in_the_terminal() -> None:
    made = document()
    silent = made.channels[0].model_copy(update={"channel_id": "ch_9", "name": "Silent"})
    lines = table.rendered(made.model_copy(update={"channels": (*made.channels, silent)}))
    assert lines == f"{table.rendered(made)}\nNothing was measured of Silent (Mastodon)"


def test_what_report_json_says_can_be_read_again() -> None:
    made = document()
    assert ReportDocument.model_validate_json(made.model_dump_json()) == made


def spans(names: str) -> list[Span]:
    return [Span(name, name) for name in names]


def test_a_day_without_a_value_is_a_gap_in_the_line() -> None:
    drawn = charts.line([1, 2, None, 4, 5], spans("abcde"), str)
    assert len(drawn.strokes) == 2
    assert len(drawn.dots) == 4


def test_a_line_of_one_value_and_bars_of_zeros_can_be_drawn() -> None:
    assert len(charts.line([7], spans("a"), str).dots) == 1
    assert charts.bars({"x": [0, None]}, spans("ab"), str).bars == ()


def test_what_was_taken_back_hangs_below_the_line() -> None:
    drawn = charts.bars({"x": [5, -5]}, spans("ab"), str)
    up, down = drawn.bars
    assert up.y + up.height == pytest.approx(drawn.zero)
    assert down.y == pytest.approx(drawn.zero)


def test_the_legend_names_the_channels_whose_engagements_are_told() -> None:
    made = rich()
    [first, second] = made.channels
    silent = second.model_copy(update={"engagements": None})
    html = page.rendered(made.model_copy(update={"channels": (first, silent)}))
    legend = html[html.index('<ul class="legend">') : html.index("</ul>", html.index('legend"'))]
    assert first.platform_title in legend
    assert silent.platform_title not in legend
