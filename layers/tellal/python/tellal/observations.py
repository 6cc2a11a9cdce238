"""One measured number: of a channel or a delivery, a metric, a value, a time. Pure."""

from enum import StrEnum

from tellal.clock import Moment
from tellal.posts import Frozen


class Metric(StrEnum):
    """The platforms' many names brought to one each. A value is a count; missing is not 0."""

    FOLLOWERS = "followers"  # of a channel, at that time
    POSTS = "posts"
    IMPRESSIONS = "impressions"  # times shown, by the platform's own definition (also «views»)
    REACH = "reach"  # people who saw it
    LIKES = "likes"
    SHARES = "shares"  # reposts, boosts
    REPLIES = "replies"  # comments
    QUOTES = "quotes"
    SAVES = "saves"  # bookmarks
    CLICKS = "clicks"  # on links, to a website
    CONVERSIONS = "conversions"


class Observation(Frozen):
    """`value` is what the platform showed at `at`: a running total, not what was new since."""

    workspace_id: str
    channel_id: str
    platform: str
    delivery_id: str | None = None  # None: of the channel itself
    metric: Metric
    value: int
    at: Moment
