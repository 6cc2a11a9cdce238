"""Telegram's bots: who they are, what is sent, and what its refusals mean. Never a token."""

import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tellal.errors import (
    NeedsReconnect,
    PublishError,
    Rejected,
    Throttled,
    TryLater,
    Unacceptable,
)
from tellal.platforms.hearing import Hook
from tellal.platforms.protocol import Thread
from tellal.platforms.telegram import Telegram
from tellal.platforms.telegram.webhooks import word_for
from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import KEY, PICTURE, Media, calls, channel
from tests.platforms.samples.telegram import BOT, CHANNEL, GROUP, TELEGRAM, TOKEN, ok
from tests.platforms.test_contract import whole_text

SECRET = SecretStr("of-the-app")
HOOK = Hook("https://tellal.example/webhooks/telegram", lambda: SECRET)


def refused(code: int, description: str, **more: Any) -> Any:
    body = {"ok": False, "error_code": code, "description": description, **more}
    return lambda _: httpx.Response(code, json=body)


def connect(chat: str | None = "@acme", **answers: Any) -> Any:
    server = TELEGRAM.server()
    server.answers = {**server.answers, **{f"/{name}": each for name, each in answers.items()}}
    given = Telegram.Connection.model_validate({"bot_token": TOKEN, "chat": chat})
    return Telegram.connect(given, calls(TELEGRAM, server))  # type: ignore[arg-type]  # it is one


# ── connecting ───────────────────────────────────────────────────────────────────────────────


def test_a_bot_is_a_channel_with_where_it_publishes() -> None:
    connected = connect()
    assert (connected.remote_id, connected.name, connected.handle) == (BOT, "Acme", "acme_bot")
    assert connected.url == "https://t.me/acme"
    assert connected.server == {"chat_id": CHANNEL, "chat": "acme"}


def test_a_bot_that_publishes_nowhere_is_one_too_and_says_so_to_who_writes_a_post() -> None:
    connected = connect(chat=None)
    assert (connected.server, connected.url) == ({}, "https://t.me/acme_bot")
    mute = channel("telegram", remote_id=BOT, handle="acme_bot", server=connected.server)
    with pytest.raises(Unacceptable) as refusal:
        Telegram.render(Content(text="Hello"), mute)
    assert [each.field for each in refusal.value.broken] == ["text"]
    assert "no channel to publish to" in refusal.value.broken[0].rule


def test_what_a_bot_may_not_do_is_said_when_it_is_connected() -> None:
    assert len(connect().missing) == 1
    assert "Comments do not arrive from groups where the bot is no admin" in connect().missing[0]
    reads = {"id": 42, "first_name": "Acme", "username": "acme_bot"}
    mute = ok({"status": "administrator", "can_post_messages": False})
    connected = connect(getMe=ok(reads | {"can_read_all_group_messages": True}), getChatMember=mute)
    assert connected.missing == (
        "Without the right to post messages in Acme nothing can be published",
    )


@pytest.mark.parametrize(
    ("answers", "error", "sentence"),
    [
        ({"getMe": refused(401, "Unauthorized")}, NeedsReconnect, "does not know this bot's token"),
        ({"getMe": refused(404, "Not Found")}, NeedsReconnect, "does not know this bot's token"),
        ({"getChat": refused(400, "Bad Request: chat not found")}, Rejected, "does not find this"),
        ({"getChat": ok({"id": 9, "type": "private"})}, Rejected, "not the address of a channel"),
    ],
)
def test_what_cannot_be_connected_is_told(
    answers: dict[str, Any], error: type[PublishError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        connect(**answers)
    assert not any(TOKEN in text for text in whole_text(raised.value))


@pytest.mark.parametrize(
    "token", ["", "nonsense", "42:a b", "42:a/../../x", "https://42:x@evil.example", "42:é", "42:"]
)
def test_what_is_no_token_is_sent_nowhere_and_repeated_nowhere(token: str) -> None:
    given = Telegram.Connection.model_validate({"bot_token": token})
    with pytest.raises(NeedsReconnect) as raised:
        Telegram.connect(given, calls(TELEGRAM, lambda _: pytest.fail("it was sent")))  # type: ignore[arg-type]
    assert not token or token not in str(raised.value)


# ── what is refused ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "description", "error", "sentence"),
    [
        (401, "Unauthorized", NeedsReconnect, "does not know this bot's token"),
        (403, "Forbidden: bot was blocked by the user", Rejected, "has blocked the bot"),
        (403, "Forbidden: user is deactivated", Rejected, "account is no more"),
        (403, "Forbidden: bot can't initiate conversation with a user", Rejected, "write to peop"),
        (403, "Forbidden: bot is not a member of the channel chat", NeedsReconnect, "in the chan"),
        (403, "Forbidden: bot was kicked from the channel chat", NeedsReconnect, "in the channel"),
        (403, "Forbidden: bot was kicked from the supergroup chat", Rejected, "in that group"),
        (400, "Bad Request: chat not found", Rejected, "does not find this chat"),
        (400, "Bad Request: message is too long", Rejected, "too long"),
        (400, "Bad Request: message caption is too long", Rejected, "too long"),
        (400, "Bad Request: message to be replied not found", Rejected, "is not there any more"),
        (400, "Bad Request: replied message not found", Rejected, "is not there any more"),
        (400, "Bad Request: not enough rights to send text", Rejected, "make it an admin"),
        (400, "Bad Request: need administrator rights in the channel chat", Rejected, "an admin"),
        (400, "Bad Request: have no rights to send a message", Rejected, "make it an admin"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", Rejected, "has moved"),
        (400, "Bad Request: failed to get HTTP URL content", Rejected, "attached photo"),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", Rejected, "attached photo"),
        (400, "Bad Request: wrong type of the web page content", Rejected, "attached photo"),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Rejected, "attached photo"),
        (400, f"Bad Request: something about {TOKEN}", Rejected, "refused it"),
    ],
)
def test_what_its_refusals_mean(
    code: int, description: str, error: type[PublishError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        send(refused(code, description))
    assert not any(TOKEN in text for text in whole_text(raised.value))


def send(respond: Any) -> Any:
    (part,) = Telegram.render(Content(text="Hello"), TELEGRAM.channel)
    return TELEGRAM.adapter(respond).commit(part, key=KEY, thread=Thread(), media=Media())


def test_it_says_itself_for_how_long_it_is_to_be_left_alone() -> None:
    with pytest.raises(Throttled) as raised:
        send(refused(429, "Too Many Requests: retry after 5", parameters={"retry_after": 5}))
    assert raised.value.after is not None
    assert raised.value.after.total_seconds() == 5
    assert not raised.value.everywhere


# ── what is sent ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "units"), [("Hello, world! 👋", 16), ("👨‍👩‍👧", 8), ("👋🏽", 4), ("مرحبا", 5)]
)
def test_a_text_is_counted_in_utf_16(text: str, units: int) -> None:
    assert Telegram.length(text, TELEGRAM.channel) == units


def test_a_photo_of_sides_too_long_is_refused_with_both_numbers() -> None:
    wide = PICTURE.model_copy(update={"width": 9000, "height": 1001})
    with pytest.raises(Unacceptable) as refusal:
        Telegram.render(Content(text="Hello", media=(wide,)), TELEGRAM.channel)
    (rule,) = refusal.value.broken
    assert rule.field == "media[0]"
    assert "10001 of 10000" in rule.rule


def test_an_album_is_named_by_its_first_message_and_deleted_whole() -> None:
    (part,) = Telegram.render(Content(text="Hi", media=(PICTURE, PICTURE)), TELEGRAM.channel)
    server = TELEGRAM.server()
    server.answers = {**server.answers, "/deleteMessages": ok("done")}
    adapter = TELEGRAM.adapter(server)
    ready = part.model_copy(update={"prepared": adapter.prepare(part, media=Media()).notes})
    made = adapter.commit(ready, key=KEY, thread=Thread(), media=Media()).remote
    assert (made.id, made.url) == (f"{CHANNEL}:42", "https://t.me/acme/42")

    adapter.delete(made)

    asked = json.loads(server.requests[-1].content)
    assert asked == {"chat_id": int(CHANNEL), "message_ids": [42, 43]}


def test_a_photo_leaves_without_its_metadata_and_as_a_jpeg() -> None:
    (part,) = Telegram.render(Content(text="Hello", media=(PICTURE,)), TELEGRAM.channel)
    notes = TELEGRAM.adapter(TELEGRAM.server()).prepare(part, media=Media()).notes
    assert notes == {"0": "made/med_1.jpeg"}


def test_a_private_answer_reaches_them_though_they_took_back_what_it_answers() -> None:
    to = ReplyTo(remote=Remote(id="9:3"), author_handle="ann", author_remote_id="9")
    (part,) = Telegram.render_message("Hello", to, TELEGRAM.channel, late=True)
    server = TELEGRAM.server()
    TELEGRAM.adapter(server).commit(part, key=KEY, thread=Thread(), media=Media())
    assert json.loads(server.requests[-1].content) == {
        "chat_id": 9,
        "text": "Hello",
        "reply_parameters": {"message_id": 3, "allow_sending_without_reply": True},
    }


@pytest.mark.parametrize("method", ["delete", "delete_message"])
def test_deleting_what_is_gone_is_no_trouble_and_what_may_not_be_is_told(method: str) -> None:
    gone = refused(400, "Bad Request: message to delete not found")
    getattr(TELEGRAM.adapter(gone), method)(Remote(id=f"{GROUP}:7"))
    old = refused(400, "Bad Request: message can't be deleted")
    with pytest.raises(Rejected, match="does not let this message be deleted"):
        getattr(TELEGRAM.adapter(old), method)(Remote(id=f"{GROUP}:7"))


# ── being told ───────────────────────────────────────────────────────────────────────────────


def test_a_bot_is_told_where_with_a_word_of_its_own() -> None:
    server = TELEGRAM.server()
    TELEGRAM.adapter(server).subscribe(HOOK)
    (asked,) = server.requests
    assert json.loads(asked.content) == {
        "url": HOOK.address,
        "secret_token": word_for(BOT, SECRET),
        "allowed_updates": ["message", "edited_message"],
    }
    assert SECRET.get_secret_value() not in word_for(BOT, SECRET)


def test_without_a_secret_nothing_is_asked_and_it_is_said_whose_turn_it_is() -> None:
    adapter = TELEGRAM.adapter(lambda _: pytest.fail("it was asked"))
    with pytest.raises(Rejected, match="enter an app of Telegram with a webhook secret"):
        adapter.subscribe(Hook(HOOK.address))


def test_a_lost_answer_to_being_told_is_tried_again() -> None:
    with pytest.raises(TryLater):
        TELEGRAM.adapter(lambda _: httpx.Response(502)).subscribe(HOOK)
