"""Rules, applied to what the stream of messages tells: in order, once to effect, written down."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.apply_rules.handler import handler
from tellal import clock, wiring
from tellal.announcing.events import events
from tellal.audit import Who
from tellal.channels import Channel, ChannelState
from tellal.conversations import (
    Author,
    Change,
    Conversation,
    Heard,
    Message,
    MessageKind,
    Priority,
    conversation_id,
    message_id,
)
from tellal.inbox.answering import note
from tellal.posts import Action
from tellal.stores.deliveries import Due
from tellal.stores.table import encoded
from tests.conftest import TEN
from tests.integration.api_calls import Call
from tests.integration.test_api_working import person

Tell = Callable[..., Any]


def heard(channel: Channel, number: int, text: str, **facts: Any) -> Message:
    """As the stream then tells it."""
    usual: dict[str, Any] = {
        "channel_remote_id": channel.remote_id,
        "remote_id": str(number),
        "kind": MessageKind.MENTION,
        "author": Author(remote_id="7", handle="ayse@other.example"),
        "text": text,
        "sent_at": TEN + timedelta(minutes=number),
        "thread": "1",
    }
    wiring.inbox().store(channel, Heard(**usual | facts), now=clock.now())
    message = wiring.messages().get(message_id(channel.channel_id, str(number)))
    assert message is not None
    return message


def kept(channel: Channel, thread: str = "1", author: str = "7") -> Conversation:
    found = wiring.conversations().get(conversation_id(channel.channel_id, thread, author))
    assert found is not None
    return found


def due_of(channel: Channel) -> list[Due]:
    """What the next sweep finds."""
    due = wiring.deliveries().due(channel.platform, until=clock.now())
    return [each for each in due if each.channel_id == channel.channel_id]


@pytest.fixture
def tell(event: Callable[[str], Any], context: Any) -> Tell:
    """Has the stream deliver these, in one batch."""
    [record] = event("apply_rules/a_message_arrived")["Records"]

    def told(number: int, message: Message) -> Any:
        image = encoded(wiring.messages().item(message))
        facts = {**record["dynamodb"], "NewImage": image, "SequenceNumber": str(number)}
        return {**record, "dynamodb": facts}

    def tell(*messages: Message, **changes: Any) -> Any:
        records = [{**told(n, each), **changes} for n, each in enumerate(messages)]
        return handler({"Records": records}, context)

    return tell


@pytest.fixture
def rule(call: Call, admin: str) -> Callable[..., dict[str, Any]]:
    """Makes one that is on."""

    def made(name: str, when: dict[str, Any], then: dict[str, Any], **facts: Any) -> dict[str, Any]:
        body = {"name": name, "when": when, "then": then, "on": True, **facts}
        reply = call("POST", "/rules", key=admin, body=body)
        assert reply.status == 201, reply.text
        given: dict[str, Any] = reply.json
        return given

    return made


LATE = {"any_words": ["late"]}


def test_rules_that_fit_are_applied_in_order_and_written_down_under_their_names(
    call: Call, admin: str, mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Late ones", LATE, {"tags": ["Delivery"], "priority": "high"})
    rule("No fit", {"any_words": ["refund"]}, {"tags": ["money"]})
    last = rule("Comes after", LATE, {"priority": "urgent", "ask": True}, stops=True)
    rule("Never reached", LATE, {"close": True})
    message = heard(mastodon_channel, 1, "It is late again")
    before = kept(mastodon_channel)

    assert tell(message) == {"batchItemFailures": []}

    after = kept(mastodon_channel)
    assert (after.tags, after.priority, after.state) == (("delivery",), Priority.URGENT, "open")
    tagged = call("GET", "/conversations", key=admin, query={"tag": "delivery"}).json["items"]
    assert len(tagged) == 1
    at = f"/conversations/{after.conversation_id}/history"
    history = call("GET", at, key=admin).json["items"]
    assert {each["by"]["name"] for each in history} == {"Late ones", "Comes after"}
    assert all(each["after"]["message_id"] == message.message_id for each in history)
    rows = [wiring.conversations().item(each) for each in (before, after)]
    asked = [each for each in events(*rows) if type(each).__name__ == "PersonAsked"]
    assert [each.model_dump()["rule"] for each in asked] == ["Comes after"]
    assert asked[0].model_dump()["rule_id"] == last["rule_id"]


def test_members_are_notified_by_name_and_a_person_is_asked_for_besides(
    call: Call, admin: str, mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    member = call("POST", "/members", key=admin, body={"name": "Deniz", "role": "moderator"})
    deniz = member.json["member_id"]
    rule("Late ones", LATE, {"notify": [deniz], "ask": True})
    message = heard(mastodon_channel, 1, "Late!")
    before = kept(mastodon_channel)
    tell(message)
    rows = [wiring.conversations().item(each) for each in (before, kept(mastodon_channel))]
    told = {type(each).__name__: each.model_dump() for each in events(*rows)}
    assert told["MembersNotified"]["member_ids"] == (deniz,)
    assert told["MembersNotified"]["message_id"] == message.message_id
    assert told["MembersNotified"]["event_id"] != told["PersonAsked"]["event_id"]


def test_only_members_of_the_workspace_are_notified(call: Call, admin: str) -> None:
    body = {"name": "Late ones", "when": LATE, "then": {"notify": ["mem_nobody"]}}
    [broken] = call("POST", "/rules", key=admin, body=body).json["errors"]
    assert broken["field"] == "then.notify[0]"


def test_a_message_is_treated_once_however_often_the_stream_delivers_it(
    call: Call, admin: str, mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Late ones", LATE, {"tags": ["late"], "ask": True})
    message = heard(mastodon_channel, 1, "Late!")
    tell(message, message)
    once = kept(mastodon_channel)
    at = f"/conversations/{once.conversation_id}"
    body = {"version": once.version, "tags": []}
    assert call("PATCH", at, key=admin, body=body).status == 200  # a person knows better
    tell(message)
    again = kept(mastodon_channel)
    assert (again.tags, again.version) == ((), once.version + 1)


def test_a_message_is_hidden_by_one_delivery_whichever_rules_say_so(
    call: Call, admin: str, facebook_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Rude", LATE, {"hide": True})
    rule("Rude, too", LATE, {"hide": True, "tags": ["rude"]})
    comment = {"kind": MessageKind.COMMENT, "channel_remote_id": facebook_channel.remote_id}
    message = heard(facebook_channel, 1, "Late!", **comment)

    tell(message, message)

    [due] = due_of(facebook_channel)
    delivery = wiring.deliveries().get(due.delivery_id)
    assert delivery is not None
    assert (delivery.answers, delivery.parts[0].action) == (message.message_id, Action.HIDE)
    at = f"/conversations/{message.conversation_id}/history"
    history = call("GET", at, key=admin).json["items"]
    done = {each["by"]["name"]: each["after"]["actions"] for each in history}
    assert done == {"Rude": ["hide"], "Rude, too": ["tag"]}
    assert [each["after"].get("delivery_id") for each in history if "hide" in str(each)] == [
        delivery.delivery_id
    ]


def test_where_nothing_can_be_hidden_a_rule_does_the_rest(
    mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Rude", LATE, {"hide": True, "tags": ["rude"]})
    tell(heard(mastodon_channel, 1, "Late!"))
    assert kept(mastodon_channel).tags == ("rude",)
    assert due_of(mastodon_channel) == []


def test_on_a_channel_that_is_not_connected_any_more_nothing_is_hidden(
    facebook_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Rude", LATE, {"hide": True})
    message = heard(facebook_channel, 1, "Late!", kind=MessageKind.COMMENT)
    gone = facebook_channel.model_copy(update={"state": ChannelState.DISCONNECTED})
    wiring.channels().save(facebook_channel, gone)
    tell(message)
    assert due_of(facebook_channel) == []


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after_writing", [False, True])
def test_a_kill_in_the_middle_loses_nothing_and_repeats_nothing(
    mastodon_channel: Channel, rule: Any, tell: Tell, *, after_writing: bool
) -> None:
    rule("Late ones", LATE, {"tags": ["late"], "ask": True})
    message = heard(mastodon_channel, 1, "Late!")
    applier = wiring.applier()

    def kill(writes: Iterable[Any]) -> None:
        if after_writing:
            applier.transact(writes)
        raise Killed

    with pytest.raises(Killed):
        replace(applier, transact=kill).apply(message, now=clock.now())
    tell(message)

    after = kept(mastodon_channel)
    assert (after.tags, after.version, len(after.rule_words)) == (("late",), 1, 1)
    page = wiring.audit().of_subject(after.conversation_id)
    assert len(page.items) == 1


def test_a_race_with_a_person_is_run_again_on_what_they_made(
    mastodon_channel: Channel, rule: Any
) -> None:
    rule("Late ones", LATE, {"tags": ["late"]})
    message = heard(mastodon_channel, 1, "Late!")
    applier = wiring.applier()
    raced: list[Conversation] = []

    def race(writes: Iterable[Any]) -> None:
        if not raced:
            seen = kept(mastodon_channel)
            urgent = seen.model_copy(update={"priority": Priority.URGENT})
            raced.append(wiring.conversations().save(seen, urgent))
        applier.transact(writes)

    assert replace(applier, transact=race).apply(message, now=clock.now()) == 1
    after = kept(mastodon_channel)
    assert (after.priority, after.tags) == (Priority.URGENT, ("late",))


def test_only_what_somebody_sent_us_and_has_not_taken_back_is_treated(
    mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Late ones", LATE, {"tags": ["late"]})
    message = heard(mastodon_channel, 1, "Late!")
    tell(message, eventName="MODIFY")
    tell(note(kept(mastodon_channel), "Late?", by=Who(id="mem_1"), now=clock.now()))
    heard(mastodon_channel, 1, "", change=Change.REMOVED)
    tell(message)
    assert kept(mastodon_channel).tags == ()


def test_members_take_turns_and_whoever_has_it_keeps_it(
    call: Call, admin: str, mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    people = [person(call, admin, name)[0] for name in ("Ayşe", "Mehmet", "Zeynep")]
    rule("In turn", LATE, {"assign": people})
    call("DELETE", f"/members/{people[1]}", key=admin)
    got = []
    for number in range(4):
        tell(heard(mastodon_channel, number, "Late!", thread=f"t{number}"))
        got.append(kept(mastodon_channel, f"t{number}").assignee)
    assert got == [people[0], people[2]] * 2
    tell(heard(mastodon_channel, 9, "Late, still!", thread="t0", sent_at=clock.now()))
    assert kept(mastodon_channel, "t0").assignee == people[0]


def test_a_rule_that_does_too_much_is_switched_off_and_says_so(
    call: Call, admin: str, mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    wild = rule("Wild", LATE, {"tags": ["late"]}, most_an_hour=2)
    for number in range(4):
        before = heard(mastodon_channel, number, "Late!", thread=f"t{number}")
        tell(before, before)
    tags = [kept(mastodon_channel, f"t{number}").tags for number in range(4)]
    assert tags == [("late",), ("late",), (), ()]
    [shown] = call("GET", "/rules", key=admin).json["items"]
    assert (shown["on"], shown["tripped_at"] is not None) == (False, True)
    tripped = kept(mastodon_channel, "t2")
    opened = {**wiring.conversations().item(tripped), "rule_words": [], "version": 0}
    [told] = events(opened, wiring.conversations().item(tripped))
    assert (type(told).__name__, told.model_dump()["rule"]) == ("RuleTripped", "Wild")
    on = call("PATCH", f"/rules/{wild['rule_id']}", key=admin, body={"on": True}).json
    assert (on["on"], on["tripped_at"]) == (True, None)


def test_first_time_authors_and_business_hours_are_known(
    call: Call, admin: str, mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    day = [{"opens": "09:00", "closes": "18:00"}]
    levels = {"service_levels": {"hours": {"thursday": day}}}  # TEN is 13:00 in Istanbul
    path = f"/workspaces/{mastodon_channel.workspace_id}"
    assert call("PATCH", path, key=admin, body=levels).status == 200
    rule("New", {"first_time": True}, {"tags": ["new"]})
    rule("Awake", {"hours": "inside"}, {"tags": ["awake"]})
    rule("Asleep", {"hours": "outside"}, {"tags": ["asleep"]})
    tell(heard(mastodon_channel, 1, "Hello", thread="a"))
    tell(heard(mastodon_channel, 2, "Hello", thread="b", sent_at=TEN + timedelta(hours=9)))
    assert kept(mastodon_channel, "a").tags == ("awake", "new")
    assert kept(mastodon_channel, "b").tags == ("asleep",)


def test_a_message_that_no_rule_fits_writes_nothing(
    mastodon_channel: Channel, rule: Any, tell: Tell
) -> None:
    rule("Late ones", LATE, {"tags": ["late"]})
    message = heard(mastodon_channel, 1, "Hello")
    tell(message)
    assert kept(mastodon_channel).version == 0
    assert wiring.once().get("ruled", message.message_id, now=clock.now()) is None
