"""Taking back what was published: every part of it, from its platform, the last one first.

Deleting what is gone already succeeds, so a removal that broke in the middle is asked for again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Channel
from tellal.connecting.adapters import Adapters
from tellal.deliveries import MOVES, Attempt, Delivery, State
from tellal.errors import Conflict, NeedsRefresh
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Deletes
from tellal.posts import PartKind, Remote
from tellal.stores.channels import ChannelStore

UNDELETED: Mapping[PartKind, str] = {
    PartKind.ACTION: "What was done with a message is nothing to delete: do the opposite.",
    PartKind.PRIVATE: "A private message cannot be taken back once it was sent.",
    PartKind.DIRECT: "A direct message cannot be taken back once it was sent.",
}


@dataclass(frozen=True, kw_only=True)
class Remover:
    channels: ChannelStore
    adapters: Adapters
    now: Callable[[], datetime]

    def remove(self, delivery: Delivery) -> Delivery:
        """The delivery as it is then, to be written. Raises Conflict, and its platform's errors."""
        remotes = [part.remote for part in delivery.parts if part.remote]
        if State.DELETED not in MOVES[delivery.state] or not remotes:
            raise Conflict(f"A delivery that is {delivery.state} shows nothing to delete.")
        if objection := UNDELETED.get(delivery.parts[0].kind):
            raise Conflict(objection)
        channel = self.channels.get(delivery.channel_id)
        assert channel is not None, "a delivery's channel is never deleted"
        if not issubclass(PLATFORMS[channel.platform], Deletes):
            title = PLATFORMS[channel.platform].facts.title
            raise Conflict(f"{title} lets nobody delete posts from outside: delete it there.")
        for remote in reversed(remotes):
            self._delete(remote, channel)
        attempt = Attempt(at=self.now(), part=0, phase="delete", outcome="done")
        return delivery.moved(State.DELETED, attempts=delivery.noted(attempt), trouble=None)

    def _delete(self, remote: Remote, channel: Channel) -> None:
        try:
            self._adapter(channel).delete(remote)
        except NeedsRefresh:
            self.adapters.refresh_now(channel, now=self.now())
            self._adapter(channel).delete(remote)

    def _adapter(self, channel: Channel) -> Deletes:
        adapter = self.adapters.open(channel, now=self.now())
        assert isinstance(adapter, Deletes), "its class does"
        return adapter
