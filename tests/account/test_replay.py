"""What was lost is brought again: dead letters to their queue, webhooks from the archive."""

from collections.abc import Callable
from typing import Any

import pytest

from account import replay, session
from functions.process_inbox.handler import handler
from local.aws.process import PORT_SETTING, LocalAws
from tellal import wiring
from tellal.channels import Workspace
from tellal.config import settings
from tests.integration import webhooks

Here = Callable[[str], Any]


@pytest.fixture
def here(empty: None, aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Commands about the stage `test` look at the local AWS, as they do for `local`; its archive is
    empty."""
    archive = wiring.webhooks().archive
    for key in archive.keys("webhooks/"):
        archive.delete(key)
    monkeypatch.setenv(PORT_SETTING, str(aws.port))
    monkeypatch.setattr(session, "LOCAL", "test")
    return session.client_for("test")


def test_dead_letters_go_back_to_their_queue_whole(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs, queue = here("sqs"), settings().publish_queue_url
    lost = next(url for url in settings().dead_letter_queue_urls if "PublishDead" in url)
    signed = {"x-signature": {"DataType": "String", "StringValue": "abc"}}
    for number in range(12):
        sqs.send_message(
            QueueUrl=lost,
            MessageBody=f"hint {number}",
            MessageGroupId="ch_1",
            MessageAttributes=signed,
        )

    assert replay.main("test", "dead-letters", "publish") == 0

    assert "12 messages" in capsys.readouterr().out
    assert "Messages" not in sqs.receive_message(QueueUrl=lost)
    [first] = sqs.receive_message(
        QueueUrl=queue,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["MessageGroupId"],
    )["Messages"]
    assert first["Body"].startswith("hint ")
    assert first["Attributes"]["MessageGroupId"] == "ch_1"
    assert first["MessageAttributes"]["x-signature"]["StringValue"] == "abc"


def test_archived_webhooks_are_run_again_and_change_nothing(
    here: Here, workspace: Workspace, context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    webhooks.app()
    page = webhooks.page(workspace)
    record = webhooks.record(webhooks.comment(1, "Hello"))
    handler({"Records": [record]}, context)
    [conversation] = webhooks.conversations(page)

    assert replay.main("test", "webhooks", "facebook/") == 0

    assert "1 known" in capsys.readouterr().out
    assert webhooks.conversations(page) == [conversation]


def test_an_archive_that_holds_nothing_of_the_day_says_so(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay.main("test", "webhooks", "facebook/1999-01-01") == 0
    assert "nothing there" in capsys.readouterr().out


def test_who_names_neither_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main("test", "dead-letters", "everything") == 1
    assert "WEBHOOKS=" in capsys.readouterr().out
