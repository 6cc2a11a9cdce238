"""Instagram's webhooks: signatures as all of Meta's, and what they tell."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AnswersChallenges, AppSecrets, ReceivesWebhooks, Told
from tellal.platforms.instagram import Instagram
from tests.platforms.test_facebook_webhooks import BODY, SECRET, SIGNED

TOLD_AT = 1760000000
MESSAGE = {"mid": "m_1", "text": "hello"}


def account(**entry: Any) -> bytes:
    told = {"object": "instagram", "entry": [{"id": "17841", "time": TOLD_AT, **entry}]}
    return json.dumps(told).encode()


ANN = {"id": "77", "username": "ann"}


def comments(field: str = "comments", *, by: Any = ANN, **value: Any) -> bytes:
    known = {
        "id": "1785",
        "from": by,
        "text": "hi",
        "media": {"id": "1790", "media_product_type": "FEED"},
        **value,
    }
    return account(changes=[{"field": field, "value": known}])


def mentions(**value: Any) -> bytes:
    return account(changes=[{"field": "mentions", "value": {"media_id": "1791", **value}}])


def messaging(**event: Any) -> bytes:
    known = {
        "sender": {"id": "77"},
        "recipient": {"id": "17841"},
        "timestamp": 1760000000123,
        "message": MESSAGE,
        **event,
    }
    return account(messaging=[known])


def heard_in(body: bytes) -> tuple[Heard, ...]:
    told = Instagram.normalise(body)
    assert told.unread == told.broken == ()
    return told.heard


def test_what_meta_signed_verifies_with_the_apps_secret_and_with_no_other() -> None:
    (header,) = Instagram.webhook_headers
    known = [AppSecrets((SecretStr(SECRET),), SecretStr("tok"))]
    Instagram.verify(BODY, {header: SIGNED}, known)
    for body, headers in ((BODY + b" ", {header: SIGNED}), (BODY, {header: ""}), (BODY, {})):
        with pytest.raises(Forged):
            Instagram.verify(body, headers, known)


def test_the_question_whose_address_this_is_is_answered() -> None:
    assert isinstance(Instagram, ReceivesWebhooks)
    assert isinstance(Instagram, AnswersChallenges)
    asked = {"hub.mode": "subscribe", "hub.verify_token": "tok", "hub.challenge": "1"}
    assert Instagram.challenge(asked, [AppSecrets((), SecretStr("tok"))]) == "1"
    with pytest.raises(Forged):
        Instagram.challenge(asked, [AppSecrets((), SecretStr("other"))])


def test_a_comment_is_heard_as_old_as_its_telling() -> None:
    (told,) = heard_in(comments())
    assert (told.channel_remote_id, told.remote_id, told.kind) == ("17841", "1785", "comment")
    assert (told.author.remote_id, told.author.handle, told.text) == ("77", "ann", "hi")
    assert (told.thread, told.post_remote_id, told.parent_remote_id) == ("1790", "1790", None)
    assert told.sent_at.timestamp() == TOLD_AT


def test_an_answer_to_a_comment_is_a_reply_in_its_thread() -> None:
    (told,) = heard_in(comments(parent_id="1700"))
    assert (told.kind, told.parent_remote_id, told.thread) == ("reply", "1700", "1790")


def test_a_comment_on_an_ad_belongs_to_the_post_it_was_made_of() -> None:
    (told,) = heard_in(comments(media={"id": "1799", "original_media_id": "1790", "ad_id": "5"}))
    assert told.thread == "1790"


def test_a_comment_whose_author_is_not_told_stands_alone() -> None:
    (told,) = heard_in(comments(by=None))
    assert told.author.remote_id == "unknown:1785"


def test_a_change_that_stands_in_its_entry_is_read_as_one_in_the_list() -> None:
    [change] = json.loads(comments())["entry"][0]["changes"]
    assert heard_in(account(**change)) == heard_in(comments())


@pytest.mark.parametrize(("comment", "said"), [(None, "1791"), ("1786", "1786")])
def test_a_mention_is_heard_without_its_words_with_where_it_is(
    comment: str | None, said: str
) -> None:
    (told,) = heard_in(mentions(**({"comment_id": comment} if comment else {})))
    assert (told.kind, told.remote_id, told.thread) == ("mention", said, "1791")
    assert (told.text, told.author.remote_id) == ("", f"unknown:{said}")
    assert told.refs == {"media_id": "1791", **({"comment_id": comment} if comment else {})}


def test_a_message_is_heard_with_its_pictures_and_what_it_answers() -> None:
    attached = [{"type": "image", "payload": {"url": "https://cdn/i.jpg"}}]
    above = {"mid": "m_0"}
    (told,) = heard_in(messaging(message={**MESSAGE, "attachments": attached, "reply_to": above}))
    assert (told.kind, told.remote_id, told.thread) == ("direct", "m_1", "77")
    assert (told.media_urls, told.parent_remote_id) == (("https://cdn/i.jpg",), "m_0")


def test_an_answer_to_a_story_names_the_story() -> None:
    story = {"story": {"id": "18", "url": "https://cdn/story.jpg"}}
    (told,) = heard_in(messaging(message={**MESSAGE, "reply_to": story}))
    assert told.refs == {"story_id": "18", "story_url": "https://cdn/story.jpg"}


def test_a_message_that_was_unsent_is_removed_and_one_that_was_edited_is_told_anew() -> None:
    (gone,) = heard_in(messaging(message={"mid": "m_1", "is_deleted": True}))
    assert (gone.change, gone.remote_id, gone.thread) == ("removed", "m_1", "77")
    edit = {"mid": "m_1", "text": "hi!", "num_edit": 1}
    (edited,) = heard_in(messaging(message=None, message_edit=edit))
    assert (edited.change, edited.text) == ("edited", "hi!")


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (comments("live_comments"), "live_comments"),
        (comments("story_insights"), "story_insights"),
        (comments(by={"id": "17841", "username": "acme"}), "our own"),
        (comments(by={"id": "9", "self_ig_scoped_id": "9"}), "our own"),
        (messaging(message={**MESSAGE, "is_echo": True}), "our own"),
        (messaging(message=None, reaction={"emoji": "x"}), "messaging.reaction"),
        (messaging(message=None, read={"mid": "m_1"}), "messaging.read"),
        (messaging(message=None, postback={"mid": "m_1"}), "messaging.postback"),
        (b'{"object":"page","entry":[{}]}', "page"),
    ],
)
def test_what_is_not_somebody_elses_word_is_named_and_left(body: bytes, event: str) -> None:
    assert Instagram.normalise(body) == Told(unread=(event,))


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (comments(id=None), "comments"),
        (comments(media=None), "comments"),
        (comments(by="ann"), "comments"),
        (mentions(media_id=None), "mentions"),
        (account(changes=[{"field": "comments", "value": "a word"}]), "comments"),
        (account(changes=["a word"]), "change"),
        (account(time=None, **json.loads(comments())["entry"][0]["changes"][0]), "comments"),
        (messaging(message={"text": "without an id"}), "messaging"),
        (b'{"object":"instagram","entry":["a word"]}', "entry"),
    ],
)
def test_an_event_that_cannot_be_read_hides_no_other(body: bytes, event: str) -> None:
    told = json.loads(body)
    told["entry"] += [json.loads(each)["entry"][0] for each in (comments(), messaging())]
    came = Instagram.normalise(json.dumps(told).encode())
    assert [each.remote_id for each in came.heard] == ["1785", "m_1"]
    assert came.broken == (event,)


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe", b"[]", b'{"entry": []}', b"[" * 9])
def test_what_cannot_be_read_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        Instagram.normalise(body)
