from typing import Any

import pytest

from tellal import ids, wiring
from tellal.channels import Channel
from tellal.conversations import Conversation
from tellal.deliveries import Step
from tests.integration.api_calls import Call
from tests.integration.deliveries import hints


def at(conversation: Conversation, rest: str = "") -> str:
    return f"/conversations/{conversation.conversation_id}{rest}"


def test_conversations_are_listed_by_state_and_shown_with_their_messages(
    call: Call, admin: str, conversation: Conversation
) -> None:
    [listed] = call("GET", "/conversations", key=admin).json["items"]
    assert (listed["excerpt"], listed["unanswered"]) == ("Hello?", 2)
    shown = call("GET", at(conversation), key=admin).json
    assert [each["text"] for each in shown["messages"]["items"]] == ["Hello?", "Are you open?"]
    closed = call("GET", "/conversations", key=admin, query={"state": "closed"})
    assert closed.json["items"] == []
    assert call("GET", "/conversations", key=admin, query={"state": "x"}).status == 422


def test_an_answer_is_a_delivery_that_is_sent_at_once(
    empty: None, call: Call, admin: str, conversation: Conversation
) -> None:
    made = call(
        "POST", at(conversation, "/messages"), key=admin, body={"text": "Until six.", "version": 0}
    )
    assert made.status == 201
    delivery = wiring.deliveries().get(made.json["delivery_id"])
    assert delivery is not None
    assert delivery.parts[0].reply_to is not None
    assert delivery.parts[0].reply_to.remote.id == "501"  # their last message
    [hint] = hints(Step.PUBLISH)
    assert delivery.delivery_id in hint["Body"]
    waiting = {"state": "waiting"}
    [listed] = call("GET", "/conversations", key=admin, query=waiting).json["items"]
    assert (listed["excerpt"], listed["unanswered"]) == ("Until six.", 0)
    newest = call("GET", at(conversation), key=admin).json["messages"]["items"][0]
    assert (newest["text"], newest["direction"], newest["author"]) == ("Until six.", "out", None)


def test_an_answer_can_be_to_an_earlier_message(
    call: Call, admin: str, conversation: Conversation
) -> None:
    earlier = ids.derived("msg", conversation.conversation_id, "0")
    given = {"text": "Yes.", "version": 0, "message_id": earlier}
    made = call("POST", at(conversation, "/messages"), key=admin, body=given)
    delivery = wiring.deliveries().get(made.json["delivery_id"])
    assert delivery is not None
    assert delivery.answers == earlier


def test_the_same_answer_asked_again_is_sent_once(
    empty: None, call: Call, admin: str, conversation: Conversation
) -> None:
    answer: dict[str, Any] = {
        "body": {"text": "Yes.", "version": 0},
        "headers": {"Idempotency-Key": "a-1"},
    }
    first, second = (
        call("POST", at(conversation, "/messages"), key=admin, **answer) for _ in range(2)
    )
    assert first.json == second.json
    assert len(hints(Step.PUBLISH)) == 1


def test_an_answer_that_breaks_the_platforms_rules_is_refused(
    call: Call, admin: str, conversation: Conversation
) -> None:
    given = {"text": "x" * 501, "version": 0}
    reply = call("POST", at(conversation, "/messages"), key=admin, body=given)
    assert (reply.status, list(reply.broken)) == (422, ["text"])


@pytest.mark.parametrize("text", ["", "  \n", "\u200b"])
def test_an_answer_says_something(
    call: Call, admin: str, conversation: Conversation, text: str
) -> None:
    reply = call(
        "POST", at(conversation, "/messages"), key=admin, body={"text": text, "version": 0}
    )
    assert (reply.status, list(reply.broken)) == (422, ["text"])


def test_a_disconnected_channel_answers_nobody(
    call: Call, admin: str, conversation: Conversation
) -> None:
    call("DELETE", f"/channels/{conversation.channel_id}", key=admin)
    reply = call(
        "POST", at(conversation, "/messages"), key=admin, body={"text": "Yes.", "version": 0}
    )
    assert reply.status == 409


def test_another_workspace_has_no_part_in_it(
    call: Call, conversation: Conversation, bluesky_channel: Channel, owner: str
) -> None:
    made = call("POST", "/workspaces", key=owner, body={"name": "Other", "zone": "UTC"}).json
    there = {"Tellal-Workspace": made["workspace_id"]}
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/history", None),
        ("PATCH", "", {"version": 0, "priority": "high"}),
        ("POST", "/messages", {"text": "Hi", "version": 0}),
        ("POST", "/notes", {"text": "Hi"}),
        ("POST", "/writing", {}),
        ("DELETE", "/writing", None),
    ):
        reply = call(method, at(conversation, rest), key=owner, headers=there, body=body)
        assert reply.status == 404
    assert wiring.conversations().get(conversation.conversation_id) == conversation
