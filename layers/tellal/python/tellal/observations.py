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
    # Of a conversation, in whole minutes of business time, counted by us:
    FIRST_ANSWER_MINUTES = "first_answer_minutes"  # from when they wrote until our answer was out
    RESOLUTION_MINUTES = "resolution_minutes"  # from when they opened it until it was closed


class Observation(Frozen):
    """`value` is what the platform showed at `at`: a running total, not what was new since. Of a
    conversation it is how long something took that was over at `at`."""

    workspace_id: str
    channel_id: str
    platform: str
    delivery_id: str | None = None  # None: of the channel itself, or of a conversation
    conversation_id: str | None = None
    metric: Metric
    value: int
    at: Moment
