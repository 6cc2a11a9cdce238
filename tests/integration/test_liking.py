"""Messages are liked through the API, on sandboxes that keep one like of each."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from local.sandboxes.serving import Sandbox, running
from tellal import wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.conversations import Message, message_id
from tellal.deliveries import Delivery, State
from tellal.observations import Metric
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Connects, ReadsMetrics
from tellal.posts import Remote
from tests.conftest import connected
from tests.integration.answering import AYSE, Ahead, Desk
from tests.integration.api_calls import Call
from tests.integration.deliveries import Follow

LIKES = {
    "mastodon": "/api/v1/statuses/*/favourite",
    "bluesky": "/xrpc/com.atproto.repo.putRecord",
}


@pytest.fixture(params=sorted(LIKES))
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(request.param) as sandbox:
        yield sandbox


@pytest.fixture
def desk(
    sandbox: Sandbox,
    empty: None,
    call: Call,
    admin: str,
    workspace: Workspace,
    follow: Follow,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({sandbox.name: sandbox.hosts}))
    now = Ahead()
    with wiring.rewired(now=now):
        channel = joined(sandbox, workspace)
        yield Desk(call, admin, sandbox.control, channel, follow, now)
        wiring.http().close()


def joined(sandbox: Sandbox, workspace: Workspace, **facts: str) -> Channel:
    account = sandbox.control.create_account("bakery", **facts)
    typed = ("handle", "app_password", "access_token")
    given = {"server": sandbox.url} | {name: account[name] for name in typed if name in account}
    platform = PLATFORMS[sandbox.name]
    assert isinstance(platform, Connects)
    calls = wiring.adapters().calls(sandbox.name)
    told = platform.connect(platform.Connection.model_validate(given), calls)
    kept = {name: getattr(told, name) for name in ("remote_id", "name", "handle", "server")}
    held = told.credentials.model_dump()
    secrets = {n: SecretStr(v) if isinstance(v, str) else v for n, v in held.items()}
    return connected(workspace, sandbox.name, secrets, **kept)


def comment(desk: Desk) -> Message:
    post = desk.control.act(who="bakery", do="post", text="Fresh bread")
    said = desk.control.act(who=AYSE, do="reply", post=post["id"], text="Open today?")
    wiring.poller().read(desk.channel.channel_id, now=desk.now())
    return desk.read(message_id(desk.channel.channel_id, said["id"]))


def likes(desk: Desk, message: Message) -> int:
    adapter = wiring.adapters().open(desk.channel, now=desk.now())
    assert isinstance(adapter, ReadsMetrics)
    remote = Remote(id=message.remote_id or "")
    return adapter.read_posts([remote])[remote.id][Metric.LIKES]


def test_a_message_is_liked_once_however_often_that_is_asked(desk: Desk) -> None:
    heard = comment(desk)
    assert likes(desk, heard) == 0
    for _ in range(2):
        desk.published(desk.do("like", heard))
        assert likes(desk, heard) == 1
    assert desk.read(heard.message_id).liked_at is not None


def test_a_like_whose_answer_was_lost_is_sent_again_and_is_one(desk: Desk) -> None:
    heard = comment(desk)
    path = LIKES[desk.channel.platform]
    desk.control.fail("drop_after", path=path, method="POST")
    waits = desk.sent(desk.do("like", heard))
    assert waits.state is State.PUBLISHING
    desk.move(timedelta(minutes=2))
    assert desk.publish(waits).state is State.PUBLISHED
    assert likes(desk, heard) == 1


@pytest.mark.parametrize("sandbox", ["mastodon"], indirect=True)
def test_what_a_token_may_not_like_fails_with_a_sentence_and_posts_go_on(
    desk: Desk, sandbox: Sandbox, workspace: Workspace
) -> None:
    desk.channel = joined(sandbox, workspace, scopes="read write:statuses")
    failed: Delivery = desk.sent(desk.do("like", comment(desk)))
    assert failed.state is State.FAILED
    assert failed.trouble is not None
    assert "write:favourites" in failed.trouble.sentence
    kept = wiring.channels().get(desk.channel.channel_id)
    assert kept is not None
    assert kept.state is ChannelState.CONNECTED
