"""What is missing from a report, and why: one sentence for each thing. Pure."""

from collections.abc import Iterator, Sequence

from tellal.channels import Channel, ChannelState
from tellal.observations import Metric
from tellal.platforms import PLATFORMS, is_polled
from tellal.reporting.document import ChannelRow, MissingRow
from tellal.reporting.outcomes import METRICS
from tellal.reporting.wording import Wording

COUNTED_BY_US = (Metric.VISITS, Metric.CONVERSIONS)  # where there is none there was none to count


def missing(
    channels: Sequence[Channel], rows: Sequence[ChannelRow], wording: Wording
) -> Iterator[MissingRow]:
    shown = {row.channel_id: row for row in rows}
    for channel in channels:
        row = shown.get(channel.channel_id)
        if row is not None:
            for sentence in _sentences(channel, row, wording):
                yield MissingRow(channel=channel.channel_id, sentence=sentence)


def _sentences(channel: Channel, row: ChannelRow, wording: Wording) -> Iterator[str]:
    say = wording.say
    if channel.state is ChannelState.NEEDS_RECONNECT:
        yield say("The channel must be connected again; until then nothing new is measured.")
    if not is_polled(channel):
        yield say("Reading it costs money, and is switched off: nothing new is measured.")
    if not row.posts:
        yield say("No posts were measured in this period.")
        return
    reasons = _reasons(channel, wording)
    titles: dict[str | None, list[str]] = {}  # by reason, where one is known
    for metric in map(Metric, row.not_told):
        if metric not in COUNTED_BY_US:
            titles.setdefault(reasons.get(metric), []).append(say(METRICS[metric]))
    for reason, silent in titles.items():
        listed = wording.listed(silent)
        if reason is None:
            yield say("{metric}: told of none of its posts.", metric=listed)
        else:
            yield say("{metric}: {reason}.", metric=listed, reason=reason.rstrip("."))


def _reasons(channel: Channel, wording: Wording) -> dict[Metric, str]:
    """As its adapter states them."""
    measured = PLATFORMS[channel.platform].facts.measured
    stated = measured.not_told if measured else {}
    return {metric: wording.say(why) for metric, why in stated.items()}
