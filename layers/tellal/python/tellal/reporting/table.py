"""The measures of a report as a table for terminals, in English but for its notes."""

from tellal.reporting.document import ChannelRow, MeasureRow, ReportDocument
from tellal.reporting.wording import ENGLISH


def rendered(document: ReportDocument) -> str:
    """One line per measure: the whole workspace, then each channel; what is missing says why.

    Channels of which nothing was measured are named below, where they take no room.
    """
    told = {row.channel for row in document.measures if row.value is not None}
    shown = [channel for channel in document.channels if channel.channel_id in told]
    silent = [_name(channel) for channel in document.channels if channel.channel_id not in told]
    heads = [None, *(channel.channel_id for channel in shown)]
    names = ["All channels", *map(_name, shown)]
    titles = dict.fromkeys((row.measure, row.title) for row in document.measures)
    lines = [["", *names]]
    for measure, title in titles:
        rows = [document.measure(measure, channel) for channel in heads]
        lines.append([title, *(_cell(row) for row in rows)])
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    below = [f"Nothing was measured of {', '.join(silent)}"] if silent else []
    return "\n".join([*table, *below])


def _name(channel: ChannelRow) -> str:
    return f"{channel.name} ({channel.platform_title})"


def _cell(row: MeasureRow | None) -> str:
    if row is None:
        return ""
    if row.value is None:
        return row.note or ENGLISH.spelled(None, row.unit)
    return ENGLISH.spelled(row.value, row.unit)
