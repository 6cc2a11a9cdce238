"""What posts cost, where they cost money: a workspace pays no more in a month than it wants to.

The price is counted in the transaction that writes the fence, once for a part however often it
is tried: a part becomes public once. So the count may be high (of what was refused in the end),
and is never low.
"""

from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Workspace
from tellal.deliveries import Delivery, Trouble
from tellal.platforms import PLATFORMS
from tellal.posts import Part
from tellal.publishing import outcomes
from tellal.stores.spending import SpendingStore
from tellal.stores.table import Write


@dataclass(frozen=True, kw_only=True)
class Spending:
    spent: SpendingStore

    def objection(
        self, part: Part, price: float, workspace: Workspace, platform: str, *, now: datetime
    ) -> Trouble | None:
        """Why this part may not be paid for now."""
        if not price or part.reserved:
            return None
        facts = PLATFORMS[platform].facts
        cap = workspace.spend_caps.get(platform, facts.monthly_cap)
        spent = self.spent.of_month(workspace.workspace_id, platform, now=now)
        if spent + price <= cap:
            return None
        return outcomes.over_the_cap(facts.title, cap=cap, spent=spent, price=price)

    def counting(self, fence: Delivery, price: float, *, now: datetime) -> Write:
        """What is written together with the fence."""
        return self.spent.adding(fence.workspace_id, fence.platform, price, now=now)
