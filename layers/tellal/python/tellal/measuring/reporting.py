"""A workspace's report for a week or a month: read, measured, written.

What must stay true: it reads its own workspace and no other; building a report again replaces it;
a period that has not ended may be reported, and the report says so.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tellal import clock
from tellal.channels import Workspace
from tellal.deliveries import Delivery
from tellal.errors import NotFound
from tellal.measuring import page, periods, sheet
from tellal.measuring.contents import written
from tellal.measuring.document import ReportDocument
from tellal.measuring.figures import Figures, PublishedPost
from tellal.measuring.periods import Period
from tellal.measuring.published import posts_of
from tellal.measuring.shelf import Shelf
from tellal.observability import logger
from tellal.stores.channels import ChannelStore, WorkspaceStore
from tellal.stores.deliveries import DeliveryStore

# A post is measured for 30 days: so far back lies the last value before a period began.
LOOKED_BACK = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Reporter:
    workspaces: WorkspaceStore
    channels: ChannelStore
    deliveries: DeliveryStore
    shelf: Shelf

    def build(self, workspace_id: str, period_name: str, *, now: datetime) -> ReportDocument:
        """Write report.html, report.csv and report.json. Raises NotFound, or Unacceptable for a
        period that is no period."""
        workspace = self.workspaces.get(workspace_id)
        if workspace is None:
            raise NotFound(f"there is no workspace {workspace_id}")
        period = periods.read(period_name, workspace.zone)
        document = self._measured(workspace, period, now)
        contents = {
            "html": page.rendered(document),
            "csv": sheet.rendered(document),
            "json": document.model_dump_json(indent=2),
        }
        self.shelf.put_report(workspace_id, period.name, contents)
        logger.info(
            "report built",
            workspace_id=workspace_id,
            period=period.name,
            posts=len(document.posts),
            so_far=document.so_far,
        )
        return document

    def _measured(self, workspace: Workspace, period: Period, now: datetime) -> ReportDocument:
        first = periods.containing(
            period.before.first - LOOKED_BACK, workspace.zone, week=period.is_week
        )
        channels = list(self.channels.of_workspace(workspace.workspace_id))
        posts = self._posts(workspace, first, period)
        published = [
            PublishedPost(delivery_id=post.delivery_id, published_at=clock.text(when))
            for post in posts
            if (when := post.published_at) is not None
        ]
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            self._fetch(workspace.workspace_id, first, period, scratch)
            with Figures(first=first, last=period, posts=published, scratch=scratch) as figures:
                return written(
                    figures,
                    workspace=workspace,
                    period=period,
                    channels=channels,
                    posts=posts,
                    now=now,
                )

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
