"""What follows for a conversation once an answer has come to its end, or somebody closed it."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.follow_conversations.handler import handler
from tellal import clock, wiring
from tellal.announcing.events import events
from tellal.audit import Who
from tellal.channels import Channel, Workspace
from tellal.conversations import Change, Conversation, ConversationState
from tellal.deliveries import Delivery, State, Trouble
from tellal.inbox.service_levels import BusinessTime
from tellal.posts import Remote
from tellal.stores.table import encoded, transact
from tests.integration.api_calls import Call
from tests.integration.test_service_levels import heard, kept, promised

__all__ = ["promised"]  # a fixture

GONE = Trouble(code="rejected", sentence="The comment is not there any more.")
WAYS = {
    State.FAILED: (State.FAILED,),
    State.CANCELLED: (State.CANCELLED,),
    State.UNCONFIRMED: (State.PUBLISHING, State.UNCONFIRMED),
    State.PUBLISHED: (State.PUBLISHING, State.PUBLISHED),
}
Tell = Callable[..., Any]


@pytest.fixture
def answer(call: Call, admin: str, mastodon_channel: Channel) -> Callable[..., Delivery]:
    def answer(text: str = "Until six.", **more: Any) -> Delivery:
        seen = kept(mastodon_channel)
        body = {"text": text, "version": seen.version, "same_words": True, **more}
        at = f"/conversations/{seen.conversation_id}/messages"
        reply = call("POST", at, key=admin, body=body)
        assert reply.status == 201, reply.text
        assert reply.json["delivery"] == {"state": "scheduled", "trouble": None}
        return stored(reply.json["delivery_id"])

    return answer


def stored(delivery_id: str) -> Delivery:
    found = wiring.deliveries().get(delivery_id)
    assert found is not None
    return found


@pytest.fixture
def tell(event: Callable[[str], Any], context: Any) -> Tell:
    """Has a stream deliver a row's change."""
    [record] = event("follow_conversations/an_answer_failed")["Records"]

    def tell(before: Any, after: Any) -> None:
        is_delivery = isinstance(after, Delivery)
        store: Any = wiring.deliveries() if is_delivery else wiring.conversations()
        images = {"OldImage": store.item(before), "NewImage": store.item(after)}
        facts = {**record["dynamodb"], **{name: encoded(row) for name, row in images.items()}}
        told = handler({"Records": [{**record, "dynamodb": facts}]}, context)
        assert told == {"batchItemFailures": []}

    return tell


@pytest.fixture
def end(tell: Tell) -> Callable[..., Callable[[], None]]:
    """Brings a delivery to its end and tells it; returns what tells it once more."""

    def end(delivery: Delivery, state: State, at: datetime | None = None) -> Callable[[], None]:
        seen = stored(delivery.delivery_id)
        ended = seen
        for each in WAYS[state]:
            ended = ended.moved(each, trouble=None if state is State.PUBLISHED else GONE)
        if state is State.PUBLISHED:
            parts = ended.with_part(0, remote=Remote(id="9"))
            ended = ended.model_copy(update={"parts": parts, "published_at": at or clock.now()})
        ended = wiring.deliveries().save(seen, ended)
        tell(seen, ended)
        return lambda: tell(seen, ended)

    return end


def history(call: Call, key: str, conversation: Conversation) -> list[dict[str, Any]]:
    at = f"/conversations/{conversation.conversation_id}/history"
    items: list[dict[str, Any]] = call("GET", at, key=key).json["items"]
    return items


def messages(call: Call, key: str, conversation: Conversation) -> list[dict[str, Any]]:
    at = f"/conversations/{conversation.conversation_id}"
    items: list[dict[str, Any]] = call("GET", at, key=key).json["messages"]["items"]
    return items


@pytest.mark.parametrize("how", [State.FAILED, State.CANCELLED])
@pytest.mark.parametrize("close", [False, True])
def test_a_conversation_whose_answer_came_to_nothing_is_open_again(
    promised: None,
    call: Call,
    admin: str,
    mastodon_channel: Channel,
    answer: Any,
    end: Any,
    how: State,
    close: bool,  # noqa: FBT001
) -> None:
    before = heard(mastodon_channel, 1, minutes_ago=20)
    delivery = answer(close=close)
    answered = kept(mastodon_channel)
    assert answered.state == ("closed" if close else "waiting")

    end(delivery, how)

    after = kept(mastodon_channel)
    assert after.state is ConversationState.OPEN
    assert (after.unanswered, after.answered_at) == (1, None)
    clocks = ("owed_since", "answer_due_at", "at_risk_at")
    assert all(getattr(after, each) == getattr(before, each) for each in clocks)
    [ours, _] = messages(call, admin, after)
    assert ours["delivery"]["state"] == how
    assert ours["delivery"]["trouble"]["sentence"] == GONE.sentence
    told = history(call, admin, after)[0]
    assert (told["what"], told["by"]["id"]) == ("reopened", ours["message_id"])
    assert (told["after"]["trouble"], told["after"]["state"]) == (GONE.sentence, "open")
    rows = [wiring.conversations().item(each) for each in (answered, after)]
    assert [type(each).__name__ for each in events(*rows)] == ["ConversationReopened"]


def test_what_they_take_back_after_an_answer_failed_needs_none_any_more(
    promised: None, mastodon_channel: Channel, answer: Any, end: Any
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    end(answer(), State.FAILED)
    heard(mastodon_channel, 1, minutes_ago=1, change=Change.REMOVED)
    after = kept(mastodon_channel)
    assert (after.unanswered, after.answer_due_at) == (0, None)


def test_it_is_done_once_however_often_the_stream_delivers_it(
    mastodon_channel: Channel, answer: Any, end: Any, call: Call, admin: str
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    again = end(answer(), State.FAILED)
    seen = kept(mastodon_channel)
    at = f"/conversations/{seen.conversation_id}"
    body = {"version": seen.version, "state": "closed"}  # a person knows better
    assert call("PATCH", at, key=admin, body=body).status == 200
    again()
    assert kept(mastodon_channel).state is ConversationState.CLOSED
    assert kept(mastodon_channel).version == seen.version + 1


def test_an_unconfirmed_answer_that_somebody_says_is_not_there_brings_its_conversation_back(
    mastodon_channel: Channel, answer: Any, end: Any, tell: Tell, call: Call, admin: str
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    delivery = answer()
    end(delivery, State.UNCONFIRMED)
    assert kept(mastodon_channel).state is ConversationState.WAITING
    before = stored(delivery.delivery_id)
    denied = call("POST", f"/deliveries/{delivery.delivery_id}/deny", key=admin)
    assert (denied.status, denied.json["trouble"]["code"]) == (200, "not_there")
    tell(before, stored(delivery.delivery_id))
    assert kept(mastodon_channel).state is ConversationState.OPEN


def test_what_a_colleague_answered_meanwhile_stays_answered(
    mastodon_channel: Channel, answer: Any, end: Any, call: Call, admin: str
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    first = answer()
    answer("And on Sundays until four.")
    end(first, State.FAILED)
    after = kept(mastodon_channel)
    assert (after.state, after.unanswered) == (ConversationState.WAITING, 0)
    assert history(call, admin, after)[0]["what"] == "unsent"
    states = [each["delivery"]["state"] for each in messages(call, admin, after)[:2]]
    assert states == ["scheduled", "failed"]


def test_where_every_answer_failed_they_wait_since_they_wrote(
    promised: None, mastodon_channel: Channel, answer: Any, end: Any
) -> None:
    before = heard(mastodon_channel, 1, minutes_ago=20)
    first, second = answer(), answer("And on Sundays until four.")
    heard(mastodon_channel, 2, minutes_ago=1)
    end(first, State.FAILED)
    end(second, State.FAILED)
    after = kept(mastodon_channel)
    assert (after.state, after.unanswered) == (ConversationState.OPEN, 2)
    assert after.answer_due_at == before.answer_due_at


def test_an_answer_that_goes_out_on_another_try_answers_after_all(
    promised: None, call: Call, admin: str, mastodon_channel: Channel, answer: Any, end: Any
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    delivery = answer()
    failed = end(delivery, State.FAILED)
    assert call("POST", f"/deliveries/{delivery.delivery_id}/retry", key=admin).status == 200
    out = end(delivery, State.PUBLISHED)
    after = kept(mastodon_channel)
    assert (after.state, after.unanswered) == (ConversationState.WAITING, 0)
    assert after.answer_due_at is None
    failed()
    out()
    assert kept(mastodon_channel) == after  # whatever a stream says of how it was before


def test_what_they_wrote_since_an_answer_failed_is_open_when_it_goes_out_after_all(
    mastodon_channel: Channel, answer: Any, end: Any, call: Call, admin: str
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    delivery = answer()
    end(delivery, State.FAILED)
    heard(mastodon_channel, 2, minutes_ago=1)
    assert kept(mastodon_channel).unanswered == 2
    call("POST", f"/deliveries/{delivery.delivery_id}/retry", key=admin)
    end(delivery, State.PUBLISHED)
    after = kept(mastodon_channel)
    assert (after.state, after.unanswered) == (ConversationState.OPEN, 1)


def test_an_action_that_failed_reopens_nothing_and_its_delivery_is_found_in_the_history(
    facebook_channel: Channel, end: Any, call: Call, admin: str
) -> None:
    seen = heard(facebook_channel, 1, minutes_ago=5, kind="comment", refs={})
    [message] = messages(call, admin, seen)
    at = f"/conversations/{seen.conversation_id}/messages/{message['message_id']}"
    done = call("POST", f"{at}/hide", key=admin).json
    end(stored(done["delivery_id"]), State.FAILED)
    assert kept(facebook_channel) == seen
    [told] = history(call, admin, seen)
    assert (told["what"], told["after"]["message_id"]) == ("hide", message["message_id"])
    found = call("GET", f"/deliveries/{told['after']['delivery_id']}", key=admin).json
    assert (found["state"], found["trouble"]["sentence"]) == ("failed", GONE.sentence)


def observed(workspace: Workspace) -> list[tuple[str, int, str]]:
    """Metric, value and time of what lies in the bucket."""
    shelf = wiring.shelf()
    found = []
    for key in shelf.observed(workspace.workspace_id, month=clock.day(clock.now())[:7]):
        for line in gzip.decompress(shelf.bucket.get(key) or b"").splitlines():
            told = json.loads(line)
            found.append((told["metric"], told["value"], told["at"]))
    return sorted(found)


def test_a_first_answer_is_observed_once_it_is_out_in_minutes_of_business_time(
    call: Call, admin: str, workspace: Workspace, mastodon_channel: Channel, answer: Any, end: Any
) -> None:
    levels = {"holidays": [clock.now().date().isoformat()], "first_answer_minutes": 60}
    at = f"/workspaces/{workspace.workspace_id}"
    assert call("PATCH", at, key=admin, body={"service_levels": levels}).status == 200
    seen = heard(mastodon_channel, 1, minutes_ago=20)
    delivery = answer()
    assert observed(workspace) == []
    end(delivery, State.PUBLISHED)
    [(metric, value, _)] = observed(workspace)
    business = BusinessTime.of(wiring.workspaces().get(workspace.workspace_id) or workspace)
    out = stored(delivery.delivery_id).published_at
    assert seen.owed_since is not None
    assert out is not None
    expected = business.between(seen.owed_since, out) // timedelta(minutes=1)
    assert (metric, value) == ("first_answer_minutes", expected)


def test_only_the_first_answer_is_observed_and_once_however_often_it_is_told(
    workspace: Workspace, mastodon_channel: Channel, answer: Any, end: Any
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    again = end(answer(), State.PUBLISHED)
    told = observed(workspace)
    again()
    heard(mastodon_channel, 2, minutes_ago=5)
    end(answer("From nine."), State.PUBLISHED)
    assert observed(workspace) == told
    assert [each[:2] for each in told] == [("first_answer_minutes", 20)]


def test_where_an_answer_failed_the_next_one_is_the_first_and_they_waited_from_the_beginning(
    workspace: Workspace, mastodon_channel: Channel, answer: Any, end: Any
) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    first, second = answer(), answer("And on Sundays until four.")
    end(second, State.PUBLISHED)
    assert observed(workspace) == []
    end(first, State.FAILED)
    assert [each[:2] for each in observed(workspace)] == [("first_answer_minutes", 20)]


def test_how_long_a_conversation_was_open_is_observed_each_time_it_is_closed(
    call: Call, admin: str, workspace: Workspace, mastodon_channel: Channel, tell: Tell
) -> None:
    for number, minutes_ago in ((1, 30), (2, 7)):
        seen = heard(mastodon_channel, number, minutes_ago=minutes_ago)
        at = f"/conversations/{seen.conversation_id}"
        body = {"version": seen.version, "state": "closed"}
        assert call("PATCH", at, key=admin, body=body).status == 200
        tell(seen, kept(mastodon_channel))
        tell(seen, kept(mastodon_channel))
    told = [each[:2] for each in observed(workspace)]
    assert told == [("resolution_minutes", 7), ("resolution_minutes", 30)]


def test_what_an_answer_closed_is_resolved_once_that_is_out(
    workspace: Workspace, mastodon_channel: Channel, answer: Any, end: Any, tell: Tell
) -> None:
    seen = heard(mastodon_channel, 1, minutes_ago=30)
    failing = answer(close=True)
    tell(seen, kept(mastodon_channel))
    end(failing, State.FAILED)
    assert observed(workspace) == []
    before = kept(mastodon_channel)
    delivery = answer(close=True)
    tell(before, kept(mastodon_channel))
    assert observed(workspace) == []
    end(delivery, State.PUBLISHED)
    metrics = [each[:2] for each in observed(workspace)]
    assert metrics == [("first_answer_minutes", 30), ("resolution_minutes", 30)]


def test_an_erased_conversation_is_neither_resolved_nor_opened_again(
    call: Call, admin: str, workspace: Workspace, mastodon_channel: Channel, answer: Any, tell: Tell
) -> None:
    seen = heard(mastodon_channel, 1, minutes_ago=30)
    delivery = answer()
    contact = wiring.contacts().get(seen.contact_id)
    assert contact is not None
    by = Who(id="mem_1")
    transact(wiring.aws("dynamodb"), wiring.erasing().beginning(contact, by=by, now=clock.now()))
    before = kept(mastodon_channel)
    wiring.erasing().erase(contact.contact_id, now=clock.now(), in_time=lambda: True)
    after = kept(mastodon_channel)
    assert stored(delivery.delivery_id).state is State.CANCELLED
    tell(before, after)
    tell(delivery, stored(delivery.delivery_id))
    assert kept(mastodon_channel) == after
    assert observed(workspace) == []
