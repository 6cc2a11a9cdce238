"""Asking platforms for what they do not bring, each channel by itself.

A channel's cursor moves only after everything before it is stored: a run that dies in between is
read again, and changes nothing. One channel's trouble is its own: it waits for the next run.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.channels import Channel, ChannelState
from tellal.connecting.adapters import Adapters
from tellal.connecting.subscribing import Subscriptions, is_due
from tellal.errors import AlreadyChanged, NeedsReconnect, NeedsRefresh, PublishError, Throttled
from tellal.inbox.receiving import Inbox, heard_lately
from tellal.platforms import PLATFORMS, is_polled
from tellal.platforms.hearing import InboxPage, ReadsInbox, Subscribes
from tellal.stores.channels import ChannelStore

MOST_PAGES = 5  # in one run; the next goes on from there
# Of its turn, after which a channel is read on that is asked only so often and had more to tell: of
# an app's 500 requests a day at LinkedIn that takes 480, of 10,000 units at YouTube under 3,000.
SOON = 0.25
MOST_TRIES = 5  # to write a channel that others write too
THROTTLED = timedelta(minutes=2)  # where a platform does not say how long; posts wait as well


@dataclass(frozen=True, kw_only=True)
class Read:
    """What one reading of a channel came to: messages by outcome, and why it ended early."""

    outcomes: Mapping[str, int]
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class Poller:
    channels: ChannelStore
    adapters: Adapters
    subscriptions: Subscriptions
    inbox: Inbox

    def waiting(self, *, now: datetime) -> Iterator[str]:
        """The channels whose platform is to be asked now: for what came, or to tell of it."""
        for name, platform in PLATFORMS.items():
            if issubclass(platform, ReadsInbox | Subscribes):
                for channel in self.channels.of_platform(name):
                    if is_due(channel, now) or _is_to_be_read(channel, now):
                        yield channel.channel_id

    def read(self, channel_id: str, *, now: datetime) -> Read:
        """Store what came since the last reading. Safe to repeat, and to be cut off."""
        channel = self.channels.get(channel_id)
        if channel is not None and is_due(channel, now):
            channel = self.subscriptions.ask_again(channel, now=now)
            if not _is_to_be_read(channel, now):
                return Read(outcomes={})
        if channel is None or not _may_be_read(channel, now):
            return Read(outcomes={}, trouble="not to be read now")
        outcomes: Counter[str] = Counter()
        try:
            self._read_pages(channel, outcomes, now)
        except NeedsReconnect as error:
            self.adapters.lost(self._current(channel), str(error))
            return Read(outcomes=outcomes, trouble=str(error))
        except Throttled as error:
            self.channels.park(self._current(channel), until=now + (error.after or THROTTLED))
            return Read(outcomes=outcomes, trouble=str(error))
        except PublishError as error:
            return Read(outcomes=outcomes, trouble=str(error))
        return Read(outcomes=outcomes)

    def _read_pages(self, channel: Channel, outcomes: Counter[str], now: datetime) -> None:
        cursor = channel.inbox_cursor
        for _ in range(MOST_PAGES):
            page = self._page(channel, cursor, now)
            for heard in page.heard:
                outcomes[self.inbox.store(channel, heard, now=now)] += 1
            moved = self._move_cursor(channel, cursor, page, now)
            if not moved or not (page.heard or page.more):
                return
            cursor = page.cursor

    def _page(self, channel: Channel, cursor: str | None, now: datetime) -> InboxPage:
        try:
            return self._adapter(channel, now).read_inbox(cursor)
        except NeedsRefresh:
            self.adapters.refresh_now(channel, now=now)
            return self._adapter(channel, now).read_inbox(cursor)

    def _adapter(self, channel: Channel, now: datetime) -> ReadsInbox:
        adapter = self.adapters.open(channel, now=now)
        assert isinstance(adapter, ReadsInbox), "only such channels are read"
        return adapter

    def _move_cursor(
        self, channel: Channel, seen: str | None, page: InboxPage, now: datetime
    ) -> bool:
        """Whether there may be more behind it, and no other run was faster."""
        reached = page.cursor
        for _ in range(MOST_TRIES):
            current = self._current(channel)
            seldom = PLATFORMS[channel.platform].facts.read_every > timedelta(0)
            nothing_new = reached == seen and heard_lately(current, now) and not seldom
            if current.inbox_cursor != seen or nothing_new:
                return False
            behind = seldom and reached != seen and bool(page.heard or page.more)
            changes = {"inbox_cursor": reached, "last_heard_at": now, "inbox_read_at": now}
            moved = current.model_copy(update={**changes, "inbox_behind": behind})
            try:
                self.channels.save(current, moved)
            except AlreadyChanged:
                continue
            return reached != seen
        return False

    def _current(self, channel: Channel) -> Channel:
        return self.channels.get(channel.channel_id) or channel


def _is_to_be_read(channel: Channel, now: datetime) -> bool:
    return _may_be_read(channel, now) and not _read_lately(channel, now)


def _may_be_read(channel: Channel, now: datetime) -> bool:
    if not issubclass(PLATFORMS[channel.platform], ReadsInbox):
        return False
    parked = channel.resume_at is not None and channel.resume_at > now
    return channel.state is ChannelState.CONNECTED and not parked and is_polled(channel)


def _read_lately(channel: Channel, now: datetime) -> bool:
    """Whether its platform is to be left alone for now: it may be asked so often in a day."""
    every, read_at = PLATFORMS[channel.platform].facts.read_every, channel.inbox_read_at
    every *= SOON if channel.inbox_behind else 1
    return read_at is not None and now < read_at + every
