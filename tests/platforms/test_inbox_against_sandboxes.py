"""What people say while nobody listens is heard in full afterwards, over real sockets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running
from local.sandboxes.x.webhooks import activity
from tellal.conversations import Heard
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tests.platforms.sample import channel


@dataclass
class Listening:
    control: Control
    adapter: Any
    account: str
    cursor: str | None = None

    def run(self, *, pages: int = 5) -> list[Heard]:
        """As `poll_inbox` does: page after page while there is more, so many at most."""
        heard: list[Heard] = []
        for _ in range(pages):
            page = self.adapter.read_inbox(self.cursor)
            heard += page.heard
            moved, self.cursor = page.cursor != self.cursor, page.cursor
            if not moved or not page.heard:
                break
        return heard


@contextmanager
def listening(
    name: str, connected: Callable[[Any, dict[str, Any], Calls], tuple[dict[str, Any], Any]]
) -> Iterator[Listening]:
    platform: Any = PLATFORMS[name]
    with running(name) as sandbox, httpx.Client(trust_env=False) as http:
        account = sandbox.control.create_account("bakery")
        facts = platform.facts
        stated = {each: setting.value for each, setting in facts.settings.items()}
        calls = Calls(http, {**facts.hosts, **sandbox.hosts}, settings=stated)
        known, credentials = connected(platform, account | {"url": sandbox.url}, calls)
        made = channel(name, **known)
        yield Listening(
            sandbox.control, platform(made, credentials, calls), account.get("handle", "bakery")
        )


def by_hand(platform: Any, account: dict[str, Any], calls: Calls) -> tuple[dict[str, Any], Any]:
    if platform.name == "mastodon":
        given = {"server": account["url"], "access_token": account["access_token"]}
    else:
        given = {"handle": account["handle"], "app_password": account["app_password"]}
    connected = platform.connect(platform.Connection.model_validate(given), calls)
    facts = {name: getattr(connected, name) for name in ("remote_id", "handle", "server")}
    return facts, connected.credentials


def by_token(platform: Any, account: dict[str, Any], calls: Calls) -> tuple[dict[str, Any], Any]:
    scopes = account.get("scopes", ["r_organization_social"])
    facts = {
        "remote_id": account["urn"] if "urn" in account else account["id"],
        "handle": account["handle"],
        "server": {"scopes": scopes},
    }
    tokens = {name: account.get(name) for name in platform.Credentials.model_fields}
    return facts, platform.Credentials.model_validate(tokens)


@pytest.mark.parametrize(("name", "number"), [("bluesky", 620), ("mastodon", 230)])
def test_a_day_away_leaves_no_gap_and_an_overlap_is_the_same_messages(
    name: str, number: int
) -> None:
    with listening(name, by_hand) as ours:
        ours.control.create_account("ann")
        ours.control.act(who="ann", do="mention", account=ours.account, text="number 0")
        assert len(ours.run()) == 1
        before = ours.cursor
        for each in range(1, number + 1):
            ours.control.act(who="ann", do="mention", account=ours.account, text=f"number {each}")

        first = ours.run(pages=1 if name == "bluesky" else 5)
        assert len({each.remote_id for each in first}) < number  # it takes more than one run
        ours.control.act(who="ann", do="mention", account=ours.account, text="meanwhile")
        came = first + [heard for _ in range(4) for heard in ours.run()]

        assert len({each.remote_id for each in came}) == len(came) == number + 1
        ours.cursor = before
        again = [heard for _ in range(5) for heard in ours.run()]
        assert {each.remote_id: each for each in again} == {each.remote_id: each for each in came}


def test_what_is_passed_on_is_heard_as_shared() -> None:
    for name in ("bluesky", "mastodon"):
        with listening(name, by_hand) as ours:
            ours.control.create_account("ann")
            us = "bakery" if name == "mastodon" else ours.account
            posted = ours.control.act(who=us, do="post", text="Fresh bread")
            ours.control.act(who="ann", do="repost", post=posted["id"])
            (shared,) = ours.run()
            assert (shared.kind, shared.text, shared.post_remote_id) == ("share", "", posted["id"])


def test_comments_on_youtube_and_answers_below_them_are_heard() -> None:
    with listening("youtube", by_token) as ours:
        film = ours.control.act(who="bakery", do="post", text="How we bake")
        first = ours.control.act(who="ann", do="reply", post=film["id"], text="Is it rye?")
        (comment,) = ours.run()
        assert (comment.kind, comment.text) == ("comment", "Is it rye?")
        assert (comment.remote_id, comment.post_remote_id) == (first["id"], film["id"])
        for number in range(7):
            text = f"I think so {number}"
            ours.control.act(who="ben", do="reply", post=first["id"], text=text)
        answers = ours.run()
        assert sorted(each.text for each in answers) == [f"I think so {n}" for n in range(7)]
        assert {(each.kind, each.thread) for each in answers} == {("reply", first["id"])}
        assert ours.run() == []


def test_comments_on_a_page_of_linkedins_are_read_back() -> None:
    with listening("linkedin", by_token) as ours:
        posted = ours.control.act(who="bakery", do="post", text="Fresh bread")
        ours.control.act(who="ann", do="reply", post=posted["id"], text="Is it warm?")
        (comment,) = ours.run()
        assert (comment.kind, comment.text) == ("comment", "Is it warm?")
        assert comment.post_remote_id == posted["id"]
        assert ours.run() == []


def test_mentions_and_answers_on_x_are_read_in_full_and_told_alike() -> None:
    with listening("x", by_token) as ours:
        posted = ours.control.act(who="bakery", do="post", text="Fresh bread")
        answer = ours.control.act(who="ann", do="reply", post=posted["id"], text="Is it warm?")
        (comment,) = ours.run()
        assert (comment.kind, comment.remote_id) == ("comment", answer["id"])
        assert comment.post_remote_id == posted["id"]
        told = {
            "id": answer["id"],
            "author_id": comment.author.remote_id,
            "text": "@bakery Is it warm?",
            "conversation_id": posted["id"],
            "in_reply_to_user_id": comment.channel_remote_id,
            "referenced_tweets": [{"type": "replied_to", "id": posted["id"]}],
            "created_at": comment.sent_at.isoformat(),
        }
        body = activity("post.reply.create", told, account=comment.channel_remote_id)
        (same,) = ours.adapter.normalise(body).heard
        of_the_same_message = {"kind", "text", "sent_at", "thread", "post_remote_id", "remote_id"}
        assert same.model_dump(include=of_the_same_message) == comment.model_dump(
            include=of_the_same_message
        )
        for number in range(130):
            ours.control.act(who="ann", do="mention", account="bakery", text=f"number {number}")
        heard = ours.run()
        assert [each.text for each in heard] == [f"@bakery number {n}" for n in range(130)]
        assert {each.kind for each in heard} == {"mention"}
        assert ours.run() == []


def test_direct_messages_on_x_are_read_in_full_where_the_scope_is_given() -> None:
    def allowed(platform: Any, account: dict[str, Any], calls: Calls) -> tuple[dict[str, Any], Any]:
        return by_token(platform, account | {"scopes": ["dm.read"]}, calls)

    with listening("x", allowed) as x:
        for number in range(3):
            x.control.act(who="ayse", do="direct", account=x.account, text=f"Hello {number}")
        assert [each.text for each in x.run()] == ["Hello 0", "Hello 1", "Hello 2"]
        for number in range(3, 123):
            x.control.act(who="ayse", do="direct", account=x.account, text=f"Hello {number}")
        heard = x.run()
        assert {each.kind for each in heard} == {"direct"}
        said = dict.fromkeys(each.text for each in heard)
        assert [each for each in said if each != "Hello 2"] == [
            f"Hello {number}" for number in range(3, 123)
        ]
