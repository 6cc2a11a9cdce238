"""Machines whose clocks jump: nothing goes out early, or twice, and what is late is made good."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tellal import wiring
from tellal.channels import Channel
from tellal.deliveries import Delivery, State, Step
from tests.conftest import TEN, Clock, Network
from tests.integration.deliveries import Follow, hints, scheduled, status_made, stored

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def due_at_ten(
    empty: None, network: Network, held_clock: Clock, mastodon_channel: Channel
) -> Delivery:
    network.respond = lambda _: status_made()
    held_clock.time = TEN - 4 * A_MINUTE
    return scheduled(mastodon_channel)


def sweep(*, at: datetime) -> list[Any]:
    """By a clock of its own."""
    wiring.dispatcher().sweep(now=at)
    return hints(Step.PUBLISH)


def test_a_sweep_that_is_ahead_makes_nothing_early_and_a_later_one_makes_it_good(
    due_at_ten: Delivery, network: Network, held_clock: Clock, follow: Follow
) -> None:
    assert len(sweep(at=TEN)) == 1
    assert follow(due_at_ten).state is State.SCHEDULED  # a hint that came minutes early is dropped
    assert network.requests == []

    assert sweep(at=TEN) == []  # it was queued
    held_clock.time = TEN + A_MINUTE
    assert len(sweep(at=held_clock.time)) == 1  # a minute late it is taken for lost
    assert follow(due_at_ten).state is State.PUBLISHED
    assert len(network.requests) == 1


def test_a_sweep_that_is_behind_leaves_it_to_the_next_that_is_not(
    due_at_ten: Delivery, network: Network, held_clock: Clock, follow: Follow
) -> None:
    held_clock.time = TEN
    assert sweep(at=TEN - 60 * A_MINUTE) == []
    assert stored(due_at_ten) == due_at_ten
    assert len(sweep(at=TEN)) == 1
    assert follow(due_at_ten).state is State.PUBLISHED
    assert len(network.requests) == 1


def test_a_clock_that_is_set_back_queues_nothing_again(due_at_ten: Delivery) -> None:
    queued = [
        wiring.dispatcher().sweep(now=TEN - minutes * A_MINUTE) for minutes in (4, 60, 5, 4, 1)
    ]
    assert queued == [1, 0, 0, 0, 0]


def test_a_worker_that_is_behind_waits_however_often_it_is_told(
    due_at_ten: Delivery, network: Network, held_clock: Clock, follow: Follow
) -> None:
    held_clock.time = TEN - 10 * A_MINUTE
    for _ in range(3):
        assert follow(due_at_ten).state is State.SCHEDULED
    assert network.requests == []


def test_a_worker_that_is_ahead_of_another_at_the_same_post_asks_under_the_same_key(
    due_at_ten: Delivery, network: Network, held_clock: Clock, follow: Follow
) -> None:
    """It takes the other's lease for ended. The platform sees one key, and the row one outcome."""
    came: list[httpx.Request] = []

    def another_comes(request: httpx.Request) -> httpx.Response:
        came.append(request)
        if len(came) == 1:
            held_clock.time += 10 * A_MINUTE
            assert follow(due_at_ten).state is State.PUBLISHED
            held_clock.time -= 10 * A_MINUTE
        return status_made()

    network.respond = another_comes
    held_clock.time = TEN
    published = follow(due_at_ten)

    assert published.state is State.PUBLISHED
    assert len(came) == 2
    assert len({request.headers["idempotency-key"] for request in came}) == 1
    assert [part.remote.id for part in published.parts if part.remote] == ["1"]
