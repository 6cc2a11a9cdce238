"""report.csv: a row per measure and channel, then a row per post.

Whoever opens it in a spreadsheet must get text where there was text: what begins like a formula
is given an apostrophe, which spreadsheets hide.
"""

import csv
import io

from tellal import clock
from tellal.reporting.document import ReportDocument
from tellal.reporting.measures import OF_POSTS

COLUMNS = (
    *("period", "kind", "channel", "platform"),
    *("measure", "value", "unit", "previous", "note"),
    *("post", "published_at", "url"),
    *(metric.value for metric in OF_POSTS),
    *("engagements", "engagement_rate"),
)
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | None


def rendered(document: ReportDocument) -> str:
    written = io.StringIO()
    rows = csv.DictWriter(written, COLUMNS)
    rows.writeheader()
    for row in [*_measures(document), *_posts(document)]:
        rows.writerow({name: harmless(cell) for name, cell in row.items()})
    return written.getvalue()


def harmless(cell: Cell) -> Cell:
    """A number stays a number, below zero too; only texts are guarded."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(BEGINS_A_FORMULA):
        return f"'{cell}"
    return cell


def _measures(document: ReportDocument) -> list[dict[str, Cell]]:
    channels = {each.channel_id: each for each in document.channels}
    return [
        {
            "period": document.period,
            "kind": "measure",
            "measure": row.measure,
            "channel": channels[row.channel].name if row.channel else "all channels",
            "platform": channels[row.channel].platform if row.channel else None,
            "value": row.value,
            "unit": row.unit,
            "previous": row.previous,
            "note": row.note,
        }
        for row in document.measures
    ]


def _posts(document: ReportDocument) -> list[dict[str, Cell]]:
    channels = {each.channel_id: each for each in document.channels}
    return [
        {
            "period": document.period,
            "kind": "post",
            "channel": channels[post.channel].name,
            "platform": channels[post.channel].platform,
            "post": post.text,
            "published_at": clock.text(post.published_at),
            "url": post.url,
            "engagements": post.engagements,
            "engagement_rate": post.engagement_rate,
            **post.metrics,
        }
        for post in document.posts
    ]
