"""What LinkedIn tells in numbers: of pages and their posts, and of members' posts where it lets us.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics

Its days are UTC's. Lists stand in brackets, with nothing but the names in them encoded.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import batched
from typing import Any

from tellal.errors import Rejected
from tellal.observations import Metric
from tellal.platforms.calls import Gone
from tellal.platforms.counts import NotAllowed, Stated, counts, number
from tellal.platforms.linkedin import urns
from tellal.platforms.linkedin.line import FINDER, Forbidden, Line
from tellal.platforms.measured import Measured, OfDay
from tellal.posts import Remote

PAGES = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations"
OF_SHARES = {
    "impressionCount": Metric.IMPRESSIONS,
    "uniqueImpressionsCount": Metric.REACH,
    "clickCount": Metric.CLICKS,
    "likeCount": Metric.LIKES,
    "commentCount": Metric.REPLIES,
    "shareCount": Metric.SHARES,
}
# Of a member's post, each asked for by itself.
OF_MEMBERS = {
    "IMPRESSION": Metric.IMPRESSIONS,
    "MEMBERS_REACHED": Metric.REACH,
    "REACTION": Metric.LIKES,
    "COMMENT": Metric.REPLIES,
    "RESHARE": Metric.SHARES,
    "LINK_CLICKS": Metric.CLICKS,
    "POST_SAVE": Metric.SAVES,
}
FOLLOWERS, GAINED, VISITS = "firstDegreeSize", "followerGains", "allPageViews"
MEASURED = Measured(
    source=f"{PAGES}/share-statistics",
    channel={FOLLOWERS: Metric.FOLLOWERS},
    posts={**OF_SHARES, **OF_MEMBERS},
    days={**OF_SHARES, GAINED: Metric.FOLLOWS, VISITS: Metric.PROFILE_VISITS},
    audience={"followerCountsByGeoCountry": "country", "followerCountsByGeo": "city"},
    not_told={
        Metric.POSTS: "LinkedIn does not count a page's posts",
        Metric.VIEWS: "LinkedIn does not tell how often a post's video is played",
        Metric.WATCH_SECONDS: "LinkedIn does not tell for how long a post's video is watched",
        Metric.QUOTES: "LinkedIn counts a repost with words as a share",
        Metric.UNFOLLOWS: "LinkedIn tells who came, less who left",
    },
    together=50,  # LinkedIn states no number; an address stays short enough
    back=timedelta(days=365),
    at_once=timedelta(days=90),
)
KINDS = {"urn:li:share:": "shares", "urn:li:ugcPost:": "ugcPosts"}
MOST_PLACES = 50  # whose names are looked up, of each kind: those with the most followers


def of_page(line: Line, page: str) -> Mapping[Metric, int]:
    edge = "edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    path = f"rest/networkSizes/{urns.in_address(page)}?{edge}"
    return counts(_unless_refused(partial(_read, line, path)), MEASURED.channel)


def of_pages_posts(
    line: Line, page: str, remotes: Sequence[Remote]
) -> Mapping[str, Mapping[Metric, int]]:
    read: dict[str, Mapping[Metric, int]] = {}
    for kind, listed in KINDS.items():
        ids = [remote.id for remote in remotes if remote.id.startswith(kind)]
        for some in batched(ids, MEASURED.together, strict=False):
            read |= _of_some(line, page, listed, some)
    return read


def _of_some(
    line: Line, page: str, listed: str, some: Collection[str]
) -> Mapping[str, Mapping[Metric, int]]:
    """Where all are refused for one of them, one by one."""
    query, read = f"{listed}={_list(some)}", {}
    try:
        told = _statistics(line, "Share", page, query)
    except NotAllowed:
        return {}
    except Rejected:
        each_alone = (_of_some(line, page, listed, (one,)) for one in some if len(some) > 1)
        return {urn: told for alone in each_alone for urn, told in alone.items()}
    for each in _elements(told):
        named = each.get("share") or each.get("ugcPost")
        if named in some:
            read[str(named)] = counts(_within(each, "totalShareStatistics"), OF_SHARES)
    return read


def of_members_posts(line: Line, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
    read: dict[str, Mapping[Metric, int]] = {}
    for remote in remotes:
        kind = next((listed for urn, listed in KINDS.items() if remote.id.startswith(urn)), None)
        if kind is None:
            continue
        entity = f"({'share' if kind == 'shares' else 'ugc'}:{urns.in_address(remote.id)})"
        try:
            told = _of_a_member(line, entity)
        except NotAllowed:
            return read
        except Gone:
            continue
        read[remote.id] = counts(told, OF_MEMBERS)
    return read


def of_days(line: Line, page: str, first: date, after: date) -> Iterator[OfDay]:
    """Three tables; one that is refused leaves the others."""
    start, end = (_milliseconds(day) for day in (first, after))
    when = f"timeIntervals=(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"
    tables: Mapping[str, Callable[[Stated], Stated]] = {
        "Share": lambda each: _within(each, "totalShareStatistics"),
        "Follower": lambda each: {GAINED: _gained(_within(each, GAINED))},
        "Page": lambda each: {VISITS: _visits(each)},
    }
    for table, read in tables.items():
        told = _unless_refused(partial(_statistics, line, table, page, when))
        for each in _elements(told):
            day = _day(_within(each, "timeRange").get("start"))
            if day is not None and first <= day < after:
                for metric, value in counts(read(each), MEASURED.days).items():
                    yield OfDay(day, metric, value)


def audience(line: Line, page: str) -> Mapping[str, int]:
    """Where they are, by the names that LinkedIn has for its numbered places, in English."""
    told: dict[str, int] = {}
    stated = _unless_refused(partial(_statistics, line, "Follower", page, ""))
    for each in _elements(stated):
        for listed, kind in MEASURED.audience.items():
            places = _places(each.get(listed))
            names = _names(line, places)
            told |= {f"{kind}:{names[urn]}": n for urn, n in places.items() if urn in names}
    return told


def _of_a_member(line: Line, entity: str) -> Stated:
    told = {}
    for name in OF_MEMBERS:
        query = f"q=entity&entity={entity}&queryType={name}&aggregation=TOTAL"
        try:
            reply = _read(line, f"rest/memberCreatorPostAnalytics?{query}")
        except (Gone, NotAllowed):
            raise
        except Rejected:
            continue  # not in this version, or no more
        for each in _elements(reply):
            told[name] = each.get("count", each.get("value"))
    return told


def _statistics(line: Line, table: str, page: str, query: str) -> Stated:
    named = "organization" if table == "Page" else "organizationalEntity"
    path = f"rest/{named}{table}Statistics"
    asked = f"q={named}&{named}={urns.in_address(page)}"
    return _read(line, f"{path}?{asked}{query and '&'}{query}")


def _read(line: Line, path: str) -> Stated:
    """A permission that was left out loses numbers, and not the channel."""
    try:
        return line("GET", path, headers=FINDER if "?q=" in path else None).read(dict[str, Any])
    except Forbidden as refused:
        raise NotAllowed(str(refused)) from refused


def _unless_refused(ask: Callable[[], Stated]) -> Stated:
    try:
        return ask()
    except Rejected:
        return {}


def _places(listed: Any) -> Mapping[str, int]:
    """Those with the most followers."""
    found = {}
    for each in _elements({"elements": listed}):
        people = _gained(_within(each, "followerCounts"))
        if people is not None and isinstance(each.get("geo"), str):
            found[each["geo"]] = people
    return dict(sorted(found.items(), key=lambda pair: -pair[1])[:MOST_PLACES])


def _names(line: Line, places: Collection[str]) -> Mapping[str, str]:
    numbers = {urn.rpartition(":")[2]: urn for urn in places}
    if not numbers:
        return {}
    told = _unless_refused(partial(_read, line, f"rest/geo?ids={_list(numbers)}"))
    results = _within(told, "results")
    names = {n: _within(_within(results, n), "defaultLocalizedName").get("value") for n in numbers}
    return {numbers[n]: name for n, name in names.items() if isinstance(name, str) and name}


def _list(names: Collection[str]) -> str:
    return f"List({','.join(urns.in_address(name) for name in names)})"


def _elements(told: Stated) -> Iterator[dict[str, Any]]:
    elements = told.get("elements")
    listed = elements if isinstance(elements, list) else ()
    return (each for each in listed if isinstance(each, dict))


def _within(told: Stated, name: str) -> dict[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _gained(told: Stated) -> int | None:
    """The organic and the paid ones."""
    known = [n for n in map(number, told.values()) if n is not None]
    return sum(known) if known else None


def _visits(told: Stated) -> Any:
    views = _within(_within(told, "totalPageStatistics"), "views")
    return _within(views, VISITS).get("pageViews")


def _day(milliseconds: Any) -> date | None:
    told = number(milliseconds)
    try:
        return None if told is None else datetime.fromtimestamp(told / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def _milliseconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
