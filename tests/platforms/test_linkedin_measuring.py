"""LinkedIn's statistics, as replies of its were recorded."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal.observations import Metric
from tellal.platforms.linkedin import LinkedIn
from tellal.platforms.linkedin.consent import LinkedInCredentials
from tellal.platforms.measured import OfDay
from tellal.posts import Remote
from tests.platforms.sample import SECRETS, Server, calls, channel
from tests.platforms.samples.linkedin import LINKEDIN, PAGE

DAY = date(2026, 1, 4)
SHARE = {
    "impressionCount": 100,
    "uniqueImpressionsCount": 80,
    "clickCount": 6,
    "likeCount": 3,
    "commentCount": 1,
    "shareCount": 0,
    "engagement": 0.1,
}
NUMBERS = {
    Metric.IMPRESSIONS: 100,
    Metric.REACH: 80,
    Metric.CLICKS: 6,
    Metric.LIKES: 3,
    Metric.REPLIES: 1,
    Metric.SHARES: 0,
}
FORBIDDEN = {"status": 403, "code": "ACCESS_DENIED", "message": "Not enough permissions"}


def table(*elements: Any) -> dict[str, Any]:
    return {"elements": list(elements), "paging": {"start": 0, "count": 10, "links": []}}


def at(day: date) -> dict[str, Any]:
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    return {"timeRange": {"start": start, "end": start + 86_400_000}}


def test_a_pages_shares_and_videos_are_asked_for_in_two_lists() -> None:
    def statistics(request: httpx.Request) -> Any:
        query = request.url.query.decode()
        if "ugcPosts=List(urn%3Ali%3AugcPost%3A7)" in query:
            return table({"ugcPost": "urn:li:ugcPost:7", "totalShareStatistics": {"likeCount": 4}})
        assert "shares=List(urn%3Ali%3Ashare%3A2,urn%3Ali%3Ashare%3A3)" in query
        other = {"share": "urn:li:share:9", "totalShareStatistics": SHARE}
        ours = {"share": "urn:li:share:2", "totalShareStatistics": SHARE, "new": {"x": 1}}
        return table({"organizationalEntity": PAGE, **ours}, other, "words")

    ids = ("urn:li:share:2", "urn:li:share:3", "urn:li:ugcPost:7", "urn:li:activity:8")
    adapter = LINKEDIN.adapter(Server({"/organizationalEntityShareStatistics": statistics}))
    assert adapter.read_posts([Remote(id=each) for each in ids]) == {
        "urn:li:share:2": NUMBERS,
        "urn:li:ugcPost:7": {Metric.LIKES: 4},
    }


def test_posts_are_asked_for_fifty_at_once_and_one_that_fails_them_loses_none() -> None:
    asked: list[int] = []

    def statistics(request: httpx.Request) -> Any:
        urns = request.url.params["shares"].removeprefix("List(").removesuffix(")").split(",")
        asked.append(len(urns))
        if "urn:li:share:51" in urns:
            return httpx.Response(400, json={"code": "INVALID_VALUE_FOR_FIELD"})
        return table(*({"share": urn, "totalShareStatistics": SHARE} for urn in urns))

    adapter = LINKEDIN.adapter(Server({"/organizationalEntityShareStatistics": statistics}))
    read = adapter.read_posts([Remote(id=f"urn:li:share:{n}") for n in range(53)])
    assert asked == [50, 3, 1, 1, 1]
    assert set(read) == {f"urn:li:share:{n}" for n in range(53) if n != 51}


def test_a_pages_days_come_from_three_tables() -> None:
    visits = {"views": {"allPageViews": {"pageViews": 25, "uniquePageViews": 20}}}
    gains = {"organicFollowerGain": 6, "paidFollowerGain": 1}
    outside = {**at(DAY + timedelta(days=1)), "totalShareStatistics": SHARE}
    server = Server(
        {
            "ShareStatistics": lambda _: table(
                {**at(DAY), "totalShareStatistics": {"impressionCount": 100}}, outside
            ),
            "FollowerStatistics": lambda _: table({**at(DAY), "followerGains": gains}),
            "PageStatistics": lambda _: table({**at(DAY), "totalPageStatistics": visits}),
        }
    )
    days = LINKEDIN.adapter(server).read_days(DAY, DAY + timedelta(days=1))
    assert list(days) == [
        OfDay(DAY, Metric.IMPRESSIONS, 100),
        OfDay(DAY, Metric.FOLLOWS, 7),
        OfDay(DAY, Metric.PROFILE_VISITS, 25),
    ]
    assert "timeGranularityType:DAY" in server.requests[0].url.query.decode()


def test_a_table_that_is_refused_leaves_the_others() -> None:
    gains = {"organicFollowerGain": 6}
    server = Server(
        {
            "ShareStatistics": lambda _: httpx.Response(403, json=FORBIDDEN),
            "FollowerStatistics": lambda _: table({**at(DAY), "followerGains": gains}),
            "PageStatistics": lambda _: httpx.Response(400, json={"code": "GONE"}),
        }
    )
    days = LINKEDIN.adapter(server).read_days(DAY, DAY + timedelta(days=1))
    assert list(days) == [OfDay(DAY, Metric.FOLLOWS, 6)]


@pytest.mark.parametrize(
    "told", [{}, {"elements": None}, table({"timeRange": {"start": "soon"}}), table(at(DAY))]
)
def test_what_is_told_in_another_shape_is_missing(told: Any) -> None:
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(200, json=told))
    assert list(adapter.read_days(DAY, DAY + timedelta(days=1))) == []
    assert adapter.read_posts([LINKEDIN.remote]) == {}
    assert adapter.read_channel() == {}
    assert adapter.read_audience() == {}


def test_a_page_whose_permission_was_left_out_is_kept_without_numbers() -> None:
    adapter = LINKEDIN.adapter(lambda _: httpx.Response(403, json=FORBIDDEN))
    assert adapter.read_channel() == {}
    assert adapter.read_posts([LINKEDIN.remote]) == {}
    assert adapter.read_audience() == {}


def test_followers_are_told_by_the_names_of_their_countries() -> None:
    def people(number: str, organic: int) -> dict[str, Any]:
        counted = {"organicFollowerCount": organic, "paidFollowerCount": 1}
        return {"geo": f"urn:li:geo:{number}", "followerCounts": counted}

    listed = [people("1", 90), people("2", 9), {"geo": None}]
    named = {"1": {"defaultLocalizedName": {"locale": {}, "value": "Türkiye"}}}
    server = Server(
        {
            "FollowerStatistics": lambda _: table({"followerCountsByGeoCountry": listed}),
            "/rest/geo": lambda _: {"results": named, "errors": {"2": {}}},
        }
    )
    assert LINKEDIN.adapter(server).read_audience() == {"country:Türkiye": 91}
    assert "ids=List(1,2)" in server.requests[-1].url.query.decode()


# ── members ──────────────────────────────────────────────────────────────────────────────────


def member(respond: Any, *scopes: str) -> LinkedIn:
    made = channel(
        "linkedin", remote_id="urn:li:person:a1", handle="Ann", server={"scopes": list(scopes)}
    )
    credentials = LinkedInCredentials.model_validate({"access_token": SECRETS[0]})
    return LinkedIn(made, credentials, calls(LINKEDIN, respond))


def analytics(request: httpx.Request) -> Any:
    """One metric a call; the count goes by two names."""
    params = request.url.params
    assert params["entity"] == "(share:urn:li:share:2)"
    assert "entity=(share:urn%3Ali%3Ashare%3A2)" in request.url.query.decode()
    if params["queryType"] == "POST_SAVE":
        return httpx.Response(400, json={"code": "INVALID_VALUE_FOR_FIELD"})
    name = {"IMPRESSION": "count", "REACTION": "value"}.get(params["queryType"], "new")
    return {"elements": [{name: 123, "metricType": params["queryType"]}], "paging": {}}


def test_a_members_posts_are_measured_name_by_name() -> None:
    adapter = member(Server({"/memberCreatorPostAnalytics": analytics}), "r_member_postAnalytics")
    read = adapter.read_posts([Remote(id="urn:li:share:2"), Remote(id="urn:li:comment:(x,1)")])
    assert read == {"urn:li:share:2": {Metric.IMPRESSIONS: 123, Metric.LIKES: 123}}


def test_without_the_scope_nothing_is_asked_of_members() -> None:
    server = Server({})
    adapter = member(server, "w_member_social")
    assert adapter.read_posts([LINKEDIN.remote]) == {}
    assert adapter.read_channel() == {}
    assert list(adapter.read_days(DAY, DAY + timedelta(days=1))) == []
    assert server.requests == []


def test_a_member_whose_scope_is_not_granted_any_more_is_kept() -> None:
    adapter = member(lambda _: httpx.Response(403, json=FORBIDDEN), "r_member_postAnalytics")
    assert adapter.read_posts([LINKEDIN.remote]) == {}
