"""After something was tried: the channel and the row are told, and the next hint is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery
from tellal.errors import NeedsReconnect, NeedsRefresh, PublishError, Throttled
from tellal.platforms.protocol import FindsPost
from tellal.publishing import outcomes
from tellal.publishing.dispatch import hint_soon
from tellal.publishing.looking import publishing_adapter
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.queues import HintQueues


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    deliveries: DeliveryStore
    channels: ChannelStore
    adapters: Adapters
    hints: HintQueues
    now: Callable[[], datetime]

    def keep(self, seen: Delivery, left: Delivery) -> str:
        """Write what a delivery came to; returns its state. AlreadyChanged if it is not ours."""
        return self.hint(self.deliveries.save(seen, left))

    def hint(self, kept: Delivery) -> str:
        hint_soon(kept, hints=self.hints, deliveries=self.deliveries, now=self.now())
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
            self.channels.park(channel, until=now + (error.after or outcomes.THROTTLED))
        number = reached.next_part
        assert number is not None, "a refusal is of the part that was tried"
        adapter = publishing_adapter(channel.platform)
        left = outcomes.refused(
            reached,
            error,
            phase=phase,
            promise=adapter.promise(reached.parts[number], channel),
            can_look=issubclass(adapter, FindsPost),
            now=now,
        )
        return self.keep(seen, left)
