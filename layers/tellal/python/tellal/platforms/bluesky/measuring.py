"""What Bluesky counts, and what not."""

from tellal.observations import Metric
from tellal.platforms.measured import Measured

WHO_SEES = "Bluesky does not count who sees a post"
MEASURED = Measured(
    source="https://docs.bsky.app/docs/api/app-bsky-feed-get-posts",
    channel={"followersCount": Metric.FOLLOWERS, "postsCount": Metric.POSTS},
    posts={
        "likeCount": Metric.LIKES,
        "repostCount": Metric.SHARES,
        "replyCount": Metric.REPLIES,
        "quoteCount": Metric.QUOTES,
        "bookmarkCount": Metric.SAVES,
    },
    not_told={
        **dict.fromkeys((Metric.IMPRESSIONS, Metric.REACH), WHO_SEES),
        Metric.VIEWS: "Bluesky does not count how often a video is played",
        Metric.WATCH_SECONDS: "Bluesky does not count how long a video is watched",
        Metric.CLICKS: "Bluesky does not count clicks",
        Metric.PROFILE_VISITS: "Bluesky does not count who visits a profile",
        Metric.FOLLOWS: "Bluesky tells how many follow, and not who came",
        Metric.UNFOLLOWS: "Bluesky tells how many follow, and not who left",
    },
    together=25,  # lexicons/app/bsky/feed/getPosts.json
)
