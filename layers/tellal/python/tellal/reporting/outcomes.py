"""Conversions by post and stage, and what a platform counts of a channel itself. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tellal.observations import Metric
from tellal.reporting.document import ConversionRow, CountedRow
from tellal.reporting.wording import Wording, marked

CONVERTED = """
SELECT channel_id, delivery_id, campaign_id, metric, segment, sum(value)::BIGINT AS value
FROM amounts
WHERE n >= $since AND n < $after
  AND metric IN ('conversions', 'conversion_value') AND segment IS NOT NULL
GROUP BY ALL
ORDER BY ALL
"""
# A channel's own days. Followers and posts are no amounts: they are how many there were.
COUNTED = """
SELECT channel_id, metric, sum(value)::BIGINT AS value, count(DISTINCT n) AS days
FROM amounts
WHERE n >= $since AND n < $after AND channel_id IS NOT NULL AND delivery_id IS NULL
  AND counted_id IS NULL AND campaign_id IS NULL AND segment IS NULL
  AND metric NOT IN ('followers', 'posts', 'visits', 'visitors', 'conversions', 'conversion_value')
GROUP BY ALL
ORDER BY ALL
"""
METRICS = {
    Metric.FOLLOWERS: marked("Followers"),
    Metric.POSTS: marked("Posts"),
    Metric.IMPRESSIONS: marked("Impressions"),
    Metric.REACH: marked("Reach"),
    Metric.VIEWS: marked("Video views"),
    Metric.WATCH_SECONDS: marked("Seconds watched"),
    Metric.LIKES: marked("Likes"),
    Metric.SHARES: marked("Shares"),
    Metric.REPLIES: marked("Replies"),
    Metric.QUOTES: marked("Quotes"),
    Metric.SAVES: marked("Saves"),
    Metric.CLICKS: marked("Clicks"),
    Metric.PROFILE_VISITS: marked("Profile visits"),
    Metric.ENGAGEMENTS: marked("Engagements"),
    Metric.FOLLOWS: marked("New followers"),
    Metric.UNFOLLOWS: marked("Followers lost"),
    Metric.VISITS: marked("Website visits"),
    Metric.VISITORS: marked("Website visitors"),
    Metric.CONVERSIONS: marked("Conversions"),
    Metric.CONVERSION_VALUE: marked("Conversion value"),
    Metric.FIRST_ANSWER_MINUTES: marked("Minutes until the first answer"),
    Metric.RESOLUTION_MINUTES: marked("Minutes until it was resolved"),
}
STAGES = {
    "lead": marked("Lead"),
    "pipeline": marked("In the pipeline"),
    "sale": marked("Sale"),
}

Key = tuple[str | None, str | None, str | None, str]  # delivery, channel, campaign, stage


def conversions(found: Sequence[Mapping[str, Any]]) -> list[ConversionRow]:
    """The most first; those that were all taken back are none."""
    counts: dict[Key, int] = defaultdict(int)
    values: dict[Key, dict[str, int]] = defaultdict(dict)
    for row in found:
        stage, _, currency = row["segment"].partition(":")
        key = (row["delivery_id"], row["channel_id"], row["campaign_id"], stage)
        if row["metric"] == Metric.CONVERSIONS:
            counts[key] += row["value"]
        elif row["value"]:
            values[key][currency] = values[key].get(currency, 0) + row["value"]
    rows = [
        ConversionRow(
            delivery_id=key[0],
            channel=key[1],
            campaign=key[2],
            stage=key[3],
            count=count,
            value=dict(sorted(values[key].items())),
        )
        for key, count in counts.items()
        if count
    ]
    return sorted(rows, key=lambda row: (-row.count, row.stage, row.delivery_id or ""))


def counted(found: Sequence[Mapping[str, Any]], wording: Wording) -> Iterator[CountedRow]:
    for row in found:
        yield CountedRow(
            channel=row["channel_id"],
            metric=row["metric"],
            title=wording.say(METRICS[Metric(row["metric"])]),
            value=row["value"],
            days=row["days"],
        )
