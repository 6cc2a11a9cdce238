"""The Telegram sandbox keeps the platform's rules, as its documentation tells them."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox, running
from tests.pictures import RED_DOT
from tests.platforms.sample import PICTURE
from tests.platforms.served import served
from tests.platforms.test_two_roads import listening


class Bot:
    def __init__(self, sandbox: Sandbox, account: dict[str, Any]) -> None:
        self.url, self.control, self.account = sandbox.url, sandbox.control, account

    def __call__(self, method: str, *, token: str = "", **asked: Any) -> httpx.Response:
        at = f"{self.url}/bot{token or self.account['bot_token']}/{method}"
        return httpx.post(at, json=asked, trust_env=False)

    def refusal(self, method: str, **asked: Any) -> tuple[int, str]:
        answer = self(method, **asked)
        told = answer.json()
        assert (told["ok"], told["error_code"]) == (False, answer.status_code)
        return answer.status_code, told["description"].partition(": ")[2] or told["description"]

    @property
    def chat(self) -> str:
        return str(self.account["chat"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("telegram") as sandbox:
        yield sandbox


@pytest.fixture
def bot(sandbox: Sandbox) -> Bot:
    sandbox.control.reset()
    return Bot(sandbox, sandbox.control.create_account("bakery"))


def direct(control: Control) -> tuple[int, int]:
    said = control.act(who="ann", do="direct", account="bakery", text="Hello")
    chat, _, number = said["id"].partition(":")
    return int(chat), int(number)


def test_a_token_is_known_or_not_and_nonsense_is_not_found(bot: Bot) -> None:
    assert bot("getMe").json()["result"]["username"] == "bakery_bot"
    assert bot.refusal("getMe", token="1:unknown") == (401, "Unauthorized")
    assert bot.refusal("getMe", token="nonsense") == (404, "Not Found")
    assert bot.refusal("getNothing") == (404, "Not Found")


def test_a_channel_is_found_by_its_address_and_its_number(bot: Bot) -> None:
    found = bot("getChat", chat_id=bot.chat).json()["result"]
    assert (found["type"], str(found["id"])) == ("channel", bot.account["chat_id"])
    assert bot("getChat", chat_id=found["id"]).json()["result"] == found
    assert bot.refusal("getChat", chat_id="@nobody") == (400, "chat not found")


def test_a_text_is_public_once_it_is_taken_and_comes_into_the_group(bot: Bot) -> None:
    made = bot("sendMessage", chat_id=bot.chat, text="Fresh bread").json()["result"]
    assert made["chat"]["username"] == "bakery"
    [post] = bot.control.posts()
    assert (post["text"], post["id"]) == (
        "Fresh bread",
        f"{made['chat']['id']}:{made['message_id']}",
    )
    assert httpx.get(post["url"], trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"text": "  "}, "message text is empty"),
        ({"text": "👋" * 2049}, "message is too long"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ],
)
def test_what_is_no_message_is_refused(bot: Bot, asked: dict[str, Any], why: str) -> None:
    assert bot.refusal("sendMessage", chat_id=bot.chat, **asked) == (400, why)
    assert bot.control.posts() == []


def test_a_bot_writes_where_it_may_and_nowhere_else(bot: Bot, sandbox: Sandbox) -> None:
    other = Bot(sandbox, sandbox.control.create_account("cafe", details={"may_post": "no"}))
    assert other.refusal("sendMessage", chat_id=bot.chat, text="Hi")[0] == 403
    assert other.refusal("sendMessage", chat_id=other.chat, text="Hi") == (
        400,
        "need administrator rights in the channel chat",
    )


def test_photos_are_fetched_and_an_album_has_two_at_least(bot: Bot) -> None:
    with served() as files:
        dot = files.link_to(RED_DOT, "image/png", of=PICTURE)
        assert bot("sendPhoto", chat_id=bot.chat, photo=dot, caption="One").status_code == 200
        album = [{"type": "photo", "media": dot, "caption": "Two"}, {"type": "photo", "media": dot}]
        made = bot("sendMediaGroup", chat_id=bot.chat, media=album).json()["result"]
        assert len({each["message_id"] for each in made}) == 2
        assert bot.refusal("sendMediaGroup", chat_id=bot.chat, media=album[:1])[0] == 400
        long = {"photo": dot, "caption": "x" * 1025}
        assert (
            bot.refusal("sendPhoto", chat_id=bot.chat, **long)[1] == "message caption is too long"
        )
    missing = bot.refusal("sendPhoto", chat_id=bot.chat, photo="http://127.0.0.1:9/x")
    assert missing == (400, "failed to get HTTP URL content")
    assert [len(post["images"]) for post in bot.control.posts()] == [1, 2]


def test_so_many_messages_are_let_through_in_a_minute(bot: Bot) -> None:
    bot.control.change_settings(messages_a_minute=1)
    assert bot("sendMessage", chat_id=bot.chat, text="One").status_code == 200
    refused = bot("sendMessage", chat_id=bot.chat, text="Two")
    assert refused.status_code == 429
    assert refused.json()["parameters"]["retry_after"] > 0


def test_a_message_is_taken_back_once_by_who_may(bot: Bot) -> None:
    chat, number = direct(bot.control)
    refused = bot.refusal("deleteMessage", chat_id=chat, message_id=number)
    assert refused == (400, "message can't be deleted")
    mine = bot("sendMessage", chat_id=chat, text="Hi").json()["result"]["message_id"]
    assert bot("deleteMessage", chat_id=chat, message_id=mine).status_code == 200
    refused = bot.refusal("deleteMessage", chat_id=chat, message_id=mine)
    assert refused == (400, "message to delete not found")


def test_updates_come_with_the_word_that_was_set_and_of_what_was_wanted(bot: Bot) -> None:
    with listening() as webhook:
        wanted = ["message"]
        told = bot("setWebhook", url=webhook.url, secret_token="w0rd", allowed_updates=wanted)
        assert told.status_code == 200
        assert bot.control.subscriptions() == {bot.account["id"]: ["message"]}
        post = bot.control.act(who="bakery", do="post", text="Fresh bread")["id"]
        comment = bot.control.act(who="ann", do="reply", post=post, text="Nice")
        bot.control.act(who="ann", do="edit", post=comment["id"], text="Nicer")

        tellings = [(json.loads(body), headers) for body, headers in webhook.came]

    assert {headers["x-telegram-bot-api-secret-token"] for _, headers in tellings} == {"w0rd"}
    copied, said = (each["message"] for each, _ in tellings)
    assert copied["is_automatic_forward"]
    assert (said["text"], said["from"]["username"]) == ("Nice", "ann")
    above = said["reply_to_message"]["forward_origin"]
    assert f"{above['chat']['id']}:{above['message_id']}" == post

    assert bot("deleteWebhook").status_code == 200
    assert bot.control.subscriptions() == {}
    assert bot.refusal("setWebhook", url="http://example.com")[0] == 400
    assert bot.refusal("setWebhook", url="https://t.example", secret_token="a b")[0] == 400
