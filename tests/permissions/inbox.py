"""The inbox, function by function: each does all that its line in `infra.access` lets it do."""

from local.demo.api import until
from tellal import clock, wiring
from tests.integration import webhooks
from tests.integration.deliveries import part, scheduled, stored
from tests.permissions.world import World, kept, was_renewed


def verify_webhook(world: World) -> None:
    webhooks.app()

    reply = world.invoke("verify_webhook", world.event("verify_webhook/facebook"))

    assert (reply["statusCode"], reply["body"]) == (200, "1158201444")


def process_inbox(world: World) -> None:
    webhooks.app()
    page = webhooks.page(world.workspace)
    told = [
        webhooks.comment(1, "Helo"),
        webhooks.comment(2, "Anybody there?"),
        webhooks.comment(1, "Hello", verb="edited", at=1767261595),
        webhooks.comment(2, "", verb="remove"),
    ]
    records = [webhooks.record(body, message_id=str(number)) for number, body in enumerate(told)]
    forged = webhooks.record(webhooks.comment(3, "Buy this"), secret="guessed", message_id="forged")

    reply = world.invoke("process_inbox", {"Records": [*records, forged]})

    assert reply == {"batchItemFailures": []}
    [conversation] = webhooks.conversations(page)
    assert {each.text for each in webhooks.messages(conversation)} == {"Hello", ""}
    assert kept(page).last_heard_at is not None
    today = clock.day(clock.now())
    archive = wiring.webhooks().archive
    assert len(list(archive.keys(f"webhooks/facebook/{today}/"))) == len(told)
    refused = wiring.once().get("refused", f"facebook#{today}", now=world.now)
    assert refused is not None
    assert refused["count"] == 1


def poll_inbox(world: World) -> None:
    channel = world.bluesky()
    post = scheduled(channel, part("Hello"), publish_at=world.now, next_attempt_at=world.now)
    world.follow_hint("publish_delivery", post)
    remote = stored(post).parts[0].remote
    assert remote is not None
    people = world.sandboxes["bluesky"].control
    people.act(who="ayse", do="reply", post=remote.id, text="Good morning")
    world.expire(channel)

    world.tick("poll_inbox", "every_two_minutes")

    assert until(lambda: kept(channel).inbox_cursor)  # moved once everything is stored
    assert was_renewed(channel)

    people.act(who="ayse", do="reply", post=remote.id, text="Are you open?")
    world.invoke("poll_inbox", {"channel_id": channel.channel_id})

    x = world.x()
    world.invoke("poll_inbox", {"channel_id": x.channel_id})

    assert was_renewed(x)
    [conversation] = webhooks.conversations(channel)
    assert conversation.unanswered == 2
    assert len(webhooks.messages(conversation)) == 2
