"""Goals: a row each, written whole by people, and with what was found by the daily look."""

from collections.abc import Iterator

from tellal.goals import Goal
from tellal.stores.rows import Rows
from tellal.stores.table import Table


class GoalStore(Rows[Goal]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Goal, key="goal_id")

    def of_workspace(self, workspace_id: str) -> Iterator[Goal]:
        for item in self.table.all(workspace_id, index="by_workspace"):
            yield self.value(item)
