"""What was prepared and will never be sent, taken off its platform again: once, and at best.

Only what an edit or a cancellation left behind comes here, and it comes by its row alone: the
write that dropped the notes from the parts put them among `abandoned`, on condition that nobody
had changed the row. So no worker that still knows them can write a fence with them any more, and
without a fence nothing is committed. They are taken from the row before anything is deleted:
whoever dies in between leaves behind what would have been left without this, and nobody asks
twice. The adapter looks for itself, too, before it deletes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery, State
from tellal.errors import NeedsRefresh, PublishError
from tellal.observability import logger
from tellal.platforms.protocol import Discards
from tellal.stores.deliveries import DeliveryStore

Notes = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Discarder:
    deliveries: DeliveryStore
    adapters: Adapters
    now: Callable[[], datetime]

    def of_cancelled(self, delivery: Delivery, channel: Channel) -> None:
        """A cancelled row has no alarm; nobody else writes it."""
        assert delivery.state is State.CANCELLED, "every other row's worker takes them in its lease"
        self.deliveries.save(delivery, delivery.model_copy(update={"abandoned": ()}))
        self.discard(delivery.abandoned, channel)

    def discard(self, abandoned: tuple[Notes, ...], channel: Channel) -> None:
        """They are not on the row any more. What goes wrong is written to the log, and that is
        all: the next thing to be done does not wait for it."""
        for notes in abandoned:
            try:
                self._discard(notes, channel)
            except PublishError as error:
                logger.info("not discarded", channel=channel.channel_id, why=str(error))

    def _discard(self, notes: Notes, channel: Channel) -> None:
        try:
            self._adapter(channel).discard(notes)
        except NeedsRefresh:
            self.adapters.refresh_now(channel, now=self.now())
            self._adapter(channel).discard(notes)

    def _adapter(self, channel: Channel) -> Discards:
        adapter = self.adapters.open(channel, now=self.now())
        assert isinstance(adapter, Discards), "only such a platform's notes are abandoned"
        return adapter
