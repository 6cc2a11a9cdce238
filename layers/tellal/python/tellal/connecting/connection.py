"""Connecting a channel: who is it, and may we keep its credentials.

A channel's id is made of its workspace, platform and remote id, so connecting the same page
again is connecting the same channel again: it keeps its posts, and gets the new credentials.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from tellal import ids
from tellal.channels import Channel, ChannelState
from tellal.connecting.subscribing import Subscriptions
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Connected, Connects
from tellal.stores.authorisations import Presence
from tellal.stores.channels import ChannelStore
from tellal.stores.credentials import CredentialStore, SealedCredentials
from tellal.stores.table import Write

LEARNT = ("name", "handle", "url", "server", "app_id", "connected_at")  # the rest is the channel's


@dataclass(frozen=True)
class Connection:
    channel: Channel
    is_new: bool
    missing: tuple[str, ...]  # sentences: what will not work
    writes: tuple[Write, Write]  # the channel and its credentials, to be made together


@dataclass(frozen=True, kw_only=True)
class Connector:
    channels: ChannelStore
    credentials: CredentialStore
    subscriptions: Subscriptions
    calls: Callable[[str], Calls]

    def connect(
        self, platform: str, given: BaseModel, *, workspace_id: str, now: datetime
    ) -> Connection:
        """With what a person typed in. Raises the platform's PublishErrors; writes nothing."""
        adapter = PLATFORMS[platform]
        assert isinstance(adapter, Connects), "only such a platform is offered"
        connected = adapter.connect(given, self.calls(platform))
        return self.connection(
            self.presence(connected, platform=platform, workspace_id=workspace_id, now=now),
            now=now,
        )

    def presence(
        self,
        connected: Connected,
        *,
        platform: str,
        workspace_id: str,
        app_id: str | None = None,
        now: datetime,
    ) -> Presence:
        """What was let into, its credentials sealed for the channel that it is or would be."""
        channel = Channel(
            channel_id=ids.derived("ch", workspace_id, platform, connected.remote_id),
            workspace_id=workspace_id,
            platform=platform,
            remote_id=connected.remote_id,
            name=connected.name,
            handle=connected.handle,
            url=connected.url,
            server=connected.server,
            app_id=app_id,
            connected_at=now,
            created_at=now,
        )
        sealed = self.credentials.seal(
            channel, connected.credentials, expires_at=connected.expires_at
        )
        return Presence(channel=channel, missing=connected.missing, credentials=sealed)

    def connection(
        self, presence: Presence, *, now: datetime, subscribes: bool = True
    ) -> Connection:
        """What would be written, as things stand now; its platform is asked to tell of it."""
        assert presence.credentials is not None, "a presence is connected once"
        seen = self.channels.get(presence.channel.channel_id)
        channel = _again(seen, presence.channel) if seen else presence.channel
        if subscribes:
            channel = self.subscriptions.begun(channel, presence.credentials, now=now)
        else:
            channel = self.subscriptions.put_off(channel, now=now)
        untold = (channel.untold,) if channel.untold else ()
        return Connection(
            channel=channel,
            is_new=seen is None,
            missing=(*presence.missing, *untold),
            writes=(
                self.channels.saving(seen, channel) if seen else self.channels.creation(channel),
                self._keeping(presence.credentials),
            ),
        )

    def _keeping(self, sealed: SealedCredentials) -> Write:
        seen = self.credentials.get(sealed.channel_id)
        return self.credentials.saving(seen, sealed) if seen else self.credentials.creation(sealed)


def _again(seen: Channel, learnt: Channel) -> Channel:
    fresh = {"state": ChannelState.CONNECTED, "trouble": None, "resume_at": None}
    return seen.model_copy(update={name: getattr(learnt, name) for name in LEARNT} | fresh)
