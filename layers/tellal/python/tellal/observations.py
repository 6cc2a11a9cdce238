"""One measured number: of a channel, a delivery or a conversation, a metric, a value, a time. Pure.

There are two kinds. A running total is what was shown at `at`: a post's 40 likes. An amount is what
came in on one day (`of_day`): 12 visits on 3 November. Of either the newest value counts, so a
platform's correction is one more observation, and so is what is told again.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from tellal.clock import Moment
from tellal.posts import Frozen


class Metric(StrEnum):
    """The platforms' many names brought to one each. A value is a count; missing is not 0."""

    FOLLOWERS = "followers"  # of a channel, at that time
    POSTS = "posts"
    IMPRESSIONS = "impressions"  # times shown, by the platform's own definition
    REACH = "reach"  # people who saw it
    VIEWS = "views"  # times a video was played, by the platform's own definition
    WATCH_SECONDS = "watch_seconds"  # for how long, all together
    LIKES = "likes"  # reactions of any kind
    SHARES = "shares"  # reposts, boosts
    REPLIES = "replies"  # comments
    QUOTES = "quotes"
    SAVES = "saves"  # bookmarks
    CLICKS = "clicks"  # on links, to a website, as the platform counts them
    PROFILE_VISITS = "profile_visits"
    ENGAGEMENTS = "engagements"  # of any kind, where a platform tells only their sum
    FOLLOWS = "follows"  # who began to follow
    UNFOLLOWS = "unfollows"
    # Counted by us:
    VISITS = "visits"  # of a website by our short links, bots left out
    VISITORS = "visitors"  # how many different ones, each counted once a day
    CONVERSIONS = "conversions"  # segment: the stage
    CONVERSION_VALUE = "conversion_value"  # in the currency's smallest unit; segment: stage:EUR
    # Of a conversation, in whole minutes of business time, counted by us:
    FIRST_ANSWER_MINUTES = "first_answer_minutes"  # from when they wrote until our answer was out
    RESOLUTION_MINUTES = "resolution_minutes"  # from when they opened it until it was closed


class Observation(Frozen):
    """What makes two of them the same number: everything but `value` and `at`.

    Of a conversation the value is how long something took that was over at `at`.
    """

    workspace_id: str
    channel_id: str | None = None  # None: of no channel (a conversion that none brought)
    platform: str | None = None
    delivery_id: str | None = None  # None: of the channel itself, or of a conversation
    conversation_id: str | None = None
    campaign_id: str | None = None  # where it is counted for one and no post says so
    counted_id: str | None = None  # of a thing that is counted by itself (a conversion)
    segment: str | None = None  # a part of the whole: "country:TR", "age:25-34", "sale"
    of_day: date | None = None  # an amount of that day, as its source keeps days; None: a total
    metric: Metric
    value: int
    at: Moment  # when it was seen to be so


# How long after it went out a post is measured: often, and then ever less.
FIRST_LOOKS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
DAILY_UNTIL = timedelta(days=30)
WEEKLY_UNTIL = timedelta(days=90)


def next_measurement(published_at: datetime, measured_at: datetime | None) -> datetime | None:
    """When a post is to be measured (again); None once it is left alone.

    Counted from when it went out, so that a look that came late delays none after it.
    """
    seen = timedelta(0) if measured_at is None else measured_at - published_at
    if first := next((each for each in FIRST_LOOKS if each > seen), None):
        return published_at + first
    days = seen // timedelta(days=1)
    after = timedelta(days=days + 1)
    if after > DAILY_UNTIL:
        weeks = (seen - DAILY_UNTIL) // timedelta(days=7)
        after = min(DAILY_UNTIL + timedelta(days=7) * (weeks + 1), WEEKLY_UNTIL)
    return published_at + after if seen < WEEKLY_UNTIL else None
