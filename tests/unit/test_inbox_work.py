"""What a team does with conversations: any moves and messages, in any order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tellal.conversations import (
    Author,
    Conversation,
    ConversationState,
    MessageKind,
    Priority,
)
from tellal.errors import Conflict, Unacceptable
from tellal.inbox import work

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONVERSATION = Conversation(
    conversation_id="conv_1",
    workspace_id="ws_1",
    channel_id="ch_1",
    platform="mastodon",
    contact_id="con_1",
    kind=MessageKind.MENTION,
    author=Author(remote_id="7", handle="ayse"),
    last_message_at=TEN,
    created_at=TEN,
)
S = ConversationState


def put_into(state: ConversationState) -> Conversation:
    until = TEN + HOUR if state is S.SNOOZED else None
    return CONVERSATION.model_copy(update={"state": state, "snoozed_until": until})


def moved(conversation: Conversation, to: ConversationState, hours: int | None) -> Conversation:
    until = None if hours is None else TEN + hours * HOUR
    return work.moved(conversation, to, until=until, now=TEN)


STEPS = some.one_of(
    some.tuples(
        some.just("move"), some.sampled_from(S), some.one_of(some.none(), some.integers(-2, 40))
    ),
    some.tuples(some.just("message")),
    some.tuples(some.just("answer"), some.booleans()),
    some.tuples(some.just("wake"), some.integers(0, 40)),
)


def after(conversation: Conversation, step: tuple[object, ...]) -> Conversation:
    match step:
        case ("move", S() as to, int() | None as hours):
            try:
                return moved(conversation, to, hours)
            except (Conflict, Unacceptable):
                return conversation
        case ("message",):
            return work.spoken_to(conversation)
        case ("answer", bool() as closes):
            return work.answered(conversation, closes=closes)
        case ("wake", int() as hours):
            return work.woken(conversation, now=TEN + hours * HOUR)
    raise AssertionError(step)


@given(some.lists(STEPS, max_size=30))
def test_whatever_happens_only_what_is_snoozed_has_a_time_and_it_comes_back(
    steps: list[tuple[object, ...]],
) -> None:
    conversation = CONVERSATION
    for step in steps:
        before, conversation = conversation, after(conversation, step)
        assert (conversation.snoozed_until is not None) == (conversation.state is S.SNOOZED)
        if conversation.state is not before.state and step[0] == "move":
            assert conversation.state in work.MOVES[before.state]
    assert work.spoken_to(conversation).state is S.OPEN
    woken = work.woken(conversation, now=TEN + work.LONGEST_SNOOZE)
    assert woken.state is (S.OPEN if conversation.state is S.SNOOZED else conversation.state)


@pytest.mark.parametrize("to", [S.WAITING, S.SNOOZED, S.CLOSED])
def test_what_is_closed_can_only_be_opened(to: ConversationState) -> None:
    hours = 1 if to is S.SNOOZED else None
    if to is S.CLOSED:
        assert moved(put_into(S.CLOSED), to, hours) == put_into(S.CLOSED)
        return
    with pytest.raises(Conflict, match=f"is closed cannot become {to}"):
        moved(put_into(S.CLOSED), to, hours)


@pytest.mark.parametrize(
    ("to", "hours", "rule"),
    [
        (S.SNOOZED, None, "required"),
        (S.SNOOZED, 0, "past"),
        (S.SNOOZED, -1, "past"),
        (S.SNOOZED, 24 * 367, "a year"),
        (S.OPEN, 1, "snoozed alone"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_by_its_field(
    to: ConversationState, hours: int | None, rule: str
) -> None:
    with pytest.raises(Unacceptable, match=rule) as refused:
        moved(CONVERSATION, to, hours)
    assert [each.field for each in refused.value.broken] == ["snoozed_until"]


def test_a_snoozed_one_sleeps_until_its_time_and_can_be_given_another() -> None:
    asleep = put_into(S.SNOOZED)
    assert work.woken(asleep, now=TEN + HOUR - timedelta(milliseconds=1)) == asleep
    assert work.woken(asleep, now=TEN + HOUR).state is S.OPEN
    assert moved(asleep, S.SNOOZED, 5).snoozed_until == TEN + 5 * HOUR


def test_tags_have_one_spelling_and_stand_once_in_order() -> None:
    assert work.tags(["  Late  Delivery", "vip", "late delivery", "VIP", "İade"]) == (
        "i̇ade",
        "late delivery",
        "vip",
    )


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        ([""], "tags[0]"),
        (["ok", "x" * 51], "tags[1]"),
        (["a\u200bb"], "tags[0]"),
        ([str(number) for number in range(21)], "tags"),
    ],
)
def test_a_tag_that_nobody_could_find_again_is_refused(tags: list[str], field: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        work.tags(tags)
    assert [each.field for each in refused.value.broken] == [field]


def test_a_difference_tells_what_was_and_what_is_and_nothing_that_stayed() -> None:
    changes = {"state": S.CLOSED, "assignee": "mem_1", "priority": Priority.HIGH}
    told = work.difference(CONVERSATION, CONVERSATION.model_copy(update=changes))
    assert told == (
        {"state": "open", "priority": "normal"},
        {"state": "closed", "assignee": "mem_1", "priority": "high"},
    )
