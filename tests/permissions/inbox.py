"""The inbox, function by function: each does all that its line in `infra.access` lets it do."""

import json
from datetime import datetime

from local.demo.api import until
from local.sandboxes.tiktok import webhooks as tiktok
from tellal import clock, ids, wiring
from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Conversation, ConversationState, contact_id
from tellal.deliveries import Delivery, State, Step
from tellal.inbox.answering import answer, note
from tellal.members import Member
from tellal.platforms import PLATFORMS
from tellal.rules import Hour, Rule, Rulebook, Then, When
from tellal.stores.table import encoded, transact
from tests.integration import webhooks
from tests.integration.deliveries import hints, part, scheduled, stored
from tests.permissions.publishing import film
from tests.permissions.world import World, kept, was_renewed

ASKING = Then(ask=True)


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

    closed(conversation)
    again = webhooks.comment(4, "And tomorrow?"), webhooks.comment(5, "Here, too?", post="222")
    records = [webhooks.record(body, message_id=body) for body in again]

    assert world.invoke("process_inbox", {"Records": records}) == {"batchItemFailures": []}

    assert len(webhooks.conversations(page)) == 2

    _told_of_what_is_done(world)


def _told_of_what_is_done(world: World) -> None:
    """A film that TikTok works on is asked about at once."""
    filmed = film(world, publish_at=world.now, next_attempt_at=world.now)
    world.follow_hint("publish_delivery", filmed)
    waits, at = stored(filmed), int(clock.now().timestamp())
    assert waits.next_attempt_at is not None
    channel = wiring.channels().get(waits.channel_id)
    assert channel is not None
    publish_id = (waits.parts[0].prepared or {})["publish_id"]
    body = tiktok.complete(publish_id, account=channel.remote_id, at=at)
    headers = tiktok.signed(body, secret=webhooks.SECRET, at=at)
    webhooks.app(platform="tiktok")

    record = webhooks.carried("tiktok", body, headers, at=at)

    assert world.invoke("process_inbox", {"Records": [record]}) == {"batchItemFailures": []}
    sooner = stored(filmed).next_attempt_at
    assert sooner is not None
    assert sooner < waits.next_attempt_at
    assert filmed.delivery_id in hints(Step.PUBLISH)[-1]["Body"]


def closed(conversation: Conversation) -> None:
    """Put away, so that it comes back."""
    put_away = conversation.model_copy(update={"state": ConversationState.CLOSED})
    wiring.conversations().save(conversation, put_away)


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

    webhooks.app(platform="telegram")  # whose secret the platform is given
    bot = world.telegram()
    world.invoke("poll_inbox", {"channel_id": bot.channel_id})

    told_of = world.sandboxes["telegram"].control.requests()
    assert any(each["path"].endswith("/setWebhook") for each in told_of)

    [conversation] = webhooks.conversations(channel)
    assert conversation.unanswered == 2
    assert len(webhooks.messages(conversation)) == 2

    closed(conversation)
    people.act(who="ayse", do="reply", post=remote.id, text="And tomorrow?")
    people.act(who="ayse", do="mention", account=channel.handle, text=f"I like @{channel.handle}")
    world.invoke("poll_inbox", {"channel_id": channel.channel_id})

    assert len(webhooks.conversations(channel)) == 2


def known(world: World, *, messages: int = 1) -> tuple[Channel, str]:
    """A page, and the contact of somebody who wrote to it."""
    page = webhooks.page(world.workspace)
    for number in range(messages):
        body = webhooks.comment(number, "My secret").encode()
        [heard] = PLATFORMS["facebook"].normalise(body).heard  # type: ignore[attr-defined]
        wiring.inbox().store(page, heard, now=world.now)
    return page, contact_id(page.workspace_id, "facebook", "2401")


def answer_webhook(world: World) -> None:
    webhooks.app()
    _, contact = known(world)

    reply = world.invoke("answer_webhook", world.event("answer_webhook/facebook_erasure"))

    assert reply["statusCode"] == 200, reply
    code = json.loads(reply["body"])["confirmation_code"]
    assert wiring.once().get("erasure", code, now=world.now) is not None
    assert until(lambda: erased(contact))  # by the function that it asked


def apply_rules(world: World) -> None:
    """Two rules, the second of which may do no more; the first hides the message, too."""
    members = [
        Member(
            member_id=ids.new("mem", now=world.now),
            workspace_id=world.workspace.workspace_id,
            name=name,
            role="editor",
            created_at=world.now,
        )
        for name in ("Ayşe", "Mehmet")
    ]
    for each in members:
        wiring.members().create(each)
    assign = [each.member_id for each in members]
    new = Then(tags=("new",), assign=tuple(assign), hide=True)
    everybody = When(first_time=True, hours=Hour.INSIDE)
    rules = [
        Rule(rule_id=name, name=name, when=everybody, then=then, on=True, created_at=world.now)
        for name, then in {"new": new, "wild": ASKING}.items()
    ]
    rules[1] = rules[1].model_copy(update={"most_an_hour": 0})
    workspace_id = world.workspace.workspace_id
    wiring.rulebooks().create(Rulebook(workspace_id=workspace_id, rules=tuple(rules), version=1))
    page, _ = known(world)
    [conversation] = webhooks.conversations(page)
    [message] = webhooks.messages(conversation)
    event = world.event("apply_rules/a_message_arrived")
    event["Records"][0]["dynamodb"]["NewImage"] = encoded(wiring.messages().item(message))

    reply = world.invoke("apply_rules", event)

    assert reply == {"batchItemFailures": []}
    [conversation] = webhooks.conversations(page)
    assert (conversation.tags, conversation.assignee) == (("new",), assign[0])
    [due] = wiring.deliveries().due("facebook", until=clock.now())
    assert due.channel_id == page.channel_id
    book = wiring.rulebooks().get(workspace_id)
    assert book is not None
    assert [each.on for each in book.rules] == [True, False]


def follow_conversations(world: World) -> None:
    """An answer that failed, and one that closed its conversation and is out."""
    page, _ = known(world)
    for state in (State.FAILED, State.PUBLISHED):
        [conversation] = webhooks.conversations(page)
        before = answered(page, conversation, now=world.now)
        out = world.now if state is State.PUBLISHED else None
        settled = {"state": state, "next_attempt_at": None, "next_step": None, "published_at": out}
        after = wiring.deliveries().save(before, before.model_copy(update=settled))
        event = world.event("follow_conversations/an_answer_failed")
        for name, row in {"OldImage": before, "NewImage": after}.items():
            event["Records"][0]["dynamodb"][name] = encoded(wiring.deliveries().item(row))

        assert world.invoke("follow_conversations", event) == {"batchItemFailures": []}

        after_it = wiring.conversations().get(conversation.conversation_id)
        assert after_it is not None
        assert after_it.state == ("open" if out is None else "closed")
    day = f"observations/workspace={page.workspace_id}/date={clock.day(world.now)}/"
    assert len(list(wiring.shelf().bucket.keys(day))) == 2  # the first answer, and the end


def answered(page: Channel, conversation: Conversation, *, now: datetime) -> Delivery:
    [heard] = [each for each in webhooks.messages(conversation) if each.remote_id is not None]
    made = answer(
        conversation=conversation,
        message=heard,
        channel=page,
        text="Until six.",
        by=Who(id="mem_1"),
        now=now,
        closes=True,
    )
    writes = [
        wiring.deliveries().creation(made.delivery),
        wiring.messages().creation(made.message),
        wiring.conversations().saving(conversation, made.conversation),
    ]
    transact(wiring.aws("dynamodb"), writes)
    return made.delivery


def erase_contacts(world: World) -> None:
    page, contact = known(world, messages=3)
    [conversation] = webhooks.conversations(page)
    settled = {"state": State.CANCELLED, "next_attempt_at": None, "next_step": None}
    delivery = scheduled(page, part("Dear Somebody"), post_id=None, **settled)
    ours = note(conversation, "Dear Somebody", by=Who(id="mem_1"), now=world.now)
    wiring.messages().create(ours.model_copy(update={"delivery_id": delivery.delivery_id}))
    seen = wiring.contacts().get(contact)
    assert seen is not None
    transact(
        wiring.aws("dynamodb"),
        wiring.erasing().beginning(seen, by=Who(id="mem_1"), now=world.now),
    )

    world.invoke("erase_contacts", {"contact_id": contact})

    assert erased(contact)
    assert {each.text for each in webhooks.messages(conversation)} == {""}
    assert stored(delivery).parts[0].text == ""


def erased(contact_id: str) -> bool:
    contact = wiring.contacts().get(contact_id)
    return contact is not None and contact.erased_at is not None
