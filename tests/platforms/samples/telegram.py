"""A bot on Telegram and its channel, and answers as the Bot API gives them."""

from typing import Any

import httpx

from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import PICTURE, SECRETS, Sample, channel

BOT, CHANNEL, GROUP = "42", "-1001234567890", "-1001234567891"
TOKEN = f"{BOT}:{SECRETS[0]}"


def ok(result: Any) -> Any:
    return lambda _: {"ok": True, "result": result}


def chat(kind: str, number: str) -> dict[str, Any]:
    return {"id": int(number), "title": "Acme", "username": "acme", "type": kind}


def message(number: int, *, where: dict[str, Any]) -> dict[str, Any]:
    return {"message_id": number, "chat": where, "date": 1767621600}


def album(_: httpx.Request) -> Any:
    where = chat("channel", CHANNEL)
    return {"ok": True, "result": [message(number, where=where) for number in (42, 43)]}


DONE = ok("done")
TELEGRAM = Sample(
    channel=channel(
        "telegram",
        remote_id=BOT,
        handle="acme_bot",
        server={"chat_id": CHANNEL, "chat": "acme"},
    ),
    credentials={"bot_token": TOKEN},
    connection={"bot_token": TOKEN, "chat": "@acme"},
    content=Content(text="Hello", media=(PICTURE,)),
    longest_beside_images=1024,
    remote=Remote(id=f"{CHANNEL}:42"),
    reply_to=ReplyTo(remote=Remote(id=f"{GROUP}:7"), author_handle="ann", author_remote_id="9"),
    names_answered=(f'"chat_id":{GROUP}', '"message_id":7'),
    answers={
        "/getMe": ok({"id": 42, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}),
        "/getChat": ok(chat("channel", CHANNEL)),
        "/getChatMember": ok({"status": "administrator", "can_post_messages": True}),
        "/getChatMemberCount": ok(7),
        "/setWebhook": DONE,
        "/deleteWebhook": DONE,
        "/sendMessage": ok(message(42, where=chat("channel", CHANNEL))),
        "/sendPhoto": ok(message(42, where=chat("channel", CHANNEL))),
        "/sendMediaGroup": album,
        "/deleteMessage": DONE,
    },
)
