"""Publishing, function by function: each does all that its line in `infra.access` lets it do."""

from datetime import timedelta

from tellal import clock, wiring
from tellal.channels import ChannelState
from tellal.deliveries import State, Step
from tests.conftest import connected
from tests.integration.deliveries import hints, part, picture, scheduled, stored
from tests.permissions.world import World, kept, was_renewed
from tests.pictures import png

MINUTE = timedelta(minutes=1)


def dispatch_due_posts(world: World) -> None:
    channel = world.mastodon()
    due = [
        scheduled(channel, publish_at=world.now, next_attempt_at=world.now, next_step=step)
        for step in Step
    ]

    world.tick("dispatch_due_posts", "every_minute")

    for delivery in due:
        assert delivery.next_step is not None
        [hint] = hints(delivery.next_step)
        assert delivery.delivery_id in hint["Body"]
        assert stored(delivery).queued_for == world.now


def prepare_delivery(world: World) -> None:
    wiring.media_bucket().put("media/picture.png", png(40, 30), content_type="image/png")
    soon = {"publish_at": world.now + MINUTE, "next_attempt_at": world.now}
    soon |= {"next_step": Step.PREPARE}
    bluesky, mastodon = world.bluesky(), world.mastodon()
    shown = scheduled(bluesky, part("Look", media=(picture(),)), **soon)
    world.follow_hint("prepare_delivery", shown)

    ready = stored(shown)
    assert (ready.state, ready.next_step) == (State.READY, Step.PUBLISH)
    assert ready.queued_for == ready.next_attempt_at  # the hint was sent
    assert was_renewed(bluesky)

    world.throttle("mastodon", "/api/v2/media")
    later = scheduled(mastodon, part("Look", media=(picture(),)), **soon)
    world.follow_hint("prepare_delivery", later)

    waiting = stored(later)
    assert (waiting.state, waiting.next_step) == (State.SCHEDULED, Step.PREPARE)
    assert waiting.queued_for == waiting.next_attempt_at
    assert kept(mastodon).resume_at is not None


def publish_delivery(world: World) -> None:
    now = {"publish_at": world.now, "next_attempt_at": world.now}
    bluesky, mastodon = world.bluesky(), world.mastodon()
    said = scheduled(bluesky, part("Hello"), **now)
    world.follow_hint("publish_delivery", said)

    assert stored(said).state is State.PUBLISHED
    assert [post["text"] for post in world.sandboxes["bluesky"].control.posts()] == ["Hello"]
    assert was_renewed(bluesky)

    expired = {"state": State.READY, "prepared_until": world.now - MINUTE}
    stale = scheduled(
        mastodon, part("Look", media=(picture(),), prepared={}, ready=True), **now, **expired
    )
    world.follow_hint("publish_delivery", stale)

    [hint] = hints(Step.PREPARE)
    assert stale.delivery_id in hint["Body"]

    world.throttle("mastodon", "/api/v1/statuses")
    later = scheduled(mastodon, part("Later"), **now)
    world.follow_hint("publish_delivery", later)

    waiting = stored(later)
    assert waiting.queued_for == waiting.next_attempt_at
    assert kept(mastodon).resume_at is not None


def account_for_deliveries(world: World) -> None:
    hour_ago = world.now - timedelta(hours=1)
    scheduled(world.mastodon(), publish_at=hour_ago, next_attempt_at=None, next_step=None)
    lost = wiring.settings().dead_letter_queue_urls[0]
    wiring.aws("sqs").send_message(QueueUrl=lost, MessageBody="a bug")

    world.tick("account_for_deliveries", "every_hour")

    for metric in ("unaccounted_deliveries", "dead_letters"):
        [point] = wiring.aws("cloudwatch").get_metric_statistics(
            Namespace="Tellal",
            MetricName=metric,
            StartTime=world.now - MINUTE,
            EndTime=clock.now() + MINUTE,
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        assert point["Maximum"] == 1, metric


def refresh_credentials(world: World) -> None:
    good = world.bluesky()
    ended = connected(
        world.workspace,
        "bluesky",
        {"access_token": "ended", "refresh_token": "ended", "expires_at": world.now},
        remote_id="did:plc:ended",
        name="Acme",
        handle="ended.example",
        server={"pds": world.sandboxes["bluesky"].url},
    )

    world.tick("refresh_credentials", "every_hour")

    assert was_renewed(good)
    assert kept(ended).state is ChannelState.NEEDS_RECONNECT
