"""What X tells in numbers, of which all cost money, and what not.
https://docs.x.com/x-api/fundamentals/metrics
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from tellal.observations import Metric
from tellal.platforms.measured import Measured
from tellal.posts import Remote

# The old names of what X counts, and the new ones.
PUBLIC = {
    "impression_count": Metric.IMPRESSIONS,
    "like_count": Metric.LIKES,
    "retweet_count": Metric.SHARES,
    "repost_count": Metric.SHARES,
    "reply_count": Metric.REPLIES,
    "quote_count": Metric.QUOTES,
    "bookmark_count": Metric.SAVES,
}
ONLY_WE_SEE = {"url_link_clicks": Metric.CLICKS, "user_profile_clicks": Metric.PROFILE_VISITS}
SEEN_FOR = timedelta(days=30)  # after a post was made
MEASURED = Measured(
    source="https://docs.x.com/x-api/fundamentals/metrics",
    channel={
        "followers_count": Metric.FOLLOWERS,
        "tweet_count": Metric.POSTS,
        "post_count": Metric.POSTS,
    },
    posts={**PUBLIC, **ONLY_WE_SEE},
    not_told={
        Metric.REACH: "X counts how often a post is shown, not to how many people",
        Metric.VIEWS: "X tells a video's plays with the video alone, which costs money once more",
        Metric.WATCH_SECONDS: "X does not tell how long a video is watched",
        Metric.FOLLOWS: "X tells how many follow, and not who came",
        Metric.UNFOLLOWS: "X tells how many follow, and not who left",
    },
    together=100,
)
# A post's number begins with the milliseconds since then; so X's own libraries read it.
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
BITS_BELOW_TIME = 22


def by_age(
    remotes: Iterable[Remote], *, now: datetime
) -> tuple[Sequence[Remote], Sequence[Remote]]:
    """Those of which X tells what only we see, and those that are too old for it (or nameless)."""
    young: list[Remote] = []
    old: list[Remote] = []
    for remote in remotes:
        made_at = _made_at(remote.id)
        (old if made_at is None or made_at <= now - SEEN_FOR else young).append(remote)
    return young, old


def _made_at(post_id: str) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=int(post_id) >> BITS_BELOW_TIME)
    except (ValueError, OverflowError):
        return None
