from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.prepare_delivery.handler import handler
from tellal import wiring
from tellal.channels import Channel
from tellal.deliveries import Delivery, State, Step
from tellal.errors import BadMessage
from tests.conftest import Clock, Network
from tests.integration.deliveries import at, hint_for, part, picture, scheduled, stored
from tests.pictures import RED_DOT

Event = Callable[[str], Any]
Follow = Callable[[Delivery], Delivery]


@pytest.fixture
def follow(event: Event, context: Any) -> Follow:
    def follow(delivery: Delivery) -> Delivery:
        handler(hint_for(delivery, event("prepare_delivery/one_hint")), context)
        return stored(delivery)

    return follow


@pytest.fixture
def uploaded(network: Network) -> str:
    key = "media/picture.png"
    wiring.media_bucket().put(key, RED_DOT, content_type="image/png")
    return key


def to_prepare(channel: Channel, key: str, *texts: str) -> Delivery:
    """Due in a quarter of an hour, to be prepared now."""
    parts = [part(text, media=(picture(key),)) for text in texts or ("Look",)]
    return scheduled(
        channel, *parts, publish_at=at(900), next_attempt_at=at(0), next_step=Step.PREPARE
    )


def uploads_taken(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": "42", "type": "image", "url": "https://m.example/42"})


def test_uploads_ahead_and_leaves_only_the_commit_for_its_second(
    mastodon_channel: Channel, network: Network, follow: Follow, uploaded: str
) -> None:
    network.respond = uploads_taken

    left = follow(to_prepare(mastodon_channel, uploaded))

    assert left.state is State.READY
    assert left.parts[0].ready
    assert (left.next_attempt_at, left.next_step) == (at(900), Step.PUBLISH)
    [upload] = network.requests
    assert b"One red dot" in upload.content


def test_a_second_hint_uploads_nothing_again(
    mastodon_channel: Channel, network: Network, follow: Follow, uploaded: str
) -> None:
    network.respond = uploads_taken
    delivery = to_prepare(mastodon_channel, uploaded)

    follow(delivery)
    follow(delivery)

    assert len(network.requests) == 1


def test_media_that_is_still_being_processed_is_looked_at_by_the_clock(
    mastodon_channel: Channel,
    network: Network,
    follow: Follow,
    uploaded: str,
    held_clock: Clock,
) -> None:
    network.respond = lambda _: httpx.Response(202, json={"id": "42", "url": None})
    delivery = to_prepare(mastodon_channel, uploaded)

    waiting = follow(delivery)
    assert waiting.state is State.PREPARING
    assert waiting.lease_until is None
    assert waiting.next_attempt_at is not None

    held_clock.time = waiting.next_attempt_at
    network.respond = uploads_taken
    assert follow(delivery).state is State.READY
    assert len(network.sent("POST", "/media")) == 1


def test_a_worker_that_died_is_followed_when_its_lease_ends(
    mastodon_channel: Channel,
    network: Network,
    follow: Follow,
    uploaded: str,
    held_clock: Clock,
) -> None:
    def die(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    network.respond = die
    delivery = to_prepare(mastodon_channel, uploaded)
    with pytest.raises(KeyboardInterrupt):
        follow(delivery)

    network.respond = uploads_taken
    assert follow(delivery).state is State.PREPARING
    held_clock.time = at(121)
    assert follow(delivery).state is State.READY


def test_a_thread_keeps_what_was_prepared_before_it_broke(
    mastodon_channel: Channel,
    network: Network,
    follow: Follow,
    uploaded: str,
    held_clock: Clock,
) -> None:
    answers = iter([uploads_taken, None, uploads_taken])

    def respond(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        return answer(request) if answer else httpx.Response(503)

    network.respond = respond
    delivery = to_prepare(mastodon_channel, uploaded, "one", "two")

    broken = follow(delivery)
    assert [each.ready for each in broken.parts] == [True, False]
    assert broken.next_step is Step.PREPARE

    held_clock.time = at(600)
    assert follow(delivery).state is State.READY
    assert len(network.requests) == 3


def test_a_file_that_vanished_fails_with_a_sentence(
    mastodon_channel: Channel, network: Network, follow: Follow
) -> None:
    left = follow(to_prepare(mastodon_channel, "media/gone.png"))

    assert left.state is State.FAILED
    assert left.trouble is not None
    assert "no longer there" in left.trouble.sentence


def test_a_throttled_upload_parks_the_channel(
    mastodon_channel: Channel, network: Network, follow: Follow, uploaded: str
) -> None:
    network.respond = lambda _: httpx.Response(429, headers={"retry-after": "120"})

    left = follow(to_prepare(mastodon_channel, uploaded))

    channel = wiring.channels().get(mastodon_channel.channel_id)
    assert channel is not None
    assert channel.resume_at == at(120)
    assert left.next_attempt_at is not None
    assert left.next_attempt_at - at(120) < timedelta(seconds=3)


def test_a_message_that_is_no_hint_goes_to_the_dead_letters(
    network: Network, event: Event, context: Any
) -> None:
    with pytest.raises(BadMessage):
        handler(event("prepare_delivery/not_a_hint"), context)
