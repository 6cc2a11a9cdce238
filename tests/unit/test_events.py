from typing import Any

import pytest

from tellal.announcing.events import EVENTS, event
from tests.unit.examples import delivery, part, remote

ROW = delivery(part("Secret words", remote=remote())).model_dump(mode="json", exclude_none=True)


def changed(before: str, after: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {**ROW, "state": before, "version": 3}, {**ROW, "state": after, "version": 4}


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("published", "PostPublished"),
        ("failed", "PublishFailed"),
        ("unconfirmed", "DeliveryUnconfirmed"),
        ("held", "DeliveryHeld"),
    ],
)
def test_a_delivery_that_comes_to_something_is_told_once_under_one_id(
    state: str, name: str
) -> None:
    told = event(*changed("publishing", state))

    assert told is not None
    assert told == event(*changed("publishing", state))
    assert (type(told).__name__, told.event_id) == (name, "dlv_1.4")
    assert told.model_dump()["permalinks"] == ("https://m.example/1",)


def test_an_event_never_says_what_somebody_wrote() -> None:
    assert "Secret words" not in str(event(*changed("publishing", "published")))


@pytest.mark.parametrize("state", ["scheduled", "preparing", "ready", "publishing", "cancelled"])
def test_the_steps_on_the_way_are_nobodys_business(state: str) -> None:
    assert event(*changed("scheduled", state)) is None


def test_another_change_of_a_published_delivery_is_not_told_again() -> None:
    assert event(*changed("published", "published")) is None


def test_a_row_that_is_gone_tells_nothing() -> None:
    assert event(ROW, None) is None


def test_a_message_is_told_when_it_arrives_and_not_when_it_changes() -> None:
    message = {
        "message_id": "msg_1",
        "conversation_id": "conv_1",
        "workspace_id": "ws_1",
        "channel_id": "ch_1",
        "kind": "comment",
        "direction": "in",
        "sent_at": "2026-01-01T10:00:00.000Z",
        "version": 0,
    }

    told = event(None, message)

    assert told is not None
    assert type(told).__name__ == "MessageReceived"
    assert event(message, {**message, "version": 1}) is None
    assert event(None, {**message, "direction": "out"}) is None
    assert event(None, {**message, "removed_at": message["sent_at"]}) is None


def test_a_channel_that_needs_a_person_is_told() -> None:
    channel = {"channel_id": "ch_1", "workspace_id": "ws_1", "platform": "bluesky", "version": 2}

    told = event({**channel, "state": "connected"}, {**channel, "state": "needs_reconnect"})

    assert told is not None
    assert type(told).__name__ == "ChannelNeedsReconnect"


def test_no_event_has_room_for_what_somebody_wrote() -> None:
    fields = {field for each in EVENTS for field in each.model_fields}

    assert not fields & {"text", "parts", "excerpt", "author", "content"}
