"""The week's report: built in both languages, read, shared by a link; and what is not known yet."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo.api import Api, until
from local.demo.measuring import CAMPAIGN, VISITORS, VISITS, Deliveries
from local.demo.stage import ZONE, Stage
from tellal.reporting.document import ReportDocument
from tellal.reporting.measures import SIX
from tellal.reporting.table import rendered

SAYS = {"en": "Website clicks", "tr": "Site tıklaması"}


def report(stage: Stage, deliveries: Deliveries, converted: Mapping[str, str]) -> None:
    screen = stage.screen
    screen.step("13 Report: the week so far, in two languages, and shared")
    year, week, _ = datetime.now(ZoneInfo(ZONE)).isocalendar()  # the week as Istanbul has it
    period = f"{year}-W{week:02}"
    folder = stage.home.addresses.folder / "reports" / period
    _build(stage, period, language="tr", folder=folder / "tr")
    kinds = _build(stage, period, language="en", folder=folder)
    document = ReportDocument.model_validate_json((folder / "report.json").read_text())
    for line in rendered(document).splitlines():
        screen.line(line)
    screen.check(
        "the six measures are there, each with a number or the reason why there is none",
        all(
            (row := document.measure(measure.name)) is not None
            and (row.value is not None or row.note)
            for measure in SIX
        ),
    )
    _look_at_posts(stage, document, deliveries, converted)
    _look_at_goal(stage, document)
    bucket = f"s3://{stage.home.reports_bucket}/reports/{stage.workspace_id}"
    for kind in kinds:
        screen.line(f"{bucket}/{period}/report.{kind}")
        screen.line(f"  {folder / f'report.{kind}'}")
    screen.line(f"  {folder / 'tr' / 'report.html'}")
    _share(stage, period)
    _look_at_sheet(stage, period)
    _ask_for_best_times(stage, deliveries["mastodon"])


def _build(stage: Stage, period: str, *, language: str, folder: Path) -> list[str]:
    """Kept in the folder; its formats."""
    asked = datetime.now(UTC)
    stage.api.post("/reports", period=period, language=language)
    found = until(lambda: _built(stage.api, period, since=asked))
    stage.screen.check(f"the report of {period} was built, language {language}", found)
    assert found is not None
    folder.mkdir(parents=True, exist_ok=True)
    for kind, link in found["links"].items():
        content = httpx.get(link, trust_env=False, timeout=30).raise_for_status().content
        (folder / f"report.{kind}").write_bytes(content)
    page = (folder / "report.html").read_text()
    stage.screen.check(
        f"its page is in that language: “{SAYS[language]}”",
        f'<html lang="{language}">' in page and SAYS[language] in page,
    )
    return sorted(found["links"])


def _built(api: Api, period: str, *, since: datetime) -> dict[str, Any] | None:
    made = [each for each in api.get("/reports")["items"] if each["period"] == period]
    if not made or datetime.fromisoformat(made[0]["made_at"]) < since:
        return None
    found: dict[str, Any] = api.get(f"/reports/{period}")
    return found


def _look_at_posts(
    stage: Stage,
    document: ReportDocument,
    deliveries: Deliveries,
    converted: Mapping[str, str],
) -> None:
    """What was counted here stands at the post that it is of."""
    screen = stage.screen
    rows = {each.delivery_id: each for each in document.posts}
    came = {
        (each.delivery_id, each.stage): (each.count, dict(each.value))
        for each in document.conversions
    }
    for platform, delivery in deliveries.items():
        row = rows[delivery["delivery_id"]]
        screen.line(
            f"{platform:<9} website clicks {row.clicks}, visitors {row.visitors},"
            f" conversions {row.metrics.get('conversions')}  “{row.text[:22]}…”"
        )
    screen.check(
        "website clicks stand at their posts, bots left out",
        all(
            (rows[each["delivery_id"]].clicks, rows[each["delivery_id"]].visitors)
            == (VISITS[platform], VISITORS[platform])
            for platform, each in deliveries.items()
        ),
    )
    screen.check(
        "and so do a sale of 24.90 EUR and a lead",
        came.get((converted["sale"], "sale")) == (1, {"EUR": 2490})
        and came.get((converted["lead"], "lead")) == (1, {}),
    )
    of_campaign = next(row for row in document.groups if row.title == CAMPAIGN)
    screen.check(
        f"“{CAMPAIGN}” has them all: {of_campaign.clicks} clicks,"
        f" {of_campaign.conversions} conversions",
        (of_campaign.clicks or 0) >= sum(VISITS.values())
        and (of_campaign.conversions or 0) >= len(converted),
    )


def _look_at_goal(stage: Stage, document: ReportDocument) -> None:
    [goal] = document.goals
    clicks = document.measure("website_clicks")
    pace = {True: "on track", False: "off track", None: "too early to say"}[goal.on_track]
    forecast = "it is too early to say" if goal.forecast is None else f"{goal.forecast:g}"
    stage.screen.line(
        f"{goal.title}: {goal.value or 0:g} of {goal.target:g}; due by now: {goal.expected};"
        f" in a straight line until Sunday: {forecast}"
    )
    stage.screen.check(
        f"the goal is told as it stands: {pace}",
        clicks is not None and goal.value == clicks.value and goal.expected is not None,
    )


def _share(stage: Stage, period: str) -> None:
    """For somebody who has no key; until it is taken back."""
    screen, api = stage.screen, stage.api
    shares = f"/reports/{period}/shares"
    share = api.post(shares, days=7)
    screen.line(f"{share['url']}, good until {share['expires_at']}")
    opened = httpx.get(share["url"], trust_env=False, timeout=30, follow_redirects=True)
    screen.check(
        "whoever has the link reads the report",
        opened.status_code == 200 and SAYS["en"] in opened.text,
    )
    api.delete(f"{shares}/{share['share_id']}")
    gone = httpx.get(share["url"], trust_env=False, timeout=30, follow_redirects=True)
    screen.check("taken back, it leads nowhere: 404", gone.status_code == 404)


def _look_at_sheet(stage: Stage, period: str) -> None:
    text = stage.api.text(f"/measures/{period}", format="csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    screen = stage.screen
    screen.line(f"GET /measures/{period}?format=csv")
    for line in text.splitlines()[:2]:
        screen.line(f"  {line}")
    screen.check(
        "a spreadsheet gets the measures, of all channels and of each",
        {measure.name for measure in SIX} <= {row["measure"] for row in rows}
        and {row["channel"] for row in rows} > {"", stage.kept["mastodon_channel"]},
    )


def _ask_for_best_times(stage: Stage, delivery: Mapping[str, Any]) -> None:
    best = stage.api.get(f"/channels/{delivery['channel_id']}/best-times")
    stage.screen.line(f"GET /channels/{delivery['channel_id']}/best-times: {best['note']}")
    stage.screen.check(
        "when to post best is not guessed from so few posts",
        best["slots"] == [] and best["posts"] < best["least_posts"],
    )
