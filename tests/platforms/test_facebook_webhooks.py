"""Facebook's webhooks: signatures over the bytes as they came, and what they tell."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.facebook import Facebook
from tellal.platforms.hearing import AppSecrets, Told

SECRET = "meta_app_secret_0123456789abcdef"
BODY = (
    b'{"object":"page","entry":[{"id":"1234567890","time":1760000000,"changes":[{"field":"feed",'
    b'"value":{"item":"comment","verb":"add","comment_id":"111_222","post_id":"1234567890_111",'
    b'"message":"hi","created_time":1760000000}}]}]}'
)
SIGNED = "sha256=be09cc537d6e18e10a00df464bfd6edcb76720d455495728b6e722230fdf7a4d"
ESCAPED = (
    rb'{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"feed",'
    rb'"value":{"message":"\u00e9t\u00e9 \ud83d\ude00"}}]}]}'
)
ESCAPED_SIGNED = "sha256=f6973149ab0c85afda4aedb201b4b06ccf560c20712f7bb26861846d57323444"


def apps(*secrets: str, token: str | None = None) -> list[AppSecrets]:
    held = tuple(SecretStr(secret) for secret in secrets)
    return [AppSecrets(), AppSecrets(held, SecretStr(token) if token else None)]


def signed(signature: str) -> dict[str, str]:
    (header,) = Facebook.webhook_headers
    return {header: signature}


@pytest.mark.parametrize(("body", "signature"), [(BODY, SIGNED), (ESCAPED, ESCAPED_SIGNED)])
def test_what_meta_signed_verifies_with_either_of_two_secrets(body: bytes, signature: str) -> None:
    Facebook.verify(body, signed(signature), apps(SECRET))
    Facebook.verify(body, signed(signature), apps("the new one", SECRET))
    Facebook.verify(body, signed(signature), [*apps("another app's"), *apps(SECRET)])


@pytest.mark.parametrize(
    ("body", "headers", "secrets"),
    [
        (BODY + b" ", signed(SIGNED), apps(SECRET)),
        (
            json.dumps(json.loads(ESCAPED), ensure_ascii=False).encode(),
            signed(SIGNED),
            apps(SECRET),
        ),
        (BODY, {}, apps(SECRET)),
        (BODY, signed(""), apps(SECRET)),
        (BODY, signed("sha256="), apps(SECRET)),
        (BODY, signed(SIGNED.removeprefix("sha256=")), apps(SECRET)),
        (BODY, signed(ESCAPED_SIGNED), apps(SECRET)),
        (BODY, signed("sha256=é\udcff"), apps(SECRET)),
        (BODY, signed(SIGNED), apps("another")),
        (BODY, signed(SIGNED), apps()),
        (BODY, signed(""), []),
    ],
    ids=[
        "altered",
        "written anew",
        "no header",
        "empty header",
        "no digest",
        "no scheme",
        "another body's",
        "no ascii",
        "another secret",
        "no secret",
        "nothing at all",
    ],
)
def test_what_meta_did_not_sign_is_forged(
    body: bytes, headers: dict[str, str], secrets: list[AppSecrets]
) -> None:
    with pytest.raises(Forged):
        Facebook.verify(body, headers, secrets)


QUESTION = {"hub.mode": "subscribe", "hub.verify_token": "tok", "hub.challenge": "1158201444"}


def test_the_question_whose_address_this_is_gets_its_own_answer() -> None:
    assert Facebook.challenge(QUESTION, apps(token="tok")) == "1158201444"


@pytest.mark.parametrize(
    ("question", "token"),
    [
        ({**QUESTION, "hub.verify_token": "other"}, "tok"),
        ({**QUESTION, "hub.mode": "unsubscribe"}, "tok"),
        ({"hub.mode": "subscribe", "hub.verify_token": "tok"}, "tok"),
        ({**QUESTION, "hub.verify_token": ""}, None),
        ({}, "tok"),
    ],
)
def test_any_other_question_gets_none(question: dict[str, str], token: str | None) -> None:
    with pytest.raises(Forged):
        Facebook.challenge(question, apps(token=token))


def feed(**value: Any) -> bytes:
    known = {
        "from": {"id": "77", "name": "Ann"},
        "item": "comment",
        "verb": "add",
        "comment_id": "111_222",
        "post_id": "9_111",
        "message": "hi",
        "created_time": 1760000000,
        **value,
    }
    return page(changes=[{"field": "feed", "value": known}])


def messaging(**event: Any) -> bytes:
    known = {
        "sender": {"id": "77"},
        "recipient": {"id": "9"},
        "timestamp": 1760000000123,
        "message": {"mid": "m_1", "text": "hello"},
        **event,
    }
    return page(messaging=[known])


def page(**entry: Any) -> bytes:
    return json.dumps({"object": "page", "entry": [{"id": "9", "time": 1, **entry}]}).encode()


def heard_in(body: bytes) -> tuple[Heard, ...]:
    told = Facebook.normalise(body)
    assert told.unread == told.broken == ()
    return told.heard


def test_a_comment_is_heard_with_its_post() -> None:
    link = {"permalink_url": "https://www.facebook.com/9/posts/111"}
    (told,) = heard_in(feed(parent_id="9_111", post=link, photo="https://cdn/p.jpg"))
    assert (told.channel_remote_id, told.remote_id, told.kind) == ("9", "111_222", "comment")
    assert (told.author.remote_id, told.author.name, told.text) == ("77", "Ann", "hi")
    assert (told.thread, told.post_remote_id) == ("9_111", "9_111")
    assert told.sent_at.isoformat() == "2025-10-09T08:53:20+00:00"
    assert (told.url, told.media_urls) == (link["permalink_url"], ("https://cdn/p.jpg",))


def test_a_comment_on_a_comment_is_a_reply_in_the_same_thread() -> None:
    (told,) = heard_in(feed(parent_id="111_100"))
    assert (told.kind, told.parent_remote_id, told.thread) == ("reply", "111_100", "9_111")
    assert told.refs == {"parent_id": "111_100"}


def test_ids_are_texts_however_they_are_spelled() -> None:
    (told,) = heard_in(messaging(sender={"id": 2**63}, message={"mid": 7, "text": "hi"}))
    assert (told.author.remote_id, told.remote_id) == (str(2**63), "7")


def mention(**value: Any) -> bytes:
    known = {"item": "post", "verb": "add", "post_id": "77_5", "message": "See @Acme", **value}
    return page(changes=[{"field": "mention", "value": known}])


def test_a_mention_elsewhere_is_heard_in_a_thread_of_its_own() -> None:
    (told,) = heard_in(mention(sender_id="77", sender_name="Ann", created_time=1760000000))
    assert (told.kind, told.remote_id, told.thread) == ("mention", "77_5", "77_5")
    assert (told.author.remote_id, told.author.name, told.text) == ("77", "Ann", "See @Acme")
    assert (told.post_remote_id, told.sent_at.timestamp()) == (None, 1760000000)


def test_a_mention_in_a_comment_that_tells_neither_author_nor_time_is_heard_all_the_same() -> None:
    (told,) = heard_in(mention(item="comment", comment_id="5_6"))
    assert (told.remote_id, told.thread) == ("5_6", "77_5")
    assert (told.author.remote_id, told.sent_at.timestamp()) == ("unknown:5_6", 1)


@pytest.mark.parametrize(("verb", "change"), [("edited", "edited"), ("remove", "removed")])
def test_mentions_change_and_go(verb: str, change: str) -> None:
    (told,) = heard_in(mention(verb=verb, created_time=1760000000))
    assert told.change == change


def test_a_message_that_was_edited_is_told_with_its_new_words_as_new_as_they_are() -> None:
    (told,) = heard_in(messaging(message=None, message_edit={"mid": "m_1", "text": "hi!"}))
    assert (told.change, told.remote_id, told.text) == ("edited", "m_1", "hi!")
    assert told.sent_at.isoformat() == "2025-10-09T08:53:20.123000+00:00"


def test_a_message_that_was_unsent_is_removed() -> None:
    (told,) = heard_in(messaging(message={"mid": "m_1", "is_deleted": True}))
    assert (told.change, told.remote_id, told.thread) == ("removed", "m_1", "77")


def test_a_message_told_as_a_change_is_the_same_message() -> None:
    event = json.loads(messaging())["entry"][0]["messaging"][0]
    assert heard_in(page(changes=[{"field": "messages", "value": event}])) == heard_in(messaging())


def test_half_a_character_in_one_event_hides_no_other() -> None:
    body = page(messaging=[json.loads(messaging())["entry"][0]["messaging"][0]])
    halved = body.replace(b"hello", rb"hello \ud83d").replace(b"}]}]}", b"}]},0]}")
    told = Facebook.normalise(halved)
    assert ([each.text for each in told.heard], told.broken) == (["hello ?"], ("entry",))


def test_a_comment_whose_author_is_hidden_stands_alone() -> None:
    (told,) = heard_in(BODY)
    assert (told.author.remote_id, told.author.name) == ("unknown:111_222", "")


@pytest.mark.parametrize(
    ("verb", "change"), [("add", "added"), ("edited", "edited"), ("remove", "removed")]
)
def test_comments_come_change_and_go(verb: str, change: str) -> None:
    (told,) = heard_in(feed(verb=verb))
    assert told.change == change


def test_an_edit_is_as_old_as_its_telling_so_that_the_last_one_holds() -> None:
    (told,) = heard_in(feed(verb="edited"))
    assert told.sent_at.timestamp() == 1


def test_a_message_is_heard_with_its_pictures() -> None:
    attached = [{"type": "image", "payload": {"url": "https://cdn/i.jpg"}}, {"type": "fallback"}]
    (told,) = heard_in(messaging(message={"mid": "m_1", "attachments": attached}))
    assert (told.kind, told.remote_id, told.thread) == ("direct", "m_1", "77")
    assert told.sent_at.isoformat() == "2025-10-09T08:53:20.123000+00:00"
    assert (told.text, told.media_urls) == ("", ("https://cdn/i.jpg",))


def test_everything_in_one_body_is_heard() -> None:
    both = [json.loads(each)["entry"][0] for each in (feed(), messaging())]
    body = json.dumps({"object": "page", "entry": both}).encode()
    assert [told.kind for told in heard_in(body)] == ["comment", "direct"]


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (feed(**{"from": {"id": "9", "name": "The page"}}), "our own"),
        (feed(verb="hide"), "feed.comment.hide"),
        (feed(verb="unhide"), "feed.comment.unhide"),
        (feed(item="reaction", verb="add", comment_id=None), "feed.reaction"),
        (page(changes=[{"field": "feed", "value": "a word"}]), "feed.None"),
        (page(changes=[{"field": "something new", "value": {"item": "comment"}}]), "something new"),
        (messaging(message={"mid": "m_2", "text": "from us", "is_echo": True}), "our own"),
        (messaging(sender={"id": "9"}), "our own"),
        (messaging(message=None, read={"watermark": 1}), "messaging.read"),
        (messaging(message=None, reaction={"mid": "m_1"}), "messaging.reaction"),
        (messaging(message=None, sender={"user_ref": "x"}, postback={}), "messaging.postback"),
        (messaging(message=None, something_new={}), "messaging"),
        (mention(sender_id="9"), "our own"),
        (mention(item="comment", post_id="9_111", comment_id="111_2"), "mention.below our post"),
        (mention(verb="hide"), "mention"),
        (ESCAPED, "feed.None"),
        (b'{"object":"instagram","entry":[{}]}', "instagram"),
    ],
)
def test_what_is_not_somebody_elses_word_is_named_and_left(body: bytes, event: str) -> None:
    assert Facebook.normalise(body) == Told(unread=(event,))


def test_what_stands_by_itself_is_left() -> None:
    assert Facebook.normalise(page(standby=[{"sender": {"id": "77"}}])) == Told()


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (feed(comment_id=None), "feed"),
        (feed(created_time=10**30), "feed"),
        (feed(created_time="soon"), "feed"),
        (page(changes=["a word"]), "change"),
        (messaging(message={"text": "without an id"}), "messaging"),
        (messaging(sender=None), "messaging"),
        (messaging(timestamp=None), "messaging"),
        (mention(post_id=None), "mention"),
        (json.dumps({"object": "page", "entry": [{"id": "9", "time": 10**30}]}).encode(), "entry"),
        (b'{"object":"page","entry":[{"id":{}}]}', "entry"),
    ],
)
def test_an_event_that_cannot_be_read_hides_no_other(body: bytes, event: str) -> None:
    told = json.loads(body)
    told["entry"].append(json.loads(feed())["entry"][0])
    came = Facebook.normalise(json.dumps(told).encode())
    assert [each.remote_id for each in came.heard] == ["111_222"]
    assert came.broken == (event,)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b'{"entry": []}',
        b'{"object": "page", "entry": {}}',
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        Facebook.normalise(body)
