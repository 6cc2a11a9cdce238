"""X, LinkedIn and TikTok by webhook, from the queue's record to what is kept of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from functions.process_inbox.handler import handler
from functions.verify_webhook.handler import handler as verify
from local.sandboxes.linkedin import webhooks as linkedin
from local.sandboxes.tiktok import webhooks as tiktok
from local.sandboxes.x import webhooks as x
from tellal import clock, ids, wiring
from tellal.channels import App, Channel, ChannelState, Workspace
from tellal.deliveries import Delivery, State, Step
from tellal.inbox.replaying import replay
from tellal.stores.secrets import of_app
from tests.conftest import TEN, Clock, Network, connected
from tests.integration import webhooks
from tests.integration.deliveries import hints, part, scheduled, stored

SECRET = "an_app_secret_0123456789"
AT = int(TEN.timestamp())
PAGE = "urn:li:organization:5"

Process = Callable[..., list[str]]


def app(platform: str) -> App:
    made = App(app_id=ids.new("app", now=TEN), platform=platform, created_at=TEN)
    sealed = wiring.vault().seal(SecretStr(SECRET), of_app(made.app_id), field="webhook_secret")
    return wiring.apps().create(made.model_copy(update={"sealed_webhook_secrets": (sealed,)}))


def channel(workspace: Workspace, platform: str, remote_id: str, **facts: Any) -> Channel:
    for key in list(wiring.webhooks().archive.keys(f"webhooks/{platform}/")):
        wiring.webhooks().archive.delete(key)
    app(platform)
    secrets = {"access_token": SecretStr("token"), "refresh_token": SecretStr("more")}
    usual = {"remote_id": remote_id, "name": "Acme", "handle": "acme"}
    return connected(workspace, platform, secrets, **usual | facts)


@pytest.fixture
def process(empty: None, network: Network, context: Any) -> Process:
    """Hand records to the function; returns the ids of those that it leaves in the queue."""

    def process(*records: webhooks.Record) -> list[str]:
        reply = handler({"Records": list(records)}, context)
        return [each["itemIdentifier"] for each in reply["batchItemFailures"]]

    return process


def from_tiktok(body: bytes, *, signed: int = AT, came: int = AT) -> webhooks.Record:
    return webhooks.carried("tiktok", body, tiktok.signed(body, secret=SECRET, at=signed), at=came)


def refused(platform: str) -> int:
    return wiring.webhooks().refused_today(platform, now=TEN)


def current(seen: Channel) -> Channel:
    found = wiring.channels().get(seen.channel_id)
    assert found is not None
    return found


def test_a_comment_on_tiktok_is_kept_once_with_its_exact_id(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "tiktok", "act.acme")
    body = tiktok.comment(7123456789012345679, video=7, account="act.acme", at=AT)

    for _ in range(2):
        assert process(from_tiktok(body)) == []

    [conversation] = webhooks.conversations(ours)
    [message] = webhooks.messages(conversation)
    assert (message.remote_id, message.text) == ("7123456789012345679", "")


@pytest.mark.parametrize(
    ("signed", "kept"), [(AT - 299, 1), (AT + 299, 1), (AT - 301, 0), (AT + 301, 0)]
)
def test_a_copy_of_what_tiktok_signed_long_before_is_refused(
    signed: int, kept: int, process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "tiktok", "act.acme")
    body = tiktok.comment(7, video=7, account="act.acme", at=AT)

    assert process(from_tiktok(body, signed=signed)) == []

    assert len(webhooks.conversations(ours)) == kept
    assert refused("tiktok") == 1 - kept


def test_what_waited_in_the_queue_for_a_day_came_in_time(
    process: Process, workspace: Workspace, held_clock: Clock
) -> None:
    ours = channel(workspace, "tiktok", "act.acme")
    body = tiktok.comment(7, video=7, account="act.acme", at=AT)
    held_clock.wait(86_400)

    process(from_tiktok(body))

    assert len(webhooks.conversations(ours)) == 1


def test_what_is_in_the_archive_is_never_too_old(process: Process, workspace: Workspace) -> None:
    ours = channel(workspace, "tiktok", "act.acme")
    process(from_tiktok(tiktok.comment(7, video=7, account="act.acme", at=AT)))
    [conversation] = webhooks.conversations(ours)
    [message] = webhooks.messages(conversation)
    wiring.conversations().table.delete(conversation.conversation_id)
    wiring.messages().table.delete(message.message_id)

    keys = wiring.webhooks().archive.keys(f"webhooks/tiktok/{clock.day(TEN)}/")
    later = TEN + timedelta(days=20)
    outcomes = [dict(each.outcomes) for each in replay(keys, webhooks=wiring.webhooks(), now=later)]

    assert outcomes == [{"stored": 1}]
    assert len(webhooks.conversations(ours)) == 1


def removed(at: int = AT) -> webhooks.Record:
    body = tiktok.event("authorization.removed", {"reason": 1}, account="act.acme", at=at)
    return from_tiktok(body, signed=at, came=at)


def test_a_channel_whose_owner_took_permission_back_is_to_be_connected_again(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "tiktok", "act.acme", connected_at=TEN - timedelta(days=1))
    other = channel(workspace, "tiktok", "act.other")

    assert process(removed()) == []
    first = current(ours)
    assert process(removed()) == []

    assert first.state is ChannelState.NEEDS_RECONNECT
    assert first.trouble == (
        "Acme must be connected again: TikTok says that its owner took our permission back"
    )
    assert current(ours) == first
    assert current(other).state is ChannelState.CONNECTED


def test_a_channel_that_was_connected_again_since_is_left_alone_by_a_replay(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "tiktok", "act.acme", connected_at=TEN + timedelta(hours=1))

    process(removed())

    assert current(ours).state is ChannelState.CONNECTED


def test_x_says_so_too(process: Process, workspace: Workspace) -> None:
    ours = channel(workspace, "x", "1001", connected_at=TEN - timedelta(days=1))
    taken = {"date_time": clock.text(TEN), "user_id": "1001", "app_id": "2"}
    body = x.activity("oauth.revoke", taken, account="1001")

    process(webhooks.carried("x", body, x.signed(body, secret=SECRET)))

    assert current(ours).state is ChannelState.NEEDS_RECONNECT


def test_a_mention_and_a_direct_message_on_x_are_conversations(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "x", "1001")
    mention = {
        "id": "2090000000000000001",
        "author_id": "2222",
        "text": "@acme Merhaba 😀",
        "created_at": clock.text(TEN),
    }
    for body in (
        x.activity("post.mention.create", mention, account="1001"),
        x.activity("post.reply.create", mention, account="1001"),
        x.direct("hello", event_id="5", at=AT * 1000 + 1000, sender="2222", account="1001"),
    ):
        assert process(webhooks.carried("x", body, x.signed(body, secret=SECRET))) == []

    kinds = [(each.kind, each.excerpt) for each in webhooks.conversations(ours)]
    assert kinds == [("direct", "hello"), ("mention", "@acme Merhaba 😀")]


def test_a_batch_from_linkedin_is_kept_but_for_what_cannot_be_read_and_fails_whole_for_that(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "linkedin", PAGE)
    activity = "urn:li:comment:(urn:li:activity:1,{})"
    comments = [
        {
            "notificationId": number,
            "organizationalEntity": PAGE,
            "action": "COMMENT",
            "sourcePost": "urn:li:share:1",
            "generatedActivity": activity.format(number),
            "decoratedGeneratedActivity": {
                "comment": {"owner": f"urn:li:person:{number}", "text": f"Number {number}"}
            },
            "lastModifiedAt": (AT + number) * 1000,
        }
        for number in (1, 2)
    ]
    body = linkedin.told(comments[0], {"action": "COMMENT"}, comments[1])

    left = process(webhooks.carried("linkedin", body, linkedin.signed(body, secret=SECRET)))

    assert left == ["message-1"]
    assert [each.excerpt for each in webhooks.conversations(ours)] == ["Number 2", "Number 1"]


@pytest.mark.parametrize(
    ("platform", "query", "answer"),
    [
        ("x", x.question("abc"), f'{{"response_token": "{x.answer("abc", secret=SECRET)}"}}'),
        ("linkedin", linkedin.question("890e-4665"), None),
    ],
)
def test_who_asks_whose_address_this_is_is_answered_as_json(
    platform: str,
    query: dict[str, str],
    answer: str | None,
    empty: None,
    network: Network,
    context: Any,
) -> None:
    app(platform)
    event = {"pathParameters": {"platform": platform}, "queryStringParameters": query}

    reply = verify(event, context)

    assert (reply["statusCode"], reply["headers"]["content-type"]) == (200, "application/json")
    if answer:
        assert reply["body"] == answer
    forged = dict.fromkeys(query, '{"data":{}}')
    assert verify({**event, "queryStringParameters": forged}, context)["statusCode"] == 403


def accepted(channel: Channel, publish_id: str, **facts: Any) -> Delivery:
    """TikTok has it, and is to be asked about it in four minutes."""
    usual = {
        "state": State.PUBLISHING,
        "next_attempt_at": TEN + timedelta(minutes=4),
        "queued_for": TEN + timedelta(minutes=4),
    }
    said = part("Look", prepared={"publish_id": publish_id}, ready=True, doubt_at=TEN, key_at=TEN)
    return scheduled(channel, said, **usual | facts)


def test_what_tiktok_says_it_is_done_with_is_asked_about_at_once(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "tiktok", "act.acme")
    one, other = accepted(ours, "v_pub~1"), accepted(ours, "v_pub~2")
    body = tiktok.complete("v_pub~1", account="act.acme", at=AT)

    for _ in range(2):
        assert process(from_tiktok(body)) == []

    assert stored(one).next_attempt_at == TEN
    assert stored(one).state is State.PUBLISHING  # until TikTok itself is asked
    assert stored(other) == other
    [hint] = hints(Step.PUBLISH)
    assert one.delivery_id in hint["Body"]


def test_nobody_is_asked_for_what_a_worker_asks_about_or_nobody_waits_for(
    process: Process, workspace: Workspace
) -> None:
    ours = channel(workspace, "tiktok", "act.acme")
    other = channel(workspace, "tiktok", "act.else")
    held = [
        accepted(ours, "v_pub~1", lease_until=TEN + timedelta(minutes=1)),
        accepted(other, "v_pub~1"),
        scheduled(ours, next_attempt_at=TEN + timedelta(minutes=4)),
    ]
    body = tiktok.complete("v_pub~1", account="act.acme", at=AT)

    assert process(from_tiktok(body)) == []

    assert [stored(each) for each in held] == held
    assert hints(Step.PUBLISH) == []
