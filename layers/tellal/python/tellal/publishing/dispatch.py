"""The minute hand: send a hint for whatever wants to be looked at soon.

EventBridge Scheduler fires anywhere within its minute, so a sweep looks five minutes ahead and
leaves the rest of the way to the queue's delay. A hint is sent first and remembered after: to
die in between costs a second hint, which the row makes harmless; the other way round it would
cost a post its minute.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from tellal import clock
from tellal.deliveries import Delivery, State, Step, Timing
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import UPLOADING
from tellal.stores.deliveries import DeliveryStore, Due
from tellal.stores.queues import MOST_BATCHED, Hint, HintQueues

# Whoever was preparing a delivery when it was cancelled has sent its last chunk by then.
UNTIL_LET_GO = UPLOADING + timedelta(seconds=20)
EARLY = timedelta(seconds=2)  # and up to a second more: the worker waits, a cold start is not late


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    deliveries: DeliveryStore
    hints: HintQueues
    timing: Timing

    def sweep(self, *, now: datetime) -> int:
        """Queue what is due soon and not queued yet; returns how many."""
        return sum(
            self._queue(batch, now)
            for platform in PLATFORMS
            for batch in batched(self._unqueued(platform, now), MOST_BATCHED, strict=False)
        )

    def _unqueued(self, platform: str, now: datetime) -> Iterator[Due]:
        lost = now - self.timing.overdue
        for due in self.deliveries.due(platform, until=now + self.timing.ahead):
            if due.queued_for != due.next_attempt_at or due.next_attempt_at <= lost:
                yield due

    def _queue(self, batch: tuple[Due, ...], now: datetime) -> int:
        by_id = {due.delivery_id: due for due in batch}
        taken = self.hints.send_all(
            Hint(
                delivery_id=due.delivery_id,
                channel_id=due.channel_id,
                step=due.next_step,
                after=delay(due.next_step, due.next_attempt_at, now),
            )
            for due in batch
        )
        for hint in taken:
            due = by_id[hint.delivery_id]
            self.deliveries.mark_queued(due.delivery_id, queued_for=due.next_attempt_at)
        return len(taken)


def hint_soon(
    delivery: Delivery,
    *,
    hints: HintQueues,
    deliveries: DeliveryStore,
    ahead: timedelta,
    now: datetime,
) -> None:
    """Send the hint for an alarm that no sweep is sure to see, after the write that set it; and for
    what a cancelled delivery has to discard, which has none."""
    if delivery.state is State.CANCELLED and delivery.abandoned:
        hints.send(
            Hint(
                delivery_id=delivery.delivery_id,
                channel_id=delivery.channel_id,
                step=Step.PREPARE,
                after=UNTIL_LET_GO,
            )
        )
    alarm, step = delivery.next_attempt_at, delivery.next_step
    if alarm is None or step is None or alarm > now + ahead:
        return
    hints.send(
        Hint(
            delivery_id=delivery.delivery_id,
            channel_id=delivery.channel_id,
            step=step,
            after=delay(step, alarm, now),
        )
    )
    if alarm > now:  # a sweep could see it before it is done
        deliveries.mark_queued(delivery.delivery_id, queued_for=alarm)


def delay(step: Step, alarm: datetime, now: datetime) -> timedelta:
    """Whole seconds, as SQS takes them; a publishing hint arrives two to three seconds early.

    Nobody waits for the time to prepare, so a hint for that is never early.
    """
    ahead = clock.seconds_between(now, alarm)
    early = math.floor(ahead - EARLY.total_seconds())
    return timedelta(seconds=max(0, early if step is Step.PUBLISH else math.ceil(ahead)))
