"""The hourly accounting: is every delivery either settled or with an alarm ahead?

A delivery that is neither has been forgotten, and that must never happen silently: it is counted
in a metric whose alarm also rings when the count itself stays away. Dead letters, errors and
throttles of all functions are counted here too, one metric each, because an alarm per function
would cost more than everything else at rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tellal import clock
from tellal.channels import ChannelState
from tellal.deliveries import WITHOUT_ALARM, State
from tellal.observability import NAMESPACE, logger
from tellal.platforms import PLATFORMS, is_polled
from tellal.platforms.hearing import ReadsInbox
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import Accounted, DeliveryStore

if TYPE_CHECKING:
    from types_boto3_cloudwatch.client import CloudWatchClient
    from types_boto3_sqs.client import SQSClient

BACK = timedelta(hours=48)
UNHEARD = timedelta(hours=1)  # a polled channel that silent, after its next reading, is overdue
# an alarm this long past: two sweeps have had the time to see it
FORGOTTEN = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Accountant:
    deliveries: DeliveryStore
    channels: ChannelStore
    sqs: "SQSClient"
    cloudwatch: "CloudWatchClient"
    dead_letters: Sequence[str]  # queue addresses
    functions: Sequence[str]  # names

    def account(self, *, now: datetime) -> Mapping[str, int]:
        """Count, publish the counts as metrics, and return them."""
        counts = {
            "unaccounted_deliveries": len(self.unaccounted(now=now)),
            "dead_letters": sum(self._waiting(url) for url in self.dead_letters),
            "function_errors": self._sum("Errors", now),
            "function_throttles": self._sum("Throttles", now),
            "overdue_channels": self._overdue(now),
        }
        self.cloudwatch.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {"MetricName": name, "Timestamp": now, "Value": count, "Unit": "Count"}
                for name, count in counts.items()
            ],
        )
        return counts

    def unaccounted(self, *, now: datetime) -> list[str]:
        """Deliveries of the last 48 hours that nobody will look at again."""
        days = sorted({clock.day(now - BACK + n * timedelta(days=1)) for n in range(3)})
        forgotten = [
            row.delivery_id
            for day in days
            for row in self.deliveries.of_day(day)
            if is_forgotten(row, now)
        ]
        for delivery_id in forgotten:
            logger.error("delivery unaccounted for", delivery=delivery_id)
        return forgotten

    def _waiting(self, url: str) -> int:
        reply = self.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(reply["Attributes"]["ApproximateNumberOfMessages"])

    def _sum(self, metric: str, now: datetime) -> int:
        """Over our functions, in an hour. GetMetricStatistics is free, GetMetricData is not."""
        return sum(
            int(point["Sum"])
            for function in self.functions
            for point in self.cloudwatch.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=[{"Name": "FunctionName", "Value": function}],
                StartTime=now - HOUR,
                EndTime=now,
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
        )

    def _overdue(self, now: datetime) -> int:
        return sum(
            channel.state is ChannelState.CONNECTED
            and is_polled(channel)
            and (channel.last_heard_at or channel.created_at)
            < now - UNHEARD - platform.facts.read_every
            for name, platform in PLATFORMS.items()
            if issubclass(platform, ReadsInbox)
            for channel in self.channels.of_platform(name)
        )


def is_forgotten(row: Accounted, now: datetime) -> bool:
    """Whether nobody will look at a delivery again that is not settled."""
    if State(row.state) in WITHOUT_ALARM:
        return False
    return row.next_attempt_at is None or row.next_attempt_at < now - FORGOTTEN
