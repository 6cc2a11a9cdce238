"""Preparing ahead: everything slow that a delivery needs before its due second.

Uploads, names to look up, files a platform must first work on. All of it is safe to repeat, so a
lease here only saves work: a worker that dies is followed by another when it ends. What is
unfinished on the platform's side is looked at again by the one clock, never by sleeping.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery, State, Step, Timing
from tellal.errors import AlreadyChanged, PublishError
from tellal.platforms.calls import UPLOADING
from tellal.platforms.protocol import (
    MediaReader,
    Pending,
    Prepared,
    PreparesInTurn,
    Publishes,
)
from tellal.publishing import outcomes
from tellal.publishing.aftermath import Aftermath
from tellal.publishing.discarding import Discarder
from tellal.publishing.looking import not_due, thread_before, unready, waits_its_turn
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import DeliveryStore

A_STEP = UPLOADING + timedelta(seconds=20)  # no step begins with less time left than this

Remaining = Callable[[], timedelta]


@dataclass(frozen=True, kw_only=True)
class Preparer:
    deliveries: DeliveryStore
    channels: ChannelStore
    adapters: Adapters
    media: MediaReader
    after: Aftermath
    discards: Discarder
    timing: Timing
    now: Callable[[], datetime]

    def prepare(self, delivery_id: str, *, remaining: Remaining) -> str:
        """Do what is due now; returns the outcome in one word, for the log."""
        delivery = self.deliveries.get(delivery_id)
        if delivery is not None and delivery.state is State.CANCELLED and delivery.abandoned:
            return self._discard(delivery)
        why_not = not_due(delivery, Step.PREPARE, now=self.now())
        if delivery is None or why_not:
            return why_not
        try:
            return self._prepare(delivery, remaining)
        except AlreadyChanged:
            return "overtaken"  # whoever changed it has set its next alarm

    def _discard(self, cancelled: Delivery) -> str:
        try:
            self.discards.of_cancelled(cancelled, self._channel_of(cancelled))
        except AlreadyChanged:
            return "overtaken"  # another does it
        return "discarded"

    def _channel_of(self, delivery: Delivery) -> Channel:
        channel = self.channels.get(delivery.channel_id)
        assert channel is not None, "a delivery's channel is never deleted"
        return channel

    def _prepare(self, delivery: Delivery, remaining: Remaining) -> str:
        channel, now = self._channel_of(delivery), self.now()
        if channel.resume_at and channel.resume_at > now:
            back = outcomes.handed_back(delivery, at=channel.resume_at, step=Step.PREPARE)
            return self.after.keep(delivery, back)
        seen = self._lease(delivery, delivery)
        if delivery.abandoned:
            self.discards.discard(delivery.abandoned, channel)
            seen = self._lease(seen, seen)  # it took some of it
        reached = seen
        try:
            adapter = self.adapters.open(channel, now=now)
            assert isinstance(adapter, Publishes)
            while to_do := unready(reached, type(adapter)):
                if reached is not seen:  # keep what is done, and our lease
                    seen = reached = self._lease(seen, reached)
                number = to_do[0]
                result = self._prepare_part(reached, number, adapter)
                if not isinstance(result, Pending):
                    reached = outcomes.prepared(reached, number, result)
                elif result.check_in or remaining() < A_STEP:
                    left = outcomes.pending(reached, number, result, now=self.now())
                    return self.after.keep(seen, left)
                else:
                    reached = outcomes.step_done(reached, number, result)
        except PublishError as error:
            return self.after.refused(seen, reached, error, channel, phase="prepare")
        lives = self.adapters.platforms[channel.platform].facts.prepared_for
        return self.after.keep(seen, outcomes.ready(reached, now=self.now(), lives=lives))

    def _prepare_part(
        self, delivery: Delivery, number: int, adapter: Publishes
    ) -> Prepared | Pending:
        part = delivery.parts[number]
        if not waits_its_turn(delivery, number, type(adapter)):
            return adapter.prepare(part, media=self.media)
        assert isinstance(adapter, PreparesInTurn)
        thread = thread_before(delivery, number)
        return adapter.prepare_in_turn(part, thread=thread, media=self.media)

    def _lease(self, seen: Delivery, reached: Delivery) -> Delivery:
        leased = outcomes.preparing(reached, now=self.now(), timing=self.timing)
        return self.deliveries.save(seen, leased)
