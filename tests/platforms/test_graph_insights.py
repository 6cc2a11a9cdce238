"""Insights of Facebook, Instagram and Threads, as replies of theirs were recorded."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tellal.errors import NeedsReconnect, TryLater
from tellal.observations import Metric
from tellal.platforms.measured import OfDay
from tellal.posts import Remote
from tests.platforms.sample import Sample, Server
from tests.platforms.samples.facebook import FACEBOOK
from tests.platforms.samples.instagram import ACCOUNT, INSTAGRAM
from tests.platforms.samples.threads import PROFILE, THREADS

NO_METRIC = {
    "error": {
        "message": "(#100) The value must be a valid insights metric",
        "type": "OAuthException",
        "code": 100,
        "fbtrace_id": "A1",
    }
}
NOT_THERE = {"error": {"message": "Unsupported request", "code": 100, "error_subcode": 33}}
NOT_ALLOWED = {"error": {"message": "(#10) Application does not have permission", "code": 10}}
DEAD_TOKEN = {"error": {"message": "Error validating access token", "code": 190}}
FEW = {"error": {"message": "(#10) Not enough viewers for the media to show insights", "code": 10}}
DAY = date(2026, 1, 4)

type Answer = Callable[[httpx.Request], Any]


def lifetime(**numbers: Any) -> dict[str, Any]:
    rows = [
        {"name": name, "period": "lifetime", "values": [{"value": value}], "title": "…", "id": "…"}
        for name, value in numbers.items()
    ]
    return {"data": rows, "paging": {"previous": "…", "next": "…"}}


def refused(body: Any, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json=body)


def telling(valid: Any, **numbers: Any) -> Answer:
    """What is asked for, of these; any name that is not valid fails the whole question."""

    def answer(request: httpx.Request) -> Any:
        asked = request.url.params["metric"].split(",")
        if not set(asked) <= set(valid):
            return refused(NO_METRIC)
        return lifetime(**{name: numbers[name] for name in asked if name in numbers})

    return answer


def read(sample: Sample, answers: dict[str, Any], *ids: str) -> Any:
    ids = ids or (sample.remote.id,)
    server = Server({name: _always(answer) for name, answer in answers.items()})
    numbers = sample.adapter(server).read_posts([Remote(id=each) for each in ids])
    return numbers, server


def _always(answer: Any) -> Answer:
    return answer if callable(answer) else lambda _: answer


# ── Facebook ─────────────────────────────────────────────────────────────────────────────────

COUNTED = {
    "reactions": {"data": [], "summary": {"total_count": 3, "viewer_reaction": "NONE"}},
    "comments": {"data": [], "summary": {"order": "ranked", "total_count": 1}},
    "shares": {"count": 2},
    "id": "9_111",
}
OF_A_POST = {
    "post_media_view": 340,
    "post_total_media_view_unique": 224,
    "post_clicks_by_type": {"link clicks": 6, "other clicks": 40, "photo view": 2},
    "post_video_views": 12,
    "post_brand_new": 5,
}


def test_facebooks_own_counts_and_its_insights_are_one_posts_numbers() -> None:
    numbers, _ = read(FACEBOOK, {"/insights": lifetime(**OF_A_POST), "/9_111": COUNTED})
    assert numbers == {
        "9_111": {
            Metric.LIKES: 3,
            Metric.REPLIES: 1,
            Metric.SHARES: 2,
            Metric.VIEWS: 12,
            Metric.IMPRESSIONS: 340,
            Metric.REACH: 224,
            Metric.CLICKS: 6,
        }
    }


def test_an_empty_list_is_missing_and_not_nothing() -> None:
    numbers, _ = read(FACEBOOK, {"/insights": {"data": []}, "/9_111": {"id": "9_111"}})
    assert numbers == {"9_111": {}}


@pytest.mark.parametrize(
    "told",
    [
        {"data": [{"name": "post_media_view"}]},
        {"data": [{"name": "post_media_view", "values": []}]},
        {"data": [{"name": "post_media_view", "values": [{"value": None}]}]},
        {"data": [{"name": "post_media_view", "values": [{"value": "many"}]}]},
        {"data": [{"name": "post_media_view", "total_value": {"value": -1}}]},
        {"data": [{"name": 7, "values": [{"value": 1}]}, "words", None]},
        {"data": {"name": "post_media_view"}},
        {"data": None},
    ],
)
def test_what_is_told_in_another_shape_is_missing(told: Any) -> None:
    numbers, _ = read(FACEBOOK, {"/insights": told, "/9_111": COUNTED})
    assert numbers["9_111"] == {Metric.LIKES: 3, Metric.REPLIES: 1, Metric.SHARES: 2}


def test_a_metric_that_facebook_gave_up_is_left_out_from_then_on() -> None:
    valid = set(OF_A_POST) - {"post_media_view"}
    answers: dict[str, Any] = {"/insights": telling(valid, **OF_A_POST)}
    answers |= {f"/9_{n}": COUNTED for n in (1, 2, 3)}
    numbers, server = read(FACEBOOK, answers, "9_1", "9_2", "9_3")
    assert len(numbers) == 3
    for told in numbers.values():
        assert told.keys() == set(FACEBOOK_POST) - {Metric.IMPRESSIONS}
    asked = [each.url.params["metric"] for each in server.requests if "metric" in each.url.params]
    assert len(asked) == 1 + 4 + 2
    assert asked[-1] == "post_total_media_view_unique,post_clicks_by_type,post_video_views"


FACEBOOK_POST = {
    *(Metric.LIKES, Metric.REPLIES, Metric.SHARES, Metric.VIEWS),
    *(Metric.IMPRESSIONS, Metric.REACH, Metric.CLICKS),
}


def test_without_comments_readable_reactions_and_shares_are_still_told() -> None:
    def fields(request: httpx.Request) -> Any:
        if "comments" in request.url.params["fields"]:
            return refused({"error": {"message": "(#100) nonexisting field", "code": 100}})
        return COUNTED

    numbers, _ = read(FACEBOOK, {"/insights": {"data": []}, "/9_111": fields})
    assert numbers["9_111"] == {Metric.LIKES: 3, Metric.SHARES: 2}


each_of_meta = pytest.mark.parametrize(
    "sample", [FACEBOOK, INSTAGRAM, THREADS], ids=lambda sample: sample.channel.platform
)


@each_of_meta
def test_a_post_that_is_gone_is_missing(sample: Sample) -> None:
    gone = f"/{sample.remote.id}x"
    answers: dict[str, Any] = {f"{gone}/insights": refused(NOT_THERE), gone: refused(NOT_THERE)}
    answers |= {"/insights": {"data": []}, f"/{sample.remote.id}": {"like_count": 3}}
    numbers, _ = read(sample, answers, f"{sample.remote.id}x", sample.remote.id)
    assert set(numbers) == {sample.remote.id}


@each_of_meta
def test_without_the_permission_numbers_are_missing(sample: Sample) -> None:
    server = Server({"": lambda _: refused(NOT_ALLOWED, 403)})
    adapter = sample.adapter(server)
    assert adapter.read_posts([sample.remote]) == {sample.remote.id: {}}
    assert adapter.read_channel() == {}
    assert list(adapter.read_days(DAY, DAY + timedelta(days=1))) == []


@each_of_meta
def test_a_token_that_ended_is_no_missing_number(sample: Sample) -> None:
    adapter = sample.adapter(lambda _: refused(DEAD_TOKEN, 401))
    for ask in (
        adapter.read_channel,
        lambda: adapter.read_posts([sample.remote]),
        lambda: list(adapter.read_days(DAY, DAY + timedelta(days=1))),
    ):
        with pytest.raises(Exception, match="does not accept the channel's token") as raised:
            ask()
        assert not isinstance(raised.value, TryLater)


def test_days_of_a_page_are_those_that_end_in_california() -> None:
    summer = "2026-07-05T07:00:00+0000"
    ends = ["2026-01-04T08:00:00+0000", "2026-01-05T08:00:00+0000", "2026-01-06T08:00:00+0000"]
    values = [{"value": n, "end_time": end} for n, end in enumerate([*ends, summer, "never"])]
    told = {
        "data": [
            {"name": "page_media_view", "period": "day", "values": [*values, {"value": 9}, None]},
            {
                "name": "page_follows",
                "period": "day",
                "values": [{"value": {"a": 1}, "end_time": ends[1]}],
            },
            {"name": "page_unheard_of", "period": "day", "values": values},
        ]
    }
    server = Server({"/9/insights": lambda _: told})
    days = FACEBOOK.adapter(server).read_days(DAY, DAY + timedelta(days=1))
    assert list(days) == [OfDay(DAY, Metric.IMPRESSIONS, 1)]
    [request] = server.requests
    assert request.url.params["since"] == "1767513600"  # midnight in Los Angeles
    assert request.url.params["until"] == str(1767513600 + 2 * 86400)
    days = FACEBOOK.adapter(server).read_days(date(2026, 7, 4), date(2026, 7, 5))
    assert [each.value for each in days] == [3]


def test_a_day_is_told_of_what_is_left_when_one_metric_is_refused() -> None:
    def insights(request: httpx.Request) -> Any:
        names = request.url.params["metric"].split(",")
        if "page_media_view" in names:
            return refused(NO_METRIC)
        values = [{"value": 4, "end_time": "2026-01-05T08:00:00+0000"}]
        return {"data": [{"name": name, "period": "day", "values": values} for name in names]}

    adapter = FACEBOOK.adapter(Server({"/9/insights": insights}))
    days = list(adapter.read_days(DAY, DAY + timedelta(days=1)))
    told = set(adapter.facts.measured.days.values()) - {Metric.IMPRESSIONS}
    assert {each.metric for each in days} == told
    assert {each.value for each in days} == {4}


# ── Instagram ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("FEED", "views,reach,shares,saved,follows,profile_visits"),
        ("REELS", "views,reach,shares,saved,ig_reels_video_view_total_time"),
        ("STORY", "views,reach,shares,replies,follows,profile_visits"),
        ("HOLOGRAM", "views,reach,shares,saved,follows,profile_visits"),
    ],
)
def test_a_post_is_asked_for_what_its_kind_tells(kind: str, expected: str) -> None:
    fields = {"media_product_type": kind, "like_count": 3, "comments_count": 1}
    told = lifetime(views=1000, ig_reels_video_view_total_time=61_999, navigation={"swipe": 1})
    numbers, server = read(INSTAGRAM, {"/insights": told, f"/{INSTAGRAM.remote.id}": fields})
    assert server.requests[-1].url.params["metric"] == expected
    own = {Metric.LIKES: 3, Metric.REPLIES: 1, Metric.IMPRESSIONS: 1000}
    assert numbers[INSTAGRAM.remote.id] == own | {Metric.WATCH_SECONDS: 61}


def test_a_story_that_too_few_have_seen_leaves_others_their_numbers() -> None:
    answers = {
        "/1/insights": refused(FEW),
        "/2/insights": lifetime(views=7),
        "/1": {"media_product_type": "STORY"},
        "/2": {"media_product_type": "STORY"},
    }
    numbers, _ = read(INSTAGRAM, answers, "1", "2")
    assert numbers == {"1": {}, "2": {Metric.IMPRESSIONS: 7}}


def test_days_of_an_account_are_asked_for_one_by_one() -> None:
    def insights(request: httpx.Request) -> Any:
        names = request.url.params["metric"].split(",")
        if "profile_views" in names:  # as its reference has it since 2026
            return refused(NO_METRIC)
        row = {"period": "day", "title": "…", "total_value": {"value": 224}, "id": "…"}
        return {"data": [{"name": name, **row} for name in names if name == "reach"]}

    server = Server({f"/{ACCOUNT}/insights": insights})
    days = list(INSTAGRAM.adapter(server).read_days(DAY, DAY + timedelta(days=3)))
    assert days == [OfDay(DAY + timedelta(days=n), Metric.REACH, 224) for n in range(3)]
    asked = [each.url.params for each in server.requests]
    assert {each["metric_type"] for each in asked} == {"total_value"}
    assert len(asked) == 1 + 8 + 2


def people(*results: tuple[str, Any]) -> dict[str, Any]:
    rows = [{"dimension_values": [value], "value": count} for value, count in results]
    total = {"breakdowns": [{"dimension_keys": ["…"], "results": rows}]}
    return {"data": [{"name": "follower_demographics", "total_value": total}]}


AUDIENCES = {
    "age": people(("25-34", 70), ("18-24", 30)),
    "gender": people(("F", 60), ("M", 35), ("U", 5), ("X", None)),
    "country": people(("TR", 90)),
    "city": {"data": []},
}


@pytest.mark.parametrize(
    ("sample", "edge"),
    [(INSTAGRAM, f"/{ACCOUNT}/insights"), (THREADS, f"/{PROFILE}/threads_insights")],
)
def test_who_follows_is_told_by_age_gender_country_and_city(sample: Sample, edge: str) -> None:
    server = Server({edge: lambda request: AUDIENCES[request.url.params["breakdown"]]})
    assert sample.adapter(server).read_audience() == {
        "age:25-34": 70,
        "age:18-24": 30,
        "country:TR": 90,
        "gender:female": 60,
        "gender:male": 35,
        "gender:unknown": 5,
    }


@pytest.mark.parametrize("sample", [INSTAGRAM, THREADS])
@pytest.mark.parametrize("told", [{"data": []}, NO_METRIC, FEW])
def test_of_few_followers_nothing_is_told_and_nothing_is_wrong(sample: Sample, told: Any) -> None:
    status = 400 if "error" in told else 200
    adapter = sample.adapter(lambda _: httpx.Response(status, json=told))
    assert adapter.read_audience() == {}


# ── Threads ──────────────────────────────────────────────────────────────────────────────────


def test_a_day_of_a_profile_is_told_in_three_ways() -> None:
    told = {
        "data": [
            {"name": "views", "values": [{"value": 1, "end_time": "2026-01-05T08:00:00+0000"}]},
            {"name": "likes", "period": "day", "total_value": {"value": 2}},
            {
                "name": "clicks",
                "period": "day",
                "link_total_values": [
                    {"value": 3, "link_url": "https://ex.com"},
                    {"value": 4, "link_url": "https://ex.com/b"},
                ],
            },
        ]
    }
    adapter = THREADS.adapter(Server({"/threads_insights": lambda _: told}))
    assert set(adapter.read_days(DAY, DAY + timedelta(days=1))) == {
        OfDay(DAY, Metric.IMPRESSIONS, 1),
        OfDay(DAY, Metric.LIKES, 2),
        OfDay(DAY, Metric.CLICKS, 7),
    }


def test_a_dead_page_token_asks_for_a_new_consent() -> None:
    with pytest.raises(NeedsReconnect):
        FACEBOOK.adapter(lambda _: refused(DEAD_TOKEN)).read_channel()
