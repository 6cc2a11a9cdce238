"""Preparing ahead: everything slow that a delivery needs before its due second.

Uploads, names to look up, files a platform must first work on. All of it is safe to repeat, so a
lease here only saves work: a worker that dies is followed by another when it ends. What is
unfinished on the platform's side is looked at again by the one clock, never by sleeping.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tellal.connecting.adapters import Adapters
from tellal.deliveries import Delivery, Step
from tellal.errors import AlreadyChanged, PublishError, Rejected
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Pending, Publishes
from tellal.posts import AttachedMedia
from tellal.publishing import outcomes
from tellal.publishing.aftermath import Aftermath
from tellal.publishing.looking import not_due, unready
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.objects import Bucket


@dataclass(frozen=True)
class StoredMedia:
    """Attached files, read from the media bucket."""

    bucket: Bucket

    def read(self, media: AttachedMedia) -> bytes:
        held = self.bucket.get(media.object_key)
        if held is None:
            raise Rejected("An attached file is no longer there: attach it again.")
        return held


@dataclass(frozen=True, kw_only=True)
class Preparer:
    deliveries: DeliveryStore
    channels: ChannelStore
    adapters: Adapters
    media: Bucket
    after: Aftermath
    now: Callable[[], datetime]

    def prepare(self, delivery_id: str) -> str:
        """Do what is due now; returns the outcome in one word, for the log."""
        delivery = self.deliveries.get(delivery_id)
        why_not = not_due(delivery, Step.PREPARE, now=self.now())
        if delivery is None or why_not:
            return why_not
        try:
            return self._prepare(delivery)
        except AlreadyChanged:
            return "overtaken"  # whoever changed it has set its next alarm

    def _prepare(self, delivery: Delivery) -> str:
        channel = self.channels.get(delivery.channel_id)
        assert channel is not None, "a delivery's channel is never deleted"
        now = self.now()
        if channel.resume_at and channel.resume_at > now:
            back = outcomes.handed_back(delivery, at=channel.resume_at, step=Step.PREPARE)
            return self.after.keep(delivery, back)
        seen = self._lease(delivery, delivery)
        reached = seen
        try:
            adapter = self.adapters.open(channel, now=now)
            assert isinstance(adapter, Publishes)
            for number in unready(delivery, adapter):
                if reached is not seen:  # keep what is done, and our lease
                    seen = reached = self._lease(seen, reached)
                result = adapter.prepare(reached.parts[number], media=StoredMedia(self.media))
                if isinstance(result, Pending):
                    left = outcomes.pending(reached, number, result, now=self.now())
                    return self.after.keep(seen, left)
                reached = outcomes.prepared(reached, number, result)
        except PublishError as error:
            return self.after.refused(seen, reached, error, channel, phase="prepare")
        lives = PLATFORMS[channel.platform].facts.prepared_for
        return self.after.keep(seen, outcomes.ready(reached, now=self.now(), lives=lives))

    def _lease(self, seen: Delivery, reached: Delivery) -> Delivery:
        return self.deliveries.save(seen, outcomes.preparing(reached, now=self.now()))
