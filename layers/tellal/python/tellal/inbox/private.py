"""Where a platform lets a comment be answered privately once, of all answers one is made.

The claim is written in the transaction that makes the delivery. A delivery that surely came to
nothing gives it up to the next one that asks, and cannot be sent any more then.
"""

from dataclasses import dataclass

from tellal.channels import Channel
from tellal.conversations import Message
from tellal.deliveries import Delivery, State
from tellal.errors import Broken, Conflict, Unacceptable
from tellal.platforms import PLATFORMS
from tellal.posts import PartKind
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

CAME_TO_NOTHING = frozenset({State.FAILED, State.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class PrivateAnswers:
    once: OnceStore
    deliveries: DeliveryStore

    def claiming(self, delivery: Delivery, message: Message, channel: Channel) -> list[Write]:
        """The writes that make it the one. Raises Unacceptable where there is another."""
        if delivery.parts[0].kind is not PartKind.PRIVATE or not _once(channel):
            return []
        key = _key(channel, message.remote_id or "")
        owner = self.once.claimed_by(key)
        if owner is None:
            return [self.once.claiming(key, delivery.delivery_id)]
        other = self.deliveries.get(owner)
        if other is None or other.state not in CAME_TO_NOTHING:
            title = PLATFORMS[channel.platform].facts.title
            rule = f"{title} lets a comment be answered privately once, and this one was"
            raise Unacceptable(Broken("privately", rule))
        claim = self.once.reclaiming(key, delivery.delivery_id, was=owner)
        return [claim, self.deliveries.saving(other, other)]  # whoever sends it again comes late

    def check_again(self, delivery: Delivery, channel: Channel) -> None:
        """Before one that failed is sent again. Raises Conflict if another took its place."""
        part = delivery.parts[0]
        if part.kind is not PartKind.PRIVATE or part.reply_to is None or not _once(channel):
            return
        owner = self.once.claimed_by(_key(channel, part.reply_to.remote.id))
        if owner not in (None, delivery.delivery_id):
            raise Conflict("Another private answer to this comment took its place.")


def _once(channel: Channel) -> bool:
    return PLATFORMS[channel.platform].facts.answering.private_times is not None


def _key(channel: Channel, comment: str) -> str:
    """A page may be connected in several workspaces: it is one page's one answer."""
    return f"private#{channel.platform}#{channel.remote_id}#{comment}"
