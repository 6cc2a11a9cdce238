"""Whatever call of measuring a channel fails, the next hour makes up for it, and counts it once."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from functions.collect_metrics.handler import handler as collect_metrics
from tellal import wiring
from tests.conftest import TEN
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind, amount
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import HOUR, World
from tests.faults.violation import Violation
from tests.integration.test_collect_metrics import mastodon, public

POSTS, FOLLOWERS = 3, 120
TELL = mastodon(
    followers=FOLLOWERS, posts={str(n): {"favourites_count": n} for n in range(1, POSTS + 1)}
)


@pytest.fixture
def platform(measuring: MeasuringStage) -> Iterator[None]:
    """It answers as long as the border lets it; what AWS would refuse, it is too busy for."""

    def respond(request: httpx.Request) -> httpx.Response:
        try:
            with measuring.border.call(f"{request.method} {request.url.path}"):
                return TELL(request)
        except ClientError:
            return httpx.Response(503)
        except BotoCoreError as error:
            raise httpx.ReadTimeout("no answer", request=request) from error

    with wiring.rewired(transport=httpx.MockTransport(respond)):
        yield


def published(stage: MeasuringStage) -> World:
    world = stage.world()
    world.facts["posts"] = [public(world.channel, n) for n in range(1, POSTS + 1)]
    stage.clock.time = TEN + timedelta(days=1)
    return world


def measure(world: World) -> None:
    world.run(collect_metrics, {"channel_id": world.channel.channel_id})


def measured_again(world: World) -> None:
    """By the next hour's run, and by one that Lambda makes twice."""
    for _ in range(2):
        world.stage.clock.move(HOUR.total_seconds())
        measure(world)


def wrong(world: World, _: Trouble | None) -> Iterator[Violation[Kind]]:
    told = world.amounts()
    yield from amount("likes", told["likes"], sum(range(1, POSTS + 1)))
    yield from amount("followers", told["followers"], FOLLOWERS)
    posts = wiring.deliveries().get_many([each.delivery_id for each in world.facts["posts"]])
    yield from amount("posts measured", sum(each.measured_at is not None for each in posts), POSTS)
    due = wiring.deliveries().to_measure(
        world.channel.channel_id, until=world.stage.clock.time, most=POSTS
    )
    yield from amount("posts that stay due", len(due), 0)
    kept = wiring.channels().get(world.channel.channel_id)
    yield from amount(
        "channels measured", int(kept is not None and kept.measured_at is not None), 1
    )


@pytest.mark.usefixtures("platform")
def test_the_next_hour_makes_up_for_whatever_failed(measuring: MeasuringStage) -> None:
    journey = Journey(
        begin=lambda: published(measuring), go=measure, after=measured_again, check=wrong
    )
    assert suffer(measuring, journey) == []
