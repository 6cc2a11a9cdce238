"""Asking a channel's platform what it counts, once an hour, and keeping the answers.

What must stay true: a number that a platform does not tell is missing, never 0; a channel whose
platform is down delays nobody else; a run that is repeated changes nothing but what is newer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched, islice

from tellal.channels import Channel, ChannelState
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery
from tellal.errors import AlreadyChanged, NeedsReconnect, NeedsRefresh, PublishError, Throttled
from tellal.measuring.published import posts_of
from tellal.measuring.shelf import Shelf
from tellal.observability import logger
from tellal.observations import Metric, Observation
from tellal.platforms import PLATFORMS, is_polled
from tellal.platforms.protocol import ReadsMetrics
from tellal.posts import Remote
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import DeliveryStore

MEASURED_FOR = timedelta(days=30)  # after its time, a post's numbers hardly move
# Of one channel, the newest first: where each post is a request, 300 in five minutes are allowed
# (https://docs.joinmastodon.org/api/rate-limits/), and publishing needs some of them.
MOST_POSTS = 200
BATCH = 25  # posts asked for together; what was answered is kept if a later batch is not
THROTTLED = timedelta(minutes=15)  # where a platform does not say how long
SEEN_AGAIN = timedelta(days=1)  # unchanged numbers are written anew this seldom: writes cost

Told = Mapping[Metric, int]
Answer = tuple[Delivery | None, Told]  # None: of the channel itself


@dataclass(frozen=True, kw_only=True)
class Collector:
    channels: ChannelStore
    deliveries: DeliveryStore
    adapters: Adapters
    shelf: Shelf

    def measurable(self, *, now: datetime) -> Iterator[str]:
        """The ids of the channels that can be asked now."""
        for name, platform in PLATFORMS.items():
            if issubclass(platform, ReadsMetrics):
                for channel in self.channels.of_platform(name):
                    if _may_be_asked(channel, now):
                        yield channel.channel_id

    def collect(self, channel_id: str, *, now: datetime) -> None:
        channel = self.channels.get(channel_id)
        if channel is None or not _may_be_asked(channel, now):
            logger.info("not measured", channel_id=channel_id, trouble="not to be asked now")
            return
        told: list[Answer] = []
        trouble: str | None = None
        try:
            for answer in self._ask(channel, now):
                told.append(answer)  # noqa: PERF402  # what came before an error is kept
        except PublishError as error:
            trouble = str(error)
            self._act_on(error, channel, now)
        count = self._keep(channel, told, now)
        logger.info(
            "channel measured",
            channel_id=channel_id,
            platform=channel.platform,
            observations=count,
            trouble=trouble,
        )

    def _ask(self, channel: Channel, now: datetime) -> Iterator[Answer]:
        """The channel's own numbers, then its posts'; a token that ran out is renewed once."""
        adapter = self._open(channel, now)
        try:
            own = adapter.read_channel()
        except NeedsRefresh:
            self.adapters.refresh_now(channel, now=now)
            adapter = self._open(channel, now)
            own = adapter.read_channel()
        yield None, own
        for batch in batched(self._posts(channel, now), BATCH, strict=False):
            remotes = {remote.id: delivery for delivery, remote in batch}
            answer = adapter.read_posts([remote for _, remote in batch])
            for remote_id, delivery in remotes.items():
                if remote_id in answer:
                    yield delivery, answer[remote_id]

    def _open(self, channel: Channel, now: datetime) -> ReadsMetrics:
        adapter = self.adapters.open(channel, now=now)
        assert isinstance(adapter, ReadsMetrics)
        return adapter

    def _posts(self, channel: Channel, now: datetime) -> Iterator[tuple[Delivery, Remote]]:
        posts = posts_of(self.deliveries, channel.workspace_id, since=now - MEASURED_FOR, until=now)
        for delivery in islice(
            (each for each in posts if each.channel_id == channel.channel_id), MOST_POSTS
        ):
            assert delivery.parts[0].remote is not None  # it is public
            yield delivery, delivery.parts[0].remote

    def _act_on(self, error: PublishError, channel: Channel, now: datetime) -> None:
        """Whatever else went wrong, the next hour asks again."""
        if isinstance(error, Throttled):
            self.channels.park(channel, until=now + (error.after or THROTTLED))
        elif isinstance(error, NeedsReconnect):
            self.adapters.lost(channel, str(error))

    def _keep(self, channel: Channel, told: Sequence[Answer], now: datetime) -> int:
        observations = [
            _observation(channel, delivery, metric, value, now)
            for delivery, metrics in told
            for metric, value in metrics.items()
        ]
        if observations:
            self.shelf.keep(
                observations,
                workspace_id=channel.workspace_id,
                channel_id=channel.channel_id,
                at=now,
            )
        for delivery, metrics in told:
            if delivery is not None and metrics:
                self._keep_newest(delivery, metrics, now)
        return len(observations)

    def _keep_newest(self, delivery: Delivery, told: Told, now: datetime) -> None:
        """On the delivery, for the pages; its state and its times are not touched."""
        metrics = {**delivery.metrics, **{metric.value: value for metric, value in told.items()}}
        seen_at = delivery.measured_at
        if metrics == delivery.metrics and seen_at is not None and seen_at > now - SEEN_AGAIN:
            return
        changes = {"metrics": metrics, "measured_at": now}
        try:
            self.deliveries.save(delivery, delivery.model_copy(update=changes))
        except AlreadyChanged:
            return  # somebody acts on it; the next hour's numbers are as good


def _may_be_asked(channel: Channel, now: datetime) -> bool:
    resumed = channel.resume_at is None or channel.resume_at <= now
    return channel.state is ChannelState.CONNECTED and resumed and is_polled(channel)


def _observation(
    channel: Channel, delivery: Delivery | None, metric: Metric, value: int, now: datetime
) -> Observation:
    return Observation(
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        delivery_id=delivery.delivery_id if delivery else None,
        metric=metric,
        value=value,
        at=now,
    )
