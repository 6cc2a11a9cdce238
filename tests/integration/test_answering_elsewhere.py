"""Answers and actions where comments are posts of their own, or cannot be answered privately."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from local.sandboxes.serving import running
from tellal import wiring
from tellal.channels import Workspace
from tellal.conversations import Message, MessageKind
from tellal.deliveries import Delivery, State, Step
from tests.conftest import connected
from tests.integration.answering import AYSE, Ahead, Desk
from tests.integration.api_calls import Call, Reply
from tests.integration.deliveries import Follow

TOKENS = ("access_token", "refresh_token")
DETAILS: dict[str, dict[str, Any]] = {"linkedin": {"details": {"kind": "page"}}}
ANSWERS = {
    "x": "/2/tweets",
    "threads": "/v1.0/*/threads_publish",
    "linkedin": "/rest/socialActions/*/comments",
    "youtube": "/youtube/v3/comments",
}
HIDES = {
    "x": "/2/tweets/*/hidden",
    "threads": "/v1.0/*/manage_reply",
    "youtube": "/youtube/v3/comments/setModerationStatus",
}


@pytest.fixture(params=sorted(ANSWERS))
def desk(
    request: pytest.FixtureRequest,
    empty: None,
    call: Call,
    admin: str,
    workspace: Workspace,
    follow: Follow,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    platform: str = request.param
    with running(platform) as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({platform: sandbox.hosts}))
        account = sandbox.control.create_account("bakery", **DETAILS.get(platform, {}))
        now = Ahead()
        with wiring.rewired(now=now):
            channel = connected(
                workspace,
                platform,
                {name: SecretStr(account[name]) for name in TOKENS if name in account},
                remote_id=account.get("urn") or account["id"],
                name="Bakery",
                handle="bakery",
                server={"scopes": ["r_organization_social"], "subscription": "None"},
            )
            yield Desk(call, admin, sandbox.control, channel, follow, now)
            wiring.http().close()


def comment(desk: Desk) -> Message:
    post = desk.control.act(who="bakery", do="post", text="Fresh bread")
    said = desk.control.act(who=AYSE, do="reply", post=post["id"], text="@bakery Open today?")
    refs = {"post": post["id"], "video_id": post["id"]}
    return desk.hear(said, MessageKind.COMMENT, refs=refs, post_remote_id=post["id"])


def sent(desk: Desk, reply: Reply) -> Delivery:
    """Prepared, where its platform prepares answers, and published."""
    assert reply.status == 201, reply.text
    delivery_id = reply.json["delivery_id"]
    while (row := wiring.deliveries().get(delivery_id)) and row.next_step is Step.PREPARE:
        with suppress(AssertionError):
            wiring.preparer().prepare(delivery_id, remaining=lambda: timedelta(minutes=5))
        desk.move(timedelta(minutes=1))
    return desk.sent(reply)


def test_a_comment_is_answered_below_it(desk: Desk) -> None:
    heard = comment(desk)
    delivery = sent(desk, desk.answer(heard))
    assert delivery.state is State.PUBLISHED, delivery.trouble
    assert desk.below(heard.remote_id) == ["Until six."]


def test_an_answer_whose_answer_was_lost_is_found_and_not_sent_again(desk: Desk) -> None:
    heard = comment(desk)
    path = ANSWERS[desk.channel.platform]
    desk.control.fail("drop_after", path=path, method="POST")
    waits = sent(desk, desk.answer(heard))
    assert waits.state is State.PUBLISHING, waits.trouble
    desk.move(timedelta(minutes=2))
    found = desk.publish(waits)
    assert found.state is State.PUBLISHED, found.trouble
    assert desk.below(heard.remote_id) == ["Until six."]


def test_nobody_is_answered_privately(desk: Desk) -> None:
    refused = desk.answer(comment(desk), privately=True)
    assert (refused.status, list(refused.broken)) == (422, ["privately"])


def test_a_comment_is_hidden_and_shown_again_where_that_is_offered(desk: Desk) -> None:
    heard = comment(desk)
    reply = desk.do("hide", heard)
    if desk.channel.platform not in HIDES:
        assert reply.status == 422
        return
    desk.published(reply)
    assert desk.public(heard.remote_id)["visibility"] == "hidden"
    desk.published(desk.do("unhide", heard))
    assert desk.public(heard.remote_id)["visibility"] == "public"


def test_what_stands_below_others_posts_is_not_hidden(desk: Desk) -> None:
    if desk.channel.platform not in HIDES:
        assert desk.do("hide", comment(desk)).status == 422
        return
    post = desk.control.act(who="mehmet", do="post", text="Not ours")
    said = desk.control.act(who=AYSE, do="reply", post=post["id"], text="Open today?")
    heard = desk.hear(said, MessageKind.COMMENT)
    failed = desk.sent(desk.do("hide", heard))
    assert failed.state is State.FAILED
    assert desk.shown(heard)["hidden_at"] is None


def test_hiding_whose_answer_was_lost_is_done_again(desk: Desk) -> None:
    heard = comment(desk)
    path = HIDES.get(desk.channel.platform)
    if path is None:
        assert desk.do("hide", heard).status == 422
        return
    method = "PUT" if desk.channel.platform == "x" else "POST"
    desk.control.fail("drop_after", path=path, method=method)
    waits = desk.sent(desk.do("hide", heard))
    assert waits.state is State.PUBLISHING
    desk.move(timedelta(minutes=2))
    assert desk.publish(waits).state is State.PUBLISHED
    assert desk.shown(heard)["hidden_at"] is not None


def test_a_comment_is_deleted_where_that_is_offered(desk: Desk) -> None:
    heard = comment(desk)
    reply = desk.do("delete", heard)
    if desk.channel.platform in ("x", "threads"):
        assert (reply.status, list(reply.broken)) == (422, ["message_id"])
        return
    desk.published(reply)
    assert desk.public(heard.remote_id)["deleted"]


def test_a_comment_is_liked_once_where_that_is_offered(desk: Desk) -> None:
    heard = comment(desk)
    reply = desk.do("like", heard)
    if desk.channel.platform != "linkedin":
        assert reply.status == 422
        return
    desk.published(reply)
    desk.published(desk.do("like", heard))
    assert desk.public(heard.remote_id)["likes"] == 1


def test_direct_messages_are_answered_where_that_is_offered(desk: Desk) -> None:
    if desk.channel.platform != "x":
        heard = desk.hear({"id": "1"}, MessageKind.DIRECT)
        assert desk.answer(heard).status == 422
        assert desk.shown(heard)["offers"] == []
        return
    said = desk.control.act(who=AYSE, do="direct", account="bakery", text="Hello")
    heard = desk.hear(said, MessageKind.DIRECT)
    assert "too long" in desk.answer(heard, "x" * 10_001).broken["text"]
    desk.move(timedelta(hours=1))
    desk.published(desk.answer(heard))
    assert desk.below(heard.remote_id) == ["Until six."]
