"""Threads' webhooks: signatures as all of Meta's, and what they tell."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AnswersChallenges, AppSecrets, ReceivesWebhooks, Told
from tellal.platforms.threads import Threads
from tests.platforms.test_facebook_webhooks import BODY, SECRET, SIGNED

OURS = {"id": "100", "owner_id": "9", "username": "acme"}


def event(field: str, value: Any) -> dict[str, Any]:
    return {"value": value, "field": field}


def told(values: Any, *, target: str = "100", topic: str = "moderate") -> bytes:
    body = {
        "app_id": "1",
        "topic": topic,
        "target_id": target,
        "time": 1723226877,
        "subscription_id": "2",
        "has_uid_field": False,
        "values": values,
    }
    return json.dumps(body).encode()


def said(**facts: Any) -> dict[str, Any]:
    return {
        "id": "200",
        "username": "ann",
        "text": "Reply",
        "media_type": "TEXT_POST",
        "permalink": "https://www.threads.net/@ann/post/Pp",
        "timestamp": "2024-08-07T10:33:16+0000",
        **facts,
    }


def reply(**facts: Any) -> bytes:
    value = said(**{"replied_to": {"id": "100"}, "root_post": OURS, **facts})
    return told(event("replies", value))


def mention(*, target: str = "9", **facts: Any) -> bytes:
    return told(event("mentions", said(**facts)), target=target, topic="interaction")


def heard_in(body: bytes) -> tuple[Heard, ...]:
    came = Threads.normalise(body)
    assert came.unread == came.broken == ()
    return came.heard


def test_what_meta_signed_verifies_with_the_apps_secret_and_with_no_other() -> None:
    (header,) = Threads.webhook_headers
    known = [AppSecrets((SecretStr(SECRET),), SecretStr("tok"))]
    Threads.verify(BODY, {header: SIGNED}, known)
    for body, headers in ((BODY + b" ", {header: SIGNED}), (BODY, {header: ""}), (BODY, {})):
        with pytest.raises(Forged):
            Threads.verify(body, headers, known)


def test_the_question_whose_address_this_is_is_answered() -> None:
    assert isinstance(Threads, ReceivesWebhooks)
    assert isinstance(Threads, AnswersChallenges)
    asked = {"hub.mode": "subscribe", "hub.verify_token": "tok", "hub.challenge": "1"}
    assert Threads.challenge(asked, [AppSecrets((), SecretStr("tok"))]) == "1"
    with pytest.raises(Forged):
        Threads.challenge(asked, [AppSecrets((), SecretStr("other"))])


def test_a_reply_to_a_post_of_ours_is_a_comment() -> None:
    (came,) = heard_in(reply())
    assert (came.channel_remote_id, came.remote_id, came.kind) == ("9", "200", "comment")
    assert (came.author.remote_id, came.author.handle, came.text) == ("ann", "ann", "Reply")
    assert (came.thread, came.post_remote_id, came.parent_remote_id) == ("100", "100", None)
    assert came.sent_at.isoformat() == "2024-08-07T10:33:16+00:00"
    assert came.url == "https://www.threads.net/@ann/post/Pp"


def test_a_reply_to_a_reply_names_the_one_above_it() -> None:
    (came,) = heard_in(reply(replied_to={"id": "150"}))
    assert (came.kind, came.thread, came.parent_remote_id) == ("reply", "100", "150")


def test_a_mention_elsewhere_is_heard_in_its_own_thread() -> None:
    (came,) = heard_in(mention())
    assert (came.channel_remote_id, came.kind, came.thread) == ("9", "mention", "200")
    (below,) = heard_in(mention(root_post={"id": "50"}, replied_to={"id": "60"}))
    assert (below.kind, below.thread, below.parent_remote_id) == ("mention", "50", "60")


def test_a_reply_that_also_mentions_us_is_one_thing_however_it_is_told() -> None:
    told_as_mention = mention(replied_to={"id": "100"}, root_post=OURS)
    assert heard_in(told_as_mention) == heard_in(reply())


def test_several_at_once_are_all_heard_and_one_alone_needs_no_list() -> None:
    both = [event("replies", json.loads(reply())["values"]["value"]), event("mentions", said())]
    came = heard_in(told(both, target="9"))
    assert [each.kind for each in came] == ["comment", "mention"]
    one_by_one = [json.loads(reply()), json.loads(mention())]
    assert heard_in(json.dumps(one_by_one).encode()) == came


def test_what_is_deleted_is_removed() -> None:
    gone = {
        "id": "200",
        "owner": {"owner_id": "9"},
        "deleted_at": "2024-08-08T10:33:16+0000",
        "timestamp": "2024-08-07T10:33:16+0000",
        "username": "acme",
    }
    (came,) = heard_in(told(event("delete", gone)))
    assert (came.change, came.remote_id, came.channel_remote_id) == ("removed", "200", "9")
    assert (came.author.remote_id, came.sent_at.day) == ("9", 8)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (reply(username="acme"), "our own"),
        (told(event("publish", {"id": "1"})), "publish"),
        (told(event("something new", "a word")), "something new"),
    ],
)
def test_what_is_not_somebody_elses_word_is_named_and_left(body: bytes, name: str) -> None:
    assert Threads.normalise(body) == Told(unread=(name,))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (event("replies", said(root_post=None)), "replies"),
        (event("replies", said(root_post={"id": "100"})), "replies"),
        (event("replies", said(id=None, root_post=OURS)), "replies"),
        (event("replies", said(timestamp="soon", root_post=OURS)), "replies"),
        (event("replies", said(timestamp="0001-01-01T00:00:00+14:00", root_post=OURS)), "replies"),
        (event("mentions", "a word"), "mentions"),
        (event("delete", {"id": "1"}), "delete"),
        ("a word", "change"),
    ],
)
def test_an_event_that_cannot_be_read_hides_no_other(values: Any, name: str) -> None:
    came = Threads.normalise(told([values, event("mentions", said())], target="9"))
    assert [each.remote_id for each in came.heard] == ["200"]
    assert came.broken == (name,)


@pytest.mark.parametrize("body", [b'{"values": ', b"", b"\xff\xfe", b'"a word"', b"7", b"null"])
def test_what_cannot_be_read_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        Threads.normalise(body)


def test_a_body_without_anything_in_it_is_broken_and_hides_no_other() -> None:
    came = Threads.normalise(json.dumps([{"topic": "moderate"}, json.loads(mention())]).encode())
    assert ([each.remote_id for each in came.heard], came.broken) == (["200"], ("body",))
