"""Which messages a rule fits, condition by condition."""

from typing import Any

import pytest

from tellal.conversations import (
    Author,
    Conversation,
    Direction,
    Message,
    MessageKind,
    Priority,
)
from tellal.errors import Unacceptable
from tellal.inbox.fitting import Situation, acted, actions, fits, fitting, hides
from tellal.inbox.patterns import Patterns
from tellal.inbox.work import MOST_TAGS
from tellal.language import read
from tellal.rules import Rule, Then, When
from tests.conftest import TEN

PATTERNS = Patterns()
AUTHOR = Author(remote_id="7", handle="ayse", followers=1_500)


def message(text: str, **facts: Any) -> Message:
    reading = read(text)
    usual: dict[str, Any] = {
        "message_id": "msg_1",
        "conversation_id": "conv_1",
        "workspace_id": "ws_1",
        "channel_id": "ch_1",
        "direction": Direction.IN,
        "kind": MessageKind.COMMENT,
        "author": AUTHOR,
        "text": text,
        "language": reading.language,
        "sentiment": reading.sentiment,
        "sent_at": TEN,
    }
    return Message(**usual | facts)


def situation(text: str = "", **facts: Any) -> Situation:
    around = {name: facts.pop(name) for name in ("first_time", "is_open") if name in facts}
    return Situation(message=message(text, **facts), **around)


def rule(name: str, when: dict[str, Any], *, stops: bool = False, **then: Any) -> Rule:
    return Rule(
        rule_id=name,
        name=name,
        when=When(**when),
        then=Then(**then or {"tags": (name,)}),
        stops=stops,
        created_at=TEN,
    )


ANGRY = "This is terrible, I hate it"


@pytest.mark.parametrize(
    ("when", "here", "fit"),
    [
        ({"channel_ids": ["ch_1", "ch_2"]}, situation(), True),
        ({"channel_ids": ["ch_2"]}, situation(), False),
        ({"kinds": ["direct", "comment"]}, situation(), True),
        ({"kinds": ["review"]}, situation(), False),
        ({"any_words": ["refund", "late delivery"]}, situation("LATE  delivery again!"), True),
        ({"any_words": ["late delivery"]}, situation("late, but delivery came"), False),
        ({"any_words": ["art"]}, situation("a party"), False),
        ({"any_words": ["iade"]}, situation("İADE istiyorum"), True),
        ({"any_words": ["KIRIK"]}, situation("kırık geldi"), True),
        ({"any_words": ["😡"]}, situation("no 😡"), True),
        ({"all_words": ["where", "order"]}, situation("Where is my order?"), True),
        ({"all_words": ["where", "refund"]}, situation("Where is my order?"), False),
        ({"pattern": r"(?i)\border #?\d{5}\b"}, situation("About Order 12345."), True),
        ({"pattern": r"^\d+$"}, situation("12a"), False),
        ({"pattern": "x"}, situation("\ud800x"), True),
        ({"languages": ["en"]}, situation(ANGRY), True),
        ({"languages": ["tr"]}, situation(ANGRY), False),
        ({"sentiments": ["negative"]}, situation(ANGRY), True),
        ({"sentiments": ["positive"]}, situation(ANGRY), False),
        ({"has_link": True}, situation("see https://a.example"), True),
        ({"has_link": True}, situation("see a.example"), False),
        ({"has_link": False}, situation("see www.a.example"), False),
        ({"first_time": True}, situation(first_time=True), True),
        ({"first_time": True}, situation(first_time=False), False),
        ({"first_time": False}, situation(first_time=False), True),
        ({"followers": 1_500}, situation(), True),
        ({"followers": 1_501}, situation(), False),
        ({"followers": 1}, situation(author=None), False),
        ({"hours": "inside"}, situation(is_open=True), True),
        ({"hours": "outside"}, situation(is_open=True), False),
        ({"hours": "outside"}, situation(is_open=False), True),
        ({"kinds": ["comment"], "any_words": ["refund"]}, situation("hello"), False),
    ],
)
def test_a_rule_fits_where_all_of_its_conditions_hold(
    when: dict[str, Any], here: Situation, *, fit: bool
) -> None:
    assert fits(When.model_validate(when), here, PATTERNS.found) is fit


def test_rules_are_taken_in_their_order_up_to_one_that_stops() -> None:
    rules = [
        rule("first", {"any_words": ["hello"]}),
        rule("other", {"any_words": ["refund"]}),
        rule("second", {"kinds": ["comment"]}, stops=True),
        rule("third", {"kinds": ["comment"]}),
    ]
    found = fitting(rules, situation("hello"), PATTERNS.found)
    assert [each.name for each in found] == ["first", "second"]


def test_a_pattern_that_would_never_end_elsewhere_ends() -> None:
    assert not PATTERNS.found(r"^(a+)+$", "a" * 9_000 + "b")


@pytest.mark.parametrize("pattern", ["(", r"(?=a)b", r"(a)\1", "(a{500}){500}", "[z-a]"])
def test_a_pattern_that_cannot_be_run_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(Unacceptable, match="RE2"):
        PATTERNS.check(pattern, field="when.pattern")


CONVERSATION = Conversation(
    conversation_id="conv_1",
    workspace_id="ws_1",
    channel_id="ch_1",
    platform="mastodon",
    kind=MessageKind.COMMENT,
    author=AUTHOR,
    contact_id="con_1",
    last_message_at=TEN,
    created_at=TEN,
)


def test_a_rule_does_only_what_is_not_so_already() -> None:
    whole = rule("all", {}, tags=("late",), assign=("mem_1",), priority="high", close=True)
    after = acted(CONVERSATION, whole, "mem_1")
    assert (after.tags, after.assignee, after.priority) == (("late",), "mem_1", Priority.HIGH)
    assert actions(CONVERSATION, after, whole) == ("tag", "assign", "priority", "close")
    assert actions(after, acted(after, whole, "mem_2"), whole) == ()
    assert acted(after, whole, "mem_2").assignee == "mem_1"


@pytest.mark.parametrize(
    ("platform", "facts", "then", "expected"),
    [
        ("facebook", {}, {"hide": True}, True),
        ("facebook", {}, {"close": True}, False),
        ("facebook", {"kind": MessageKind.DIRECT}, {"hide": True}, False),
        ("facebook", {"hidden_at": TEN}, {"hide": True}, False),
        ("mastodon", {}, {"hide": True}, False),  # nothing is hidden there
    ],
)
def test_a_message_is_hidden_where_its_platform_lets_us_and_it_is_not_so_already(
    platform: str, facts: dict[str, Any], then: dict[str, Any], *, expected: bool
) -> None:
    assert hides(message("Late!", **facts), platform, rule("rude", {}, **then)) is expected


def test_a_conversation_that_has_all_the_tags_it_can_have_gets_no_other() -> None:
    full = CONVERSATION.model_copy(update={"tags": tuple(f"{n:02}" for n in range(MOST_TAGS))})
    assert acted(full, rule("more", {}), None).tags == full.tags
