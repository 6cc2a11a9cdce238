"""A bot is connected over a sandbox, and told of what people write. Nobody reads its token."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from functions.process_inbox.handler import handler as process_inbox
from local.aws.process import LocalAws
from local.sandboxes.serving import Sandbox, running
from tellal import wiring
from tellal.channels import Channel
from tellal.inbox.replaying import replay
from tellal.platforms.telegram.webhooks import HEADER, word_for
from tests.conftest import Clock
from tests.integration import webhooks
from tests.integration.api_calls import Call

SECRET = "the_secret_of_the_app_0123456789"


@pytest.fixture
def sandbox(
    aws: LocalAws, empty: None, held_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    with running("telegram") as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({"telegram": sandbox.hosts}))
        monkeypatch.setenv("API_URL", "https://tellal.example")  # Telegram insists on TLS
        with wiring.rewired(now=held_clock):
            yield sandbox
            wiring.http().close()


@pytest.fixture
def connect(sandbox: Sandbox, call: Call, admin: str) -> Callable[[], Any]:
    def connect() -> Any:
        account = sandbox.control.create_account("bakery")
        given = {"bot_token": account["bot_token"], "chat": account["chat"]}
        reply = call("POST", "/channels", key=admin, body={"platform": "telegram", **given})
        assert reply.status in (200, 201), reply.text
        assert account["bot_token"] not in reply.text
        return reply.json

    return connect


def row(shown: Any) -> Channel:
    channel = wiring.channels().get(shown["channel_id"])
    assert channel is not None
    return channel


def record(channel: Channel, update: dict[str, Any], *, word: str) -> Any:
    named = {"platform": webhooks.text("telegram"), HEADER: webhooks.text(word)}
    return {"messageId": "m-1", "body": json.dumps(update), "messageAttributes": named}


def update(number: int, text: str, **more: Any) -> dict[str, Any]:
    person = {"id": 9, "is_bot": False, "first_name": "Ann", "username": "ann"}
    chat = {"id": 9, "type": "private", "first_name": "Ann"}
    said = {"message_id": number, "from": person, "chat": chat, "date": 1767261590, "text": text}
    return {"update_id": number, more.pop("name", "message"): {**said, **more}}


def test_without_a_secret_a_bot_is_connected_and_says_what_is_missing(connect: Any) -> None:
    shown = connect()
    assert shown["state"] == "connected"
    assert "enter an app of Telegram with a webhook secret" in shown["untold"]


def test_a_bot_is_told_and_what_it_hears_is_its_own_and_stored_once(
    connect: Any, sandbox: Sandbox, context: Any
) -> None:
    webhooks.app(secret=SECRET, platform="telegram")
    shown = connect()
    assert shown["untold"] is None
    assert sandbox.control.subscriptions() == {row(shown).remote_id: ["message", "edited_message"]}
    word = word_for(row(shown).remote_id, SecretStr(SECRET))
    hello = record(row(shown), update(1, "Hello"), word=word)
    better = update(1, "Hello there", name="edited_message", edit_date=1767261600)

    for each in (hello, hello, record(row(shown), better, word=word)):
        assert process_inbox({"Records": [each]}, context) == {"batchItemFailures": []}
    for forged in (word_for("999", SecretStr(SECRET)), word_for("999", SecretStr("guessed"))):
        process_inbox({"Records": [record(row(shown), update(2, "Buy"), word=forged)]}, context)

    [conversation] = webhooks.conversations(row(shown))
    assert [each.text for each in webhooks.messages(conversation)] == ["Hello there"]
    assert (conversation.kind, conversation.author.handle) == ("direct", "ann")


def test_the_word_is_not_archived_and_what_is_can_be_read_again(
    connect: Any, context: Any, held_clock: Clock
) -> None:
    webhooks.app(secret=SECRET, platform="telegram")
    shown = connect()
    word = word_for(row(shown).remote_id, SecretStr(SECRET))
    process_inbox(
        {"Records": [record(row(shown), update(7, "For the archive"), word=word)]}, context
    )

    archive = wiring.webhooks().archive
    [key] = [
        each for each in archive.keys("webhooks/telegram/") if b"For the archive" in _held(each)
    ]
    assert word.encode() not in _held(key)
    [replayed] = replay([key], webhooks=wiring.webhooks(), now=held_clock.time)
    assert replayed.outcomes == {"known": 1}


def _held(key: str) -> bytes:
    held = wiring.webhooks().archive.get(key)
    assert held is not None
    return held


def test_no_line_of_the_log_holds_a_token(
    connect: Any, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    webhooks.app(secret=SECRET, platform="telegram")
    sandbox.control.fail("fail_before", path="/bot*/setWebhook")
    shown = connect()
    assert "does not arrive by itself yet" in shown["untold"]
    token = sandbox.control.create_account("bakery")["bot_token"]
    said = capsys.readouterr()
    assert token not in said.out + said.err
