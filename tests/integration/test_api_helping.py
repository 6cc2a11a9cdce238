"""What helps to answer: saved replies, the playbook, and that nobody gets another's words."""

from datetime import timedelta
from typing import Any

import pytest

from tellal import clock, wiring
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.conversations import Author, Heard, MessageKind, message_id
from tests.conftest import TEN
from tests.integration.api_calls import Call, Reply, key_of


def began(channel: Channel, who: str) -> str:
    """A conversation with somebody; its address."""
    heard = Heard(
        channel_remote_id=channel.remote_id,
        remote_id=f"of-{who}",
        kind=MessageKind.MENTION,
        author=Author(remote_id=who, handle=f"{who}@other.example", name=who.title()),
        text="Where is my order?",
        sent_at=TEN,
        thread=who,
    )
    wiring.inbox().store(channel, heard, now=clock.now())
    message = wiring.messages().get(message_id(channel.channel_id, f"of-{who}"))
    assert message is not None
    return f"/conversations/{message.conversation_id}"


SORRY = "Dear {first_name} ({handle}), sorry! {agent}, {channel}"


def save(call: Call, key: str, text: str = SORRY) -> Any:
    made = call("POST", "/saved-replies", key=key, body={"name": "Sorry", "text": text})
    assert made.status == 201
    return made.json


def test_a_reply_is_saved_listed_changed_and_deleted(call: Call, admin: str) -> None:
    made = save(call, admin)
    at = f"/saved-replies/{made['saved_reply_id']}"
    assert call("GET", "/saved-replies", key=admin).json["items"] == [made]
    assert call("PATCH", at, key=admin, body={"text": "Hi"}).json == {**made, "text": "Hi"}
    assert call("GET", at, key=admin).json["text"] == "Hi"
    assert call("DELETE", at, key=admin).status == 204
    assert call("GET", at, key=admin).status == 404


def test_a_saved_reply_is_filled_in_for_a_conversation(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    place, made = began(mastodon_channel, "fatma"), save(call, admin)
    filled = call("GET", f"{place}/saved-replies/{made['saved_reply_id']}", key=admin).json
    assert filled["text"] == "Dear Fatma (@fatma@other.example), sorry! admin, Acme"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "Sorry"}, "text"),
        ({"text": "Sorry"}, "name"),
        ({"name": "Sorry", "text": " "}, "text"),
        ({"name": "Sorry", "text": "Dear {name}"}, "text"),
        ({"name": "Sorry", "text": "x" * 10_001}, "text"),
    ],
)
def test_what_is_no_saved_reply_is_refused_by_its_field(
    call: Call, admin: str, given: dict[str, Any], field: str
) -> None:
    reply = call("POST", "/saved-replies", key=admin, body=given)
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_a_change_is_checked_like_a_new_one(call: Call, admin: str) -> None:
    at = f"/saved-replies/{save(call, admin)['saved_reply_id']}"
    reply = call("PATCH", at, key=admin, body={"text": "Dear {name}"})
    assert (reply.status, "{name} is no variable" in reply.broken["text"]) == (422, True)


def test_another_workspaces_saved_replies_are_not_there(
    call: Call, admin: str, elsewhere: str, mastodon_channel: Channel
) -> None:
    made, theirs = save(call, admin), save(call, elsewhere)
    at, place = f"/saved-replies/{made['saved_reply_id']}", began(mastodon_channel, "ali")
    for method, path, key in (
        ("GET", at, elsewhere),
        ("DELETE", at, elsewhere),
        ("GET", f"{place}{at}", elsewhere),
        ("GET", f"{place}/saved-replies/{theirs['saved_reply_id']}", admin),
    ):
        assert call(method, path, key=key).status == 404
    assert call("PATCH", at, key=elsewhere, body={"name": "Mine"}).status == 404
    assert call("GET", at, key=admin).json == made


PLAY: dict[str, Any] = {
    "about": "complaint",
    "text": "Say sorry first, then ask for the order number.",
    "tags": ["Late"],
    "kinds": [],
}


def test_the_playbook_is_shown_beside_the_conversation_it_fits(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    place = began(mastodon_channel, "zeynep")
    assert call("GET", "/playbook", key=admin).json == {"plays": [], "version": 0}
    praise = {"about": "praise", "text": "Thank them."}
    book = {"version": 0, "plays": [PLAY, praise]}
    written = call("PUT", "/playbook", key=admin, body=book).json
    assert (written["version"], written["plays"][0]["tags"]) == (1, ["late"])
    assert call("PUT", "/playbook", key=admin, body=book).status == 409
    assert call("GET", place, key=admin).json["plays"] == []
    call("PATCH", place, key=admin, body={"version": 0, "tags": ["late"]})
    assert call("GET", place, key=admin).json["plays"] == [written["plays"][0]]
    call("PATCH", place, key=admin, body={"version": 1, "tags": ["praise"]})
    assert call("GET", place, key=admin).json["plays"] == [written["plays"][1]]
    again = {"version": 1, "plays": []}
    assert call("PUT", "/playbook", key=admin, body=again).json == {"plays": [], "version": 2}


@pytest.mark.parametrize(
    ("play", "field"),
    [
        ({**PLAY, "about": "spam"}, "plays[0].about"),
        ({**PLAY, "text": ""}, "plays[0].text"),
        ({**PLAY, "tags": [" "]}, "plays[0].tags[0]"),
        ({**PLAY, "kinds": ["letter"]}, "plays[0].kinds[0]"),
    ],
)
def test_a_play_that_makes_no_sense_is_refused_by_its_field(
    call: Call, admin: str, play: dict[str, Any], field: str
) -> None:
    reply = call("PUT", "/playbook", key=admin, body={"version": 0, "plays": [play]})
    assert (reply.status, list(reply.broken)) == (422, [field])


def test_a_playbook_is_its_workspaces_and_not_everybodys_to_write(
    call: Call, admin: str, elsewhere: str, workspace: Workspace
) -> None:
    call("PUT", "/playbook", key=admin, body={"version": 0, "plays": [PLAY]})
    assert call("GET", "/playbook", key=elsewhere).json["plays"] == []
    moderator = key_of(workspace.workspace_id, Role.MODERATOR)
    assert len(call("GET", "/playbook", key=moderator).json["plays"]) == 1
    reply = call("PUT", "/playbook", key=moderator, body={"version": 1, "plays": []})
    assert reply.status == 403
    viewer = key_of(workspace.workspace_id, Role.VIEWER)
    body = {"name": "Sorry", "text": "Sorry"}
    assert call("POST", "/saved-replies", key=viewer, body=body).status == 403


def answer(call: Call, key: str, place: str, text: str, **more: Any) -> Reply:
    version = call("GET", place, key=key).json["version"]
    body = {"text": text, "version": version, **more}
    return call("POST", f"{place}/messages", key=key, body=body)


def test_the_same_words_to_two_people_are_refused_without_an_edit_or_a_yes(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    one, other = (began(mastodon_channel, who) for who in ("hasan", "elif"))
    assert answer(call, admin, one, "Dear Hasan, it is on its way.").status == 201
    refused = answer(call, admin, other, "dear Elif: it is on its way")
    assert refused.status == 409
    said = refused.json["facts"]["said"]
    assert (said["to"], said["conversation_id"]) == ("@hasan@other.example", one.split("/")[-1])
    assert "same_words" in refused.json["detail"]
    assert answer(call, admin, one, "It is on its way, dear Hasan!").status == 201
    assert answer(call, admin, one, "Dear Hasan, it is on its way.").status == 201  # to him again
    assert answer(call, admin, other, "Dear Elif, it left yesterday.").status == 201
    yes = answer(call, admin, other, "Dear Elif, it is on its way.", same_words=True)
    assert yes.status == 201


def test_another_workspaces_words_and_those_of_last_week_stand_in_nobodys_way(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    one, other = (began(mastodon_channel, who) for who in ("can", "nur"))
    answer(call, admin, one, "See you soon")
    conversation = wiring.conversations().get(other.split("/")[-1])
    assert conversation is not None
    later = clock.now() + timedelta(days=7, minutes=1)
    say = wiring.sayings().saying
    assert len(say(conversation, "See you soon", anyway=False, now=later)) == 1
    elsewhere = conversation.model_copy(update={"workspace_id": "ws_other"})
    assert len(say(elsewhere, "See you soon", anyway=False, now=clock.now())) == 1
