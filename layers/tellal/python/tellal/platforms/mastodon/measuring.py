"""What Mastodon servers count, and what not."""

from tellal.observations import Metric
from tellal.platforms.measured import Measured

WHO_SEES = "Mastodon servers do not count who sees a post"
MEASURED = Measured(
    source="https://docs.joinmastodon.org/entities/Status/",
    channel={"followers_count": Metric.FOLLOWERS, "statuses_count": Metric.POSTS},
    posts={
        "favourites_count": Metric.LIKES,
        "reblogs_count": Metric.SHARES,
        "replies_count": Metric.REPLIES,
        "quotes_count": Metric.QUOTES,  # since 4.5
    },
    not_told={
        **dict.fromkeys((Metric.IMPRESSIONS, Metric.REACH), WHO_SEES),
        Metric.VIEWS: "Mastodon servers do not count how often a video is played",
        Metric.WATCH_SECONDS: "Mastodon servers do not count how long a video is watched",
        Metric.SAVES: "on Mastodon a bookmark is its owner's secret",
        Metric.CLICKS: "Mastodon servers do not count clicks",
        Metric.PROFILE_VISITS: "Mastodon servers do not count who visits a profile",
        Metric.FOLLOWS: "Mastodon servers tell how many follow, and not who came",
        Metric.UNFOLLOWS: "Mastodon servers tell how many follow, and not who left",
    },
)
