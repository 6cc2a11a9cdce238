"""What people do on Meta's sandboxes comes by webhook and is read besides: it is one message."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.sandboxes.consent import CLIENT_SECRET
from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox, running
from tellal.conversations import Heard
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.hearing import AppSecrets, ReceivesWebhooks
from tests.platforms.sample import channel

SECRETS = [AppSecrets((SecretStr(CLIENT_SECRET),))]


@dataclass
class Webhook:
    """Where the app is told, and all that it was."""

    url: str
    came: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            webhook.came.append((body, {n.lower(): v for n, v in self.headers.items()}))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        webhook = Webhook(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield webhook
        finally:  # else a test that fails waits for ever
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Roads:
    control: Control
    adapter: Any
    platform: Any
    account: str  # as the sandbox's control names it
    webhook: Webhook

    def told(self) -> list[Heard]:
        """What came by webhook since the last time, verified."""
        heard: list[Heard] = []
        for body, headers in self.webhook.came:
            self.platform.verify(body, headers, SECRETS)
            told = self.platform.normalise(body)
            assert told.broken == ()
            heard += told.heard
        self.webhook.came.clear()
        return heard

    def read(self, cursor: str | None = None) -> tuple[list[Heard], str | None]:
        heard: list[Heard] = []
        while True:
            page = self.adapter.read_inbox(cursor)
            heard, cursor = [*heard, *page.heard], page.cursor
            if not page.heard and not page.more:
                return heard, cursor

    def act(self, who: str, do: str, **facts: str) -> str:
        done = self.control.act(who=who, do=do, **facts)
        assert done.get("webhooks", [200]) == [200]
        made: str = done["id"]
        return made


@contextmanager
def roads(sandbox: Sandbox) -> Iterator[Roads]:
    name = sandbox.name
    platform = PLATFORMS[name]
    sandbox.control.reset(**({"tells_people": True} if name == "facebook" else {}))
    account = sandbox.control.create_account("bakery")
    made = channel(name, remote_id=account["id"], handle="bakery")
    credentials = platform.Credentials.model_validate({"access_token": account["access_token"]})
    settings = {name: each.value for name, each in platform.facts.settings.items()}
    with listening() as webhook, httpx.Client(trust_env=False) as http:
        sandbox.control.change_settings(callback=webhook.url)
        calls = Calls(http, {**platform.facts.hosts, **sandbox.hosts}, settings=settings)
        adapter = platform(made, credentials, calls)
        assert isinstance(platform, ReceivesWebhooks)
        yield Roads(sandbox.control, adapter, platform, "bakery", webhook)


@pytest.fixture(params=["facebook", "instagram", "threads"], scope="module")
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(request.param) as sandbox:
        yield sandbox


@pytest.fixture
def two(sandbox: Sandbox) -> Iterator[Roads]:
    with roads(sandbox) as made:
        yield made


def same(heard: list[Heard]) -> dict[str, Any]:
    """What must be the same however it came, by id."""
    names = ("channel_remote_id", "kind", "thread", "post_remote_id", "parent_remote_id", "text")
    facts = ("author", *names)
    return {each.remote_id: {name: getattr(each, name) for name in facts} for each in heard}


def test_comments_and_replies_come_as_one_message_by_both_roads(two: Roads) -> None:
    post = two.act("bakery", "post", text="Bread")
    comment = two.act("ann", "reply", post=post, text="Warm?")
    two.act("ben", "reply", post=comment, text="I ask too")
    told, (read, _) = two.told(), two.read()
    assert same(told) == same(read)
    assert sorted(each.kind for each in read) == ["comment", "reply"]
    assert {each.thread for each in read} == {post}
    [reply] = [each for each in read if each.kind == "reply"]
    assert reply.parent_remote_id == comment


def test_mentions_come_as_one_message_by_both_roads(two: Roads) -> None:
    mention = two.act("ann", "mention", account=two.account, text="See @bakery")
    told, (read, _) = two.told(), two.read()
    assert [(each.remote_id, each.kind, each.thread) for each in told] == [
        (mention, "mention", mention)
    ]
    if two.platform.name == "instagram":  # nobody can ask for them with its own login
        assert (told[0].text, read) == ("", [])
    else:
        assert same(told) == same(read)


def test_messages_come_as_one_message_by_both_roads(two: Roads) -> None:
    if two.platform.name == "threads":
        with pytest.raises(RuntimeError, match="501"):
            two.act("ann", "direct", account=two.account, text="Hello")
        return
    for number in range(30):  # more than one page of a conversation
        two.act("ann", "direct", account=two.account, text=f"Hello {number}")
    two.act("ben", "direct", account=two.account, text="Hi")
    told, (read, cursor) = two.told(), two.read()
    kept = ("kind", "thread", "text")

    def spoken(heard: list[Heard]) -> set[tuple[str, ...]]:
        return {(each.remote_id, *(getattr(each, name) for name in kept)) for each in heard}

    assert (len(read), spoken(told)) == (31, spoken(read))
    assert {each.author.remote_id for each in told} == {each.author.remote_id for each in read}
    assert two.read(cursor) == ([], cursor)


def test_what_is_said_while_nobody_listens_is_read_afterwards_and_only_once(two: Roads) -> None:
    post = two.act("bakery", "post", text="Bread")
    two.act("ann", "reply", post=post, text="first")
    _, cursor = two.read()
    two.control.change_settings(callback="")
    two.control.advance(seconds=86_400)
    for number in range(130):
        two.act("ann", "reply", post=post, text=f"{number}")
    two.control.advance(seconds=86_400)
    later = two.act("bakery", "post", text="More bread")
    two.act("ben", "reply", post=later, text="below the new one")
    heard, cursor = two.read(cursor)
    wanted = {*(f"{number}" for number in range(130)), "below the new one"}
    assert (len(heard), {each.text for each in heard}) == (131, wanted)
    assert (
        two.read(cursor)[0] == []
    )  # the sandbox's clock is ahead of ours: the cursor follows ours


def test_our_own_words_are_not_heard(two: Roads) -> None:
    post = two.act("bakery", "post", text="Bread")
    two.act("bakery", "reply", post=post, text="And rolls")
    assert two.told() == []
    assert two.read() == ([], None)


def test_what_changes_is_told_as_a_change(two: Roads) -> None:
    name = two.platform.name
    if name == "threads":
        post = two.act("bakery", "post", text="Bread")
        two.act("bakery", "remove", post=post)
        assert [(each.change, each.remote_id) for each in two.told()] == [("removed", post)]
        return
    letter = two.act("ann", "direct", account=two.account, text="Helo")
    two.act("ann", "edit", post=letter, text="Hello")
    told = [(each.remote_id, each.change, each.text) for each in two.told()]
    assert told == [(letter, "added", "Helo"), (letter, "edited", "Hello")]
    if name == "instagram":
        two.act("ann", "remove", post=letter)
        assert [each.change for each in two.told()] == ["removed"]
        return
    post = two.act("bakery", "post", text="Bread")
    comment = two.act("ann", "reply", post=post, text="Warm")
    two.act("ann", "edit", post=comment, text="Warm?")
    two.act("ann", "remove", post=comment)
    changes = [(each.remote_id, each.change, each.text) for each in two.told()]
    assert changes == [
        (comment, "added", "Warm"),
        (comment, "edited", "Warm?"),
        (comment, "removed", ""),
    ]


def test_a_page_without_a_permission_hears_all_but_that(sandbox: Sandbox) -> None:
    with roads(sandbox) as made:
        name, control = made.platform.name, made.control
        left_out = {"facebook": "pages_messaging", "threads": "threads_manage_mentions"}
        left_out |= {"instagram": "instagram_business_manage_messages"}
        scopes = " ".join(set(made.platform.scopes) - {left_out[name]})
        account = control.create_account("bakery", scopes=scopes)
        credentials = {"access_token": account["access_token"]}
        platform: Any = made.platform
        calls = made.adapter._line.calls if name == "facebook" else made.adapter._calls
        adapter = platform(
            made.adapter._channel, platform.Credentials.model_validate(credentials), calls
        )
        post = made.act("bakery", "post", text="Bread")
        made.act("ann", "reply", post=post, text="Warm?")
        assert [each.text for each in adapter.read_inbox(None).heard] == ["Warm?"]


def test_a_webhook_that_nobody_answers_is_told_so(two: Roads) -> None:
    two.control.change_settings(callback="http://127.0.0.1:1/")
    post = two.act("bakery", "post", text="Bread")
    assert two.control.act(who="ann", do="reply", post=post, text="hi")["webhooks"] == [0]


def test_what_is_told_is_one_body_in_bytes(two: Roads) -> None:
    post = two.act("bakery", "post", text="Bread")
    two.act("ann", "reply", post=post, text="été 😀")
    [(body, _)] = two.webhook.came
    assert b"\\ud83d\\ude00" in body  # escaped, as Meta does
    assert json.loads(body)
    assert [each.text for each in two.told()] == ["été 😀"]
