"""Connecting a channel with what a person typed in: who is it, and may we keep its credentials.

A channel's id is made of its workspace, platform and remote id, so connecting the same page
again is connecting the same channel again: it keeps its posts, and gets the new credentials.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from tellal import ids
from tellal.channels import Channel, ChannelState
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Connected, Connects
from tellal.stores.channels import ChannelStore
from tellal.stores.credentials import CredentialStore
from tellal.stores.table import Write


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
    calls: Callable[[str], Calls]

    def connect(
        self, platform: str, given: BaseModel, *, workspace_id: str, now: datetime
    ) -> Connection:
        """Ask the platform. Raises its PublishErrors; writes nothing."""
        adapter = PLATFORMS[platform]
        assert isinstance(adapter, Connects), "only such a platform is offered"
        connected = adapter.connect(given, self.calls(platform))
        channel_id = ids.derived("ch", workspace_id, platform, connected.remote_id)
        seen = self.channels.get(channel_id)
        channel = _channel(connected, seen, channel_id, platform, workspace_id, now)
        return Connection(
            channel=channel,
            is_new=seen is None,
            missing=connected.missing,
            writes=(
                self.channels.saving(seen, channel) if seen else self.channels.creation(channel),
                self._keeping(channel, connected),
            ),
        )

    def _keeping(self, channel: Channel, connected: Connected) -> Write:
        sealed = self.credentials.seal(
            channel, connected.credentials, expires_at=connected.expires_at
        )
        seen = self.credentials.get(channel.channel_id)
        return self.credentials.saving(seen, sealed) if seen else self.credentials.creation(sealed)


def _channel(
    connected: Connected,
    seen: Channel | None,
    channel_id: str,
    platform: str,
    workspace_id: str,
    now: datetime,
) -> Channel:
    learnt = {
        "name": connected.name,
        "handle": connected.handle,
        "url": connected.url,
        "server": connected.server,
    }
    if seen is None:
        return Channel(
            channel_id=channel_id,
            workspace_id=workspace_id,
            platform=platform,
            remote_id=connected.remote_id,
            created_at=now,
            **learnt,  # type: ignore[arg-type]  # the fields' own types, by name
        )
    fresh = {"state": ChannelState.CONNECTED, "trouble": None, "resume_at": None}
    return seen.model_copy(update=learnt | fresh)
