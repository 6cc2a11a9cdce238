from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.publish_delivery.handler import handler
from tellal import wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.deliveries import State, Step
from tellal.errors import BadMessage
from tests.conftest import Clock, Network
from tests.integration.deliveries import (
    Follow,
    at,
    hint_for,
    in_turn,
    part,
    picture,
    scheduled,
    status_made,
    stored,
)

Event = Callable[[str], Any]
MINUTE = timedelta(minutes=1)


def test_publishes_once_however_often_the_queue_delivers(
    mastodon_channel: Channel, network: Network, follow: Follow
) -> None:
    network.respond = lambda _: status_made()
    delivery = scheduled(mastodon_channel)

    for _ in range(3):
        left = follow(delivery)

    assert len(network.requests) == 1
    assert left.state is State.PUBLISHED
    assert left.parts[0].remote is not None
    assert left.parts[0].remote.url == "https://m.example/@acme/1"
    assert [attempt.outcome for attempt in left.attempts] == ["begun", "done"]


def test_a_hint_that_comes_early_waits_for_the_second_it_is_due(
    mastodon_channel: Channel, network: Network, follow: Follow, held_clock: Clock
) -> None:
    network.respond = lambda _: status_made()
    delivery = scheduled(mastodon_channel)
    held_clock.time = at(-1.5)

    left = follow(delivery)

    assert held_clock.waited == [1.5]
    assert left.published_at == at(0)


def test_nothing_is_committed_long_before_its_time(
    mastodon_channel: Channel, network: Network, follow: Follow, held_clock: Clock
) -> None:
    delivery = scheduled(mastodon_channel)
    held_clock.time = at(-30)

    assert follow(delivery).state is State.SCHEDULED
    assert network.requests == []


def test_a_lost_answer_is_asked_again_with_the_same_key_and_the_same_bytes(
    mastodon_channel: Channel, network: Network, follow: Follow, held_clock: Clock
) -> None:
    network.respond = in_turn(httpx.ReadTimeout("lost"), status_made())
    delivery = scheduled(mastodon_channel)

    assert follow(delivery).state is State.PUBLISHING
    assert follow(delivery).state is State.PUBLISHING  # too early to ask again
    held_clock.time = at(61)
    assert follow(delivery).state is State.PUBLISHED

    first, second = network.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.content == second.content


def test_a_worker_that_died_after_its_fence_is_followed_with_the_same_key(
    mastodon_channel: Channel, network: Network, follow: Follow, held_clock: Clock
) -> None:
    def die(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    network.respond = die
    delivery = scheduled(mastodon_channel)
    with pytest.raises(KeyboardInterrupt):
        follow(delivery)

    network.respond = lambda _: status_made()
    held_clock.time = at(89)
    assert follow(delivery).state is State.PUBLISHING  # its lease still holds
    held_clock.time = at(91)
    assert follow(delivery).state is State.PUBLISHED

    first, second = network.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (httpx.Response(429, headers={"retry-after": "60"}), State.SCHEDULED, "throttled"),
        (httpx.ConnectError("down"), State.SCHEDULED, "try_later"),
        (httpx.Response(401, json={"error": "revoked"}), State.FAILED, "needs_reconnect"),
        (httpx.Response(422, json={"error": "Validation failed"}), State.FAILED, "rejected"),
        (httpx.Response(503), State.PUBLISHING, "outcome_unknown"),
    ],
)
def test_what_an_answer_leads_to(
    answer: httpx.Response | Exception,
    state: State,
    code: str,
    mastodon_channel: Channel,
    network: Network,
    follow: Follow,
) -> None:
    network.respond = in_turn(answer)

    left = follow(scheduled(mastodon_channel))

    assert left.state is state
    assert left.trouble is not None
    assert left.trouble.code == code
    assert "mastodon-token" not in left.model_dump_json()


def test_a_throttled_channel_is_left_alone_and_no_other(
    workspace: Workspace,
    mastodon_channel: Channel,
    network: Network,
    follow: Follow,
    held_clock: Clock,
) -> None:
    network.respond = in_turn(httpx.Response(429, headers={"retry-after": "300"}))
    follow(scheduled(mastodon_channel))

    later = follow(scheduled(mastodon_channel))

    assert len(network.requests) == 1
    assert later.next_attempt_at == at(300)
    assert later.tries == 0


def test_a_refused_token_marks_the_channel_and_says_what_to_do(
    mastodon_channel: Channel, network: Network, follow: Follow
) -> None:
    network.respond = lambda _: httpx.Response(401, json={"error": "The access token is invalid"})

    follow(scheduled(mastodon_channel))

    channel = wiring.channels().get(mastodon_channel.channel_id)
    assert channel is not None
    assert channel.state is ChannelState.NEEDS_RECONNECT
    assert "connected again" in (channel.trouble or "")


def test_a_paused_workspace_publishes_nothing(
    workspace: Workspace, mastodon_channel: Channel, network: Network, follow: Follow
) -> None:
    wiring.workspaces().save(workspace, workspace.model_copy(update={"paused_at": at(-60)}))

    left = follow(scheduled(mastodon_channel))

    assert left.state is State.HELD
    assert network.requests == []


def test_a_thread_goes_on_after_the_last_part_that_is_public(
    mastodon_channel: Channel, network: Network, follow: Follow, held_clock: Clock
) -> None:
    network.respond = in_turn(
        status_made(1), httpx.ConnectError("down"), status_made(2), status_made(3)
    )
    delivery = scheduled(mastodon_channel, part("one"), part("two"), part("three"))

    assert follow(delivery).next_part == 1
    held_clock.time = at(3600)
    left = follow(delivery)

    assert left.state is State.PUBLISHED
    texts = [request.content.decode() for request in network.requests]
    assert sum("one" in text for text in texts) == 1
    assert [remote.id for remote in (each.remote for each in left.parts) if remote] == [
        "1",
        "2",
        "3",
    ]


def test_what_was_prepared_too_long_ago_is_prepared_again(
    mastodon_channel: Channel, network: Network, follow: Follow
) -> None:
    ready = part("Look", media=(picture(),), prepared={"media": "1"}, ready=True)
    delivery = scheduled(mastodon_channel, ready, state=State.READY, prepared_until=at(0) - MINUTE)

    left = follow(delivery)

    assert left.next_step is Step.PREPARE
    assert left.parts[0].prepared is None
    assert network.requests == []


def test_a_cancelled_delivery_is_not_published(
    mastodon_channel: Channel, network: Network, follow: Follow
) -> None:
    delivery = scheduled(mastodon_channel)
    wiring.deliveries().save(delivery, delivery.moved(State.CANCELLED))

    assert follow(delivery).state is State.CANCELLED
    assert network.requests == []


def test_no_commit_begins_without_time_to_hear_its_answer(
    mastodon_channel: Channel, network: Network, event: Event, context: Any
) -> None:
    context.get_remaining_time_in_millis = lambda: 29_000
    delivery = scheduled(mastodon_channel)

    handler(hint_for(delivery, event("publish_delivery/one_hint")), context)

    assert stored(delivery).next_attempt_at is not None
    assert network.requests == []


def test_a_message_that_is_no_hint_goes_to_the_dead_letters(
    network: Network, event: Event, context: Any
) -> None:
    with pytest.raises(BadMessage):
        handler(event("publish_delivery/not_a_hint"), context)


def test_a_hint_for_a_delivery_that_never_was_is_dropped(
    network: Network, event: Event, context: Any
) -> None:
    handler(event("publish_delivery/one_hint"), context)

    assert network.requests == []
