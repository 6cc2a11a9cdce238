"""Telegram's updates: the word that comes with them, and what they tell."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from tellal.conversations import Heard
from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets, Told
from tellal.platforms.telegram import Telegram
from tellal.platforms.telegram.webhooks import HEADER, word_for

BODY = b'{"update_id":1}'
OLD, NEW = SecretStr("the old one"), SecretStr("the new one")
BOT, GROUP, CHANNEL = "42", -100222, -1001234567890
PERSON = {"id": 9, "is_bot": False, "first_name": "A", "last_name": "B", "username": "a"}
SUPERGROUP = {"id": GROUP, "type": "supergroup"}
POST = {
    "message_id": 5,
    "is_automatic_forward": True,
    "sender_chat": {"id": CHANNEL},
    "forward_origin": {
        "type": "channel",
        "chat": {"id": CHANNEL},
        "message_id": 42,
        "date": 1767621600,
    },
}
COMMENT = {
    "message_id": 7,
    "message_thread_id": 5,
    "from": PERSON,
    "chat": SUPERGROUP,
    "date": 1767621700,
    "reply_to_message": POST,
    "text": "nice",
}
DIRECT = {
    "message_id": 3,
    "from": PERSON,
    "chat": {"id": 9, "type": "private", "first_name": "A"},
    "date": 1767621700,
    "text": "hello",
}


def told(message: dict[str, Any], *, name: str = "message") -> Told:
    return Telegram.normalise(json.dumps({"update_id": 10, name: message}).encode())


def heard(message: dict[str, Any], *, name: str = "message") -> Heard:
    came = told(message, name=name)
    assert came.broken == came.unread == ()
    (one,) = came.heard
    return one


# ── whose it is ──────────────────────────────────────────────────────────────────────────────


def test_the_word_of_a_bot_verifies_with_either_of_two_secrets_and_names_the_bot() -> None:
    for secret in (OLD, NEW):
        headers = {HEADER: word_for(BOT, secret)}
        Telegram.verify(BODY, headers, [AppSecrets(), AppSecrets((NEW, OLD))])
        assert Telegram.receiver(headers) == BOT


@pytest.mark.parametrize(
    "word",
    [
        "",
        "42",
        "42_",
        OLD.get_secret_value(),
        word_for(BOT, SecretStr("another")),
        word_for(BOT, OLD).replace("42_", "43_"),
        word_for(BOT, OLD).upper(),
        f"{word_for(BOT, OLD)} ",
        "é\udcff",
    ],
)
def test_any_other_word_is_forged(word: str) -> None:
    with pytest.raises(Forged):
        Telegram.verify(BODY, {HEADER: word}, [AppSecrets((OLD,))])


def test_without_a_word_or_a_secret_it_is_forged() -> None:
    for headers, secrets in (({}, [AppSecrets((OLD,))]), ({HEADER: word_for(BOT, OLD)}, [])):
        with pytest.raises(Forged):
            Telegram.verify(BODY, headers, secrets)


def test_what_is_archived_proves_its_own_body_and_no_other() -> None:
    headers, secrets = {HEADER: word_for(BOT, OLD)}, [AppSecrets((OLD,))]
    kept = Telegram.archived_headers(BODY, headers)
    assert word_for(BOT, OLD) not in kept[HEADER]
    assert Telegram.archived_headers(BODY, kept) == kept
    Telegram.verify(BODY, kept, secrets)
    assert Telegram.receiver(kept) == BOT
    with pytest.raises(Forged):
        Telegram.verify(b'{"update_id":2}', kept, secrets)


# ── what it tells ────────────────────────────────────────────────────────────────────────────


def test_a_comment_is_heard_below_the_post_that_it_is_about() -> None:
    came = heard(COMMENT)
    assert (came.kind, came.text, came.remote_id) == ("comment", "nice", f"{GROUP}:7")
    assert came.post_remote_id == f"{CHANNEL}:42"
    assert (came.thread, came.parent_remote_id) == (f"{GROUP}:5", f"{GROUP}:5")
    assert (came.author.remote_id, came.author.handle, came.author.name) == ("9", "a", "A B")
    assert came.author.url == "https://t.me/a"
    assert came.url == "https://t.me/c/222/7"
    assert came.sent_at.timestamp() == 1767621700


def test_a_reply_to_a_comment_is_of_the_same_thread() -> None:
    above = {"message_id": 7, "from": PERSON, "text": "nice"}
    came = heard({**COMMENT, "message_id": 8, "reply_to_message": above})
    assert (came.kind, came.thread) == ("reply", f"{GROUP}:5")
    assert (came.parent_remote_id, came.post_remote_id) == (f"{GROUP}:7", None)


def test_what_is_written_to_the_bot_is_between_the_two() -> None:
    came = heard(DIRECT)
    assert (came.kind, came.text, came.thread) == ("direct", "hello", "9")
    assert (came.remote_id, came.url, came.post_remote_id) == ("9:3", None, None)


@pytest.mark.parametrize("message", [COMMENT, DIRECT])
def test_an_edit_is_as_old_as_its_telling(message: dict[str, Any]) -> None:
    first = heard(message)
    later = heard({**message, "text": "better", "edit_date": 1767621800}, name="edited_message")
    assert (later.change, later.text, later.remote_id) == ("edited", "better", first.remote_id)
    assert later.sent_at.timestamp() == 1767621800


def test_files_are_named_and_their_words_read() -> None:
    wordless = {name: value for name, value in DIRECT.items() if name != "text"}
    photo = [{"file_id": "AgAC", "width": 1, "height": 1}]
    assert heard({**wordless, "photo": photo}).text == "[photo]"
    assert heard({**wordless, "photo": photo, "caption": "Look"}).text == "Look"
    assert heard({**wordless, "video_note": {"file_id": "x"}}).text == "[video note]"
    assert heard({**wordless, "photo": photo}).media_urls == ()


def test_a_channel_that_comments_as_itself_is_its_author() -> None:
    other = {"id": -100999, "title": "Others", "username": "others", "type": "channel"}
    bot = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    came = heard({**COMMENT, "from": bot, "sender_chat": other})
    assert (came.author.remote_id, came.author.handle) == ("-100999", "others")


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ({**COMMENT, "is_automatic_forward": True}, "our own"),
        ({**COMMENT, "sender_chat": {"id": CHANNEL, "type": "channel"}}, "our own"),
        ({**COMMENT, "sender_chat": SUPERGROUP}, "our own"),  # an admin who stays unnamed
        ({**COMMENT, "from": {**PERSON, "is_bot": True}}, "message.bot"),
        ({n: v for n, v in COMMENT.items() if n != "reply_to_message"}, "message.group"),
        ({**COMMENT, "chat": {"id": CHANNEL, "type": "channel"}}, "message.channel"),
        ({n: v for n, v in DIRECT.items() if n != "text"}, "message.service"),
    ],
)
def test_what_is_no_message_to_us_is_named(message: dict[str, Any], what: str) -> None:
    assert told(message) == Told(unread=(what,))


@pytest.mark.parametrize("name", ["message_reaction_count", "my_chat_member", "something_new"])
def test_what_was_not_asked_for_is_named(name: str) -> None:
    assert told({"chat": SUPERGROUP}, name=name) == Told(unread=(name,))


@pytest.mark.parametrize("message", [{}, {"chat": 1}, {**DIRECT, "date": "soon"}, None, [], "hi"])
def test_what_cannot_be_read_is_told_apart(message: Any) -> None:
    assert told(message) == Told(broken=("message",))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"update_id":"x"}', b"[" * 9000])
def test_what_is_no_update_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        Telegram.normalise(body)
