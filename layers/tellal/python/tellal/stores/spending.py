"""What was spent in a month, a row for each workspace and platform, in millionths of a dollar."""

from datetime import datetime, timedelta

from tellal import clock
from tellal.stores.table import Table, Write

MILLIONTH = 1_000_000
KEPT = timedelta(days=400)


class SpendingStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def of_month(self, workspace_id: str, platform: str, *, now: datetime) -> float:
        row = self._table.get(_key(workspace_id, platform, now))
        return float(row["spent"]) / MILLIONTH if row else 0.0

    def adding(
        self, workspace_id: str, platform: str, dollars: float, *, cap: float, now: datetime
    ) -> Write:
        """Never to more than the cap, which `dollars` alone must not be above."""
        expires = {"expires_epoch": int((now + KEPT).timestamp())}
        by = round(dollars * MILLIONTH)
        most = round(cap * MILLIONTH) - by
        key = _key(workspace_id, platform, now)
        return self._table.adding(key, "spent", by, also=expires, most=most)


def _key(workspace_id: str, platform: str, now: datetime) -> str:
    """Months are UTC's, as platforms' bills are."""
    return f"spent#{workspace_id}#{platform}#{clock.day(now)[:7]}"
