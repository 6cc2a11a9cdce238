from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from functions.poll_inbox.handler import handler
from functions.process_inbox.handler import handler as process_inbox
from tellal import clock, wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.errors import BadMessage
from tests.conftest import TEN, Clock, Network, connected
from tests.integration import webhooks
from tests.jwt import session_token

Poll = Callable[[Channel], Channel]


class Asked:
    """In place of invoking a function: what it was asked to do."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def ask(self, function: str, event: Any) -> None:
        self.events.append((function, event))


@pytest.fixture
def poll(context: Any, network: Network) -> Poll:
    """Read one channel; returns it as it is afterwards."""

    def poll(channel: Channel) -> Channel:
        handler({"channel_id": channel.channel_id}, context)
        return current(channel)

    return poll


@pytest.fixture
def bluesky_channel(workspace: Workspace, network: Network) -> Channel:
    secrets = {
        "access_token": SecretStr("old-access"),
        "refresh_token": SecretStr("old-refresh"),
        "expires_at": TEN + timedelta(hours=1),
    }
    return connected(
        workspace,
        "bluesky",
        secrets,
        remote_id="did:plc:acme",
        name="Acme",
        handle="acme.test",
        server={"pds": "https://pds.example"},
    )


def current(channel: Channel) -> Channel:
    found = wiring.channels().get(channel.channel_id)
    assert found is not None
    return found


def changed(channel: Channel, **facts: Any) -> Channel:
    return wiring.channels().save(channel, channel.model_copy(update=facts))


def notification(number: int) -> dict[str, Any]:
    person = {"id": str(number), "acct": f"person{number}@other.example", "username": "person"}
    status = {
        "id": f"5{number:03}",
        "account": person,
        "content": f"<p>Mention {number}</p>",
        "created_at": clock.text(TEN + timedelta(seconds=number)),
        "url": f"https://other.example/@person/{number}",
    }
    return {"id": str(number), "type": "mention", "status": status}


def mentions(*numbers: int, of_a_page: int = 40) -> Callable[[httpx.Request], httpx.Response]:
    """A server with these notifications, which pages as Mastodon does."""

    def respond(request: httpx.Request) -> httpx.Response:
        since = int(request.url.params.get("min_id", 0))
        listed = [number for number in numbers if number > since][:of_a_page]
        return httpx.Response(200, json=[notification(number) for number in reversed(listed)])

    return respond


def excerpts(channel: Channel) -> list[str]:
    return [each.excerpt for each in webhooks.conversations(channel)]


@pytest.mark.parametrize("tick", ["every_two_minutes", "scheduled"])
def test_each_channel_that_can_be_asked_gets_a_run_of_its_own(
    tick: str,
    empty: None,
    workspace: Workspace,
    mastodon_channel: Channel,
    event: Callable[[str], Any],
    context: Any,
    held_clock: Clock,
) -> None:
    unlisted = {"remote_id": "1", "name": "C", "handle": "c"}
    tokens = {"access_token": SecretStr("t"), "refresh_token": SecretStr("r")}
    connected(workspace, "tiktok", tokens, **unlisted)  # no such list
    facts = {"remote_id": "1002", "name": "B", "handle": "b@m.example"}
    for trouble in (
        {"state": ChannelState.NEEDS_RECONNECT},
        {"state": ChannelState.DISCONNECTED},
        {"resume_at": TEN + timedelta(seconds=1)},
        {"polled": False},
    ):
        connected(workspace, "mastodon", {"access_token": SecretStr("t")}, **facts, **trouble)
    asked = Asked()

    with wiring.rewired(again=asked, now=held_clock):
        handler(event(f"poll_inbox/{tick}"), context)

    assert asked.events == [(context.function_name, {"channel_id": mastodon_channel.channel_id})]


def test_a_channel_that_webhooks_tell_of_is_asked_besides_every_ten_minutes(
    workspace: Workspace, empty: None, network: Network, poll: Poll, held_clock: Clock
) -> None:
    page = webhooks.page(workspace)
    network.respond = comments()

    poll(page)

    times = [TEN + timedelta(minutes=minutes) for minutes in (0, 9, 10)]
    waiting = [set(wiring.poller().waiting(now=now)) for now in times]
    assert waiting == [set(), set(), {page.channel_id}]


def test_one_that_had_more_to_tell_than_a_run_reads_is_read_on_soon(
    workspace: Workspace, empty: None, network: Network, poll: Poll, held_clock: Clock
) -> None:
    page = webhooks.page(workspace)
    pages = iter(range(1, 1_000))
    network.respond = lambda request: endless(request, next(pages))

    poll(page)

    assert waits_for(page) == [False, True, True]  # after 2, 4 and 10 minutes
    network.respond = comments()
    held_clock.wait(240)
    poll(page)
    assert waits_for(page) == [False, False, True]


def endless(request: httpx.Request, number: int) -> httpx.Response:
    """One more post, and a page behind it."""
    if not request.url.path.endswith("/published_posts"):
        return httpx.Response(200, json={"data": []})
    below = {"data": [comment_of(number)]}
    post = {"id": f"{webhooks.PAGE}_{number}", "created_time": clock.text(TEN), "comments": below}
    paging = {"cursors": {"after": str(number)}, "next": "https://graph.example/more"}
    return httpx.Response(200, json={"data": [post], "paging": paging})


def waits_for(page: Channel) -> list[bool]:
    read_at = current(page).inbox_read_at
    assert read_at is not None
    times = [read_at + timedelta(minutes=minutes) for minutes in (2, 4, 10)]
    return [page.channel_id in set(wiring.poller().waiting(now=now)) for now in times]


def comment_of(number: int) -> dict[str, Any]:
    person = {"id": "2401", "name": "Somebody"}
    at = clock.text(TEN + timedelta(seconds=number))
    said = {"id": f"111_{number}", "message": f"Comment {number}", "from": person}
    return {**said, "created_time": at}


def comments(*numbers: int) -> Callable[[httpx.Request], httpx.Response]:
    """A page with one post and these below it, and nothing else."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/published_posts"):
            below = {"data": [comment_of(number) for number in reversed(numbers)]}
            post = {"id": f"{webhooks.PAGE}_111", "created_time": clock.text(TEN)}
            return httpx.Response(200, json={"data": [{**post, "comments": below}]})
        return httpx.Response(200, json={"data": []})

    return respond


def test_what_a_webhook_did_not_bring_is_read_and_what_it_brought_is_stored_once(
    workspace: Workspace, network: Network, poll: Poll, context: Any, held_clock: Clock
) -> None:
    webhooks.app()
    page = webhooks.page(workspace)
    process_inbox({"Records": [webhooks.record(webhooks.comment(1, "Comment 1"))]}, context)
    network.respond = comments(1, 2)
    read = poll(page)

    [conversation] = webhooks.conversations(page)  # one person's, below one post
    assert len(webhooks.messages(conversation)) == 2

    process_inbox({"Records": [webhooks.record(webhooks.comment(2, "Comment 2"))]}, context)
    held_clock.wait(600)
    assert poll(page).inbox_cursor == read.inbox_cursor
    assert len(webhooks.messages(conversation)) == 2


def test_one_list_that_is_down_does_not_keep_the_others_from_being_read(
    workspace: Workspace, network: Network, poll: Poll
) -> None:
    page = webhooks.page(workspace)
    fine = comments(1)

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/conversations"):
            return httpx.Response(503, json={})
        return fine(request)

    network.respond = respond
    poll(page)
    assert excerpts(page) == ["Comment 1"]


def test_a_channel_that_is_not_to_be_read_is_not_asked_whoever_sends_a_run(
    mastodon_channel: Channel, network: Network, poll: Poll
) -> None:
    network.respond = mentions(1)

    unread = poll(changed(mastodon_channel, polled=False))
    assert network.requests == []
    assert unread.last_heard_at is None

    poll(changed(unread, polled=True))
    assert excerpts(mastodon_channel) == ["Mention 1"]


def test_what_came_is_stored_and_the_next_run_begins_behind_it(
    mastodon_channel: Channel, network: Network, poll: Poll, held_clock: Clock
) -> None:
    network.respond = mentions(1, 2)
    first = poll(mastodon_channel)
    network.requests.clear()
    network.respond = mentions(1, 2, 3)
    held_clock.wait(120)

    second = poll(mastodon_channel)

    assert (first.inbox_cursor, second.inbox_cursor) == ("2", "3")
    assert (first.last_heard_at, second.last_heard_at) == (TEN, TEN + timedelta(minutes=2))
    assert network.requests[0].url.params["min_id"] == "2"
    assert excerpts(mastodon_channel) == ["Mention 3", "Mention 2", "Mention 1"]


def test_a_run_that_died_before_it_moved_the_cursor_is_read_again_and_changes_nothing(
    mastodon_channel: Channel, network: Network, poll: Poll
) -> None:
    network.respond = mentions(1, 2)
    read = poll(mastodon_channel)
    before = webhooks.conversations(mastodon_channel)
    changed(read, inbox_cursor=None)

    poll(mastodon_channel)

    assert webhooks.conversations(mastodon_channel) == before


def test_a_run_reads_several_pages_and_leaves_the_rest_to_the_next(
    mastodon_channel: Channel, network: Network, poll: Poll
) -> None:
    network.respond = mentions(*range(1, 9), of_a_page=1)

    assert poll(mastodon_channel).inbox_cursor == "5"
    assert poll(mastodon_channel).inbox_cursor == "8"
    assert len(excerpts(mastodon_channel)) == 8


def test_a_silent_channel_is_seen_to_be_heard_without_a_write_each_time(
    mastodon_channel: Channel, network: Network, poll: Poll, held_clock: Clock
) -> None:
    network.respond = mentions()

    seen = []
    for _ in range(7):
        seen.append(poll(mastodon_channel).last_heard_at)
        held_clock.wait(120)

    assert seen == [TEN] * 5 + [TEN + timedelta(minutes=10)] * 2


def test_a_channel_that_is_told_to_slow_down_is_left_alone_as_long(
    mastodon_channel: Channel, network: Network, poll: Poll
) -> None:
    network.respond = lambda _: httpx.Response(429, json={}, headers={"retry-after": "300"})

    assert poll(mastodon_channel).resume_at == TEN + timedelta(seconds=300)

    network.requests.clear()
    poll(mastodon_channel)
    assert network.requests == []


def test_a_channel_whose_token_is_refused_says_so(
    mastodon_channel: Channel, network: Network, poll: Poll
) -> None:
    network.respond = lambda _: httpx.Response(401, json={"error": "invalid"})

    channel = poll(mastodon_channel)

    assert channel.state is ChannelState.NEEDS_RECONNECT
    assert channel.trouble is not None
    assert channel.last_heard_at is None


def test_a_server_that_is_down_is_asked_again_the_next_time(
    mastodon_channel: Channel, network: Network, poll: Poll
) -> None:
    network.respond = lambda _: httpx.Response(503, text="<html>")

    assert poll(mastodon_channel) == mastodon_channel

    network.respond = mentions(1)
    assert poll(mastodon_channel).inbox_cursor == "1"


def test_a_token_that_ran_out_is_renewed_once_and_reading_goes_on(
    bluesky_channel: Channel, network: Network, poll: Poll
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("refreshSession"):
            pair = {
                "accessJwt": session_token(TEN + timedelta(hours=2)),
                "refreshJwt": "new-refresh",
                "did": "did:plc:acme",
                "handle": "acme.test",
            }
            return httpx.Response(200, json=pair)
        if request.headers["authorization"] == "Bearer old-access":
            return httpx.Response(400, json={"error": "ExpiredToken"})
        return httpx.Response(200, json={"notifications": []})

    network.respond = respond

    assert poll(bluesky_channel).last_heard_at == TEN
    assert len(network.sent("POST", "refreshSession")) == 1


def test_a_platform_that_counts_by_the_day_is_asked_as_seldom_as_it_wants(
    empty: None, workspace: Workspace, network: Network, poll: Poll, held_clock: Clock
) -> None:
    secrets = {"access_token": SecretStr("a"), "refresh_token": SecretStr("r")}
    facts = {"remote_id": "UCacme", "name": "Acme", "handle": "acme"}
    channel = connected(workspace, "youtube", secrets, **facts)
    network.respond = lambda _: httpx.Response(200, json={"items": []})

    due = []
    for _ in range(8):
        due.append(channel.channel_id in wiring.poller().waiting(now=held_clock()))
        if due[-1]:
            poll(channel)
        held_clock.wait(120)

    assert due == [True, False, False, False, False, True, False, False]


@pytest.mark.parametrize(
    "strange", [{"channel_id": 7}, {"channel_id": "ch_1", "also": 1}, {"channels": ["ch_1"]}]
)
def test_an_event_of_another_shape_goes_to_the_failures(
    strange: Any, network: Network, context: Any
) -> None:
    with pytest.raises(BadMessage):
        handler(strange, context)


def test_a_channel_that_is_gone_is_no_trouble(
    network: Network, event: Callable[[str], Any], context: Any
) -> None:
    handler(event("poll_inbox/one_channel"), context)

    assert network.requests == []
