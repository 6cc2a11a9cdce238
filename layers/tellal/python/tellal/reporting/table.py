"""The measures of a report as a table for terminals, with its titles and notes as the report has
them: one line for all channels and one for each, and below them why a number is missing.
"""

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tellal.reporting.document import ChannelRow, MeasureRow, ReportDocument
from tellal.reporting.wording import ENGLISH

ALL = "All channels"
HEAD = 11  # characters; longer titles take more lines


def rendered(document: ReportDocument) -> str:
    """Channels of which nothing was measured are named below, where they take no room."""
    told = {row.channel for row in document.measures if row.value is not None}
    shown = [channel for channel in document.channels if channel.channel_id in told]
    silent = [_name(channel) for channel in document.channels if channel.channel_id not in told]
    names: dict[str | None, str] = {None: ALL} | {each.channel_id: _name(each) for each in shown}
    titles = dict.fromkeys((row.measure, row.title) for row in document.measures)
    table = [*_heads([title for _, title in titles])]
    for channel, name in names.items():
        rows = [document.measure(measure, channel) for measure, _ in titles]
        table.append([name, *map(_cell, rows)])
    below = [*_missing(document, names)]
    below += [f"Nothing was measured of {', '.join(silent)}"] if silent else []
    return "\n".join([*_aligned(table), *below])


def _name(channel: ChannelRow) -> str:
    return f"{channel.name} ({channel.platform_title})"


def _heads(titles: Sequence[str]) -> Iterator[list[str]]:
    """What does not fit beside others stands in several lines, down to the numbers."""
    wrapped = [textwrap.wrap(title, HEAD, break_long_words=False) for title in titles]
    height = max(map(len, wrapped), default=0)
    for n in range(height):
        yield ["", *(["", *each][max(0, n - height + len(each) + 1)] for each in wrapped)]


def _cell(row: MeasureRow | None) -> str:
    return "" if row is None else ENGLISH.spelled(row.value, row.unit)


def _missing(document: ReportDocument, names: dict[str | None, str]) -> Iterator[str]:
    titles = defaultdict[tuple[str, str], list[str]](list)
    for channel, name in names.items():
        for row in document.measures:
            if row.channel == channel and row.value is None and row.note:
                titles[name, row.note].append(row.title)
    for (name, note), of in titles.items():
        yield f"{name}: {note} ({', '.join(of)})"


def _aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for name, *cells in table:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield "  ".join((name.ljust(widths[0]), *numbers)).rstrip()
