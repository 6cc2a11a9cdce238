"""Answers and actions through the API, on sandboxes that refuse what the platforms refuse."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from local.sandboxes.serving import running
from tellal import wiring
from tellal.channels import Workspace
from tellal.conversations import (
    ConversationState,
    Direction,
    MessageKind,
    conversation_id,
)
from tellal.deliveries import State
from tests.conftest import connected
from tests.integration.answering import AYSE, Ahead, Desk
from tests.integration.api_calls import Call
from tests.integration.deliveries import Follow

DAY = timedelta(days=1)


@pytest.fixture(params=["facebook", "instagram"])
def desk(
    request: pytest.FixtureRequest,
    empty: None,
    call: Call,
    admin: str,
    workspace: Workspace,
    follow: Follow,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    name: str = request.param
    with running(name) as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({name: sandbox.hosts}))
        account = sandbox.control.create_account("bakery")
        now = Ahead()
        with wiring.rewired(now=now):
            channel = connected(
                workspace,
                name,
                {"access_token": SecretStr(account["access_token"])},
                remote_id=account["id"],
                name="Bakery",
                handle="bakery",
            )
            yield Desk(call, admin, sandbox.control, channel, follow, now)
            wiring.http().close()


def comment(desk: Desk, **facts: Any) -> Any:
    """Somebody's, below a post of ours."""
    post = desk.control.act(who="bakery", do="post", text="Fresh bread")
    said = desk.control.act(who=AYSE, do="reply", post=post["id"], text="Open today?")
    return desk.hear(said, MessageKind.COMMENT, post_remote_id=post["id"], **facts)


def letter(desk: Desk) -> Any:
    said = desk.control.act(who=AYSE, do="direct", account=account_of(desk), text="Hello")
    return desk.hear(said, MessageKind.DIRECT)


def account_of(desk: Desk) -> str:
    return desk.channel.remote_id if desk.channel.platform == "facebook" else "bakery"


def test_a_comment_is_answered_below_it(desk: Desk) -> None:
    heard = comment(desk)
    delivery = desk.published(desk.answer(heard))
    assert delivery.parts[0].kind == "answer"
    assert desk.below(heard.remote_id) == ["Until six."]


def test_an_answer_to_an_answer_stands_beside_it(desk: Desk) -> None:
    top = comment(desk)
    said = desk.control.act(who="mehmet", do="reply", post=top.remote_id, text="And tomorrow?")
    refs = {"parent_id": top.remote_id}
    below = desk.hear(said, MessageKind.REPLY, refs=refs, parent_remote_id=top.remote_id)
    desk.published(desk.answer(below))
    assert desk.below(top.remote_id) == ["And tomorrow?", "Until six."]


def test_an_answer_whose_answer_was_lost_is_found_and_not_sent_again(desk: Desk) -> None:
    heard = comment(desk)
    ending = {"facebook": "comments", "instagram": "replies"}[desk.channel.platform]
    path = f"/v25.0/{heard.remote_id}/{ending}"
    desk.control.fail("drop_after", path=path, method="POST")
    waits = desk.sent(desk.answer(heard))
    assert waits.state is State.PUBLISHING
    desk.move(timedelta(minutes=2))
    assert desk.publish(waits).state is State.PUBLISHED
    assert desk.below(heard.remote_id) == ["Until six."]


def test_a_comment_is_answered_privately_once_and_lands_in_their_direct_conversation(
    desk: Desk,
) -> None:
    heard = comment(desk)
    reply = desk.answer(heard, privately=True)
    assert reply.json["kind"] == "direct"
    delivery = desk.published(reply)
    remote = delivery.parts[0].remote
    assert remote is not None
    person = remote.refs["person"]
    direct = wiring.conversations().get(conversation_id(desk.channel.channel_id, person, person))
    assert direct is not None
    assert (direct.kind, direct.state) == (MessageKind.DIRECT, ConversationState.WAITING)
    assert (direct.excerpt, direct.unanswered) == ("Until six.", 0)
    page = wiring.messages().of_conversation(direct.conversation_id)
    [said] = [wiring.messages().value(item) for item in page.items]
    assert (said.direction, said.delivery_id) == (Direction.OUT, delivery.delivery_id)

    again = desk.answer(heard, privately=True)
    assert (again.status, list(again.broken)) == (422, ["privately"])
    assert desk.below(heard.remote_id) == ["Until six."]


def test_what_they_write_back_is_in_the_same_conversation(desk: Desk) -> None:
    heard = comment(desk)
    desk.published(desk.answer(heard, privately=True))
    back = letter(desk)
    page = wiring.messages().of_conversation(back.conversation_id)
    directions = {wiring.messages().value(item).direction for item in page.items}
    if desk.channel.platform == "instagram":  # there a person has one id for both
        assert directions == {Direction.IN, Direction.OUT}
    conversation = wiring.conversations().get(back.conversation_id)
    assert conversation is not None
    assert conversation.state is ConversationState.OPEN


def test_a_private_answer_is_not_asked_for_after_a_week(desk: Desk) -> None:
    heard = comment(desk)
    desk.move(8 * DAY)
    reply = desk.answer(heard, privately=True)
    assert reply.status == 422
    assert "for 7 days: that was until 20" in reply.broken["text"]


def test_a_private_answer_that_surely_failed_leaves_room_for_another(desk: Desk) -> None:
    heard = comment(desk)
    refusal = {"error": {"message": "no", "type": "OAuthException", "code": 551}}
    path = f"/v25.0/{desk.channel.remote_id}/messages"
    desk.control.fail("status", path=path, method="POST", status=400, body=refusal)
    failed = desk.sent(desk.answer(heard, privately=True))
    assert failed.state is State.FAILED
    desk.published(desk.answer(heard, privately=True))

    retried = desk.call("POST", f"/deliveries/{failed.delivery_id}/retry", key=desk.key)
    assert retried.status == 409
    assert desk.below(heard.remote_id) == ["Until six."]


def test_a_private_answer_whose_answer_was_lost_is_a_persons_to_decide(desk: Desk) -> None:
    heard = comment(desk)
    path = f"/v25.0/{desk.channel.remote_id}/messages"
    desk.control.fail("drop_after", path=path, method="POST")
    assert desk.sent(desk.answer(heard, privately=True)).state is State.UNCONFIRMED
    assert desk.answer(heard, privately=True).status == 422


def test_a_direct_message_is_answered_within_a_day_of_their_last(desk: Desk) -> None:
    heard = letter(desk)
    desk.published(desk.answer(heard))
    assert desk.below(heard.remote_id) == ["Until six."]
    desk.move(2 * DAY)
    late = desk.answer(heard)
    assert late.status == 422
    assert "for 24 hours: that was until 20" in late.broken["text"]
    letter(desk)
    desk.published(desk.answer(heard))  # an older one, and they wrote since


def test_who_has_leave_answers_for_a_week_by_hand(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = {desk.channel.platform: {"human_agent": "yes"}}
    monkeypatch.setenv("PLATFORM_SETTINGS", json.dumps(stated))
    wiring.forget()
    heard = letter(desk)
    desk.move(2 * DAY)
    desk.published(desk.answer(heard))
    desk.move(6 * DAY)
    assert "for 7 days" in desk.answer(heard).broken["text"]


def test_a_message_that_waited_too_long_is_not_sent(desk: Desk) -> None:
    heard = letter(desk)
    reply = desk.answer(heard)
    desk.move(2 * DAY)
    failed = desk.sent(reply)
    assert failed.state is State.FAILED
    assert desk.below(heard.remote_id) == []


def test_a_message_is_as_long_as_its_platform_takes(desk: Desk) -> None:
    heard = letter(desk)
    most = {"facebook": 2000, "instagram": 1000}[desk.channel.platform]
    assert "too long" in desk.answer(heard, "x" * (most + 1)).broken["text"]
    desk.published(desk.answer(heard, "x" * most))


def test_a_comment_is_hidden_and_shown_again(desk: Desk) -> None:
    heard = comment(desk)
    desk.published(desk.do("hide", heard))
    assert desk.public(heard.remote_id)["visibility"] == "hidden"
    assert desk.shown(heard)["hidden_at"] is not None
    desk.published(desk.do("hide", heard))  # again is no error
    desk.published(desk.do("unhide", heard))
    assert desk.public(heard.remote_id)["visibility"] == "public"
    assert desk.shown(heard)["hidden_at"] is None


def test_a_comment_is_deleted_and_its_words_with_it(desk: Desk) -> None:
    heard = comment(desk)
    deleted = desk.published(desk.do("delete", heard))
    assert desk.public(heard.remote_id)["deleted"]
    shown = desk.shown(heard)
    assert (shown["text"], shown["offers"]) == ("", [])
    assert shown["removed_at"] is not None
    assert desk.do("hide", heard).status == 422
    taken_back = desk.call("POST", f"/deliveries/{deleted.delivery_id}/delete", key=desk.key)
    assert taken_back.status == 409


def test_an_action_whose_answer_was_lost_is_done_again(desk: Desk) -> None:
    heard = comment(desk)
    path, method = f"/v25.0/{heard.remote_id}", "DELETE"
    desk.control.fail("drop_after", path=path, method=method)
    waits = desk.sent(desk.do("delete", heard))
    assert waits.state is State.PUBLISHING
    desk.move(timedelta(minutes=2))
    assert desk.publish(waits).state is State.PUBLISHED
    assert desk.shown(heard)["removed_at"] is not None


def test_a_comment_is_liked_where_that_is_offered(desk: Desk) -> None:
    heard = comment(desk)
    reply = desk.do("like", heard)
    if desk.channel.platform == "instagram":
        sentence = "comments on Instagram cannot be liked from here"
        assert (reply.status, reply.broken["message_id"]) == (422, sentence)
        return
    desk.published(reply)
    assert desk.public(heard.remote_id)["likes"] == 1
    assert desk.shown(heard)["liked_at"] is not None


def test_a_message_tells_what_can_be_done_with_it(desk: Desk) -> None:
    likes = ["like"] if desk.channel.platform == "facebook" else []
    expected = ["answer", "answer_privately", *likes, "hide", "unhide", "delete"]
    assert desk.shown(comment(desk))["offers"] == expected
    heard = letter(desk)
    assert desk.shown(heard)["offers"] == ["answer"]
    assert desk.do("hide", heard).status == 422
    assert desk.answer(heard, privately=True).status == 422


def test_our_own_words_are_not_acted_on(desk: Desk) -> None:
    heard = comment(desk)
    ours = desk.answer(heard).json
    path = f"/conversations/{heard.conversation_id}/messages/{ours['message_id']}/hide"
    assert desk.call("POST", path, key=desk.key).status == 422
    assert desk.call("POST", path.replace("msg_", "msg_x"), key=desk.key).status == 404
