"""A report of more than a quarter shows weeks, whose numbers are those of its days."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from tellal.channels import Language
from tellal.reporting import page, timeline
from tellal.reporting.document import DayRow, ReportDocument
from tellal.reporting.timeline import Timeline
from tellal.reporting.wording import Wording
from tests.unit.reporting import rich

THURSDAY = date(2026, 1, 1)
Known = Mapping[int, tuple[int | None, int | None]]  # day of the period → followers, engagements


def long(days: int, known: Known, language: Language = Language.ENGLISH) -> ReportDocument:
    last = THURSDAY + timedelta(days=days - 1)
    rows = tuple(
        DayRow(
            date=THURSDAY + timedelta(days=n),
            channel="ch_1",
            followers=followers,
            engagements=engagements,
        )
        for n, (followers, engagements) in known.items()
    )
    period = f"{THURSDAY}..{last}"
    changes = {"first_day": THURSDAY, "last_day": last, "period": period, "days": rows}
    return rich(language).model_copy(update=changes)


def made(document: ReportDocument) -> Timeline:
    return timeline.made(document, Wording(document.language))


def test_a_quarter_is_shown_by_days_and_a_day_more_by_weeks() -> None:
    quarter, more = (made(long(days, {0: (100, 1)})) for days in (92, 93))
    assert (quarter.weekly, len(quarter.spans)) == (False, 92)
    assert (more.weekly, len(more.spans)) == (True, 14)


def test_weeks_begin_on_monday_and_the_period_cuts_the_first_and_the_last_short() -> None:
    names = [each.name for each in made(long(93, {})).spans]
    assert names[:2] == ["1–4 Jan", "5–11 Jan"]
    assert names[4:6] == ["26 Jan–1 Feb", "2–8 Feb"]
    assert names[-1] == "30 Mar–3 Apr"
    assert made(long(96, {})).spans[-1].name == "6 Apr"


def test_a_weeks_engagements_are_those_of_its_days_and_its_followers_the_last_known() -> None:
    known = {3: (100, 7), 4: (101, 5), 6: (103, -2), 8: (None, 4), 10: (None, None), 11: (99, 0)}
    course = made(long(93, known)).of("ch_1")
    assert list(course.engagements[:3]) == [7, 7, 0]
    assert list(course.followers[:3]) == [100, 103, 99]


def test_a_week_of_which_no_day_is_known_is_a_gap_and_never_zero() -> None:
    document = long(93, {0: (100, 7), 4: (None, None), 11: (99, 0)})
    course = made(document).of("ch_1")
    assert list(course.engagements[:4]) == [7, None, 0, None]
    assert list(course.followers[:4]) == [100, None, 99, None]
    assert set(made(document).of("ch_2").followers) == {None}
    row = page.rendered(document).split('<th scope="row">5–11 Jan</th>')[1].split("</tr>")[0]
    assert re.findall(r">(.*?)</td>", row) == ["–", "–"]


def test_days_that_come_in_any_order_are_added_up_the_same() -> None:
    known = {4: (101, 5), 6: (103, 2), 5: (102, 1)}
    ordered = long(93, known)
    course = made(ordered.model_copy(update={"days": ordered.days[::-1]})).of("ch_1")
    assert (course.followers[1], course.engagements[1]) == (103, 8)


@pytest.mark.parametrize(
    ("language", "said", "never"),
    [
        (
            Language.ENGLISH,
            [
                ">Week by week</h2>",
                ">The numbers of each week</summary>",
                '<th scope="col">Week</th>',
                "in each week, by channel",
                "The most in the week of 5–11 Jan: 9.",
                "Followers as last known in each week: ",
                "this period may cut the first and the last short.",
            ],
            ["Day by day", "each day", ">Day<"],
        ),
        (
            Language.TURKISH,
            [
                ">Hafta hafta</h2>",
                ">Haftalara göre sayılar</summary>",
                '<th scope="col">Hafta</th>',
                "Haftalara ve kanallara göre",
                "En yüksek hafta, 5–11 Oca: 9.",
                "Her hafta bilinen son takipçi sayısı: ",
                "ilk ve son haftası yedi günden kısa olabilir.",
            ],
            ["Gün gün", "Günlere", "Her günün", "week", "Week"],
        ),
    ],
)
def test_the_page_says_week_where_it_shows_weeks(
    language: Language, said: list[str], never: list[str]
) -> None:
    html = page.rendered(long(93, {3: (100, 7), 5: (101, 9)}, language))
    assert [each for each in said if each not in html] == []
    assert [each for each in never if each in html] == []


def test_the_charts_and_the_table_have_one_mark_and_one_row_for_each_week() -> None:
    html = page.rendered(long(365, {n: (100 + n, 1) for n in range(365)}))
    section = html[html.index('id="days"') : html.index('id="hours"')]
    assert section.count("<rect") == section.count("<circle") == 53
    assert section.count('<th scope="row">') == 53
