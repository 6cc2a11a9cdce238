"""A platform tells that it is done with what it took: it is asked at once what became of it.

Its word by webhook is a hint, and never believed by itself: a post that is not public yet when we
ask is asked about again in its time. What is told of nothing that we wait for changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.channels import Channel
from tellal.deliveries import Delivery, State, Step, Timing
from tellal.errors import AlreadyChanged
from tellal.publishing import outcomes
from tellal.publishing.dispatch import EARLY, hint_soon
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.queues import HintQueues

LONGEST = timedelta(hours=1)  # between two times that a platform is asked about one post
MOST = 100  # deliveries of a channel that are due by then, among which it is looked for


@dataclass(frozen=True, kw_only=True)
class AskedSooner:
    deliveries: DeliveryStore
    hints: HintQueues
    timing: Timing

    def ask(self, channel: Channel, name: str, *, now: datetime) -> int:
        """`name` is the platform's, of what it took. How many deliveries are asked about."""
        due = self.deliveries.due(channel.platform, until=now + LONGEST)
        ours = [each.delivery_id for each in due if each.channel_id == channel.channel_id]
        found = self.deliveries.get_many(ours[:MOST])
        return sum(self._ask(each, now) for each in found if _is_awaited(each, name, now))

    def _ask(self, seen: Delivery, now: datetime) -> bool:
        try:
            sooner = self.deliveries.save(seen, outcomes.handed_back(seen, at=now))
        except AlreadyChanged:  # somebody is asking already
            return False
        ahead = self.timing.ahead
        hint_soon(sooner, hints=self.hints, deliveries=self.deliveries, ahead=ahead, now=now)
        return True


def _is_awaited(delivery: Delivery, name: str, now: datetime) -> bool:
    """Nobody is at work on it, and it is this that its next part waits for."""
    number, alarm = delivery.next_part, delivery.next_attempt_at
    if number is None or alarm is None or alarm <= now + EARLY:
        return False
    part, idle = delivery.parts[number], delivery.lease_until is None
    if delivery.state is not State.PUBLISHING or delivery.next_step is not Step.PUBLISH:
        return False
    return idle and part.doubt_at is not None and name in (part.prepared or {}).values()
