"""Which reports are to be built now: of weeks and months that ended, and are not there yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.measuring import periods
from tellal.measuring.periods import Period
from tellal.measuring.shelf import Shelf
from tellal.stores.channels import WorkspaceStore

# After the end of a period, in which late numbers still come in and the last runs are written.
LAG = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class ReportsDue:
    """Which reports are to be built now: of what has ended, and is not there."""

    workspaces: WorkspaceStore
    shelf: Shelf
    lag: timedelta = LAG

    def due(self, *, now: datetime) -> Iterator[tuple[str, str]]:
        """(workspace id, period). A report that could not be built is due again the next hour."""
        for workspace in self.workspaces.all():
            for period in periods.ended_since(now, workspace.zone, self.lag):
                existed = workspace.created_at < period.until
                if existed and not self._is_there(workspace.workspace_id, period):
                    yield workspace.workspace_id, period.name

    def _is_there(self, workspace_id: str, period: Period) -> bool:
        """One that was made early, by hand, is not the whole of it."""
        report = self.shelf.report(workspace_id, period.name)
        return report is not None and report.made_at >= period.until + self.lag
