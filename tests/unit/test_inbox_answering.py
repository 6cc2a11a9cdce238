from datetime import timedelta
from typing import Any

import pytest

from tellal.audit import Who
from tellal.channels import Channel
from tellal.conversations import Author, Conversation, Direction, Message, MessageKind
from tellal.deliveries import State, Step
from tellal.errors import Unacceptable
from tellal.inbox.answering import Answer, answer
from tests.unit.examples import TEN

NOW = TEN + timedelta(minutes=5)
AYSE = Who(id="mem_1", name="Ayşe")


def channel(platform: str = "mastodon") -> Channel:
    return Channel(
        channel_id="ch_1",
        workspace_id="ws_1",
        platform=platform,
        remote_id="1001@m.example",
        name="Acme",
        handle="acme@m.example",
        server={"address": "https://m.example", "account_id": "1001"},
        created_at=TEN,
    )


AUTHOR = Author(remote_id="7", handle="ayse@other.example")
MESSAGE = Message(
    message_id="msg_1",
    conversation_id="conv_1",
    workspace_id="ws_1",
    channel_id="ch_1",
    direction=Direction.IN,
    kind=MessageKind.MENTION,
    remote_id="501",
    author=AUTHOR,
    text="Are you open?",
    sent_at=TEN,
    refs={"visibility": "unlisted"},
)
CONVERSATION = Conversation(
    conversation_id="conv_1",
    workspace_id="ws_1",
    channel_id="ch_1",
    platform="mastodon",
    contact_id="con_1",
    kind=MessageKind.MENTION,
    author=AUTHOR,
    excerpt="Are you open?",
    unanswered=2,
    last_message_at=TEN,
    created_at=TEN,
    version=4,
)


def answered(text: str = "Until six.", message: Message = MESSAGE, **facts: Any) -> Answer:
    usual: dict[str, Any] = {
        "conversation": CONVERSATION,
        "channel": channel(),
        "by": AYSE,
        "now": NOW,
    }
    return answer(message=message, text=text, **usual | facts)


def test_an_answer_is_a_delivery_due_at_once() -> None:
    delivery = answered().delivery

    assert delivery.state is State.SCHEDULED
    assert (delivery.publish_at, delivery.next_attempt_at) == (NOW, NOW)
    assert delivery.next_step is Step.PUBLISH
    assert (delivery.answers, delivery.conversation_id) == ("msg_1", "conv_1")
    assert delivery.post_id is None


def test_it_answers_the_very_message_and_is_no_more_public() -> None:
    reply_to = answered().delivery.parts[0].reply_to

    assert reply_to is not None
    assert (reply_to.remote.id, reply_to.visibility) == ("501", "unlisted")
    assert reply_to.author_handle == "ayse@other.example"


def test_our_message_tells_the_delivery_it_hangs_on() -> None:
    made = answered()

    assert made.message.direction is Direction.OUT
    assert made.message.delivery_id == made.delivery.delivery_id
    assert (made.message.text, made.message.sent_at) == ("Until six.", NOW)


def test_the_conversation_is_answered() -> None:
    made = answered().conversation

    assert (made.unanswered, made.excerpt, made.last_message_at) == (0, "Until six.", NOW)
    assert made.version == CONVERSATION.version


def test_it_is_a_turn_that_whoever_answers_next_must_have_read() -> None:
    made = answered()

    assert made.message.turn == made.conversation.last_turn == CONVERSATION.version + 1
    assert made.message.by == AYSE


@pytest.mark.parametrize(("closes", "state"), [(False, "waiting"), (True, "closed")])
def test_then_it_waits_for_them_or_is_closed(*, closes: bool, state: str) -> None:
    assert answered(closes=closes).conversation.state == state


def test_each_answer_is_a_delivery_of_its_own() -> None:
    assert answered().delivery.delivery_id != answered().delivery.delivery_id


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ({"text": "x" * 501}, "too long"),
        ({"channel": channel("tiktok")}, "cannot be answered"),
        ({"message": MESSAGE.model_copy(update={"removed_at": TEN})}, "removed"),
        ({"message": MESSAGE.model_copy(update={"kind": MessageKind.SHARE})}, "passed a post on"),
        ({"message": MESSAGE.model_copy(update={"remote_id": None})}, "somebody sent us"),
    ],
)
def test_what_cannot_be_answered_says_why(what: dict[str, Any], rule: str) -> None:
    with pytest.raises(Unacceptable, match=rule) as refused:
        answered(**what)
    assert [broken.field for broken in refused.value.broken] == ["text"]
