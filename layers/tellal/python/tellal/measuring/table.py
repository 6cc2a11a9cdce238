"""The measures of a report as a table for terminals."""

from tellal.measuring.document import MeasureRow, ReportDocument
from tellal.measuring.numbers import spelled


def rendered(document: ReportDocument) -> str:
    """One line per measure: the whole workspace, then each channel; what is missing says why."""
    heads = [None, *(channel.channel_id for channel in document.channels)]
    names = [
        "All channels",
        *(f"{each.name} ({each.platform_title})" for each in document.channels),
    ]
    titles = dict.fromkeys((row.measure, row.title) for row in document.measures)
    lines = [["", *names]]
    for measure, title in titles:
        rows = [document.measure(measure, channel) for channel in heads]
        lines.append([title, *(_cell(row) for row in rows)])
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(row: MeasureRow | None) -> str:
    if row is None:
        return ""
    if row.value is None:
        return row.note or spelled(None, row.unit)
    return spelled(row.value, row.unit)
