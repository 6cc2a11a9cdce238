"""Asking a channel's platform what it counts, when that is due, and keeping the answers.

A post's alarm is in its row (`next_measurement`), the channel's own are the local day that it was
last measured on, and the day up to which its platform's days are read. So a run that is repeated
finds nothing to do, and what was missed (an outage, a throttled hour) is due still.

What must stay true: a number that a platform does not tell is missing, never 0; what was answered
is kept before the rows say so, so that a death asks again and loses nothing; a channel whose
platform is down delays nobody else; a post that is refused every time hides no other; and to
measure a channel never keeps it from publishing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from tellal.channels import Channel, ChannelState, Workspace
from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery
from tellal.errors import AlreadyChanged, NeedsReconnect, NeedsRefresh, PublishError, Throttled
from tellal.measuring.shelf import Shelf
from tellal.observability import logger
from tellal.observations import Metric, Observation
from tellal.platforms import PLATFORMS, is_polled
from tellal.platforms.measured import Measured, OfDay, ReadsAudience, ReadsDays
from tellal.platforms.protocol import Platform, ReadsMetrics
from tellal.posts import Remote
from tellal.stores.channels import ChannelStore, WorkspaceStore
from tellal.stores.deliveries import DeliveryStore

# Of one channel in a run: where each post is a request, 300 in five minutes are allowed
# (https://docs.joinmastodon.org/api/rate-limits/), and publishing needs some of them.
MOST_POSTS = 200
MOST_WINDOWS = 6  # of days, in a run; a back-fill goes on in the next one
MOST_TROUBLES = 3  # after which a platform is left alone until the next hour
KEPT_AT = 250  # observations: a run that is killed loses no more answers than these
THROTTLED = timedelta(minutes=15)  # where a platform does not say how long
DAY = timedelta(days=1)
AUDIENCE_EVERY = timedelta(days=7)

Told = Mapping[Metric, int]


@dataclass(frozen=True, kw_only=True)
class Collector:
    channels: ChannelStore
    workspaces: WorkspaceStore
    deliveries: DeliveryStore
    adapters: Adapters
    shelf: Shelf

    def measurable(self, *, now: datetime) -> Iterator[str]:
        """The ids of the channels that can be asked now."""
        for name, platform in PLATFORMS.items():
            if issubclass(platform, ReadsMetrics):
                for channel in self.channels.of_platform(name):
                    if _may_be_asked(channel, now):
                        yield channel.channel_id

    def collect(self, channel_id: str, *, now: datetime) -> None:
        channel = self.channels.get(channel_id)
        workspace = self.workspaces.get(channel.workspace_id) if channel else None
        if channel is None or workspace is None or not _may_be_asked(channel, now):
            logger.info("not measured", channel_id=channel_id, trouble="not to be asked now")
            return
        run = _Run(self, channel, workspace, now)
        run.do()
        logger.info(
            "channel measured",
            channel_id=channel_id,
            platform=channel.platform,
            observations=run.count,
            trouble="; ".join(dict.fromkeys(run.troubles)) or None,
        )


class _Stop(Exception):
    """Nothing more is asked of this channel in this run."""


@dataclass
class _Run:
    """One channel, once."""

    by: Collector
    channel: Channel
    workspace: Workspace
    now: datetime
    count: int = 0
    troubles: list[str] = field(default_factory=list)
    _noted: dict[str, Any] = field(default_factory=dict)  # facts of the channel
    _adapter: Platform | None = None
    _renewed: bool = False
    _told: list[Observation] = field(default_factory=list)
    _measured: list[tuple[Delivery, Told]] = field(default_factory=list)

    def do(self) -> None:
        due = list(self._due_posts())
        with suppress(_Stop):
            self._read_own()
            self._read_days()
            self._read_posts(due)
        self._keep()
        if self._noted:
            with suppress(AlreadyChanged):  # somebody acts on it; the next hour asks once more
                changed = self.channel.model_copy(update=self._noted)
                self.by.channels.save(self.channel, changed)

    # ── what is due ──────────────────────────────────────────────────────────────────────────────

    def _today(self) -> date:
        return self._local_day(self.now)

    def _local_day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.workspace.zone)).date()

    def _due_posts(self) -> Iterator[Delivery]:
        """Of another hour another one comes first: what fails each time stands in nobody's way."""
        due = self.by.deliveries.to_measure(
            self.channel.channel_id, until=self.now, most=MOST_POSTS
        )
        turn = int(self.now.timestamp() // 3600) % (len(due) or 1)
        yield from due[turn:]
        yield from due[:turn]

    def _own_is_due(self) -> bool:
        last = self.channel.measured_at
        return last is None or self._local_day(last) < self._today()

    def _measured_as(self) -> Measured:
        return PLATFORMS[self.channel.platform].facts.measured or Measured(source="")

    # ── what is asked ────────────────────────────────────────────────────────────────────────────

    def _read_own(self) -> None:
        if not self._own_is_due():
            return
        told = self._ask(_own)
        if told is None:
            return
        for metric, value in told.items():
            self._told.append(self._observation(metric, value))
        self._noted["measured_at"] = self.now
        last = self.channel.audience_read_at
        if last is None or last <= self.now - AUDIENCE_EVERY:
            self._read_audience()

    def _read_audience(self) -> None:
        if not issubclass(PLATFORMS[self.channel.platform], ReadsAudience):
            return
        told = self._ask(_audience)
        if told is None:
            return
        for segment, value in told.items():
            self._told.append(self._observation(Metric.FOLLOWERS, value, segment=segment))
        self._noted["audience_read_at"] = self.now

    def _read_days(self) -> None:
        """From the first day that may still change until yesterday: so an outage leaves no gap, and
        a channel that was just connected is filled back as far as its platform tells."""
        if not issubclass(PLATFORMS[self.channel.platform], ReadsDays):
            return
        measured, today = self._measured_as(), self._today()
        first = max(self.channel.days_read or date.min, today - measured.back)
        settled = today - measured.settles
        if self.channel.days_read and not self._own_is_due() and self.channel.days_read >= settled:
            return
        for _ in range(MOST_WINDOWS):
            after = min(first + measured.at_once, today)
            if first >= after:
                return
            told = self._ask(partial(_days, first=first, after=after))
            if told is None:
                return
            for each in told:
                self._told.append(self._observation(each.metric, each.value, of_day=each.day))
            self._noted["days_read"] = min(after, max(first, settled))
            first = after

    def _read_posts(self, due: Sequence[Delivery]) -> None:
        for some in batched(due, self._measured_as().together, strict=False):
            remotes = [post.parts[0].remote for post in some]
            asked = [remote for remote in remotes if remote is not None]
            told = self._ask(partial(_posts, remotes=asked))
            if told is None:
                continue
            for post, remote in zip(some, remotes, strict=True):
                # one that is gone is not asked about again before its time either
                metrics = told.get(remote.id, {}) if remote else {}
                self._measured.append((post, metrics))
                for metric, value in metrics.items():
                    self._told.append(
                        self._observation(metric, value, delivery_id=post.delivery_id)
                    )
            if len(self._told) >= KEPT_AT:
                self._keep()

    def _ask[T](self, what: Callable[[Any], T]) -> T | None:
        """None where this one thing was not answered; after a few of those the rest is left."""
        try:
            try:
                return what(self._opened())
            except NeedsRefresh:
                if self._renewed:
                    raise
                self._renewed = True
                self.by.adapters.refresh_now(self.channel, now=self.now)
                self._adapter = None
                return what(self._opened())
        except PublishError as error:
            self.troubles.append(str(error))
            if isinstance(error, Throttled):
                self._noted["measure_after"] = self.now + (error.after or THROTTLED)
            elif isinstance(error, NeedsReconnect):
                self.by.adapters.lost(self.channel, str(error))
                self._noted.clear()  # the row has moved on
            if (
                isinstance(error, Throttled | NeedsReconnect | NeedsRefresh)
                or len(self.troubles) >= MOST_TROUBLES
            ):
                raise _Stop from error
            return None

    def _opened(self) -> Platform:
        if self._adapter is None:
            self._adapter = self.by.adapters.open(self.channel, now=self.now)
        return self._adapter

    # ── what is kept ─────────────────────────────────────────────────────────────────────────────

    def _observation(self, metric: Metric, value: int, **facts: Any) -> Observation:
        return Observation(
            workspace_id=self.channel.workspace_id,
            channel_id=self.channel.channel_id,
            platform=self.channel.platform,
            metric=metric,
            value=value,
            at=self.now,
            **facts,
        )

    def _keep(self) -> None:
        """The observations first: a death in between asks once more, and nothing is lost."""
        if self._told:
            self.by.shelf.keep(
                self._told,
                workspace_id=self.channel.workspace_id,
                name=f"{self.channel.channel_id}-{self.count}",
                at=self.now,
            )
            self.count += len(self._told)
        for post, metrics in self._measured:
            # Its state and its times are not touched. What is not told any more keeps its value.
            newest = dict(post.metrics) | {metric.value: n for metric, n in metrics.items()}
            changes = {"metrics": newest, "measured_at": self.now}
            with suppress(AlreadyChanged):  # somebody acts on it; the next hour asks once more
                self.by.deliveries.save(post, post.model_copy(update=changes))
        self._told.clear()
        self._measured.clear()


def _own(adapter: Any) -> Told:
    return dict(adapter.read_channel())


def _audience(adapter: Any) -> Mapping[str, int]:
    return dict(adapter.read_audience())


def _days(adapter: Any, *, first: date, after: date) -> Sequence[OfDay]:
    return list(adapter.read_days(first, after))


def _posts(adapter: Any, *, remotes: Sequence[Remote]) -> Mapping[str, Told]:
    return dict(adapter.read_posts(remotes))


def _may_be_asked(channel: Channel, now: datetime) -> bool:
    resumed = all(
        until is None or until <= now for until in (channel.resume_at, channel.measure_after)
    )
    return channel.state is ChannelState.CONNECTED and resumed and is_polled(channel)
