"""When a channel's posts do best."""

from datetime import timedelta
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking, plausible
from tellal.api.routes import Routes
from tellal.channels import Weekday
from tellal.deliveries import Delivery
from tellal.measuring.published import posts_of
from tellal.posts import Frozen
from tellal.reporting import best_times

routes = Routes("Best times")

WEEKDAYS = tuple(Weekday)


class SlotShown(Frozen):
    weekday: Weekday
    from_hour: Annotated[int, Field(description="As local clocks show it")]
    until_hour: int
    posts: Annotated[int, Field(description="How many went out then: the ground it stands on")]
    lift: Annotated[float, Field(description="1.2 is a fifth better than the channel's mean")]


class BestTimesShown(Frozen):
    channel_id: str
    zone: str
    days: int
    posts: int
    mean_engagements: float | None
    prior_posts: int
    least_posts: int
    slots: tuple[SlotShown, ...]
    note: str


@routes(
    "GET",
    "/channels/<channel_id>/best-times",
    needs=Permission.REPORTS_READ,
    summary="When a channel's posts do best",
)
def show_best_times(
    channel_id: str, asked: Asking, days: Annotated[Literal["90", "180"], Query()] = "90"
) -> BestTimesShown:
    """From the channel's own posts of the last 90 or 180 days and nothing else: engagements of each
    stretch of three hours on a weekday, beside the channel's mean, drawn toward it where there are
    few posts. Under 20 posts it says nothing."""
    channel = asked.ours(wiring.channels().get(plausible(channel_id)), "channel")
    zone = asked.workspace.zone
    since = asked.now - timedelta(days=int(days))
    posts = posts_of(
        wiring.deliveries(), asked.workspace_id, Delivery, since=since, until=asked.now
    )
    found = best_times.results(posts, channel_id=channel.channel_id, now=asked.now)
    best = best_times.best(found, zone=zone)
    return BestTimesShown(
        channel_id=channel.channel_id,
        zone=zone,
        days=int(days),
        posts=best.posts,
        mean_engagements=best.mean,
        prior_posts=best_times.PRIOR,
        least_posts=best_times.LEAST_POSTS,
        slots=tuple(
            SlotShown(
                weekday=WEEKDAYS[slot.weekday],
                from_hour=slot.from_hour,
                until_hour=slot.from_hour + best_times.HOURS,
                posts=slot.posts,
                lift=slot.lift,
            )
            for slot in best.slots
        ),
        note=_note(best),
    )


def _note(best: best_times.BestTimes) -> str:
    if best.posts < best_times.LEAST_POSTS:
        return (
            f"Too few posts to say anything: {best.posts} of {best_times.LEAST_POSTS} that are"
            " measured and at least two days old."
        )
    if not best.slots:
        return "Nobody engaged with any of these posts, so no time was better than another."
    return (
        f"From {best.posts} posts of this channel. Each lift is drawn toward 1 as if"
        f" {best_times.PRIOR} average posts stood beside those of its time."
    )
