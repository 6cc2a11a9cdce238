"""After something was tried: the channel and the row are told, and the next hint is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery, Timing
from tellal.errors import NeedsReconnect, NeedsRefresh, PublishError, Throttled
from tellal.platforms import actions
from tellal.publishing import outcomes
from tellal.publishing.dispatch import hint_soon
from tellal.publishing.looking import can_ask, publishing
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.queues import HintQueues


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    deliveries: DeliveryStore
    channels: ChannelStore
    adapters: Adapters
    hints: HintQueues
    timing: Timing
    now: Callable[[], datetime]

    def keep(self, seen: Delivery, left: Delivery) -> str:
        """Write what a delivery came to; returns its state. AlreadyChanged if it is not ours."""
        return self.hint(self.deliveries.save(seen, left))

    def hint(self, kept: Delivery) -> str:
        hint_soon(
            kept,
            hints=self.hints,
            deliveries=self.deliveries,
            ahead=self.timing.ahead,
            now=self.now(),
        )
        return kept.state.value

    def refused(
        self,
        seen: Delivery,
        reached: Delivery,
        error: PublishError,
        channel: Channel,
        *,
        phase: str,
    ) -> str:
        now = self.now()
        if isinstance(error, NeedsRefresh):
            try:
                self.adapters.refresh_now(channel, now=now)
            except PublishError as worse:
                error = worse
        if isinstance(error, NeedsReconnect):
            self.adapters.lost(channel, str(error))
        if isinstance(error, Throttled):
            self._park(channel, error, until=now + (error.after or outcomes.THROTTLED))
        number = reached.next_part
        assert number is not None, "a refusal is of the part that was tried"
        adapter = publishing(self.adapters.platforms[channel.platform])
        promise = actions.promise(adapter, reached.parts[number], channel)
        left = outcomes.refused(
            reached,
            error,
            phase=phase,
            promise=promise,
            can_ask=can_ask(adapter, promise),
            now=now,
            timing=self.timing,
        )
        return self.keep(seen, left)

    def _park(self, channel: Channel, error: Throttled, *, until: datetime) -> None:
        self.channels.park(channel, until=until)
        if error.everywhere:
            for other in self.channels.of_platform(channel.platform):
                if other.channel_id != channel.channel_id:
                    self.channels.park(other, until=until)
