"""Why a value is missing, or is not the whole of it: one sentence beside each measure. Pure."""

from collections.abc import Mapping, Sequence

from tellal.measuring.periods import Day
from tellal.reporting.measures import (
    AUDIENCE_GROWTH,
    CONVERSIONS,
    ENGAGEMENT_RATE,
    ENGAGEMENT_RATE_BY_FOLLOWERS,
    Measure,
    News,
)
from tellal.reporting.wording import ENGLISH, Wording, marked

NOTHING = marked("nothing was measured in this period")
NO_POSTS = marked("no posts were measured in this period")
NOT_TOLD = marked("not told by {platforms}")
NONE_TOLD = marked("no conversions were told of")
NOBODY = marked("nobody was reached")
NO_AUDIENCE = marked("there were no followers")
NO_FOLLOWERS = marked("a campaign has no followers of its own")


def of_channel(
    measure: Measure,
    value: float | None,
    news: Sequence[News],
    title: str,
    days: Sequence[Day],
    wording: Wording = ENGLISH,
) -> str | None:
    """`news` is the channel's alone; `title` its platform's."""
    say = wording.say
    if measure is CONVERSIONS:
        return _of_conversions(value, wording)
    if not news:
        return say(NOTHING)
    if measure is AUDIENCE_GROWTH:
        told = value is not None
        return _since_when(news, days, wording) if told else say(NOT_TOLD, platforms=title)
    posts = [each for each in news if each.delivery_id is not None]
    return _of_posts(measure, value, posts, title, wording)


def _of_conversions(value: float | None, wording: Wording) -> str | None:
    """No platform tells them: a post of which none is known had none that we were told of."""
    return wording.say(NONE_TOLD) if value is None else None


def _of_posts(
    measure: Measure, value: float | None, posts: Sequence[News], title: str, wording: Wording
) -> str | None:
    say = wording.say
    telling = sum(_tells(measure, each) for each in posts)
    if not posts:
        return say(NO_POSTS)
    if telling == 0:
        return say(NOT_TOLD, platforms=title)
    if value is None:
        return say(NOBODY if measure is ENGAGEMENT_RATE else NO_AUDIENCE)
    if telling == len(posts):
        return None
    return say("told for {some} of {all} posts", some=telling, all=len(posts))


def _since_when(news: Sequence[News], days: Sequence[Day], wording: Wording) -> str | None:
    began = next((n for each in news if (n := each.followers_since) is not None), None)
    if began is None:
        return None
    day = wording.day_of(days[began].date, "d MMMM")
    return wording.say("counted from {day}, when measuring began", day=day)


def of_all(
    measure: Measure,
    value: float | None,
    by_channel: Mapping[str, Sequence[News]],
    titles: Mapping[str, str],
    wording: Wording = ENGLISH,
) -> str | None:
    """`by_channel` holds the channels that were measured."""
    say = wording.say
    if measure is CONVERSIONS:
        return _of_conversions(value, wording)
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
    named = wording.listed(silent)
    if measure is ENGAGEMENT_RATE_BY_FOLLOWERS and value is not None:
        return say("only channels whose platform does not tell reach")
    if value is not None and silent:
        return say("left out, because they do not tell it: {platforms}", platforms=named)
    if value is not None:
        return None
    if silent:
        return say(NOT_TOLD, platforms=named)
    return say(NO_POSTS if by_channel else NOTHING)


def _tells(measure: Measure, news: News) -> bool:
    if measure is ENGAGEMENT_RATE_BY_FOLLOWERS:
        return news.engagements is not None
    if measure is ENGAGEMENT_RATE and news.engagements is None:
        return False
    return any(getattr(news, metric.value) is not None for metric in measure.needs)
