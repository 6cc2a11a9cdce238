"""The measures against numbers worked out by hand."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tellal import clock
from tellal.measuring import periods
from tellal.observations import Metric, Observation
from tellal.reporting import notes
from tellal.reporting.figures import Figures, PublishedPost
from tellal.reporting.measures import (
    AUDIENCE_GROWTH,
    CONVERSIONS,
    ENGAGEMENT_RATE,
    ENGAGEMENT_RATE_BY_FOLLOWERS,
    IMPRESSIONS,
    MEASURES,
    REACH,
    SIX,
    WEBSITE_CLICKS,
    Measure,
)

ZONE = "Europe/Istanbul"
WEEK = periods.read("2026-W47", ZONE)  # 16 to 22 November
M = Metric
Measured = Callable[..., AbstractContextManager[Figures]]
Told = tuple[str, str | None, Metric, int, str]  # channel, delivery, metric, value, wall clock


def at(wall: str, zone: str = ZONE) -> datetime:
    return datetime.fromisoformat(f"2026-{wall}").replace(tzinfo=ZoneInfo(zone))


@pytest.fixture
def figures(tmp_path: Path) -> Measured:
    @contextmanager
    def measured(
        *told: Told, posts: dict[str, str] | None = None, period: periods.Period = WEEK
    ) -> Iterator[Figures]:
        observations = [
            Observation(
                workspace_id="ws_1",
                channel_id=channel,
                platform="mastodon",
                delivery_id=delivery,
                metric=metric,
                value=value,
                at=at(when, period.zone),
            )
            for channel, delivery, metric, value, when in told
        ]
        # every observation is there twice, as after a compaction that was killed
        lines = "".join(each.model_dump_json(exclude_none=True) + "\n" for each in observations)
        for name in ("one", "two"):
            (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        published = [
            PublishedPost(delivery_id=post, published_at=clock.text(at(when, period.zone)))
            for post, when in (posts or {}).items()
        ]
        first = period.before.before
        with Figures(first=first, last=period, posts=published, scratch=tmp_path) as made:
            yield made

    return measured


def value(figures: Figures, measure: Measure, channel: str | None = "ch") -> float | None:
    return figures.values(WEEK).get(channel, {}).get(measure.name)


def test_audience_grows_by_the_last_count_less_the_last_one_before_the_week(
    figures: Measured,
) -> None:
    with figures(
        ("ch", None, M.FOLLOWERS, 90, "11-14T12:00"),
        ("ch", None, M.FOLLOWERS, 100, "11-15T23:30"),  # the last before Monday
        ("ch", None, M.FOLLOWERS, 104, "11-16T00:30"),
        ("ch", None, M.FOLLOWERS, 112, "11-22T23:30"),
        ("ch", None, M.FOLLOWERS, 500, "11-23T00:00"),  # the next week's
    ) as made:
        assert value(made, AUDIENCE_GROWTH) == 12


def test_audience_that_left_is_below_zero(figures: Measured) -> None:
    with figures(
        ("ch", None, M.FOLLOWERS, 100, "11-15T12:00"),
        ("ch", None, M.FOLLOWERS, 93, "11-20T12:00"),
    ) as made:
        assert value(made, AUDIENCE_GROWTH) == -7


def test_where_measuring_began_in_the_week_growth_counts_from_then_and_says_so(
    figures: Measured,
) -> None:
    with figures(
        ("ch", None, M.FOLLOWERS, 100, "11-18T12:00"),
        ("ch", None, M.FOLLOWERS, 105, "11-22T12:00"),
    ) as made:
        assert value(made, AUDIENCE_GROWTH) == 5
        note = notes.of_channel(AUDIENCE_GROWTH, 5, made.news(WEEK), "Mastodon", made.days)
        assert note == "counted from 18 November, when measuring began"


def test_a_post_of_the_week_counts_from_nothing_and_an_older_one_from_where_it_was(
    figures: Measured,
) -> None:
    with figures(
        ("ch", "new", M.IMPRESSIONS, 40, "11-17T12:00"),
        ("ch", "new", M.IMPRESSIONS, 70, "11-20T12:00"),
        ("ch", "old", M.IMPRESSIONS, 900, "11-15T12:00"),
        ("ch", "old", M.IMPRESSIONS, 905, "11-18T12:00"),
        posts={"new": "11-17T11:00", "old": "11-10T11:00"},
    ) as made:
        assert value(made, IMPRESSIONS) == 70 + 5


def test_a_post_that_went_out_minutes_before_the_week_loses_nothing(figures: Measured) -> None:
    with figures(("ch", "late", M.LIKES, 8, "11-16T00:22"), posts={"late": "11-15T23:50"}) as made:
        assert made.news(WEEK)[0].likes == 8


def test_an_old_post_first_measured_in_the_week_counts_from_its_first_value(
    figures: Measured,
) -> None:
    with figures(
        ("ch", "old", M.LIKES, 300, "11-18T12:00"),
        ("ch", "old", M.LIKES, 304, "11-19T12:00"),
        posts={"old": "11-02T12:00"},
    ) as made:
        assert made.news(WEEK)[0].likes == 4


def test_a_post_last_measured_before_the_week_is_not_in_it(figures: Measured) -> None:
    with figures(("ch", "old", M.LIKES, 3, "11-13T12:00"), posts={"old": "11-10T12:00"}) as made:
        assert made.news(WEEK) == []


def test_the_engagement_rate_is_a_percentage_of_reach(figures: Measured) -> None:
    with figures(
        ("ch", "a", M.LIKES, 6, "11-17T12:00"),
        ("ch", "a", M.REPLIES, 4, "11-17T12:00"),
        ("ch", "a", M.REACH, 200, "11-17T12:00"),
        ("ch", "b", M.LIKES, 90, "11-17T12:00"),  # its reach is not told: it is left out
        posts={"a": "11-17T10:00", "b": "11-17T10:00"},
    ) as made:
        assert value(made, ENGAGEMENT_RATE) == pytest.approx(100 * 10 / 200)
        assert value(made, REACH) == 200
        note = notes.of_channel(ENGAGEMENT_RATE, 5, made.news(WEEK), "Facebook", made.days)
        assert note == "told for 1 of 2 posts"


def test_without_reach_there_is_a_rate_by_followers_under_its_own_name(figures: Measured) -> None:
    with figures(
        ("ch", None, M.FOLLOWERS, 250, "11-17T12:00"),
        ("ch", "a", M.LIKES, 4, "11-17T12:00"),
        ("ch", "a", M.SHARES, 1, "11-17T12:00"),
        posts={"a": "11-17T10:00"},
    ) as made:
        assert value(made, ENGAGEMENT_RATE) is None
        assert value(made, ENGAGEMENT_RATE_BY_FOLLOWERS) == pytest.approx(100 * 5 / 250)
        note = notes.of_channel(ENGAGEMENT_RATE, None, made.news(WEEK), "Mastodon", made.days)
        assert note == "not told by Mastodon"


def test_the_two_rates_are_never_mixed_across_channels(figures: Measured) -> None:
    with figures(
        ("reached", None, M.FOLLOWERS, 1000, "11-17T12:00"),
        ("reached", "a", M.LIKES, 10, "11-17T12:00"),
        ("reached", "a", M.REACH, 100, "11-17T12:00"),
        ("not", None, M.FOLLOWERS, 50, "11-17T12:00"),
        ("not", "b", M.LIKES, 1, "11-17T12:00"),
        ("silent", None, M.FOLLOWERS, 7000, "11-17T12:00"),  # published nothing
        posts={"a": "11-17T10:00", "b": "11-17T10:00"},
    ) as made:
        assert value(made, ENGAGEMENT_RATE, None) == pytest.approx(10)
        assert value(made, ENGAGEMENT_RATE_BY_FOLLOWERS, None) == pytest.approx(2)


@pytest.mark.parametrize("measure", [IMPRESSIONS, REACH, WEBSITE_CLICKS, CONVERSIONS])
def test_what_is_not_told_is_missing_and_not_zero(figures: Measured, measure: Measure) -> None:
    with figures(
        ("ch", None, M.FOLLOWERS, 250, "11-17T12:00"),
        ("ch", "a", M.LIKES, 0, "11-17T12:00"),
        posts={"a": "11-17T10:00"},
    ) as made:
        assert value(made, measure) is None
        assert value(made, measure, None) is None
        assert made.news(WEEK)[0].likes == 0  # told, and nobody did
        by_channel = {"ch": made.news(WEEK)}
        note = notes.of_all(measure, None, by_channel, {"ch": "Mastodon"})
        ours = measure is CONVERSIONS  # no platform tells them
        assert note == ("no conversions were told of" if ours else "not told by Mastodon")


def test_a_post_that_brought_nobody_is_not_one_of_which_conversions_are_not_told(
    figures: Measured,
) -> None:
    with figures(
        ("ch", "a", M.CONVERSIONS, 1, "11-17T12:00"),
        ("ch", "b", M.LIKES, 1, "11-17T12:00"),
        ("other", "c", M.LIKES, 1, "11-17T12:00"),
        posts=dict.fromkeys("abc", "11-17T10:00"),
    ) as made:
        news = made.news(WEEK)
        by_channel = {
            ch: [each for each in news if each.channel_id == ch] for ch in ("ch", "other")
        }
        titles = {"ch": "Mastodon", "other": "Bluesky"}
        assert notes.of_channel(CONVERSIONS, 1, by_channel["ch"], "Mastodon", made.days) is None
        assert notes.of_all(CONVERSIONS, 1, by_channel, titles) is None


def test_a_told_zero_is_a_zero(figures: Measured) -> None:
    with figures(("ch", "a", M.CLICKS, 0, "11-17T12:00"), posts={"a": "11-17T10:00"}) as made:
        assert value(made, WEBSITE_CLICKS) == 0


def test_nothing_measured_gives_no_number_at_all(figures: Measured) -> None:
    with figures() as made:
        assert set(made.values(WEEK)[None].values()) == {None}
        assert notes.of_all(IMPRESSIONS, None, {}, {}) == "nothing was measured in this period"


def test_likes_that_were_taken_back_are_taken_off(figures: Measured) -> None:
    with figures(
        ("ch", "old", M.LIKES, 10, "11-15T12:00"),
        ("ch", "old", M.LIKES, 7, "11-17T12:00"),
        posts={"old": "11-10T12:00"},
    ) as made:
        assert made.news(WEEK)[0].engagements == -3


def test_the_weeks_of_a_post_add_up_to_what_it_has(figures: Measured) -> None:
    with figures(
        ("ch", "a", M.LIKES, 3, "11-15T22:22"),
        ("ch", "a", M.LIKES, 9, "11-16T09:22"),
        ("ch", "a", M.LIKES, 11, "11-22T09:22"),
        posts={"a": "11-15T21:00"},
    ) as made:
        weeks = [made.news(week)[0].likes for week in (WEEK.before, WEEK)]
        assert weeks == [3, 8]


def test_days_are_those_of_the_zone(figures: Measured) -> None:
    with figures(
        ("ch", "a", M.LIKES, 3, "11-16T23:30"),
        ("ch", "a", M.LIKES, 9, "11-17T00:30"),  # 21:30 on the 16th in UTC
        posts={"a": "11-16T23:00"},
    ) as made:
        days = {made.days[row["n"]].date.day: row["engagements"] for row in made.by_day(WEEK)}
        assert days == {16: 3, 17: 6}


@pytest.mark.parametrize(
    ("zone", "name", "last_before", "last_inside"),
    [
        # clocks go back on Sunday 25 October: the week has 169 hours
        ("Europe/Berlin", "2026-W43", "10-18T23:59", "10-25T23:59"),
        # and forward on Sunday 8 March: 167
        ("America/New_York", "2026-W10", "03-01T23:59", "03-08T23:59"),
        ("Europe/Istanbul", "2026-W43", "10-18T23:59", "10-25T23:59"),
    ],
)
def test_a_week_in_which_clocks_change_loses_no_hour(
    figures: Measured, zone: str, name: str, last_before: str, last_inside: str
) -> None:
    week = periods.read(name, zone)
    with figures(
        ("ch", None, M.FOLLOWERS, 100, last_before),
        ("ch", None, M.FOLLOWERS, 120, last_inside),
        period=week,
    ) as made:
        assert made.values(week)["ch"]["audience_growth"] == 20


def test_the_figures_can_open_nothing_once_they_are_read(figures: Measured) -> None:
    with figures() as made, pytest.raises(Exception, match="disabled by configuration"):
        made._db.execute("SELECT * FROM read_csv('https://example.org/a.csv')")


def test_the_page_of_definitions_says_what_the_code_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "measures.md").read_text()
    said = " ".join(page.split())
    for measure in MEASURES:
        assert f"## {measure.title}" in page
        assert measure.definition in said
    assert len(SIX) == 6
    assert page.count("\n## ") == len(MEASURES) + 1  # and what holds for all of them


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_a_day_ends_at_midnight_where_clocks_do_not_stand_at_whole_hours(
    figures: Measured, zone: str
) -> None:
    month = periods.read("2026-10", zone)  # on Lord Howe a day of it has 23 hours and a half
    told = [
        ("ch", None, M.FOLLOWERS, 10, "10-04T23:59:59.999"),
        ("ch", None, M.FOLLOWERS, 20, "10-05T00:00:00"),
        ("ch", None, M.FOLLOWERS, 30, "10-31T23:59:59.999"),
        ("ch", None, M.FOLLOWERS, 40, "11-01T00:00:00"),
    ]
    with figures(*told, period=month) as measured:
        seen = {
            measured.days[row["n"]].date.day: row["followers"] for row in measured.by_day(month)
        }
    assert seen == {4: 10, 5: 20, 31: 30}


def test_in_every_zone_days_begin_with_a_quarter_of_an_hour() -> None:
    year = [date(2026, month, 1) for month in range(1, 13)]
    odd = {
        zone
        for zone in available_timezones()
        if any(periods.midnight(day, zone).timestamp() % 900 for day in year)
    }
    assert odd <= {"localtime"}
