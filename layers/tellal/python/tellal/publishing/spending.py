"""What posts cost, where they cost money: a workspace pays no more in a month than it wants to.

The price is counted in the transaction that writes the fence, once for a part however often it
is tried: a part becomes public once. So the count may be high (of what was refused in the end),
and is never low; and it never passes the cap, however many are due at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Workspace
from tellal.deliveries import Delivery, Trouble
from tellal.errors import AlreadyChanged
from tellal.platforms.protocol import Platform
from tellal.publishing import outcomes
from tellal.stores.channels import WorkspaceStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.spending import SpendingStore
from tellal.stores.table import Write

MOST_TRIES = 20  # to count, where others count at the same moment


@dataclass(frozen=True, kw_only=True)
class Spending:
    deliveries: DeliveryStore
    workspaces: WorkspaceStore
    spent: SpendingStore
    platforms: Mapping[str, type[Platform]]

    def objection(
        self, delivery: Delivery, number: int, price: float, workspace: Workspace, *, now: datetime
    ) -> Trouble | None:
        """Why a part may not be paid for now."""
        if not price or delivery.parts[number].reserved:
            return None
        cap = self._cap(workspace, delivery.platform)
        spent = self.spent.of_month(workspace.workspace_id, delivery.platform, now=now)
        if round(spent + price, 6) <= cap:
            return None
        title = self.platforms[delivery.platform].facts.title
        return outcomes.over_the_cap(title, cap=cap, spent=spent, price=price)

    def counting(self, fence: Delivery, price: float, *, now: datetime) -> Write:
        """To be written with a fence. It is refused if others have used up the cap by then."""
        workspace = self.workspaces.get(fence.workspace_id)
        assert workspace is not None, "a workspace is never deleted"
        cap = self._cap(workspace, fence.platform)
        return self.spent.adding(fence.workspace_id, fence.platform, price, cap=cap, now=now)

    def insist(self, write: Callable[[], Delivery], seen: Delivery) -> Delivery:
        """Write a fence with its price, where others count at the same moment.

        AlreadyChanged if the row is not ours any more, or the cap was used up in between: then
        the next hint, a minute later, finds that.
        """
        for _ in range(MOST_TRIES - 1):
            try:
                return write()
            except AlreadyChanged:
                current = self.deliveries.get(seen.delivery_id)
                if current is None or current.version != seen.version:
                    raise
        return write()

    def _cap(self, workspace: Workspace, platform: str) -> float:
        return workspace.spend_caps.get(platform, self.platforms[platform].facts.monthly_cap)
