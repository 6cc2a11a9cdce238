"""The six measures, each defined once: a sentence for people, SQL for the machine.

What platforms show are running totals, so a measure is made of what was new in the period: the
last value in it, less the last value before it began. A post that went out in the period began
at 0. Where measuring itself began in the period, so does the count, at the first value seen.
Missing data stays missing: a sum is over what was told, and of nothing it is nothing, not 0.

The SQL is an aggregate over rows of `news` (see `figures`): one row per post, and one per channel
(whose delivery_id is null), with what was new of each metric; `audience` is the followers that a
channel ended with. It is applied per channel, and over all channels for the whole workspace.
"""

from dataclasses import dataclass

from tellal.observations import Metric
from tellal.posts import Frozen

ENGAGEMENTS = (Metric.LIKES, Metric.SHARES, Metric.REPLIES, Metric.QUOTES, Metric.SAVES)
# What a platform may tell of a post, in the order that pages show it.
OF_POSTS = (
    *(Metric.IMPRESSIONS, Metric.REACH, Metric.VIEWS),
    *ENGAGEMENTS,
    *(Metric.CLICKS, Metric.VISITS, Metric.CONVERSIONS),
)


@dataclass(frozen=True, kw_only=True)
class Measure:
    name: str
    title: str
    unit: str  # "followers", "percent", "times", "people", "clicks", "conversions"
    definition: str  # as docs/measures.md and the report say it
    sql: str
    needs: tuple[Metric, ...]  # of which one must be told for it
    optional: bool = False  # it is shown where there is a number, and says nothing elsewhere


AUDIENCE_GROWTH = Measure(
    name="audience_growth",
    title="Audience growth",
    unit="followers",
    definition="How many more followers the channel had at the end of the period than when it"
    " began. It is below zero when more people left than came.",
    sql="sum(followers) FILTER (delivery_id IS NULL)",
    needs=(Metric.FOLLOWERS,),
)
ENGAGEMENT_RATE = Measure(
    name="engagement_rate",
    title="Engagement rate",
    unit="percent",
    definition="Of the people whom posts reached in the period, the percentage that engaged:"
    " new likes, shares, replies, quotes and saves, divided by new reach, times 100. Only posts"
    " whose platform tells both are in it.",
    sql="100.0 * sum(engagements) FILTER (reach IS NOT NULL)"
    " / nullif(sum(reach) FILTER (engagements IS NOT NULL), 0)",
    needs=(Metric.REACH,),
)
ENGAGEMENT_RATE_BY_FOLLOWERS = Measure(
    name="engagement_rate_by_followers",
    title="Engagement rate by followers",
    unit="percent",
    definition="For channels whose platform does not tell reach: new likes, shares, replies,"
    " quotes and saves in the period, divided by the followers at its end, times 100. It is"
    " another number than the engagement rate, and the two cannot be compared.",
    sql="100.0 * sum(engagements) FILTER (NOT tells_reach)"
    " / nullif(sum(audience) FILTER (tells_engagements AND NOT tells_reach), 0)",
    needs=ENGAGEMENTS,
    optional=True,  # it stands in where there is no reach
)
IMPRESSIONS = Measure(
    name="impressions",
    title="Impressions",
    unit="times",
    definition="How many times posts were shown in the period, as each platform counts it"
    " (Meta calls it views). One person can be shown a post many times. Platforms that count only"
    " how often a video was played tell no impressions; see video views.",
    sql="sum(impressions) FILTER (delivery_id IS NOT NULL)",
    needs=(Metric.IMPRESSIONS,),
)
REACH = Measure(
    name="reach",
    title="Reach",
    unit="people",
    definition="How many people saw each post in the period, added up over posts. Somebody who"
    " saw two posts counts twice: platforms do not tell who they were.",
    sql="sum(reach) FILTER (delivery_id IS NOT NULL)",
    needs=(Metric.REACH,),
)
VIDEO_VIEWS = Measure(
    name="video_views",
    title="Video views",
    unit="times",
    definition="How many times videos were played in the period, as each platform counts it: how"
    " many seconds make a view is the platform's own rule.",
    sql="sum(views) FILTER (delivery_id IS NOT NULL)",
    needs=(Metric.VIEWS,),
    optional=True,
)
WEBSITE_CLICKS = Measure(
    name="website_clicks",
    title="Website clicks",
    unit="clicks",
    definition="How many times links in posts were followed in the period. Of posts with our short"
    " links it is what we counted ourselves, bots left out; of others what the platform told.",
    sql="sum(coalesce(visits, clicks)) FILTER (delivery_id IS NOT NULL)",
    needs=(Metric.VISITS, Metric.CLICKS),
)
CONVERSIONS = Measure(
    name="conversions",
    title="Conversions",
    unit="conversions",
    definition="How many times somebody who came from a post or a channel did, in the period, what"
    " it was for: bought, signed up, called. Every stage counts: a lead that buys is two. What"
    " nothing of ours brought is not in it.",
    sql="sum(conversions)",
    needs=(Metric.CONVERSIONS,),
)

SIX = (AUDIENCE_GROWTH, ENGAGEMENT_RATE, IMPRESSIONS, REACH, WEBSITE_CLICKS, CONVERSIONS)
MEASURES = (
    AUDIENCE_GROWTH,
    ENGAGEMENT_RATE,
    ENGAGEMENT_RATE_BY_FOLLOWERS,
    IMPRESSIONS,
    REACH,
    VIDEO_VIEWS,
    WEBSITE_CLICKS,
    CONVERSIONS,
)


class News(Frozen):
    """What was new of a post in a period; or of a channel itself, where `delivery_id` is None.

    None is «not told», never 0.
    """

    channel_id: str
    delivery_id: str | None = None
    followers: int | None = None
    audience: int | None = None  # the followers at the end
    followers_since: int | None = None  # the day's number, if measuring began in the period
    impressions: int | None = None
    reach: int | None = None
    views: int | None = None
    watch_seconds: int | None = None
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    quotes: int | None = None
    saves: int | None = None
    clicks: int | None = None
    visits: int | None = None
    visitors: int | None = None
    conversions: int | None = None
    engagements: int | None = None
    tells_reach: bool = False  # of its channel
    tells_engagements: bool = False
