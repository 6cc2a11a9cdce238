"""What TikTok tells apps in numbers, of public posts alone, and what not."""

from tellal.observations import Metric
from tellal.platforms.measured import Measured

MEASURED = Measured(
    source="https://developers.tiktok.com/doc/tiktok-api-v2-video-query",
    channel={"follower_count": Metric.FOLLOWERS, "video_count": Metric.POSTS},
    posts={
        "view_count": Metric.VIEWS,
        "like_count": Metric.LIKES,
        "comment_count": Metric.REPLIES,
        "share_count": Metric.SHARES,
    },
    not_told={
        Metric.IMPRESSIONS: "TikTok counts how often a video is played, not how often it is shown",
        Metric.REACH: "TikTok tells apps no reach",
        Metric.WATCH_SECONDS: "TikTok does not tell apps how long a video is watched",
        Metric.QUOTES: "TikTok does not tell apps of duets and stitches",
        Metric.SAVES: "TikTok tells apps no saves",
        Metric.CLICKS: "TikTok tells apps no clicks",
        Metric.PROFILE_VISITS: "TikTok does not tell apps who visits a profile",
        Metric.FOLLOWS: "TikTok tells apps how many follow, and not who came",
        Metric.UNFOLLOWS: "TikTok tells apps how many follow, and not who left",
    },
    together=20,
)
