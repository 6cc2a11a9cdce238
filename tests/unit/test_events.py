from typing import Any

import pytest

from tellal.announcing.events import EVENTS, Event, events
from tests.unit.examples import delivery, part, remote


def event(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Event | None:
    """The only one that a change means, if it means any."""
    told = events(before, after)
    assert len(told) < 2
    return told[0] if told else None


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


MESSAGE = {
    "message_id": "msg_1",
    "conversation_id": "conv_1",
    "workspace_id": "ws_1",
    "channel_id": "ch_1",
    "kind": "comment",
    "direction": "in",
    "text": "Secret words",
    "sent_at": "2026-01-01T10:00:00.000Z",
    "version": 1,
}
NOON = "2026-01-01T12:00:00.000Z"


@pytest.mark.parametrize(
    ("change", "name"),
    [({"edited_at": NOON}, "MessageEdited"), ({"removed_at": NOON}, "MessageRemoved")],
)
def test_what_they_changed_or_took_back_is_told_once(change: dict[str, Any], name: str) -> None:
    after = {**MESSAGE, **change, "version": 2}

    told = event(MESSAGE, after)

    assert (type(told).__name__, told and told.event_id) == (name, "msg_1.2")
    assert "Secret words" not in str(told)
    assert event(after, {**after, "version": 3}) is None


def test_a_note_is_told_without_its_words_and_an_answer_by_its_delivery() -> None:
    told = event(None, {**MESSAGE, "direction": "note"})

    assert type(told).__name__ == "NoteLeft"
    assert "Secret words" not in str(told)
    assert event(None, {**MESSAGE, "direction": "out"}) is None


CONVERSATION: dict[str, Any] = {
    "conversation_id": "conv_1",
    "workspace_id": "ws_1",
    "channel_id": "ch_1",
    "platform": "mastodon",
    "kind": "comment",
    "state": "open",
    "tags": [],
    "priority": "normal",
    "excerpt": "Secret words",
    "unanswered": 1,
    "last_turn": 0,
    "created_at": "2026-01-01T10:00:00.000Z",
    "version": 3,
}
SNOOZED = {"state": "snoozed", "snoozed_until": NOON}


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (None, {}, ["ConversationOpened"]),
        ({}, {"assignee": "mem_1"}, ["ConversationAssigned"]),
        ({"assignee": "mem_1"}, {}, ["ConversationAssigned"]),
        ({}, {"state": "closed"}, ["ConversationClosed"]),
        ({}, {"state": "waiting"}, []),
        ({}, SNOOZED, ["ConversationSnoozed"]),
        (SNOOZED, {**SNOOZED, "snoozed_until": "2026-02-01T12:00:00Z"}, ["ConversationSnoozed"]),
        (SNOOZED, {}, ["ConversationReopened"]),
        ({"state": "closed"}, {}, ["ConversationReopened"]),
        ({}, {"priority": "high"}, ["ConversationChanged"]),
        ({}, {"tags": ["vip"]}, ["ConversationChanged"]),
        ({}, {"unanswered": 2, "last_turn": 4}, []),
        ({"answered_at": NOON}, {"answered_at": NOON, "last_turn": 4}, []),
        ({}, {"state": "waiting", "answered_at": NOON}, ["ConversationAnswered"]),
        (
            {},
            {"state": "closed", "answered_at": NOON},
            ["ConversationClosed", "ConversationAnswered"],
        ),
        (
            {},
            {"assignee": "mem_1", "state": "closed", "priority": "low"},
            ["ConversationAssigned", "ConversationClosed", "ConversationChanged"],
        ),
    ],
)
def test_a_conversations_change_is_told_by_all_that_it_means_each_under_its_own_id(
    before: dict[str, Any] | None, after: dict[str, Any], names: list[str]
) -> None:
    was = None if before is None else {**CONVERSATION, **before}

    told = events(was, {**CONVERSATION, **after, "version": 4})

    assert [type(each).__name__ for each in told] == names
    assert [each.event_id for each in told] == [f"conv_1.4.{name}" for name in names]
    assert told == events(was, {**CONVERSATION, **after, "version": 4})
    assert "Secret words" not in str(told)
