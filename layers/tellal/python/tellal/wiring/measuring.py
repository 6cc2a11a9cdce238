"""Measuring, counting, and reporting."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from tellal.config import settings
from tellal.stores.table import transact
from tellal.wiring.connecting import adapters
from tellal.wiring.ground import aws, made_once, overrides
from tellal.wiring.stores import (
    campaigns,
    channels,
    clicks,
    conversions,
    deliveries,
    goals,
    letters,
    links,
    once,
    personas,
    posts,
    shares,
    shelf,
    workspaces,
)

if TYPE_CHECKING:
    from tellal.counting.clicks import ClickCounter
    from tellal.counting.converted import Converted
    from tellal.counting.intake import Intake
    from tellal.counting.visits import Counting
    from tellal.measuring.collection import Collector
    from tellal.measuring.compaction import Compactor
    from tellal.measuring.history import History
    from tellal.reporting.building import Reporter
    from tellal.reporting.pacing import Pacing
    from tellal.reporting.reading import Reader
    from tellal.reporting.schedule import ReportsDue
    from tellal.reporting.sharing import Sharing


@made_once
def history() -> "History":
    from tellal.measuring.history import History

    return History(shelf())


@made_once
def collector() -> "Collector":
    from tellal.measuring.collection import Collector

    return Collector(
        channels=channels(),
        workspaces=workspaces(),
        deliveries=deliveries(),
        adapters=adapters(),
        shelf=shelf(),
    )


@made_once
def click_counter() -> "ClickCounter":
    import time

    from tellal.counting.clicks import ClickCounter

    return ClickCounter(
        links=links(),
        clicks=clicks(),
        once=once(),
        transact=partial(transact, aws("dynamodb")),
        wait=overrides.get("wait", time.sleep),
    )


@made_once
def counting() -> "Counting":
    from tellal.counting.visits import Counting

    return Counting(clicks=clicks(), shelf=shelf())


@made_once
def intake() -> "Intake":
    from tellal.counting.intake import Intake
    from tellal.counting.leading import Leading

    leading = Leading(links=links(), campaigns=campaigns(), posts=posts(), deliveries=deliveries())
    return Intake(conversions=conversions(), leads_of=leading.of)


@made_once
def converted() -> "Converted":
    from tellal.counting.converted import Converted

    return Converted(conversions=conversions(), shelf=shelf())


@made_once
def reader() -> "Reader":
    from tellal.reporting.reading import Reader

    return Reader(channels=channels(), deliveries=deliveries(), posts=posts(), shelf=shelf())


@made_once
def pacing() -> "Pacing":
    from tellal.channels import Workspace
    from tellal.reporting.achieved import Achieved
    from tellal.reporting.pacing import Pacing, SoFar

    def achieved(workspace: Workspace, now: datetime) -> SoFar:
        return Achieved(
            reader=reader(), workspace_id=workspace.workspace_id, zone=workspace.zone, now=now
        ).so_far

    return Pacing(workspaces=workspaces(), goals=goals(), achieved=achieved)


@made_once
def compactor() -> "Compactor":
    from tellal.measuring.compaction import Compactor

    return Compactor(shelf())


@made_once
def sharing() -> "Sharing":
    from tellal.reporting.sharing import Sharing

    return Sharing(api_url=settings().api_url, store=shares())


@made_once
def reporter() -> "Reporter":
    import time

    from tellal.reporting.achieved import GoalsOfReports
    from tellal.reporting.building import Reporter
    from tellal.reporting.mailing import Mailing
    from tellal.stores.mail import Post

    sender, wait = settings().report_sender, overrides.get("wait", time.sleep)
    return Reporter(
        workspaces=workspaces(),
        reader=reader(),
        personas=personas(),
        shelf=shelf(),
        mailing=Mailing(
            letters=letters(),
            sharing=sharing(),
            post=Post(aws("sesv2"), sender, wait) if sender else None,
        ),
        campaign_titles=lambda ids: {
            each.campaign_id: each.name for each in campaigns().get_many(ids)
        },
        goals=GoalsOfReports(goals=goals(), reader=reader()).rows,
    )


@made_once
def reports_due() -> "ReportsDue":
    from tellal.reporting.schedule import ReportsDue

    return ReportsDue(workspaces=workspaces(), shelf=shelf())
