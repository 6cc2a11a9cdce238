"""One made-up workspace in Berlin, in the week in which clocks go back (2026-W43, whose Sunday has
25 hours), and every figure of it worked out by hand, beside where it comes from.

Two channels: `page` tells reach, `pub` does not and was connected on Wednesday. Of the posts
- p1  went out on Monday, with short links; its likes are read in both hours that clocks show as
      02:30 on Sunday
- p2  is older; the platform corrected its impressions down, and two likes were taken back
- p3  was deleted the day after it went out
- p4  is older, and was not measured before Wednesday; its impressions are not told
- m1  went out on `pub`; one like was taken back
"""

import gzip
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tellal import clock
from tellal.measuring import periods
from tellal.observations import Metric, Observation
from tellal.reporting.figures import Figures, PublishedPost

ZONE = "Europe/Berlin"
WEEK = periods.read("2026-W43", ZONE)  # 19 to 25 October
M = Metric

POSTS = {
    "p1": "10-19T09:00",
    "p2": "10-10T09:00",
    "p3": "10-20T10:00",
    "p4": "10-15T09:00",
    "m1": "10-22T09:00",
}
# (channel, post, metric, {local time: what was shown})
TOTALS: tuple[tuple[str, str | None, Metric, dict[str, int]], ...] = (
    (
        "page",
        None,
        M.FOLLOWERS,
        {
            "10-18T23:50": 1000,  # the last before the week
            "10-19T00:22": 1001,
            "10-22T00:22": 1010,
            "10-25T23:30": 1006,  # the last of the week: the day ends an hour later than others
            "10-26T00:10": 2000,
        },
    ),
    (
        "page",
        "p1",
        M.IMPRESSIONS,
        {"10-19T10:22": 50, "10-20T09:22": 300, "10-25T23:30": 420},
    ),
    ("page", "p1", M.REACH, {"10-19T10:22": 40, "10-20T09:22": 250, "10-25T23:30": 330}),
    (
        "page",
        "p1",
        M.LIKES,
        {
            "10-19T10:22": 5,
            "10-20T09:22": 20,
            "10-24T23:59": 28,
            "10-25T02:30": 30,  # in summer time
            "10-25T02:30+01:00": 31,  # and an hour later
            "10-25T23:30": 33,
        },
    ),
    ("page", "p1", M.REPLIES, {"10-19T10:22": 1, "10-20T09:22": 2, "10-25T23:30": 2}),
    ("page", "p1", M.CLICKS, {"10-19T10:22": 3, "10-25T23:30": 9}),
    (
        "page",
        "p2",
        M.IMPRESSIONS,
        {"10-18T12:00": 900, "10-20T12:00": 940, "10-24T12:00": 910},
    ),
    ("page", "p2", M.REACH, {"10-18T12:00": 800, "10-24T12:00": 820}),
    ("page", "p2", M.LIKES, {"10-18T12:00": 60, "10-24T12:00": 58}),
    ("page", "p2", M.CLICKS, {"10-18T12:00": 12, "10-24T12:00": 15}),
    ("page", "p3", M.IMPRESSIONS, {"10-20T12:00": 30}),
    ("page", "p3", M.REACH, {"10-20T12:00": 25}),
    ("page", "p3", M.LIKES, {"10-20T12:00": 2}),
    ("page", "p4", M.LIKES, {"10-21T09:00": 7, "10-25T09:00": 9}),
    ("page", "p4", M.REACH, {"10-21T09:00": 70, "10-25T09:00": 75}),
    ("pub", None, M.FOLLOWERS, {"10-21T00:22": 50, "10-25T00:22": 54}),
    ("pub", "m1", M.LIKES, {"10-22T10:00": 3, "10-24T10:00": 2}),
    ("pub", "m1", M.SHARES, {"10-22T10:00": 2, "10-24T10:00": 2}),
    ("pub", "m1", M.REPLIES, {"10-22T10:00": 0}),
)
# (channel, post, metric, day, {when it was told: the amount}, what else)
AMOUNTS: tuple[tuple[str | None, str | None, Metric, str, dict[str, int], dict[str, str]], ...] = (
    ("page", "p1", M.VISITS, "10-19", {"10-19T12:00": 4, "10-19T23:22": 6}, {}),
    ("page", "p1", M.VISITS, "10-20", {"10-27T12:00": 5}, {}),  # told after the week
    ("page", "p1", M.VISITS, "10-26", {"10-26T12:00": 3}, {}),  # the next week's
    (
        "page",
        "p1",
        M.CONVERSIONS,
        "10-20",
        {"10-20T12:00": 1},
        {"counted_id": "1", "segment": "lead"},
    ),
    (  # taken back
        *("page", "p1", M.CONVERSIONS, "10-21"),
        {"10-21T12:00": 1, "10-23T12:00": 0},
        {"counted_id": "2", "segment": "sale"},
    ),
    (
        "page",
        None,
        M.CONVERSIONS,
        "10-25",
        {"10-25T12:00": 1},
        {"counted_id": "3", "segment": "sale"},
    ),
    (
        None,
        None,
        M.CONVERSIONS,
        "10-25",
        {"10-25T12:00": 1},
        {"counted_id": "4", "segment": "sale"},
    ),
    ("page", None, M.FOLLOWERS, "10-21", {"10-22T00:22": 1005}, {}),  # nobody looked that day
    ("page", None, M.FOLLOWERS, "10-22", {"10-23T00:22": 1008}, {}),  # we looked ourselves
    (
        "page",
        None,
        M.IMPRESSIONS,
        "10-20",
        {"10-21T00:22": 9999},
        {},
    ),  # the page's own: in no measure
)
AUDIENCE = (
    ("country:TR", "10-18T12:00", 600),
    ("country:AT", "10-18T12:00", 5),
    ("age:25-34", "10-18T12:00", 400),
    ("country:TR", "10-25T12:00", 590),
    ("country:DE", "10-25T12:00", 300),
)
ANSWERS = (
    ("conv_1", "10-20T12:00", 12),
    ("conv_2", "10-25T23:59", 30),
    ("conv_3", "10-26T00:00", 500),
)


def at(wall: str) -> datetime:
    moment = datetime.fromisoformat(f"2026-{wall}")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(ZONE))


def told(channel: str | None, metric: Metric, value: int, when: str, **facts: Any) -> Observation:
    return Observation(
        workspace_id="ws_1", channel_id=channel, metric=metric, value=value, at=at(when), **facts
    )


def history() -> Iterator[Observation]:
    for channel, post, metric, values in TOTALS:
        for when, value in values.items():
            yield told(channel, metric, value, when, delivery_id=post)
    for of, post, metric, day, amounts, facts in AMOUNTS:
        for when, value in amounts.items():
            of_day = date.fromisoformat(f"2026-{day}")
            yield told(of, metric, value, when, delivery_id=post, of_day=of_day, **facts)
    for segment, when, value in AUDIENCE:
        yield told("page", M.FOLLOWERS, value, when, segment=segment)
    for conversation, when, value in ANSWERS:
        yield told("page", M.FIRST_ANSWER_MINUTES, value, when, conversation_id=conversation)


@pytest.fixture
def figures(tmp_path: Path) -> Iterator[Figures]:
    """Every observation is there twice, as after a compaction that was killed."""
    lines = "".join(each.model_dump_json(exclude_none=True) + "\n" for each in history())
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    posts = [
        PublishedPost(delivery_id=post, published_at=clock.text(at(when)))
        for post, when in POSTS.items()
    ]
    first = WEEK.before.before
    with Figures(first=first, last=WEEK, posts=posts, scratch=tmp_path) as made:
        yield made


def test_the_measures_of_the_page(figures: Figures) -> None:
    assert figures.values(WEEK)["page"] == {
        "audience_growth": 6,  # 1006 − 1000
        # new engagements 35 (p1: 33 + 2) − 2 (p2) + 2 (p3) + 2 (p4), of new reach 380
        "engagement_rate": pytest.approx(100 * 37 / 380),
        "engagement_rate_by_followers": None,
        "impressions": 460,  # 420 + (910 − 900) + 30; of p4 they are not told
        "reach": 380,  # 330 + 20 + 25 + (75 − 70)
        "video_views": None,
        "website_clicks": 14,  # 6 + 5 visits of p1, not its 9 clicks; 15 − 12 clicks of p2
        "conversions": 2,  # the lead, and the sale of no post; the other was taken back
    }


def test_the_measures_of_the_channel_without_reach(figures: Figures) -> None:
    assert figures.values(WEEK)["pub"] == {
        "audience_growth": 4,  # from the 50 of Wednesday, when measuring began
        "engagement_rate": None,
        "engagement_rate_by_followers": pytest.approx(100 * 4 / 54),  # 2 + 2 + 0, of 54
        "impressions": None,
        "reach": None,
        "video_views": None,
        "website_clicks": None,
        "conversions": None,
    }


def test_the_measures_of_the_workspace(figures: Figures) -> None:
    assert set(figures.values(WEEK)) == {None, "page", "pub"}
    assert figures.values(WEEK)[None] == {
        "audience_growth": 10,
        "engagement_rate": pytest.approx(100 * 37 / 380),  # of those who tell reach
        "engagement_rate_by_followers": pytest.approx(100 * 4 / 54),  # of the others
        "impressions": 460,
        "reach": 380,
        "video_views": None,
        "website_clicks": 14,
        "conversions": 2,  # nothing of ours brought the fourth
    }


def test_what_was_new_of_each_post(figures: Figures) -> None:
    news = {each.delivery_id: each for each in figures.news(WEEK) if each.delivery_id}
    assert set(news) == set(POSTS)
    shown = {
        post: (each.impressions, each.reach, each.likes, each.visits, each.clicks, each.conversions)
        for post, each in news.items()
    }
    assert shown == {
        "p1": (420, 330, 33, 11, 9, 1),
        "p2": (10, 20, -2, None, 3, None),
        "p3": (30, 25, 2, None, None, None),
        "p4": (None, 5, 2, None, None, None),
        "m1": (None, None, 2, None, None, None),
    }
    assert news["p1"].saves is None  # never told, never 0
    assert news["m1"].replies == 0  # told, and nobody did


def test_day_by_day(figures: Figures) -> None:
    rows = {
        (row["channel_id"], figures.days[row["n"]].date.day): (row["followers"], row["engagements"])
        for row in figures.by_day(WEEK)
    }
    assert rows == {
        ("page", 19): (1001, 6),  # 5 likes, 1 reply
        ("page", 20): (None, 18),  # p1: 15 likes, 1 reply; p3: 2 likes
        ("page", 21): (1005, 0),  # p4 is seen for the first time
        ("page", 22): (1010, None),
        ("page", 24): (None, 6),  # p1: 8 likes; p2: 2 taken back
        ("page", 25): (1006, 7),  # p1: 5 likes in 25 hours; p4: 2
        ("pub", 21): (50, None),
        ("pub", 22): (None, 5),
        ("pub", 24): (None, -1),
        ("pub", 25): (54, None),
    }


def test_the_audience_is_the_newest_answer_of_each_kind(figures: Figures) -> None:
    rows = figures.rows("SELECT segment, value FROM audience ORDER BY ALL", WEEK)
    assert [(row["segment"], row["value"]) for row in rows] == [
        ("age:25-34", 400),
        ("country:DE", 300),
        ("country:TR", 590),  # and nobody from Austria is left
    ]


def test_what_took_how_long_in_conversations(figures: Figures) -> None:
    rows = figures.rows("SELECT value FROM facts WHERE n >= $since AND n < $after", WEEK)
    assert sorted(row["value"] for row in rows) == [12, 30]


def test_the_week_before_has_what_was_told_then(figures: Figures) -> None:
    before = figures.values(WEEK.before)[None]
    assert (before["impressions"], before["reach"]) == (0, 0)  # p2 is seen for the first time
    assert before["conversions"] is None
