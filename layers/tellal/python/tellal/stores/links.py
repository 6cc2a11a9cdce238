"""Campaigns, short links, and the visits that they brought day by day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any

from tellal import clock
from tellal.clock import Moment
from tellal.links import Campaign, Link
from tellal.posts import Frozen
from tellal.stores.rows import Rows
from tellal.stores.table import MOST_READ, Item, Page, Table, Write

KEPT = timedelta(days=400)  # a day's counters, long after they went to where they stay


class CampaignStore(Rows[Campaign]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Campaign, key="campaign_id")

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        return self.table.query(workspace_id, index="by_workspace", **bounds)


class LinkStore(Rows[Link]):
    """A link is made once and stays: nothing but its visits is ever changed."""

    def __init__(self, table: Table) -> None:
        super().__init__(table, Link, key="code")

    def of_post(self, post_id: str, **bounds: Any) -> Page:
        """One page; its items are codes, for `get_many`."""
        return self.table.query(post_id, index="by_post", **bounds)

    def of_campaign(self, campaign_id: str, **bounds: Any) -> Page:
        return self.table.query(campaign_id, index="by_campaign", **bounds)

    def visiting(self, code: str, *, at: datetime) -> Write:
        return self.table.adding(code, "visits", 1, also={"last_visit_at": clock.text(at)})


class DayOfVisits(Frozen):
    """What a delivery's short links brought on one of its workspace's days, so far."""

    visits_id: str
    workspace_id: str
    delivery_id: str
    channel_id: str
    platform: str
    of_day: date
    visits: int = 0
    visitors: int = 0
    taken_at: Moment | None = None  # when it was last read to be written to S3


class ClickStore:
    """The index `uncounted` holds what changed since it was written to S3, and nothing else."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, delivery_id: str, day: date) -> DayOfVisits | None:
        item = self._table.get(_key(delivery_id, day))
        return _value(item) if item else None

    def visiting(self, link: Link, *, day: date, new_visitor: bool) -> Write:
        """The write that counts a visit, and a visitor whom that day did not know."""
        ends = datetime.combine(day, datetime.min.time(), UTC) + KEPT
        facts = {
            "workspace_id": link.workspace_id,
            "delivery_id": link.delivery_id,
            "channel_id": link.channel_id,
            "platform": link.platform,
            "of_day": day.isoformat(),
            "uncounted": link.workspace_id,
            "expires_epoch": int(ends.timestamp()),
        }
        return self._table.adding(
            _key(link.delivery_id, day),
            "visits",
            1,
            also=facts,
            beside={"visitors": int(new_visitor)},
        )

    def uncounted(self, workspace_id: str) -> Iterator[Sequence[DayOfVisits]]:
        """A hundred at a time, each as it is now: the index may be seconds old."""
        found = self._table.all(workspace_id, index="uncounted")
        for some in batched((item["visits_id"] for item in found), MOST_READ, strict=False):
            yield [_value(item) for item in self._table.get_many(some)]

    def take(self, seen: DayOfVisits, *, now: datetime) -> None:
        """Say on the row who writes it to S3. AlreadyChanged if it is not as it was read."""
        self._change(seen, {"taken_at": clock.text(now)})

    def settle(self, taken: DayOfVisits) -> None:
        """It is written. AlreadyChanged if there was a visit, or another taking, since."""
        self._change(taken, {"uncounted": None})

    def _change(self, seen: DayOfVisits, changes: Item) -> None:
        when = {
            "visits": seen.visits,
            "visitors": seen.visitors,
            "taken_at": clock.text(seen.taken_at) if seen.taken_at else None,
        }
        self._table.change(seen.visits_id, changes, when=when)


def _key(delivery_id: str, day: date) -> str:
    return f"{delivery_id}#{day}"


def _value(item: Item) -> DayOfVisits:
    known = DayOfVisits.model_fields
    return DayOfVisits.model_validate({n: held for n, held in item.items() if n in known})
