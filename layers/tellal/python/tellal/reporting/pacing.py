"""The daily look at goals: how each fares is written on its row, and the row's stream tells of a
fall off track.

Once a day for each goal, when the workspace's day is two hours old and what was measured before
midnight is in. A row that somebody changes meanwhile is left for the next hour; a look that is
repeated finds that it was had.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal import goals
from tellal.channels import Workspace
from tellal.errors import AlreadyChanged
from tellal.goals import Found, Goal, Span
from tellal.stores.channels import WorkspaceStore
from tellal.stores.goals import GoalStore

AFTER_MIDNIGHT = timedelta(hours=2)

SoFar = Callable[[Goal, Span], float | None]  # in that period until now; None: nothing is known


@dataclass(frozen=True, kw_only=True)
class Pacing:
    workspaces: WorkspaceStore
    goals: GoalStore
    achieved: Callable[[Workspace, datetime], SoFar]

    def due(self, *, now: datetime) -> Iterator[str]:
        """The ids of the workspaces some of whose goals are to be looked at."""
        for workspace in self.workspaces.all():
            if self._due(workspace, now):
                yield workspace.workspace_id

    def look(self, workspace_id: str, *, now: datetime) -> int:
        """How many goals were looked at."""
        workspace = self.workspaces.get(workspace_id)
        due = self._due(workspace, now) if workspace else []
        if not workspace or not due:
            return 0
        so_far = self.achieved(workspace, now)
        return sum(self._look(goal, so_far, zone=workspace.zone, now=now) for goal in due)

    def _due(self, workspace: Workspace, now: datetime) -> list[Goal]:
        day = goals.local_day(now, workspace.zone)
        if goals.hours_into(day, zone=workspace.zone, now=now) < AFTER_MIDNIGHT:
            return []
        return [
            goal
            for goal in self.goals.of_workspace(workspace.workspace_id)
            if goal.looked_on != day and not goals.is_over(goal)
        ]

    def _look(self, goal: Goal, so_far_of: SoFar, *, zone: str, now: datetime) -> bool:
        day = goals.local_day(now, zone)
        within = goals.span(goal, zone=zone, day=day)
        so_far = so_far_of(goal, within) if now >= within.since else None
        found = Found(span=within, pace=goals.pace(goal, so_far, within=within, now=now), at=now)
        try:
            self.goals.save(goal, goals.looked_at(goal, found, day=day))
        except AlreadyChanged:
            return False
        return True
