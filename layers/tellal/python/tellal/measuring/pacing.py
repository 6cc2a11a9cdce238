"""The daily look at goals: how each fares is written on its row, and the row's stream tells of a
fall off track.

Once a day for each goal, when the workspace's day is two hours old and what was measured before
midnight is in. A row that somebody changes meanwhile is left for the next hour; a look that is
repeated finds that it was had.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal import goals
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
    so_far: SoFar

    def look(self, workspace_id: str, *, now: datetime) -> int:
        """How many goals were looked at."""
        workspace = self.workspaces.get(workspace_id)
        if workspace is None:
            return 0
        day = goals.local_day(now, workspace.zone)
        if goals.hours_into(day, zone=workspace.zone, now=now) < AFTER_MIDNIGHT:
            return 0
        due = [
            goal
            for goal in self.goals.of_workspace(workspace_id)
            if goal.looked_on != day and not goals.is_over(goal)
        ]
        return sum(self._look(goal, zone=workspace.zone, now=now) for goal in due)

    def _look(self, goal: Goal, *, zone: str, now: datetime) -> bool:
        day = goals.local_day(now, zone)
        within = goals.span(goal, zone=zone, day=day)
        so_far = self.so_far(goal, within) if now >= within.since else None
        found = Found(span=within, pace=goals.pace(goal, so_far, within=within, now=now), at=now)
        try:
            self.goals.save(goal, goals.looked_at(goal, found, day=day))
        except AlreadyChanged:
            return False
        return True
