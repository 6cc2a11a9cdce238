import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from functions.process_inbox.handler import handler
from local.aws.process import LocalAws
from tellal import clock, wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.config import settings
from tellal.conversations import Author, Heard, MessageKind
from tellal.inbox.receiving import ERASED, Outcome, tombstone_key
from tellal.inbox.replaying import replay
from tellal.stores.table import transact
from tests.conftest import TEN, Clock, Network, connected
from tests.integration import webhooks

NOTHING_FAILED: dict[str, list[Any]] = {"batchItemFailures": []}


@pytest.fixture
def page(empty: None, network: Network, workspace: Workspace) -> Channel:
    """Facebook's app, an empty archive, and the page that the sample events are about."""
    for key in archived():
        wiring.webhooks().archive.delete(key)
    webhooks.app()
    return webhooks.page(workspace)


@pytest.fixture
def process(context: Any) -> Callable[..., list[str]]:
    """Hand records to the function; returns the ids of those that it leaves in the queue."""

    def process(*records: webhooks.Record) -> list[str]:
        reply = handler({"Records": list(records)}, context)
        return [each["itemIdentifier"] for each in reply["batchItemFailures"]]

    return process


def archived() -> list[str]:
    return list(wiring.webhooks().archive.keys(f"webhooks/facebook/{clock.day(TEN)}/"))


def refused() -> int:
    row = wiring.once().get("refused", f"facebook#{clock.day(TEN)}", now=TEN)
    return row["count"] if row else 0


def test_a_comment_becomes_a_conversation_however_often_the_queue_delivers(
    page: Channel, event: Callable[[str], Any], context: Any
) -> None:
    for _ in range(2):
        assert handler(event("process_inbox/one_comment"), context) == NOTHING_FAILED

    [conversation] = webhooks.conversations(page)
    assert (conversation.unanswered, conversation.author.name) == (1, "Ayşe Yılmaz")
    assert conversation.excerpt == "Ne zaman açıksınız? 😀"
    assert conversation.post_remote_id == "1234567890_111"
    [message] = webhooks.messages(conversation)
    assert (message.remote_id, message.kind) == ("111_222", MessageKind.COMMENT)
    heard = wiring.channels().get(page.channel_id)
    assert heard is not None
    assert heard.last_heard_at == TEN


def test_two_comments_in_one_body_are_two_conversations(
    page: Channel, event: Callable[[str], Any], context: Any
) -> None:
    handler(event("process_inbox/two_comments_in_one_body"), context)

    assert [each.author.name for each in webhooks.conversations(page)] == [
        "Bob Miller",
        "Ayşe Yılmaz",
    ]


def test_a_message_is_a_conversation_of_its_own_kind(
    page: Channel, event: Callable[[str], Any], context: Any
) -> None:
    handler(event("process_inbox/one_message"), context)

    [conversation] = webhooks.conversations(page)
    assert conversation.kind is MessageKind.DIRECT


INSTAGRAM = {
    "object": "instagram",
    "entry": [
        {
            "id": webhooks.PAGE,
            "time": 1767261590,
            "changes": [
                {"field": "mentions", "value": {"media_id": "1791"}},
                {
                    "field": "comments",
                    "value": {
                        "id": "1785",
                        "from": {"id": "77", "username": "ann"},
                        "text": "Warm?",
                        "media": {"id": "1790"},
                    },
                },
            ],
        }
    ],
}
THREADS = {
    "topic": "moderate",
    "target_id": "100",
    "time": 1767261590,
    "values": [
        {
            "field": "replies",
            "value": {
                "id": "200",
                "username": "ann",
                "text": "Warm?",
                "timestamp": "2026-01-01T09:59:50+0000",
                "replied_to": {"id": "100"},
                "root_post": {"id": "100", "owner_id": webhooks.PAGE, "username": "acme"},
            },
        }
    ],
}


@pytest.mark.parametrize(
    ("platform", "told", "excerpts"),
    [("instagram", INSTAGRAM, {"", "Warm?"}), ("threads", THREADS, {"Warm?"})],
)
def test_instagram_and_threads_tell_as_facebook_does_each_with_its_own_secret(
    platform: str,
    told: Any,
    excerpts: set[str],
    page: Channel,
    workspace: Workspace,
    process: Callable[..., list[str]],
) -> None:
    secret = f"{platform}_app_secret"
    webhooks.app(platform=platform, secret=secret)
    facts = {"remote_id": webhooks.PAGE, "name": "Acme", "handle": "acme"}
    account = connected(workspace, platform, {"access_token": SecretStr("t")}, **facts)
    record = webhooks.record(json.dumps(told), secret=secret, platform=platform)
    forged = webhooks.record(json.dumps(told), platform=platform)

    assert process(record) == process(record) == process(forged) == []

    assert {each.excerpt for each in webhooks.conversations(account)} == excerpts
    assert len(webhooks.conversations(account)) == len(excerpts)
    assert webhooks.conversations(page) == []


def test_every_workspace_that_has_the_page_hears_it_unless_it_disconnected(
    page: Channel, process: Callable[..., list[str]]
) -> None:
    other = Workspace(workspace_id="ws_other", name="Other", zone="UTC", created_at=TEN)
    theirs = webhooks.page(other)
    gone = webhooks.page(other, state=ChannelState.DISCONNECTED)

    process(webhooks.record(webhooks.comment(1, "Hello")))

    assert [len(webhooks.conversations(each)) for each in (page, theirs, gone)] == [1, 1, 0]


def test_a_forged_body_is_counted_and_dropped(
    page: Channel, event: Callable[[str], Any], context: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert handler(event("process_inbox/forged"), context) == NOTHING_FAILED

    assert webhooks.conversations(page) == []
    assert archived() == []
    assert refused() == 1
    [line] = map(vars, caplog.records)
    [metrics] = line["_aws"]["CloudWatchMetrics"]  # as CloudWatch finds them in a log
    assert metrics["Dimensions"] == [[]]
    assert [line[metric["Name"]] for metric in metrics["Metrics"]] == [1]
    assert "açıksınız" not in str(line)


def test_an_unreadable_body_fails_alone_and_is_kept(
    page: Channel, event: Callable[[str], Any], process: Callable[..., list[str]]
) -> None:
    [unreadable] = event("process_inbox/unreadable")["Records"]
    [forged] = event("process_inbox/forged")["Records"]
    good = webhooks.record(webhooks.comment(1, "Hello"))

    assert process(unreadable, forged, good) == [unreadable["messageId"]]

    assert len(webhooks.conversations(page)) == 1
    assert len(archived()) == 2


@pytest.mark.parametrize("odd", ["x" * 600_000, ""])
def test_an_event_that_cannot_be_kept_hides_none_of_those_after_it(
    odd: str, page: Channel, process: Callable[..., list[str]]
) -> None:
    """A text that is larger than a row, or an event of nobody's page."""
    told = [json.loads(webhooks.comment(number, "Hello")) for number in (1, 2)]
    if odd:
        told[0]["entry"][0]["changes"][0]["value"]["message"] = odd
    else:
        told[0]["entry"][0]["id"] = odd
    body = json.dumps({"object": "page", "entry": [*told[0]["entry"], *told[1]["entry"]]})

    assert process(webhooks.record(body)) == ["message-1"]

    [conversation] = webhooks.conversations(page)
    [message] = webhooks.messages(conversation)
    assert message.remote_id == "111_2"


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"platform": {"dataType": "Binary", "binaryValue": "ZmFjZWJvb2s="}},
        {"platform": webhooks.text("myspace")},
        {"platform": webhooks.text("mastodon")},  # sends no webhooks
        {"platform": "facebook"},
    ],
)
def test_a_record_that_no_route_of_ours_sends_is_left_to_the_dead_letters(
    attributes: dict[str, Any], page: Channel, process: Callable[..., list[str]]
) -> None:
    strange = {**webhooks.record(webhooks.comment(1, "Hello")), "messageAttributes": attributes}

    assert process(strange) == ["message-1"]
    assert webhooks.conversations(page) == []


def test_what_api_gateway_puts_into_the_queue_is_what_is_read(
    page: Channel, aws: LocalAws, process: Callable[..., list[str]]
) -> None:
    body = webhooks.comment(1, "Merhaba 😀")
    signature = webhooks.record(body)["messageAttributes"]["x-hub-signature-256"]["stringValue"]
    breaking_out = 'x"},"platform":{"DataType":"String","StringValue":"mastodon'
    for header in (signature, breaking_out):
        headers = {"x-hub-signature-256": header}
        httpx.post(f"{aws.front}/webhooks/facebook", content=body, headers=headers, trust_env=False)

    outcomes = [process(record) for record in taken_from_the_queue(aws)]

    assert sorted(outcomes) == [[], ["queued"]]
    [conversation] = webhooks.conversations(page)
    assert conversation.excerpt == "Merhaba 😀"


def taken_from_the_queue(aws: LocalAws) -> list[webhooks.Record]:
    """As Lambda is handed them: the same words, in lower case."""
    received = aws.client("sqs").receive_message(
        QueueUrl=settings().inbox_queue_url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )
    return [
        {
            "messageId": "queued",
            "body": message["Body"],
            "messageAttributes": {
                name: {fact[0].lower() + fact[1:]: value for fact, value in attribute.items()}
                for name, attribute in message["MessageAttributes"].items()
            },
        }
        for message in received["Messages"]
    ]


def test_a_secret_that_was_added_verifies_at_once_and_one_withdrawn_no_more_a_minute_later(
    page: Channel, process: Callable[..., list[str]], held_clock: Clock
) -> None:
    process(webhooks.record(webhooks.comment(1, "By the first secret")))
    held_clock.wait(1)
    app = webhooks.app(secret="another")

    process(webhooks.record(webhooks.comment(2, "By the second"), secret="another"))
    assert refused() == 0

    wiring.apps().save(app, app.model_copy(update={"sealed_webhook_secrets": ()}))
    held_clock.wait(61)
    process(webhooks.record(webhooks.comment(3, "Withdrawn"), secret="another"))
    assert refused() == 1


def test_a_removal_and_an_edit_may_come_before_what_they_are_about(
    page: Channel, process: Callable[..., list[str]]
) -> None:
    for body in (
        webhooks.comment(1, "", verb="remove", at=1767261593),
        webhooks.comment(1, "Taken back", at=1767261590),
        webhooks.comment(2, "Hello", verb="edited", at=1767261592),
        webhooks.comment(2, "Helo", at=1767261591),
    ):
        process(webhooks.record(body))

    [conversation] = webhooks.conversations(page)
    assert (conversation.excerpt, conversation.unanswered) == ("Hello", 1)
    edited, removed = webhooks.messages(conversation)
    assert removed.removed_at is not None
    assert (removed.text, edited.text) == ("", "Hello")


def test_a_removed_comment_waits_for_no_answer(
    page: Channel, process: Callable[..., list[str]]
) -> None:
    process(webhooks.record(webhooks.comment(1, "First")))
    process(webhooks.record(webhooks.comment(2, "Second", at=1767261595)))

    for _ in range(2):
        process(webhooks.record(webhooks.comment(2, "", verb="remove", at=1767261595)))

    [conversation] = webhooks.conversations(page)
    assert (conversation.excerpt, conversation.unanswered) == ("First", 1)


def test_what_an_erased_person_writes_is_not_kept(
    page: Channel, process: Callable[..., list[str]]
) -> None:
    key = tombstone_key(page.workspace_id, "facebook", "2401")
    transact(wiring.aws("dynamodb"), [wiring.once().creation(ERASED, key, {})])

    assert process(webhooks.record(webhooks.comment(1, "It is me again"))) == []

    assert webhooks.conversations(page) == []


def heard(number: int) -> Heard:
    return Heard(
        channel_remote_id=webhooks.PAGE,
        remote_id=str(number),
        kind=MessageKind.COMMENT,
        author=Author(remote_id="2401", handle="ayse"),
        text=f"Number {number}",
        sent_at=TEN + timedelta(seconds=number),
        thread="111",
    )


def test_workers_that_hear_at_the_same_moment_miscount_nothing(page: Channel) -> None:
    inbox = wiring.inbox()
    told = [heard(number) for number in (3, 1, 2, 3, 1, 2)]

    with ThreadPoolExecutor(max_workers=6) as workers:
        outcomes = list(workers.map(lambda each: inbox.store(page, each, now=TEN), told))

    assert sorted(outcomes) == [Outcome.KNOWN] * 3 + [Outcome.STORED] * 3
    [conversation] = webhooks.conversations(page)
    assert (conversation.unanswered, conversation.excerpt) == (3, "Number 3")
    assert conversation.last_message_at == TEN + timedelta(seconds=3)


def test_the_page_itself_is_nobody_to_answer(page: Channel) -> None:
    own = heard(1).model_copy(update={"author": Author(remote_id=webhooks.PAGE, handle="acme")})

    assert wiring.inbox().store(page, own, now=TEN) is Outcome.OWN


def test_a_replay_brings_back_what_is_lost_and_changes_nothing_else(
    page: Channel, process: Callable[..., list[str]]
) -> None:
    for _ in range(2):
        process(webhooks.record(webhooks.comment(1, "Helo")))
    process(webhooks.record(webhooks.comment(1, "Hello", verb="edited", at=1767261595)))
    process(webhooks.record(webhooks.comment(2, "Another", author="7")))
    kept, lost = sorted(webhooks.conversations(page), key=lambda each: each.excerpt, reverse=True)
    [message] = webhooks.messages(lost)
    wiring.conversations().table.delete(lost.conversation_id)
    wiring.messages().table.delete(message.message_id)
    heard = wiring.channels().get(page.channel_id)

    replayed = list(replay(archived(), webhooks=wiring.webhooks(), now=TEN + timedelta(days=1)))

    outcomes = sorted(outcome for each in replayed for outcome in each.outcomes)
    assert outcomes == ["known", "known", "stored"]
    assert kept in webhooks.conversations(page)
    assert wiring.channels().get(page.channel_id) == heard
    assert [each.text for each in webhooks.messages(lost)] == ["Another"]


def test_a_replay_goes_on_after_what_it_cannot_read(page: Channel) -> None:
    archive = wiring.webhooks().archive
    archive.put("webhooks/odd.json", b"{", content_type="application/json")
    forged = {"platform": "facebook", "headers": {}, "body": webhooks.comment(1, "Hello")}
    archive.put(
        "webhooks/forged.json", json.dumps(forged).encode(), content_type="application/json"
    )

    keys = ("webhooks/odd.json", "webhooks/forged.json", "webhooks/none.json")
    outcomes = [dict(each.outcomes) for each in replay(keys, webhooks=wiring.webhooks(), now=TEN)]

    assert outcomes == [{"unreadable": 1}, {"refused": 1}, {"missing": 1}]
    assert refused() == 0
