from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.dispatch_due_posts.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel
from tellal.deliveries import State, Step
from tellal.publishing.dispatch import hint_soon
from tests.integration.deliveries import hints, scheduled, stored

Event = Callable[[str], Any]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sweep(empty: None, event: Event, context: Any) -> Callable[[], None]:
    return lambda: handler(event("dispatch_due_posts/every_minute"), context)


def due(channel: Channel, *, in_: timedelta, step: Step = Step.PUBLISH, **facts: Any) -> Any:
    at = clock.now() + in_
    return scheduled(channel, publish_at=at, next_attempt_at=at, next_step=step, **facts)


def test_what_is_due_within_five_minutes_is_queued_once(
    sweep: Callable[[], None], mastodon_channel: Channel
) -> None:
    soon = due(mastodon_channel, in_=timedelta(0))
    due(mastodon_channel, in_=6 * MINUTE)

    for _ in range(2):
        sweep()

    [hint] = hints(Step.PUBLISH)
    assert soon.delivery_id in hint["Body"]
    assert hint["Attributes"]["MessageGroupId"] == mastodon_channel.channel_id
    assert stored(soon).queued_for == soon.next_attempt_at
    assert stored(soon).version == soon.version


def test_what_is_a_minute_overdue_is_queued_again(
    sweep: Callable[[], None], mastodon_channel: Channel
) -> None:
    late = due(mastodon_channel, in_=-2 * MINUTE)
    wiring.deliveries().mark_queued(late.delivery_id, queued_for=late.next_attempt_at)

    sweep()

    assert len(hints(Step.PUBLISH)) == 1


def test_what_was_moved_is_queued_for_its_new_time(
    sweep: Callable[[], None], mastodon_channel: Channel
) -> None:
    delivery = due(mastodon_channel, in_=timedelta(0))
    sweep()
    moved = delivery.model_copy(update={"next_attempt_at": clock.now()})
    wiring.deliveries().save(delivery, moved)

    sweep()

    assert len(hints(Step.PUBLISH)) == 2


def test_a_sweep_reads_to_the_end_and_sends_each_step_to_its_own_queue(
    sweep: Callable[[], None], mastodon_channel: Channel
) -> None:
    for _ in range(23):
        due(mastodon_channel, in_=timedelta(0))
    due(mastodon_channel, in_=timedelta(0), step=Step.PREPARE)

    sweep()

    assert len(hints(Step.PUBLISH)) == 23
    assert len(hints(Step.PREPARE)) == 1


def test_what_is_settled_is_never_queued(
    sweep: Callable[[], None], mastodon_channel: Channel
) -> None:
    delivery = due(mastodon_channel, in_=timedelta(0))
    wiring.deliveries().save(delivery, delivery.moved(State.CANCELLED))

    sweep()

    assert hints(Step.PUBLISH) == []


def test_a_mark_is_not_left_on_a_row_that_has_moved_on(
    empty: None, mastodon_channel: Channel
) -> None:
    delivery = due(mastodon_channel, in_=timedelta(0))

    wiring.deliveries().mark_queued(delivery.delivery_id, queued_for=clock.now() - MINUTE)

    assert stored(delivery).queued_for is None


def test_an_alarm_five_minutes_away_is_left_to_the_sweep(
    empty: None, mastodon_channel: Channel
) -> None:
    for in_ in (-MINUTE, 10 * MINUTE):
        delivery = due(mastodon_channel, in_=in_)
        hint_soon(
            delivery,
            hints=wiring.hints(),
            deliveries=wiring.deliveries(),
            ahead=timedelta(minutes=5),
            now=clock.now(),
        )

    assert len(hints(Step.PUBLISH)) == 1
