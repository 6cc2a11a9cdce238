"""What posts cost, where they cost money: a workspace pays no more in a month than it wants to.

The price is counted in the transaction that writes the fence, once for a part however often it
is tried: a part becomes public once. So the count may be high (of what was refused in the end),
and is never low; and it never passes the cap, however many are due at once. A thread that would
not be paid for to its end is not begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Workspace
from tellal.deliveries import Delivery, Trouble
from tellal.platforms.protocol import Platform
from tellal.publishing import outcomes
from tellal.stores.spending import SpendingStore
from tellal.stores.table import Write


@dataclass(frozen=True)
class Bill:
    """What is still to be counted for a delivery, in US dollars."""

    part: float  # its next part
    rest: float  # that, and all that follow

    @property
    def is_owed(self) -> bool:
        return self.rest > 0


@dataclass(frozen=True, kw_only=True)
class Spending:
    spent: SpendingStore
    platforms: Mapping[str, type[Platform]]

    def so_far(self, delivery: Delivery, *, now: datetime) -> float:
        return self.spent.of_month(delivery.workspace_id, delivery.platform, now=now)

    def objection(
        self, bill: Bill, delivery: Delivery, workspace: Workspace, *, spent: float
    ) -> Trouble | None:
        """Why this may not be paid for now."""
        most = self._cap(workspace, delivery.platform)
        if not bill.is_owed or round(spent + bill.rest, 6) <= most:
            return None
        title = self.platforms[delivery.platform].facts.title
        return outcomes.over_the_cap(title, cap=most, spent=spent, price=bill.rest)

    def counting(
        self, fence: Delivery, bill: Bill, workspace: Workspace, *, now: datetime
    ) -> tuple[Write, ...]:
        """What is written together with the fence; refused if others used up the cap by then."""
        if not bill.part:
            return ()
        most = self._cap(workspace, fence.platform)
        by = (fence.workspace_id, fence.platform, bill.part)
        return (self.spent.adding(*by, cap=most, now=now),)

    def _cap(self, workspace: Workspace, platform: str) -> float:
        """US dollars a month."""
        return workspace.spend_caps.get(platform, self.platforms[platform].facts.monthly_cap)
