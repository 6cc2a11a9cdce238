"""Some days of a workspace, read: its observations as figures, and the posts they are about.

What must stay true: it reads its own workspace and no other.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tellal import clock
from tellal.channels import Channel
from tellal.deliveries import Summary
from tellal.measuring import periods
from tellal.measuring.periods import Period
from tellal.measuring.published import posts_of
from tellal.measuring.shelf import Shelf
from tellal.reporting import campaigns
from tellal.reporting.figures import Figures, PublishedPost
from tellal.stores.channels import ChannelStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.posts import PostStore

# A post is measured weekly in the end, a channel daily: so far back lies the last value before a
# period began, and a while of not measuring with it.
LOOKED_BACK = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Reading:
    figures: Figures  # of the campaign alone, if one was named
    channels: Sequence[Channel]
    posts: Sequence[Summary]
    campaign_of: Mapping[str, str]  # delivery → campaign
    unreadable: tuple[str, ...]  # the keys of objects that are damaged, and left out


@dataclass(frozen=True, kw_only=True)
class Reader:
    channels: ChannelStore
    deliveries: DeliveryStore
    posts: PostStore
    shelf: Shelf

    @contextmanager
    def open(
        self, workspace_id: str, period: Period, *, campaign: str | None = None
    ) -> Iterator[Reading]:
        """For the period and the one before it."""
        first = _first(period)
        found = posts_of(
            self.deliveries, workspace_id, Summary, since=first.since, until=period.until
        )
        posts = list(found)
        campaign_of = campaigns.of_deliveries(self.posts, posts)
        if campaign is not None:
            posts = [each for each in posts if campaign_of.get(each.delivery_id) == campaign]
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            keys = self._fetch(workspace_id, first, period, scratch)
            with Figures(
                first=first,
                last=period,
                posts=_published(posts),
                scratch=scratch,
                campaign=campaign,
            ) as figures:
                yield Reading(
                    figures=figures,
                    channels=list(self.channels.of_workspace(workspace_id)),
                    posts=posts,
                    campaign_of=campaign_of,
                    unreadable=tuple(keys[name] for name in figures.unreadable),
                )

    def _fetch(
        self, workspace_id: str, first: Period, last: Period, scratch: Path
    ) -> Mapping[str, str]:
        """The objects as files; the key of each by its file's name."""
        keys: dict[str, str] = {}
        for key, body in self.shelf.objects(workspace_id, first.first, last.after):
            name = f"{len(keys):05}.jsonl.gz"
            (scratch / name).write_bytes(body)
            keys[name] = key
        return keys


def _first(period: Period) -> Period:
    """As far back as the figures must reach."""
    since = period.before.first - LOOKED_BACK
    week = period.kind is periods.Kind.WEEK
    return periods.containing(since, period.zone, week=week)


def _published(posts: Sequence[Summary]) -> list[PublishedPost]:
    return [
        PublishedPost(delivery_id=post.delivery_id, published_at=clock.text(when))
        for post in posts
        if (when := post.published_at) is not None
    ]
