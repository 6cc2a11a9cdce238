"""How soon people are to be answered: clocks that start, stop, and tell once that they ran out."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.dispatch_due_posts.handler import handler
from tellal import clock, wiring
from tellal.announcing.events import events
from tellal.channels import Channel, Workspace
from tellal.conversations import (
    Author,
    Change,
    Conversation,
    ConversationState,
    Heard,
    MessageKind,
    conversation_id,
)
from tests.integration.api_calls import Call

Event = Callable[[str], Any]
LEVELS = {"first_answer_minutes": 60, "next_answer_minutes": 30}


@pytest.fixture
def promised(call: Call, admin: str, workspace: Workspace) -> None:
    given = {"service_levels": LEVELS}
    reply = call("PATCH", f"/workspaces/{workspace.workspace_id}", key=admin, body=given)
    assert reply.status == 200, reply.text


def heard(channel: Channel, number: int, *, minutes_ago: int, **facts: Any) -> Conversation:
    usual: dict[str, Any] = {
        "channel_remote_id": channel.remote_id,
        "remote_id": str(number),
        "kind": MessageKind.MENTION,
        "author": Author(remote_id="7", handle="ayse@other.example"),
        "text": "Are you open?",
        "sent_at": clock.now() - timedelta(minutes=minutes_ago),
        "thread": "1",
        "refs": {"visibility": "unlisted"},
    }
    wiring.inbox().store(channel, Heard(**usual | facts), now=clock.now())
    return kept(channel)


def kept(channel: Channel) -> Conversation:
    found = wiring.conversations().get(conversation_id(channel.channel_id, "1", "7"))
    assert found is not None
    return found


def due_in(conversation: Conversation) -> int | None:
    """Minutes from now."""
    due = conversation.answer_due_at
    return None if due is None else round((due - clock.now()) / timedelta(minutes=1))


@pytest.fixture
def sweep(event: Event, context: Any) -> Callable[[], None]:
    return lambda: handler(event("dispatch_due_posts/every_minute"), context)


def test_the_first_message_that_nobody_answered_starts_the_clock_and_an_answer_ends_it(
    promised: None, call: Call, admin: str, mastodon_channel: Channel
) -> None:
    assert due_in(heard(mastodon_channel, 1, minutes_ago=20)) == 40
    seen = heard(mastodon_channel, 2, minutes_ago=5)
    assert due_in(seen) == 40
    at = f"/conversations/{seen.conversation_id}"
    answer = {"text": "Until six.", "version": seen.version}
    assert call("POST", f"{at}/messages", key=admin, body=answer).status == 201
    assert kept(mastodon_channel).answer_due_at is None
    told = call("GET", f"{at}/history", key=admin).json["items"][0]["after"]
    assert (told["business_minutes"], told["first"]) == (20, True)
    assert due_in(heard(mastodon_channel, 3, minutes_ago=10)) == 20  # the next answer's target


def test_the_clock_stops_while_nobody_waits_for_us_and_goes_on_while_it_is_snoozed(
    promised: None, call: Call, admin: str, mastodon_channel: Channel
) -> None:
    seen = heard(mastodon_channel, 1, minutes_ago=20)
    at = f"/conversations/{seen.conversation_id}"
    later = clock.text(clock.now() + timedelta(hours=5))

    def change(**what: Any) -> Any:
        body = {"version": kept(mastodon_channel).version, **what}
        return call("PATCH", at, key=admin, body=body).json["answer_due_at"]

    assert change(state="snoozed", snoozed_until=later) == clock.text(seen.answer_due_at)  # type: ignore[arg-type]
    assert change(state="waiting") is None
    assert change(state="open") is not None
    assert due_in(kept(mastodon_channel)) == 60
    assert change(state="closed") is None
    heard(mastodon_channel, 2, minutes_ago=0)
    assert due_in(kept(mastodon_channel)) == 60


def test_what_they_took_back_owes_them_no_answer(promised: None, mastodon_channel: Channel) -> None:
    heard(mastodon_channel, 1, minutes_ago=20)
    assert due_in(heard(mastodon_channel, 1, minutes_ago=0, change=Change.REMOVED)) is None


def test_what_is_at_risk_and_what_is_late_is_told_once_for_each_due_time(
    empty: None, promised: None, sweep: Callable[[], None], mastodon_channel: Channel
) -> None:
    rows = [kept_row(heard(mastodon_channel, 1, minutes_ago=50))]
    for hours in (0, 0, 1, 1):
        move(mastodon_channel, timedelta(hours=hours))
        for _ in range(2):
            sweep()
        rows.append(kept_row(kept(mastodon_channel)))
    told = [
        type(each).__name__ for before, after in pairwise(rows) for each in events(before, after)
    ]
    assert told == ["SlaAtRisk", "SlaBreached"]


def kept_row(conversation: Conversation) -> dict[str, Any]:
    return wiring.conversations().item(conversation)


def move(channel: Channel, by: timedelta) -> None:
    """As if that much time had passed."""
    seen = kept(channel)
    if by and seen.answer_due_at and seen.at_risk_at:
        times = {"answer_due_at": seen.answer_due_at - by, "at_risk_at": seen.at_risk_at - by}
        wiring.conversations().save(seen, seen.model_copy(update=times))


def test_conversations_are_listed_by_when_their_answer_is_due(
    promised: None, call: Call, admin: str, mastodon_channel: Channel
) -> None:
    for number, ago in enumerate((10, 50, 90)):
        heard(mastodon_channel, number, minutes_ago=ago, thread=str(number + 1))
    query = {"due": "any", "limit": "2"}
    first = call("GET", "/conversations", key=admin, query=query).json
    rest = call("GET", "/conversations", key=admin, query={**query, "cursor": first["cursor"]})
    due = [each["answer_due_at"] for each in (*first["items"], *rest.json["items"])]
    assert len(due) == 3
    assert due == sorted(due)
    for which, expected in (("at_risk", due[1:2]), ("breached", due[:1])):
        found = call("GET", "/conversations", key=admin, query={"due": which}).json["items"]
        assert [each["answer_due_at"] for each in found] == expected


@pytest.mark.parametrize(
    ("levels", "field"),
    [
        ({"hours": {"monday": [{"opens": "9", "closes": "18:00"}]}}, "hours.monday[0].opens"),
        ({"hours": {"someday": []}}, "hours"),
        ({"hours": {"monday": [{"opens": "18:00", "closes": "09:00"}]}}, "hours.monday[0]"),
        ({"first_answer_minutes": 0}, "first_answer_minutes"),
        ({"holidays": ["soon"]}, "holidays[0]"),
    ],
)
def test_service_levels_that_make_no_sense_are_refused_by_their_field(
    call: Call, admin: str, workspace: Workspace, levels: dict[str, Any], field: str
) -> None:
    path = f"/workspaces/{workspace.workspace_id}"
    reply = call("PATCH", path, key=admin, body={"service_levels": levels})
    assert reply.status == 422
    assert all(each.startswith(f"service_levels.{field}") for each in reply.broken), reply.broken


def test_without_service_levels_no_answer_is_due(mastodon_channel: Channel) -> None:
    seen = heard(mastodon_channel, 1, minutes_ago=20)
    assert (seen.answer_due_at, seen.state) == (None, ConversationState.OPEN)
