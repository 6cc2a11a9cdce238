"""The sandboxes refuse of private answers and messages what the platforms refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running

DAY = 86_400


@dataclass(frozen=True)
class Account:
    """Ours, and a line in its name."""

    control: Control
    http: httpx.Client
    id: str
    name: str  # as acts call it

    def comment(self, *, below: str = "bakery") -> str:
        post = self.control.act(who=below, do="post", text="Fresh bread")
        said: str = self.control.act(who="ayse", do="reply", post=post["id"], text="Hm?")["id"]
        return said

    def send(self, **body: Any) -> httpx.Response:
        body = {"message": {"text": "Hello"}, **body}
        return self.http.post(f"/{self.id}/messages", json=body)


@pytest.fixture(params=["facebook", "instagram"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    name: str = request.param
    with running(name) as sandbox:
        made = sandbox.control.create_account("bakery")
        headers = {"Authorization": f"Bearer {made['access_token']}"}
        at = f"{sandbox.url}/v25.0"
        with httpx.Client(base_url=at, headers=headers, trust_env=False) as http:
            called = made["id"] if name == "facebook" else "bakery"
            yield Account(sandbox.control, http, made["id"], called)


def code(reply: httpx.Response) -> tuple[int, int | None]:
    error = reply.json()["error"]
    return error["code"], error.get("error_subcode")


def test_a_comment_is_answered_privately_once(account: Account) -> None:
    recipient = {"comment_id": account.comment()}
    assert account.send(recipient=recipient).json()["recipient_id"]
    assert code(account.send(recipient=recipient)) == (10900, None)


def test_a_comment_is_answered_privately_for_a_week(account: Account) -> None:
    recipient = {"comment_id": account.comment()}
    account.control.advance(seconds=7 * DAY + 60)
    assert code(account.send(recipient=recipient)) == (10, 2018278)


def test_a_message_goes_to_who_wrote_within_a_day(account: Account) -> None:
    said = account.control.act(who="ayse", do="direct", account=account.name, text="Hi")
    to: dict[str, Any] = {"recipient": {"id": said["person"]}, "messaging_type": "RESPONSE"}
    assert account.send(**to).status_code == 200
    assert code(account.send(recipient=to["recipient"])) == (100, None)  # which kind it is
    account.control.advance(seconds=DAY + 60)
    assert code(account.send(**to)) == (10, 2018278)
    by_hand = {**to, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert account.send(**by_hand).status_code == 200
    account.control.advance(seconds=7 * DAY)
    assert code(account.send(**by_hand)) == (10, 2018278)


def test_nobody_is_written_to_who_did_not_write(account: Account) -> None:
    reply = account.send(recipient={"id": "7"}, messaging_type="RESPONSE")
    assert code(reply) == (551, None)


def test_a_message_is_not_longer_than_it_may_be(account: Account) -> None:
    recipient = {"comment_id": account.comment()}
    long = account.send(recipient=recipient, message={"text": "x" * 2_001})
    assert code(long) == (100, None)


def test_what_stands_below_others_posts_is_not_hidden(account: Account) -> None:
    hiding = {"is_hidden": True, "hide": True}
    foreign = account.comment(below="mehmet")
    assert code(account.http.post(f"/{foreign}", json=hiding)) == (100, 33)
    assert account.http.post(f"/{account.comment()}", json=hiding).json() == {"success": True}
