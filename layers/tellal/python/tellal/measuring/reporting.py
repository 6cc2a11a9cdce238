"""A workspace's report for a week, a month or any days: read, measured, written, mailed.

What must stay true: it reads its own workspace and no other; building a report again replaces it;
a period that has not ended may be reported, and the report says so.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tellal import clock
from tellal.channels import Language, Workspace
from tellal.deliveries import Delivery
from tellal.errors import NotFound
from tellal.measuring import page, periods, sheet
from tellal.measuring.contents import Surroundings, written
from tellal.measuring.document import GoalRow, ReportDocument
from tellal.measuring.figures import Figures, PublishedPost
from tellal.measuring.mailing import Mailing
from tellal.measuring.narrowing import Narrowed
from tellal.measuring.periods import Period
from tellal.measuring.published import posts_of
from tellal.measuring.shelf import Shelf
from tellal.measuring.wording import Wording
from tellal.observability import logger
from tellal.stores.channels import ChannelStore, WorkspaceStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.personas import PersonaStore

# A post is measured for 30 days: so far back lies the last value before a period began.
LOOKED_BACK = timedelta(days=31)


CampaignsOf = Callable[[Sequence[Delivery]], Mapping[str, str]]  # delivery → campaign
Titles = Callable[[Sequence[str]], Mapping[str, str]]  # of campaigns
Goals = Callable[[str, Period, datetime], Sequence[GoalRow]]  # of a workspace


def no_titles(_: Sequence[str]) -> Mapping[str, str]:
    return {}


def no_goals(_: str, __: Period, ___: datetime) -> Sequence[GoalRow]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Reporter:
    workspaces: WorkspaceStore
    channels: ChannelStore
    deliveries: DeliveryStore
    personas: PersonaStore
    shelf: Shelf
    mailing: Mailing
    campaigns_of: CampaignsOf
    campaign_titles: Titles = no_titles
    goals: Goals = no_goals

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
        Raises NotFound, or Unacceptable for a period that is no period."""
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
        if trouble := self.mailing.send(document, workspace, now=now):
            document = document.model_copy(update={"mailing": trouble})
            self._put(document)
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
        first = self._first(period)
        channels = list(self.channels.of_workspace(workspace.workspace_id))
        posts = self._posts(workspace, first, period)
        campaign_of = self.campaigns_of(posts)
        if campaign is not None:
            posts = [post for post in posts if campaign_of.get(post.delivery_id) == campaign]
        published = [
            PublishedPost(delivery_id=post.delivery_id, published_at=clock.text(when))
            for post in posts
            if (when := post.published_at) is not None
        ]
        kept = self.personas.get(workspace.workspace_id)
        around = Surroundings(
            workspace=workspace,
            period=period,
            channels=channels,
            posts=posts,
            now=now,
            wording=wording,
            campaign=campaign,
            campaign_of=campaign_of,
            campaign_titles=self.campaign_titles(
                sorted({*campaign_of.values(), *([campaign] if campaign else [])})
            ),
            personas=kept.personas if kept else (),
            goals=self.goals(workspace.workspace_id, period, now) if campaign is None else (),
        )
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            self._fetch(workspace.workspace_id, first, period, scratch)
            with Figures(first=first, last=period, posts=published, scratch=scratch) as figures:
                return written(Narrowed(figures) if campaign else figures, around)

    def _first(self, period: Period) -> Period:
        """As far back as the figures must reach."""
        since = period.before.first - LOOKED_BACK
        week = period.kind is periods.Kind.WEEK
        return periods.containing(since, period.zone, week=week)

    def _posts(self, workspace: Workspace, first: Period, last: Period) -> list[Delivery]:
        found = posts_of(
            self.deliveries, workspace.workspace_id, since=first.since, until=last.until
        )
        return list(found)

    def _fetch(self, workspace_id: str, first: Period, last: Period, scratch: Path) -> None:
        """Until nothing that was listed is missing: a compaction may run at the same moment."""
        fetched: set[str] = set()
        complete = False
        while not complete:
            complete = True
            for key in set(self._keys(workspace_id, first, last)) - fetched:
                if (body := self.shelf.bucket.get(key)) is None:
                    complete = False  # what was in it stands in a new object by now
                    continue
                (scratch / f"{len(fetched):05}.jsonl.gz").write_bytes(body)
                fetched.add(key)

    def _keys(self, workspace_id: str, first: Period, last: Period) -> Iterator[str]:
        """All of each month that is touched: a month's one object stands under its first day."""
        since, until = clock.day(first.since)[:7], clock.day(last.until)[:7]
        month = since
        while month <= until:
            yield from self.shelf.observed(workspace_id, month=month)
            begun = clock.read(f"{month}-01T00:00:00Z")
            month = clock.day(begun + timedelta(days=31))[:7]
