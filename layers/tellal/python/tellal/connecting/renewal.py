"""The hourly renewal: no token runs out because nothing happened to be published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.connecting.adapters import Adapters
from tellal.errors import NeedsReconnect, PublishError
from tellal.observability import logger
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import RefreshesCredentials
from tellal.stores.channels import ChannelStore
from tellal.stores.credentials import CredentialStore

AHEAD = timedelta(minutes=75)  # at least: the next run is an hour away, and may be late


@dataclass(frozen=True, kw_only=True)
class Renewal:
    channels: ChannelStore
    credentials: CredentialStore
    adapters: Adapters

    def renew(self, *, now: datetime) -> Mapping[str, int]:
        """Refresh whatever runs out before the next run; how many of each outcome."""
        counts = {"renewed": 0, "later": 0, "needs_reconnect": 0}
        for name, platform in PLATFORMS.items():
            if issubclass(platform, RefreshesCredentials):
                ahead = platform.facts.renewed_ahead or AHEAD
                for channel_id in self.credentials.expiring(name, until=now + ahead):
                    counts[self._renew(channel_id, now)] += 1
        return counts

    def _renew(self, channel_id: str, now: datetime) -> str:
        """One channel that cannot be renewed never keeps another from it."""
        channel = self.channels.get(channel_id)
        assert channel is not None, "credentials belong to a channel"
        try:
            self.adapters.refresh_now(channel, now=now)
        except NeedsReconnect as error:
            logger.warning("channel needs reconnecting", channel=channel_id, reason=str(error))
            return "needs_reconnect"
        except PublishError as error:
            logger.warning("token not renewed", channel=channel_id, reason=str(error))
            return "later"
        return "renewed"
