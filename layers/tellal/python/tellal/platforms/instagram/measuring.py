"""What Instagram tells in numbers.
https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-media/insights
https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights

What may be asked of a post depends on its kind, and a name that is not of its kind fails the
question, so the kind is asked first. Of stories there are numbers for a day. «Impressions», «plays»
and «video views» ended in April 2025 for «views», which are how often something was shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from tellal.observations import Metric
from tellal.platforms import graph_insights
from tellal.platforms.calls import Gone
from tellal.platforms.counts import Apart, Stated, counts, number
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_insights import Insights, fields_of
from tellal.platforms.measured import Measured, OfDay
from tellal.posts import Remote

USER = (
    "https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights"
)
FIELDS = {"like_count": Metric.LIKES, "comments_count": Metric.REPLIES}
SEEN = {"views": Metric.IMPRESSIONS, "reach": Metric.REACH, "shares": Metric.SHARES}
WATCHED = "ig_reels_video_view_total_time"  # in milliseconds
FEED = {
    **SEEN,
    "saved": Metric.SAVES,
    "follows": Metric.FOLLOWS,
    "profile_visits": Metric.PROFILE_VISITS,
}
REELS = {**SEEN, "saved": Metric.SAVES, WATCHED: Metric.WATCH_SECONDS}
STORY = {
    **SEEN,
    "replies": Metric.REPLIES,
    "follows": Metric.FOLLOWS,
    "profile_visits": Metric.PROFILE_VISITS,
}
KIND = "media_product_type"
OF_KIND = {"FEED": FEED, "REELS": REELS, "STORY": STORY}  # of a kind that is new: as of FEED
DAYS = {
    "views": Metric.IMPRESSIONS,
    "reach": Metric.REACH,
    "likes": Metric.LIKES,
    "comments": Metric.REPLIES,
    "shares": Metric.SHARES,
    "saves": Metric.SAVES,
    "profile_links_taps": Metric.CLICKS,
    "profile_views": Metric.PROFILE_VISITS,  # no longer documented; missing where it is refused
}
MEASURED = Measured(
    source=USER,
    channel={"followers_count": Metric.FOLLOWERS, "media_count": Metric.POSTS},
    posts={**FIELDS, **FEED, **REELS, **STORY},
    days=DAYS,
    audience={"age": "age", "gender": "gender", "country": "country", "city": "city"},
    not_told={
        Metric.VIEWS: "Instagram tells how often a post is shown, and not how often it is played",
        Metric.QUOTES: "on Instagram nothing is quoted",
        Metric.UNFOLLOWS: "Instagram does not tell surely who of the followers has left",
    },
    back=timedelta(days=730),
    at_once=timedelta(days=10),  # each is a request: of a longer span one total is told
)


def of_channel(line: GraphLine, account: str) -> Mapping[Metric, int]:
    return counts(Apart(fields_of(line), MEASURED.channel).of(account), MEASURED.channel)


def of_posts(line: GraphLine, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
    fields = Apart(fields_of(line), (KIND, *FIELDS))
    insights = {kind: Insights(line, names) for kind, names in OF_KIND.items()}
    read = {}
    for remote in remotes:
        try:
            stated = fields.of(remote.id)
            kind = str(stated.get(KIND))
            told = insights.get(kind, insights["FEED"]).of(remote.id)
        except Gone:
            continue
        read[remote.id] = counts({**stated, **_in_seconds(told)}, MEASURED.posts)
    return read


def of_days(line: GraphLine, account: str, first: date, after: date) -> Iterator[OfDay]:
    insights = Insights(line, DAYS, period="day", metric_type="total_value")
    return graph_insights.one_by_one(insights, account, DAYS, first, after)


def audience(line: GraphLine, account: str) -> Mapping[str, int]:
    return graph_insights.audience(
        line,
        f"{account}/insights",
        MEASURED.audience,
        period="lifetime",
        timeframe="last_30_days",
        metric_type="total_value",
    )


def _in_seconds(told: Stated) -> Stated:
    watched = number(told.get(WATCHED))
    return told if watched is None else {**told, WATCHED: watched // 1000}
