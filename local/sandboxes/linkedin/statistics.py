"""What a page's and a member's posts came to. https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import unquote

from local.sandboxes.linkedin.refusals import invalid
from local.sandboxes.linkedin.state import Account, Post, State, milliseconds
from local.sandboxes.numbers import grown, on, parts, without

SHARES = {
    "impressionCount": 160,
    "uniqueImpressionsCount": 110,
    "clickCount": 9,
    "likeCount": 11,
    "commentCount": 2,
    "shareCount": 3,
}
OF_MEMBERS = {
    "IMPRESSION": 120,
    "MEMBERS_REACHED": 80,
    "REACTION": 9,
    "COMMENT": 2,
    "RESHARE": 1,
    "LINK_CLICKS": 4,
    "POST_SAVE": 1,
}
PLACES = {"103644278": "United States", "101282230": "Germany", "102105699": "Türkiye"}
CITIES = {"106693272": "Istanbul", "106967730": "Berlin"}
SPAN = re.compile(r"\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:DAY\)")
LAG = timedelta(days=1)


def listed(query: Mapping[str, str], name: str) -> list[str]:
    """«List(urn%3Ali%3Ashare%3A1,…)»."""
    found = re.fullmatch(r"List\((.*)\)", query.get(name, "List()"))
    if found is None:
        raise invalid(name, "is no list")
    return [unquote(each) for each in found[1].split(",") if each]


def of_shares(state: State, page: Account, query: Mapping[str, str], *, now: datetime) -> Any:
    if "timeIntervals" in query:
        return [
            {**_when(day), "totalShareStatistics": _on(day, page.urn, SHARES, state)}
            for day in _days(query, now=now)
        ]
    wanted = listed(query, "shares") + listed(query, "ugcPosts")
    posts = [state.posts[each] for each in wanted if each in state.posts]
    return [
        {
            "organizationalEntity": page.urn,
            ("share" if ":share:" in post.urn else "ugcPost"): post.urn,
            "totalShareStatistics": _since(post, SHARES, state, now=now),
        }
        for post in posts
        if post.author == page.urn and not post.deleted
    ]


def of_followers(state: State, page: Account, query: Mapping[str, str], *, now: datetime) -> Any:
    if "timeIntervals" in query:
        names = {"organicFollowerGain": 6, "paidFollowerGain": 1}
        return [
            {**_when(day), "followerGains": _on(day, page.urn, names, state)}
            for day in _days(query, now=now)
        ]
    followers = state.settings.followers
    return [
        {
            "organizationalEntity": page.urn,
            "followerCountsByGeoCountry": _places(page, followers, PLACES),
            "followerCountsByGeo": _places(page, followers, CITIES),
        }
    ]


def of_visits(state: State, page: Account, query: Mapping[str, str], *, now: datetime) -> Any:
    return [
        {
            **_when(day),
            "totalPageStatistics": {
                "views": {"allPageViews": _on(day, page.urn, {"pageViews": 25}, state)}
            },
        }
        for day in _days(query, now=now)
    ]


def of_a_member(state: State, query: Mapping[str, str], *, now: datetime) -> Any:
    name = query.get("queryType", "")
    if name not in OF_MEMBERS or name in state.settings.refused:
        raise invalid("queryType", f"{name} is not known")
    found = re.fullmatch(r"\((?:share|ugc):(.+)\)", query.get("entity", ""))
    post = state.posts.get(unquote(found[1])) if found else None
    if post is None or post.deleted:
        return []
    told = _since(post, {name: OF_MEMBERS[name]}, state, now=now)
    return [{"count": count, "metricType": each} for each, count in told.items()]


def names(wanted: list[str]) -> dict[str, Any]:
    known = {**PLACES, **CITIES}
    told = {n: {"defaultLocalizedName": {"value": known[n]}} for n in wanted if n in known}
    return {"results": told, "statuses": {}, "errors": {}}


def _since(post: Post, names: Mapping[str, int], state: State, *, now: datetime) -> dict[str, int]:
    since = post.created_at
    told = {n: grown(f"{n} {post.urn}", since, now, a_day=names[n]) for n in names}
    return without(told, state.settings.untold)


def _on(day: date, who: str, names: Mapping[str, int], state: State) -> dict[str, int]:
    told = {name: on(day, f"{name} {who}", a_day=names[name]) for name in names}
    return without(told, state.settings.untold)


def _days(query: Mapping[str, str], *, now: datetime) -> list[date]:
    span = SPAN.fullmatch(query.get("timeIntervals", ""))
    if span is None:
        raise invalid("timeIntervals", "cannot be read")
    first, after = (datetime.fromtimestamp(int(each) / 1000, UTC) for each in span.groups())
    until = min(after, now - LAG).date()
    return [first.date() + timedelta(days=n) for n in range((until - first.date()).days)]


def _when(day: date) -> dict[str, Any]:
    start = datetime.combine(day, time(), UTC)
    end = milliseconds(start + timedelta(days=1))
    return {"timeRange": {"start": milliseconds(start), "end": end}}


def _places(page: Account, followers: int, places: Mapping[str, str]) -> list[dict[str, Any]]:
    counted = parts(page.urn, followers, places)
    return [
        {
            "geo": f"urn:li:geo:{number}",
            "followerCounts": {"organicFollowerCount": people, "paidFollowerCount": 0},
        }
        for number, people in counted.items()
        if people
    ]
