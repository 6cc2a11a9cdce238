"""An adapter for a channel: its credentials opened, and refreshed where they have run out.

A refresh token may be good for one use. So a refresh first takes a lease on the credentials'
row, then calls, then writes the new pair, and only then is the new pair used. A worker that dies
between the platform's answer and our write leaves the lease behind: where the platform lets a
used token be used again for a while, the next worker does; everywhere else the channel needs a
person, and says so.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from tellal.channels import Channel, ChannelState
from tellal.errors import AlreadyChanged, NeedsReconnect, OutcomeUnknown, PublishError, TryLater
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import Platform, RefreshesCredentials, Registration
from tellal.stores.channels import ChannelStore
from tellal.stores.credentials import CredentialStore, SealedCredentials

EARLY = timedelta(minutes=10)  # a token this near its end is not begun with
LEASE = timedelta(seconds=60)  # longer than a refresh call may take
SOON = timedelta(seconds=5)
UNKNOWN_APP = (
    "{title} renews access for the app that its owner let in, and that app is not known here any"
    " more"
)


@dataclass(frozen=True, kw_only=True)
class Adapters:
    platforms: Mapping[str, type[Platform]]
    channels: ChannelStore
    credentials: CredentialStore
    http: httpx.Client
    hosts: Mapping[str, Mapping[str, str]]  # the deployment's, over the platforms' own
    stated: Mapping[str, Mapping[str, Any]]  # the deployment's settings, over the platforms' own
    app_of: Callable[[Channel], Registration | None]  # whom its owner let in, opened

    def calls(self, platform: str) -> Calls:
        facts = self.platforms[platform].facts
        hosts = {**facts.hosts, **self.hosts.get(platform, {})}
        own = {name: setting.value for name, setting in facts.settings.items()}
        return Calls(self.http, hosts, settings=own | dict(self.stated.get(platform, {})))

    def read(self, channel_id: str) -> tuple[Channel | None, SealedCredentials | None]:
        """What `opened` takes, in one call: for whoever has no time to lose."""
        return self.channels.get_beside(channel_id, self.credentials, channel_id)

    def open(self, channel: Channel, *, now: datetime) -> Platform:
        """An adapter that may be used now.

        Raises NeedsReconnect for a channel that only a person can bring back, TryLater while
        somebody else refreshes it.
        """
        return self.opened(channel, self.credentials.get(channel.channel_id), now=now)

    def opened(self, channel: Channel, row: SealedCredentials | None, *, now: datetime) -> Platform:
        """The same, of credentials that were read just now."""
        row = self._usable(channel, row)
        if row.expires_at is not None and row.expires_at <= now + EARLY:
            row = self.refresh(channel, row, now=now)
        return self.adapter(channel, row)

    def adapter(
        self, channel: Channel, row: SealedCredentials, *, calls: Calls | None = None
    ) -> Platform:
        """With credentials as they are; those that are kept may have run out."""
        platform = self.platforms[channel.platform]
        opened = self.credentials.open(row, platform.Credentials)
        return platform(channel, opened, calls or self.calls(channel.platform))

    def refresh_now(self, channel: Channel, *, now: datetime) -> None:
        """The platform said that the token has run out, whatever we believed."""
        row = self._usable(channel, self.credentials.get(channel.channel_id))
        self.refresh(channel, row, now=now)

    def refresh(
        self, channel: Channel, row: SealedCredentials, *, now: datetime
    ) -> SealedCredentials:
        """Get a new pair and keep it, or raise. Nobody else refreshes this channel meanwhile."""
        platform = self.platforms[channel.platform]
        if not issubclass(platform, RefreshesCredentials):
            raise self.lost(channel, f"{platform.facts.title} no longer accepts its token")
        app = self.app_of(channel)
        if app is None and platform.facts.renewed_by_app:
            raise self.lost(channel, UNKNOWN_APP.format(title=platform.facts.title))
        leased = self._lease(channel, row, platform.facts.refresh_grace, now)
        adapter = self.adapter(channel, leased)
        assert isinstance(adapter, RefreshesCredentials)
        try:
            fresh = adapter.refresh(app)
        except NeedsReconnect as error:
            raise self.lost(channel, str(error)) from error
        except OutcomeUnknown as error:  # the old token may be used up: the lease stays, and tells
            raise TryLater(str(error), after=LEASE) from error
        except PublishError:
            released = {"refreshing_since": None, "spent_since": row.spent_since}
            self._changed(channel, leased, leased.model_copy(update=released))
            raise
        kept = self.credentials.seal(channel, fresh.credentials, expires_at=fresh.expires_at)
        return self._changed(channel, leased, kept)

    def lost(self, channel: Channel, reason: str) -> NeedsReconnect:
        """Remember that only a person can bring this channel back; returns the error to raise."""
        sentence = f"{channel.name} must be connected again: {reason}"
        if channel.state is ChannelState.CONNECTED:
            changes = {"state": ChannelState.NEEDS_RECONNECT, "trouble": sentence}
            with suppress(AlreadyChanged):  # whoever changed it will meet the same refusal
                self.channels.save(channel, channel.model_copy(update=changes))
        return NeedsReconnect(sentence)

    def _usable(self, channel: Channel, row: SealedCredentials | None) -> SealedCredentials:
        if channel.state is not ChannelState.CONNECTED or row is None:
            raise NeedsReconnect(channel.trouble or f"{channel.name} is not connected")
        return row

    def _lease(
        self,
        channel: Channel,
        row: SealedCredentials,
        grace: timedelta | None,
        now: datetime,
    ) -> SealedCredentials:
        if row.refreshing_since is not None and now < row.refreshing_since + LEASE:
            raise TryLater(f"{channel.name} is getting a new token", after=SOON)
        spent = row.spent_since
        if spent is not None and (grace is None or now > spent + grace):
            raise self.lost(channel, "a renewal of its access was cut off in the middle")
        taken = {"refreshing_since": now, "spent_since": spent or now}
        return self._changed(channel, row, row.model_copy(update=taken))

    def _changed(
        self, channel: Channel, seen: SealedCredentials, changed: SealedCredentials
    ) -> SealedCredentials:
        try:
            return self.credentials.save(seen, changed)
        except AlreadyChanged as error:
            raise TryLater(f"{channel.name} is getting a new token", after=SOON) from error
