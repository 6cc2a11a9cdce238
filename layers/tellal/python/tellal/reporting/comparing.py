"""The measures of a period beside those of the one before it. Pure but for the figures it asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tellal.measuring.periods import Period
from tellal.reporting import notes
from tellal.reporting.document import MeasureRow
from tellal.reporting.figures import Figures, Values
from tellal.reporting.measures import AUDIENCE_GROWTH, MEASURES, Measure, News
from tellal.reporting.wording import Wording, marked

NO_COMPARISON = marked("no comparison: it was not measured in the period before")


@dataclass(frozen=True)
class Measured:
    figures: Figures
    period: Period
    titles: Mapping[str, str]  # of the platform of each channel that is shown
    by_channel: Mapping[str, Sequence[News]]
    campaign: str | None


def rows(measured: Measured, wording: Wording) -> Iterator[MeasureRow]:
    figures, period = measured.figures, measured.period
    now, before = figures.values(period), figures.values(period.before)
    titles = measured.titles
    told = {each: measured.by_channel[each] for each in titles if measured.by_channel[each]}
    for measure in MEASURES:
        value = now.get(None, {}).get(measure.name)
        if value is not None or not measure.optional:
            note = notes.of_all(measure, value, told, titles, wording)
            note = _note(measure, measured.campaign, note, wording)
            yield _row(measure, None, now, before, note, wording)
        for channel_id, title in titles.items():
            value = now.get(channel_id, {}).get(measure.name)
            if measure.optional and value is None:
                continue
            news = measured.by_channel[channel_id]
            note = notes.of_channel(measure, value, news, title, figures.days, wording)
            note = _note(measure, measured.campaign, note, wording)
            yield _row(measure, channel_id, now, before, note, wording)


def _note(measure: Measure, campaign: str | None, note: str | None, wording: Wording) -> str | None:
    if campaign is not None and measure is AUDIENCE_GROWTH:
        return wording.say(notes.NO_FOLLOWERS)
    return note


def _row(
    measure: Measure,
    channel: str | None,
    now: Values,
    before: Values,
    note: str | None,
    wording: Wording,
) -> MeasureRow:
    value = rounded(now.get(channel, {}).get(measure.name))
    previous = rounded(before.get(channel, {}).get(measure.name))
    compared = value is not None and previous is not None
    return MeasureRow(
        measure=measure.name,
        title=wording.say(measure.title),
        channel=channel,
        value=value,
        unit=measure.unit,
        previous=previous,
        change=rounded(value - previous) if value is not None and previous is not None else None,
        change_percent=percent(value, previous),
        no_comparison=None if compared or value is None else wording.say(NO_COMPARISON),
        note=note,
    )


def percent(value: float | None, previous: float | None) -> float | None:
    """By how much it changed. Of nothing, and of what was below it, there is no percentage."""
    if value is None or previous is None or previous <= 0:
        return None
    return round(100 * (value - previous) / previous, 1)


def rounded(value: float | None) -> float | None:
    return round(value, 2) if isinstance(value, float) else value
