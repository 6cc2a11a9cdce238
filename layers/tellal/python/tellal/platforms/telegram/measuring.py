"""What Telegram tells bots in numbers: how many have subscribed to a channel, and nothing else."""

from tellal.observations import Metric
from tellal.platforms.measured import Measured

MEASURED = Measured(
    source="https://core.telegram.org/bots/api#getchatmembercount",
    channel={"result": Metric.FOLLOWERS},
    not_told={
        Metric.POSTS: "Telegram does not tell bots how much a channel has published",
        **dict.fromkeys(
            (Metric.IMPRESSIONS, Metric.REACH, Metric.VIEWS, Metric.WATCH_SECONDS),
            "Telegram does not tell bots who sees a post",
        ),
        **dict.fromkeys(
            (Metric.LIKES, Metric.SHARES, Metric.REPLIES, Metric.QUOTES, Metric.SAVES),
            "bots cannot read back what a channel shows, nor what people made of it",
        ),
        Metric.CLICKS: "Telegram does not count clicks",
        Metric.PROFILE_VISITS: "Telegram does not tell bots who visits a channel",
        Metric.FOLLOWS: "Telegram tells bots how many have subscribed, and not who came",
        Metric.UNFOLLOWS: "Telegram tells bots how many have subscribed, and not who left",
    },
)
