"""What Threads tells in numbers. https://developers.facebook.com/docs/threads/insights

«Views» are how often a post was shown. Of a day the profile's are told as a series and the clicks
link by link; who follows is told from a hundred followers on.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from tellal.observations import Metric
from tellal.platforms import graph_insights
from tellal.platforms.calls import Gone
from tellal.platforms.counts import counts
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_insights import Insights
from tellal.platforms.measured import Measured, OfDay
from tellal.posts import Remote

EDGE = "threads_insights"  # of a profile
DAYS = {
    "views": Metric.IMPRESSIONS,
    "likes": Metric.LIKES,
    "replies": Metric.REPLIES,
    "reposts": Metric.SHARES,
    "quotes": Metric.QUOTES,
    "clicks": Metric.CLICKS,
}
MEASURED = Measured(
    source="https://developers.facebook.com/docs/threads/insights",
    channel={"followers_count": Metric.FOLLOWERS},
    posts={
        "views": Metric.IMPRESSIONS,
        "likes": Metric.LIKES,
        "replies": Metric.REPLIES,
        "reposts": Metric.SHARES,
        "quotes": Metric.QUOTES,
        # «shares» are sent to somebody, and no metric of ours: reposts are what others see
    },
    days=DAYS,
    audience={"age": "age", "gender": "gender", "country": "country", "city": "city"},
    not_told={
        Metric.POSTS: "Threads does not count a profile's posts",
        Metric.REACH: "Threads counts how often a post is shown, not to how many people",
        Metric.VIEWS: "Threads counts how often a post is shown, not how often a video is played",
        Metric.WATCH_SECONDS: "Threads does not tell for how long a video is watched",
        Metric.SAVES: "Threads tells no saves",
        Metric.PROFILE_VISITS: "Threads does not tell who visits a profile",
        Metric.FOLLOWS: "Threads tells how many follow, and not who came",
        Metric.UNFOLLOWS: "Threads tells how many follow, and not who left",
    },
    back=timedelta(days=730),
    at_once=timedelta(days=10),  # each is a request: of a longer span one total is told
)


def of_channel(line: GraphLine, profile: str) -> Mapping[Metric, int]:
    return counts(Insights(line, MEASURED.channel, edge=EDGE).of(profile), MEASURED.channel)


def of_posts(line: GraphLine, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
    insights = Insights(line, MEASURED.posts)
    read = {}
    for remote in remotes:
        try:
            read[remote.id] = counts(insights.of(remote.id), MEASURED.posts)
        except Gone:
            continue
    return read


def of_days(line: GraphLine, profile: str, first: date, after: date) -> Iterator[OfDay]:
    insights = Insights(line, DAYS, edge=EDGE)
    return graph_insights.one_by_one(insights, profile, DAYS, first, after)


def audience(line: GraphLine, profile: str) -> Mapping[str, int]:
    return graph_insights.audience(line, f"{profile}/{EDGE}", MEASURED.audience)
