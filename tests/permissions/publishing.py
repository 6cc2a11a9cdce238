"""Publishing, function by function: each does all that its line in `infra.access` lets it do."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from local.aws.process import LocalAws
from tellal import clock, ids, wiring
from tellal.audit import Who
from tellal.channels import Channel, ChannelState
from tellal.config import settings
from tellal.conversations import (
    Author,
    Conversation,
    ConversationState,
    Heard,
    MessageKind,
    conversation_id,
    message_id,
)
from tellal.deliveries import Delivery, State, Step
from tellal.inbox.answering import Way, action, answer
from tellal.platforms.tiktok import TikTok
from tellal.posts import Action, Content
from tellal.publishing.search import claim_key
from tellal.stores import schema
from tests.conftest import connected
from tests.integration.deliveries import hints, part, picture, scheduled, stored
from tests.permissions.world import World, kept, was_renewed
from tests.pictures import png
from tests.videos import CLIP, VIDEO

MINUTE = timedelta(minutes=1)


def snoozed(channel: Channel, *, until: datetime) -> Conversation:
    return wiring.conversations().create(
        Conversation(
            conversation_id=ids.new("conv", now=until),
            workspace_id=channel.workspace_id,
            channel_id=channel.channel_id,
            platform=channel.platform,
            contact_id="con_1",
            kind=MessageKind.MENTION,
            author=Author(remote_id="7", handle="ayse"),
            state=ConversationState.SNOOZED,
            snoozed_until=until,
            last_message_at=until,
            created_at=until,
        )
    )


def dispatch_due_posts(world: World) -> None:
    channel = world.mastodon()
    due = [
        scheduled(channel, publish_at=world.now, next_attempt_at=world.now, next_step=step)
        for step in Step
    ]

    asleep = snoozed(channel, until=world.now)

    world.tick("dispatch_due_posts", "every_minute")

    woken = wiring.conversations().get(asleep.conversation_id)
    assert woken is not None
    assert woken.state is ConversationState.OPEN
    [told] = wiring.audit().of_subject(asleep.conversation_id).items
    assert told["what"] == "woken"
    for delivery in due:
        assert delivery.next_step is not None
        [hint] = hints(delivery.next_step)
        assert delivery.delivery_id in hint["Body"]
        assert stored(delivery).queued_for == world.now


def prepare_delivery(world: World) -> None:
    wiring.media_bucket().put("media/picture.png", png(640, 480), content_type="image/png")
    soon: dict[str, Any] = {"publish_at": world.now + MINUTE, "next_attempt_at": world.now}
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

    fetched = scheduled(world.instagram(), part("Look", media=(picture(),)), **soon)
    world.follow_hint("prepare_delivery", fetched)

    [copy] = wiring.media_bucket().keys("renditions/")
    assert copy.startswith("renditions/picture.png/")

    x, other = world.x(), world.x("other")
    world.throttle_app("/2/media/upload")
    world.follow_hint("prepare_delivery", scheduled(x, part("Look", media=(picture(),)), **soon))

    assert was_renewed(x)
    assert kept(x).resume_at == kept(other).resume_at is not None


def _answered_and_deleted(world: World) -> None:
    """What stands in the inbox of an answer and an action, is written where they are sent."""
    channel, people = world.facebook(), world.sandboxes["facebook"].control
    post = people.act(who="acme", do="post", text="Fresh bread")
    said = people.act(who="ayse", do="reply", post=post["id"], text="Open today?")
    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id=said["id"],
        kind=MessageKind.COMMENT,
        author=Author(remote_id="ayse", handle="ayse"),
        text="Open today?",
        sent_at=world.now,
        thread=post["id"],
    )
    wiring.inbox().store(channel, heard, now=world.now)
    message = wiring.messages().get(message_id(channel.channel_id, said["id"]))
    assert message is not None
    conversation = wiring.conversations().get(message.conversation_id)
    assert conversation is not None
    made = answer(
        conversation=conversation,
        message=message,
        channel=channel,
        text="Until six.",
        by=Who(id="key_1"),
        now=world.now,
        way=Way(privately=True),
    ).delivery
    for delivery in (made, action(message, channel, Action.DELETE, now=world.now)):
        wiring.deliveries().create(delivery)
        world.follow_hint("publish_delivery", delivery)
        assert stored(delivery).state is State.PUBLISHED

    assert wiring.conversations().get(conversation_id(channel.channel_id, "ayse", "ayse"))
    deleted = wiring.messages().get(message.message_id)
    assert deleted is not None
    assert deleted.removed_at is not None


def publish_delivery(world: World) -> None:
    now = {"publish_at": world.now, "next_attempt_at": world.now}
    bluesky, mastodon = world.bluesky(), world.mastodon()
    said = scheduled(bluesky, part("Hello"), **now)
    world.follow_hint("publish_delivery", said)

    assert stored(said).state is State.PUBLISHED
    assert [post["text"] for post in world.sandboxes["bluesky"].control.posts()] == ["Hello"]
    assert was_renewed(bluesky)

    world.refuse_token("bluesky", "/xrpc/com.atproto.repo.*")
    refused = scheduled(bluesky, part("Hello again"), **now)
    before = wiring.credentials().get(bluesky.channel_id)
    world.follow_hint("publish_delivery", refused)

    assert before != wiring.credentials().get(bluesky.channel_id)

    expired = {"state": State.READY, "prepared_until": world.now - MINUTE}
    stale = scheduled(
        mastodon, part("Look", media=(picture(),), prepared={}, ready=True), **now, **expired
    )
    world.follow_hint("publish_delivery", stale)

    [hint] = hints(Step.PREPARE)
    assert stale.delivery_id in hint["Body"]

    elsewhere = world.not_truly_mastodon(mastodon)
    claimed = scheduled(elsewhere, part("Mine"), **now)
    world.follow_hint("publish_delivery", claimed)

    remote = stored(claimed).parts[0].remote
    assert remote is not None
    assert wiring.once().claimed_by(claim_key(elsewhere, remote)) == claimed.delivery_id

    world.throttle("mastodon", "/api/v1/statuses")
    later = scheduled(mastodon, part("Later"), **now)
    world.follow_hint("publish_delivery", later)

    waiting = stored(later)
    assert waiting.queued_for == waiting.next_attempt_at
    assert kept(mastodon).resume_at is not None

    _answered_and_deleted(world)
    x, other = world.x(), world.x("other")
    paid = scheduled(x, part("Hello"), **now)
    world.follow_hint("publish_delivery", paid)

    assert stored(paid).state is State.PUBLISHED
    assert was_renewed(x)
    by_month = (world.workspace.workspace_id, "x")
    assert wiring.spending().of_month(*by_month, now=world.now) > 0

    world.throttle_app("/2/tweets")
    world.follow_hint("publish_delivery", scheduled(x, part("More"), **now))

    assert kept(x).resume_at == kept(other).resume_at is not None

    filmed = film(world, **now)
    world.follow_hint("publish_delivery", filmed)

    assert stored(filmed).attempts[-1].outcome == "accepted"


def film(world: World, **facts: Any) -> Delivery:
    """On TikTok, uploaded but for its last chunk, which is its only one."""
    wiring.media_bucket().put(VIDEO.object_key, CLIP, content_type=VIDEO.mime_type)
    content = Content(text="Hello", media=(VIDEO,), options={"tiktok": {"privacy": "everyone"}})
    channel = world.tiktok()
    parts = TikTok.render(content, channel)
    made = scheduled(channel, *parts, **{**facts, "next_step": Step.PREPARE})
    world.follow_hint("prepare_delivery", made)
    return stored(made)


def account_for_deliveries(world: World) -> None:
    hour_ago = world.now - timedelta(hours=1)
    scheduled(world.mastodon(), publish_at=hour_ago, next_attempt_at=None, next_step=None)
    lost = settings().dead_letter_queue_urls[0]
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
    good, x = world.bluesky(), world.x()
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
    assert was_renewed(x)
    assert kept(ended).state is ChannelState.NEEDS_RECONNECT


def publish_events(world: World) -> None:
    delivery = scheduled(world.mastodon())
    wiring.deliveries().save(delivery, delivery.moved(State.FAILED))

    with automation(world.aws) as told:
        records = [
            record
            for table in schema.TABLES
            if table.streams
            for record in read_stream(world.aws, settings().tables[table.name])
            if world.workspace.workspace_id in str(record)
        ]
        reply = world.invoke("publish_events", {"Records": records})
        events = told()

    assert reply == {"batchItemFailures": []}
    assert [event["detail-type"] for event in events] == ["PublishFailed"]
    assert events[0]["detail"]["delivery_id"] == delivery.delivery_id


def read_stream(aws: LocalAws, table: str) -> list[dict[str, Any]]:
    """What Lambda reads for the function and hands to it, under its role; ministack asks for no
    grant there that a policy could name."""
    streams = aws.client("dynamodbstreams")
    arn = aws.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    records: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records += streams.get_records(ShardIterator=iterator)["Records"]
    for record in records:
        record["dynamodb"].pop("ApproximateCreationDateTime")  # JSON has no such type
    return records


@contextmanager
def automation(aws: LocalAws) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """A rule on the bus, as an owner would make one; what has come of it."""
    sqs, events, bus = aws.client("sqs"), aws.client("events"), settings().event_bus
    url = sqs.create_queue(QueueName="automation")["QueueUrl"]
    facts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    rule = {"Rule": "automation", "EventBusName": bus}
    pattern = json.dumps({"source": ["tellal"]})
    events.put_rule(Name="automation", EventBusName=bus, EventPattern=pattern)
    events.put_targets(**rule, Targets=[{"Id": "queue", "Arn": facts["QueueArn"]}])

    def told() -> list[dict[str, Any]]:
        reply = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(message["Body"]) for message in reply.get("Messages", [])]

    try:
        yield told
    finally:
        events.remove_targets(**rule, Ids=["queue"])
        events.delete_rule(Name="automation", EventBusName=bus)
        sqs.delete_queue(QueueUrl=url)
