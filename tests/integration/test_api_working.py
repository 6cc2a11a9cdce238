"""Working on conversations: who does what, what is written down, and that nobody answers twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tellal import clock, wiring
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.conversations import Author, Change, Conversation, ConversationState, Heard, MessageKind
from tellal.deliveries import State, Step
from tests.conftest import TEN
from tests.integration.api_calls import Call, Reply, key_of
from tests.integration.deliveries import hints, part, scheduled
from tests.unit.examples import remote

LATER = "2099-01-01T10:00:00.000Z"


@pytest.fixture
def ayse(call: Call, admin: str) -> tuple[str, str]:
    """A moderator's id, and a key of hers."""
    return person(call, admin, "Ayşe")


def person(call: Call, admin: str, name: str) -> tuple[str, str]:
    member = call("POST", "/members", key=admin, body={"name": name, "role": "moderator"}).json
    given = {"name": "phone", "role": "moderator", "member_id": member["member_id"]}
    return member["member_id"], call("POST", "/keys", key=admin, body=given).json["token"]


def at(conversation: Conversation, rest: str = "") -> str:
    return f"/conversations/{conversation.conversation_id}{rest}"


def heard(channel: Channel, number: int, text: str, **facts: Any) -> None:
    """By the person of the conversation that `began` began."""
    usual: dict[str, Any] = {
        "channel_remote_id": channel.remote_id,
        "remote_id": str(number),
        "kind": MessageKind.MENTION,
        "author": Author(remote_id="7", handle="ayse@other.example"),
        "text": text,
        "sent_at": TEN + timedelta(minutes=number),
        "thread": "1",
        "refs": {"visibility": "unlisted"},
    }
    wiring.inbox().store(channel, Heard(**usual | facts), now=clock.now())


@pytest.fixture
def began(mastodon_channel: Channel) -> Conversation:
    """A conversation as the inbox makes it."""
    heard(mastodon_channel, 1, "Are you open?")
    store = wiring.conversations()
    [item] = store.listed(mastodon_channel.workspace_id, ConversationState.OPEN).items
    return store.value(item)


def change(call: Call, key: str, conversation: Conversation, version: int, **what: Any) -> Reply:
    return call("PATCH", at(conversation), key=key, body={"version": version, **what})


def test_a_change_is_of_the_version_that_was_read_and_is_written_down(
    call: Call, admin: str, ayse: tuple[str, str], began: Conversation
) -> None:
    member_id, key = ayse
    what = {"assignee": member_id, "tags": ["VIP", "vip"], "priority": "urgent"}
    changed = change(call, key, began, 0, **what)
    assert changed.status == 200
    assert (changed.json["version"], changed.json["tags"]) == (1, ["vip"])
    stale = change(call, key, began, 0, priority="low")
    assert (stale.status, stale.json["facts"]) == (409, {"version": 1})
    unknown = change(call, key, began, 7, priority="low")
    assert (unknown.status, list(unknown.broken)) == (422, ["version"])
    assert change(call, key, began, 1, priority="urgent").json["version"] == 1  # no change
    assert change(call, admin, began, 1, assignee=None).json["assignee"] is None
    second, first = call("GET", at(began, "/history"), key=key).json["items"]
    assert first["by"] == {"id": member_id, "name": "Ayşe"}
    assert first["before"] == {"priority": "normal", "tags": []}
    assert first["after"] == {"assignee": member_id, "priority": "urgent", "tags": ["vip"]}
    assert (second["before"], second["after"]) == ({"assignee": member_id}, {})
    assert second["by"]["id"].startswith("key_")


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"state": "done"}, "state"),
        ({"state": "snoozed"}, "snoozed_until"),
        ({"state": "snoozed", "snoozed_until": "2020-01-01T10:00:00Z"}, "snoozed_until"),
        ({"state": "closed", "snoozed_until": LATER}, "snoozed_until"),
        ({"snoozed_until": LATER}, "snoozed_until"),
        ({"assignee": "mem_nobody"}, "assignee"),
        ({"tags": [" "]}, "tags[0]"),
        ({"tags": ["x"] * 101}, "tags"),
        ({"priority": "asap"}, "priority"),
        ({"version": -1}, "version"),
        ({"mood": "good"}, "mood"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_by_its_field(
    call: Call, admin: str, began: Conversation, what: dict[str, Any], field: str
) -> None:
    reply = call("PATCH", at(began), key=admin, body={"version": 0, **what})
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_nobody_of_another_workspace_is_assigned(
    call: Call, admin: str, elsewhere: str, began: Conversation
) -> None:
    stranger, _ = person(call, elsewhere, "Somebody")
    reply = change(call, admin, began, 0, assignee=stranger)
    assert (reply.status, list(reply.broken)) == (422, ["assignee"])


def test_a_closed_conversation_can_be_opened_and_nothing_else(
    call: Call, admin: str, began: Conversation
) -> None:
    assert change(call, admin, began, 0, state="closed").json["state"] == "closed"
    reply = change(call, admin, began, 1, state="waiting")
    assert (reply.status, "closed cannot become waiting" in reply.json["detail"]) == (409, True)
    assert change(call, admin, began, 1, state="open").json["state"] == "open"


@pytest.mark.parametrize("put_away", [{"state": "closed"}, {"state": "snoozed"}])
def test_a_new_message_brings_back_what_was_put_away(
    call: Call,
    admin: str,
    began: Conversation,
    mastodon_channel: Channel,
    put_away: dict[str, Any],
) -> None:
    if put_away["state"] == "snoozed":
        put_away = {**put_away, "snoozed_until": soon(hours=1)}
    assert change(call, admin, began, 0, **put_away).status == 200
    assert call("GET", "/conversations", key=admin).json["items"] == []
    heard(mastodon_channel, 2, "Hello?")
    [listed] = call("GET", "/conversations", key=admin).json["items"]
    assert (listed["state"], listed["snoozed_until"], listed["version"]) == ("open", None, 2)
    newest = call("GET", at(began, "/history"), key=admin).json["items"][0]
    assert (newest["what"], newest["by"]["id"][:4]) == ("reopened", "msg_")


def test_what_is_snoozed_comes_back_by_itself_at_its_time_and_once(
    call: Call, admin: str, began: Conversation
) -> None:
    until = soon(hours=1)
    change(call, admin, began, 0, state="snoozed", snoozed_until=until)
    time = clock.read(until)
    assert wiring.waker().wake(now=time - timedelta(milliseconds=1)) == 0
    assert [wiring.waker().wake(now=time) for _ in range(2)] == [1, 0]
    [listed] = call("GET", "/conversations", key=admin).json["items"]
    assert (listed["state"], listed["snoozed_until"]) == ("open", None)
    newest = call("GET", at(began, "/history"), key=admin).json["items"][0]
    assert (newest["what"], newest["by"]["id"]) == ("woken", "clock")
    assert newest["before"] == {"state": "snoozed", "snoozed_until": until}


def test_what_was_put_away_for_longer_meanwhile_goes_on_sleeping(
    call: Call, admin: str, began: Conversation
) -> None:
    change(call, admin, began, 0, state="snoozed", snoozed_until=soon(hours=1))
    change(call, admin, began, 1, state="snoozed", snoozed_until=soon(hours=5))
    assert wiring.waker().wake(now=datetime.now(UTC) + timedelta(hours=2)) == 0


def soon(**ahead: float) -> str:
    return clock.text(datetime.now(UTC) + timedelta(**ahead))


def test_a_note_is_of_a_member_and_of_nobody_outside(
    call: Call, ayse: tuple[str, str], began: Conversation
) -> None:
    member_id, key = ayse
    note = call("POST", at(began, "/notes"), key=key, body={"text": "An old customer"})
    assert (note.status, note.json["direction"], note.json["author"]) == (201, "note", None)
    assert note.json["by"] == {"id": member_id, "name": "Ayşe"}


def test_a_note_is_no_turn_and_is_never_sent_or_shown_as_the_last_word(
    empty: None, call: Call, admin: str, began: Conversation
) -> None:
    call("POST", at(began, "/notes"), key=admin, body={"text": "An old customer"})
    shown = call("GET", at(began), key=admin).json
    assert [each["direction"] for each in shown["messages"]["items"]] == ["note", "in"]
    assert (shown["excerpt"], shown["version"]) == ("Are you open?", 0)
    assert hints(Step.PUBLISH) == []
    body = {"text": "Yes", "version": 0}
    assert call("POST", at(began, "/messages"), key=admin, body=body).status == 201


def test_a_note_says_something(call: Call, admin: str, began: Conversation) -> None:
    reply = call("POST", at(began, "/notes"), key=admin, body={"text": " "})
    assert (reply.status, list(reply.broken)) == (422, ["text"])


def test_others_see_who_is_writing_and_wait_or_take_it_over(
    call: Call, admin: str, ayse: tuple[str, str], began: Conversation
) -> None:
    _, key = ayse
    other_id, other = person(call, admin, "Mehmet")
    for _ in range(2):  # hers again
        assert call("POST", at(began, "/writing"), key=key, body={}).json["by"]["name"] == "Ayşe"
    assert call("GET", at(began), key=other).json["writing"]["by"]["name"] == "Ayşe"
    for method, rest, body in (
        ("POST", "/writing", {}),
        ("DELETE", "/writing", None),
        ("POST", "/messages", {"text": "Yes", "version": 0}),
    ):
        held = call(method, at(began, rest), key=other, body=body)
        assert (held.status, held.json["facts"]["writing"]["by"]["name"]) == (409, "Ayşe")
    taken = call("POST", at(began, "/writing"), key=other, body={"take_over": True})
    assert taken.json["by"] == {"id": other_id, "name": "Mehmet"}
    assert call("POST", at(began, "/writing"), key=key, body={}).status == 409
    body = {"text": "Yes", "version": 0}
    assert call("POST", at(began, "/messages"), key=other, body=body).status == 201
    shown = call("GET", at(began), key=key).json
    assert (shown["writing"], shown["version"]) == (None, 1)


def test_a_lease_ends_by_itself_and_can_be_given_back(
    call: Call, admin: str, ayse: tuple[str, str], began: Conversation
) -> None:
    lease = call("POST", at(began, "/writing"), key=admin, body={}).json
    until = clock.read(lease["until"])
    leases, conversation_id = wiring.leases(), began.conversation_id
    assert leases.of(conversation_id, now=until - timedelta(seconds=1)) is not None
    assert leases.of(conversation_id, now=until) is None
    assert call("DELETE", at(began, "/writing"), key=admin).status == 204
    assert call("DELETE", at(began, "/writing"), key=admin).status == 204
    assert call("POST", at(began, "/writing"), key=ayse[1], body={}).status == 200


def test_an_answer_after_a_colleagues_is_held_back_and_both_are_shown(
    empty: None, call: Call, admin: str, began: Conversation
) -> None:
    place = at(began, "/messages")
    first = {"text": "Until six.", "version": 0}
    assert call("POST", place, key=admin, body=first).status == 201
    second = {"text": "Yes, until 18:00.", "version": 0}
    held = call("POST", place, key=admin, body=second)
    assert held.status == 409
    facts = held.json["facts"]
    assert facts["text"] == "Yes, until 18:00."
    assert [(each["direction"], each["text"]) for each in facts["newer_messages"]] == [
        ("out", "Until six.")
    ]
    assert len(hints(Step.PUBLISH)) == 1
    again = call("POST", place, key=admin, body={**second, "version": facts["version"]})
    assert again.status == 201


def test_an_answer_to_what_they_have_gone_beyond_is_held_back(
    call: Call, admin: str, began: Conversation, mastodon_channel: Channel
) -> None:
    heard(mastodon_channel, 2, "Never mind, found it")
    held = call("POST", at(began, "/messages"), key=admin, body={"text": "Yes", "version": 0})
    assert held.status == 409
    [newer] = held.json["facts"]["newer_messages"]
    assert newer["text"] == "Never mind, found it"


def test_an_answer_to_what_they_have_changed_is_held_back(
    call: Call, admin: str, began: Conversation, mastodon_channel: Channel
) -> None:
    edit = {"change": Change.EDITED, "sent_at": TEN + timedelta(hours=1)}
    heard(mastodon_channel, 1, "Are you closed?", **edit)
    held = call("POST", at(began, "/messages"), key=admin, body={"text": "Yes", "version": 0})
    assert held.status == 409
    [newer] = held.json["facts"]["newer_messages"]
    assert newer["text"] == "Are you closed?"


def test_a_tag_meanwhile_holds_no_answer_back(call: Call, admin: str, began: Conversation) -> None:
    change(call, admin, began, 0, tags=["hours"])
    body = {"text": "Yes", "version": 0, "close": True}
    assert call("POST", at(began, "/messages"), key=admin, body=body).status == 201
    assert call("GET", at(began), key=admin).json["state"] == "closed"
    newest = call("GET", at(began, "/history"), key=admin).json["items"][0]
    assert (newest["what"], newest["after"]["state"]) == ("answered", "closed")


@pytest.mark.parametrize(("version", "field"), [(None, "version"), (5, "version")])
def test_an_answer_names_a_version_that_there_was(
    call: Call, admin: str, began: Conversation, version: int | None, field: str
) -> None:
    body = {"text": "Yes"} | ({} if version is None else {"version": version})
    reply = call("POST", at(began, "/messages"), key=admin, body=body)
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_a_conversation_shows_the_post_that_caused_it(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    public = part("News", remote=remote(9))
    facts = {"state": State.PUBLISHED, "next_attempt_at": None, "next_step": None}
    post = scheduled(mastodon_channel, public, publish_at=TEN, **facts)
    heard(mastodon_channel, 3, "Nice", post_remote_id="9", thread="9")
    [listed] = call("GET", "/conversations", key=admin).json["items"]
    shown = call("GET", f"/conversations/{listed['conversation_id']}", key=admin).json
    assert shown["post"] == {
        "delivery_id": post.delivery_id,
        "post_id": post.post_id,
        "url": "https://m.example/9",
    }


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER])
def test_who_may_only_look_changes_nothing(
    call: Call, workspace: Workspace, began: Conversation, role: Role
) -> None:
    key = key_of(workspace.workspace_id, role)
    assert call("GET", at(began, "/history"), key=key).status == 200
    for method, rest, body in (
        ("PATCH", "", {"version": 0, "priority": "high"}),
        ("POST", "/messages", {"text": "Hi", "version": 0}),
        ("POST", "/notes", {"text": "Hi"}),
        ("POST", "/writing", {}),
        ("DELETE", "/writing", None),
    ):
        assert call(method, at(began, rest), key=key, body=body).status == 403


def test_a_person_says_better_how_a_message_sounds_and_it_stays(
    call: Call, admin: str, elsewhere: str, began: Conversation, mastodon_channel: Channel
) -> None:
    play = {"about": "complaint", "text": "Say sorry first."}
    call("PUT", "/playbook", key=admin, body={"version": 0, "plays": [play]})
    [message] = call("GET", at(began), key=admin).json["messages"]["items"]
    assert (message["language"], message["sentiment"]) == ("en", "neutral")
    where = at(began, f"/messages/{message['message_id']}")
    assert call("PATCH", where, key=elsewhere, body={"sentiment": "negative"}).status == 404
    assert call("PATCH", where, key=admin, body={"sentiment": "angry"}).broken.keys() == {
        "sentiment"
    }
    said = call("PATCH", where, key=admin, body={"sentiment": "negative"})
    assert (said.status, said.json["sentiment"]) == (200, "negative")
    shown = call("GET", at(began), key=admin).json
    assert (shown["sentiment"], [each["text"] for each in shown["plays"]]) == (
        "negative",
        ["Say sorry first."],
    )
    edit = {"change": Change.EDITED, "sent_at": TEN + timedelta(minutes=9)}
    heard(mastodon_channel, 1, "Thank you, wonderful!", **edit)
    assert call("GET", at(began), key=admin).json["sentiment"] == "negative"
    told = call("GET", at(began, "/history"), key=admin).json["items"][0]
    assert (told["what"], told["before"]) == ("corrected", {"sentiment": "neutral"})
