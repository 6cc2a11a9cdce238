"""Why a value is missing, or is not the whole of it: one sentence beside each measure. Pure."""

from collections.abc import Mapping, Sequence

from tellal.measuring.measures import (
    AUDIENCE_GROWTH,
    ENGAGEMENT_RATE,
    ENGAGEMENT_RATE_BY_FOLLOWERS,
    Measure,
    News,
)
from tellal.measuring.periods import Day

NOTHING = "nothing was measured in this period"
NO_POSTS = "no posts were measured in this period"


def of_channel(
    measure: Measure, value: float | None, news: Sequence[News], title: str, days: Sequence[Day]
) -> str | None:
    """`news` is the channel's alone; `title` its platform's."""
    if not news:
        return NOTHING
    if measure is AUDIENCE_GROWTH:
        return f"not told by {title}" if value is None else _since_when(news, days)
    posts = [each for each in news if each.delivery_id is not None]
    if not posts:
        return NO_POSTS
    telling = sum(_tells(measure, each) for each in posts)
    if telling == 0:
        return f"not told by {title}"
    if value is None:
        return "nobody was reached" if measure is ENGAGEMENT_RATE else "there were no followers"
    return None if telling == len(posts) else f"told for {telling} of {len(posts)} posts"


def _since_when(news: Sequence[News], days: Sequence[Day]) -> str | None:
    began = next((n for each in news if (n := each.followers_since) is not None), None)
    if began is None:
        return None
    return f"counted from {days[began].date:%-d %B}, when measuring began"


def of_all(
    measure: Measure,
    value: float | None,
    by_channel: Mapping[str, Sequence[News]],
    titles: Mapping[str, str],
) -> str | None:
    """`by_channel` holds the channels that were measured."""
    counted = {
        channel: [
            each for each in news if (each.delivery_id is None) == (measure is AUDIENCE_GROWTH)
        ]
        for channel, news in by_channel.items()
    }
    silent = sorted(
        {
            titles[channel]
            for channel, news in counted.items()
            if news and not any(_tells(measure, each) for each in news)
        }
    )
    if measure is ENGAGEMENT_RATE_BY_FOLLOWERS and value is not None:
        return "only channels whose platform does not tell reach"
    if value is not None:
        return f"without {_listed(silent)}, which {_do(silent)} not tell it" if silent else None
    if silent:
        return f"not told by {_listed(silent)}"
    return NO_POSTS if by_channel else NOTHING


def _tells(measure: Measure, news: News) -> bool:
    if measure is ENGAGEMENT_RATE_BY_FOLLOWERS:
        return news.engagements is not None
    if measure is ENGAGEMENT_RATE and news.engagements is None:
        return False
    return any(getattr(news, metric.value) is not None for metric in measure.needs)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _do(names: Sequence[str]) -> str:
    return "does" if len(names) == 1 else "do"
