"""A workspace's report for a week, a month or any days: read, measured, written, mailed.

What must stay true: it reads its own workspace and no other; building a report again replaces it;
a period that has not ended may be reported, and the report says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tellal.channels import Language, Workspace
from tellal.errors import NotFound, Unreadable
from tellal.measuring import periods
from tellal.measuring.periods import Period
from tellal.measuring.shelf import Shelf
from tellal.observability import logger
from tellal.reporting import page, sheet
from tellal.reporting.contents import Surroundings, written
from tellal.reporting.document import GoalRow, ReportDocument
from tellal.reporting.mailing import Mailing
from tellal.reporting.reading import Reader
from tellal.reporting.wording import Wording
from tellal.stores.channels import WorkspaceStore
from tellal.stores.mail import MailDelayed
from tellal.stores.personas import PersonaStore

Titles = Callable[[Sequence[str]], Mapping[str, str]]  # of campaigns
Goals = Callable[[str, Period, datetime], Sequence[GoalRow]]  # of a workspace


@dataclass(frozen=True, kw_only=True)
class Reporter:
    workspaces: WorkspaceStore
    reader: Reader
    personas: PersonaStore
    shelf: Shelf
    mailing: Mailing
    campaign_titles: Titles
    goals: Goals

    def build(
        self,
        workspace_id: str,
        period_name: str,
        *,
        now: datetime,
        campaign: str | None = None,
        language: Language | None = None,
    ) -> ReportDocument:
        """Write report.html, report.csv and report.json, in the workspace's language or another.
        Raises NotFound, Unacceptable for a period that is no period, and in the end, the report
        being there, MailDelayed if letters are to be tried again, and Unreadable if objects had to
        be left out."""
        workspace = self.workspaces.get(workspace_id)
        if workspace is None:
            raise NotFound(f"there is no workspace {workspace_id}")
        period = periods.read(period_name, workspace.zone)
        wording = Wording(language or workspace.language)
        document = self._measured(workspace, period, now, campaign=campaign, wording=wording)
        self._put(document)
        logger.info(
            "report built",
            workspace_id=workspace_id,
            report=document.report,
            posts=len(document.posts),
            so_far=document.so_far,
        )
        # It is there before anybody is told; what kept the mail back is written into it.
        mailed = self.mailing.send(document, workspace, now=now)
        if mailed.trouble:
            document = document.model_copy(update={"mailing": mailed.trouble})
            self._put(document)
        if mailed.delayed:
            raise MailDelayed(f"letters to be sent when this is tried again: {mailed.delayed}")
        if document.unreadable:
            raise Unreadable(document.unreadable)  # an error of the function, which has an alarm
        return document

    def _put(self, document: ReportDocument) -> None:
        contents = {
            "html": page.rendered(document),
            "csv": sheet.rendered(document),
            "json": document.model_dump_json(indent=2),
        }
        self.shelf.put_report(document.workspace_id, document.report, contents)

    def _measured(
        self,
        workspace: Workspace,
        period: Period,
        now: datetime,
        *,
        campaign: str | None,
        wording: Wording,
    ) -> ReportDocument:
        workspace_id = workspace.workspace_id
        kept = self.personas.get(workspace_id)
        # Before the report's own reading: two at once would hold two databases in memory.
        goals = self.goals(workspace_id, period, now) if campaign is None else ()
        with self.reader.open(workspace_id, period, campaign=campaign) as reading:
            named = {*reading.campaign_of.values(), *([campaign] if campaign else [])}
            around = Surroundings(
                workspace=workspace,
                period=period,
                channels=reading.channels,
                posts=reading.posts,
                now=now,
                wording=wording,
                campaign=campaign,
                campaign_of=reading.campaign_of,
                campaign_titles=self.campaign_titles(sorted(named)),
                personas=kept.personas if kept else (),
                goals=goals,
                unreadable=reading.unreadable,
            )
            return written(reading.figures, around)
