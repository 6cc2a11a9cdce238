"""Having platforms tell us of a channel by webhook, where each is to be asked for by itself.

A platform is asked while the channel is connected, before its row is written: so the person who
connects it reads what will not work. It never keeps a channel from being connected. What failed
for now is asked again in a poller's run, by the channel's `subscribe_at`, and what is read besides
is read all the while. To ask twice is no harm, so nothing guards it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from tellal.channels import Channel, ChannelState
from tellal.connecting.adapters import Adapters
from tellal.errors import (
    AlreadyChanged,
    NeedsRefresh,
    OutcomeUnknown,
    PublishError,
    TryLater,
)
from tellal.observability import logger
from tellal.platforms.hearing import Hook, Subscribes, Unsubscribes
from tellal.platforms.protocol import Platform
from tellal.stores.channels import ChannelStore
from tellal.stores.credentials import SealedCredentials

LATER = timedelta(minutes=10)  # at least, after a trouble that passes
WHILE_A_PERSON_WAITS = timedelta(seconds=5)  # a call of it
UNTOLD = "What people write to {name} does not arrive by itself{yet}: {reason}"
PASSING = (TryLater, OutcomeUnknown, NeedsRefresh)


@dataclass(frozen=True, kw_only=True)
class Subscriptions:
    channels: ChannelStore
    adapters: Adapters
    secret_of: Callable[[str], SecretStr | None]  # a platform's newest for webhooks, opened
    api_url: str

    def begun(self, channel: Channel, row: SealedCredentials, *, now: datetime) -> Channel:
        """The channel as it is to be written, connected with these credentials."""
        if not self._are_needed(channel.platform):
            return channel
        calls = self.adapters.calls(channel.platform)
        hasty = replace(calls, deadline=WHILE_A_PERSON_WAITS)
        return self._asked(channel, self.adapters.adapter(channel, row, calls=hasty), now)

    def put_off(self, channel: Channel, *, now: datetime) -> Channel:
        """The same, to be asked for in the next run: there are too many for a person to wait."""
        if not self._are_needed(channel.platform):
            return channel
        return channel.model_copy(update={"subscribe_at": now, "untold": None})

    def ask_again(self, channel: Channel, *, now: datetime) -> Channel:
        """One that is due. Whoever else changes the channel just then leaves it to the next run."""
        try:
            asked = self._asked(channel, self.adapters.open(channel, now=now), now)
        except PublishError as error:  # its credentials are not to be used now, or not any more
            asked = _with(channel, _put_off(channel, error, now))
        try:
            return self.channels.save(channel, asked)
        except AlreadyChanged:
            return self.channels.get(channel.channel_id) or channel

    def end(self, channel: Channel, row: SealedCredentials) -> None:
        """Of a channel that was disconnected, unless another workspace has the same account.

        Whoever cannot be reached now is not asked again: what is told of nobody's is dropped.
        """
        platform = self.adapters.platforms[channel.platform]
        if not issubclass(platform, Unsubscribes) or self._is_shared(channel):
            return
        adapter: Any = self.adapters.adapter(channel, row)
        try:
            adapter.unsubscribe(self._hook(channel))
        except PublishError as error:
            logger.warning("not unsubscribed", channel=channel.channel_id, reason=str(error))

    def _asked(self, channel: Channel, adapter: Platform, now: datetime) -> Channel:
        assert isinstance(adapter, Subscribes), "only such a platform is asked"
        try:
            adapter.subscribe(self._hook(channel))
        except PASSING as error:
            logger.warning("not subscribed yet", channel=channel.channel_id, reason=str(error))
            return _with(channel, _put_off(channel, error, now))
        except PublishError as error:
            logger.warning("not subscribed", channel=channel.channel_id, reason=str(error))
            sentence = UNTOLD.format(name=channel.name, yet="", reason=error)
            return _with(channel, {"subscribe_at": self._next(channel, now), "untold": sentence})
        return _with(channel, {"subscribe_at": self._next(channel, now), "untold": None})

    def _next(self, channel: Channel, now: datetime) -> datetime | None:
        """A refusal may end as a subscription may: what its platform lets be asked often is."""
        lasts = self.adapters.platforms[channel.platform].facts.subscribed_for
        return now + lasts if lasts is not None else None

    def _hook(self, channel: Channel) -> Hook:
        return Hook(
            address=f"{self.api_url}/webhooks/{channel.platform}",
            secret=lambda: self.secret_of(channel.platform),
        )

    def _are_needed(self, platform: str) -> bool:
        return issubclass(self.adapters.platforms[platform], Subscribes)

    def _is_shared(self, channel: Channel) -> bool:
        same = self.channels.of_platform(channel.platform, remote_id=channel.remote_id)
        return any(
            each.channel_id != channel.channel_id and each.state is not ChannelState.DISCONNECTED
            for each in same
        )


def is_due(channel: Channel, now: datetime) -> bool:
    """Whether its platform is to be asked to tell of it."""
    connected = channel.state is ChannelState.CONNECTED
    return connected and channel.subscribe_at is not None and channel.subscribe_at <= now


def _put_off(channel: Channel, error: PublishError, now: datetime) -> dict[str, Any]:
    after = error.after if isinstance(error, TryLater) else None
    sentence = UNTOLD.format(name=channel.name, yet=" yet", reason=error)
    return {"subscribe_at": now + max(after or LATER, LATER), "untold": sentence}


def _with(channel: Channel, changes: dict[str, Any]) -> Channel:
    return channel.model_copy(update=changes)
