"""What Facebook tells of a page in numbers. https://developers.facebook.com/docs/graph-api/reference/insights

Its own counts are fresh; insights lag a day, and of most nothing is told below a hundred followers.
The old names (impressions, fans, engaged users) ended with 2025 and June 2026.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from tellal.observations import Metric
from tellal.platforms.calls import Gone
from tellal.platforms.counts import Apart, Stated, counts
from tellal.platforms.facebook.line import PageLine, in_path
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_insights import Insights, fields_of, of_days, span
from tellal.platforms.measured import Measured, OfDay
from tellal.posts import Remote

FIELDS = {
    "reactions": Metric.LIKES,
    "comments": Metric.REPLIES,
    "shares": Metric.SHARES,
}
INSIGHTS = {
    "post_media_view": Metric.IMPRESSIONS,  # «views»: how often it was shown
    "post_total_media_view_unique": Metric.REACH,
    "post_clicks_by_type.link clicks": Metric.CLICKS,
    "post_video_views": Metric.VIEWS,  # of three seconds and more
}
DAYS = {
    "page_media_view": Metric.IMPRESSIONS,
    "page_total_media_view_unique": Metric.REACH,
    "page_post_engagements": Metric.ENGAGEMENTS,
    "page_follows": Metric.FOLLOWERS,
    "page_daily_follows_unique": Metric.FOLLOWS,
    "page_daily_unfollows_unique": Metric.UNFOLLOWS,
    "page_views_total": Metric.PROFILE_VISITS,
    "page_total_actions": Metric.CLICKS,
    "page_video_views": Metric.VIEWS,
}
MEASURED = Measured(
    source="https://developers.facebook.com/docs/graph-api/reference/insights",
    channel={"followers_count": Metric.FOLLOWERS},
    posts={**FIELDS, **INSIGHTS},
    days=DAYS,
    not_told={
        Metric.POSTS: "Facebook does not count a page's posts",
        Metric.WATCH_SECONDS: "Facebook does not tell for how long a video of a post was watched",
        Metric.QUOTES: "on Facebook nothing is quoted: it is shared",
        Metric.SAVES: "Facebook tells no saves",
    },
    back=timedelta(days=730),
    at_once=timedelta(days=89),  # ninety are let through, and one more is asked for
)


def of_channel(page: PageLine) -> Mapping[Metric, int]:
    told = Apart(fields_of(page.measuring), MEASURED.channel).of(page.path)
    return counts(told, MEASURED.channel)


def of_posts(page: PageLine, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
    """One after another: what is gone would fail a question for several."""
    fields = Apart(partial(_fields, page.measuring), FIELDS)
    insights = Insights(page.measuring, INSIGHTS, period="lifetime")
    read = {}
    for remote in remotes:
        node = in_path(remote.id)
        try:
            stated = {**fields.of(node), **insights.of(node)}
        except Gone:
            continue
        read[remote.id] = counts(stated, MEASURED.posts)
    return read


def of_span(page: PageLine, first: date, after: date) -> Iterator[OfDay]:
    """A day more is asked for than is wanted: whether the ends of a span are in it is not said."""
    when = span(first, after + timedelta(days=1))
    asked = Apart(partial(_series, page.measuring, when), DAYS)
    told = asked.of(page.path).values()
    yield from (each for days in told for each in days if first <= each.day < after)


def _series(line: GraphLine, when: Mapping[str, str], node: str, names: Sequence[str]) -> Stated:
    params = {"metric": ",".join(names), "period": "day", **when}
    told = line("GET", f"{node}/insights", params=params).read(dict[str, Any])
    return {"+".join(names): tuple(of_days(told, DAYS))}


def _fields(line: GraphLine, node: str, names: Sequence[str]) -> Stated:
    """Of comments and reactions the sum alone; without shares there is no field."""
    whole = {"shares": "shares"}
    asked = ",".join(whole.get(name, f"{name}.limit(0).summary(total_count)") for name in names)
    told = line("GET", node, params={"fields": asked}).read(dict[str, Any])
    return {name: _sum(told.get(name)) for name in names}


def _sum(told: Any) -> Any:
    if not isinstance(told, dict):
        return None
    summary = told.get("summary")
    return summary.get("total_count") if isinstance(summary, dict) else told.get("count")
