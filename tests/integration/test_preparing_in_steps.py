"""What takes many steps to prepare: one after the other, each kept before the next is done."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.prepare_delivery.handler import handler
from tellal.channels import Channel, Workspace
from tellal.deliveries import Delivery, State, Step, Timing
from tellal.errors import Rejected, TryLater
from tellal.platforms.protocol import Pending, Prepared
from tests.conftest import Clock
from tests.integration.deliveries import at, hint_for, hints, part, scheduled, stored
from tests.integration.scripted import FILM, Script, channel_of, on_stage

pytestmark = pytest.mark.usefixtures("empty")
Follow = Callable[..., Delivery]
LEASE = Timing().preparing
FIRST, SECOND, THIRD = ({"offset": str(number)} for number in (1, 2, 3))


@pytest.fixture
def script(aws: object, held_clock: Clock) -> Iterator[Script]:
    with on_stage(held_clock) as script:
        yield script


@pytest.fixture
def channel(script: Script, workspace: Workspace) -> Channel:
    return channel_of(workspace)


@pytest.fixture
def follow(event: Callable[[str], Any], context: Any) -> Follow:
    def follow(delivery: Delivery, *, seconds_left: float = 900) -> Delivery:
        context.get_remaining_time_in_millis = lambda: int(seconds_left * 1000)
        handler(hint_for(delivery, event("prepare_delivery/one_hint")), context)
        return stored(delivery)

    return follow


@pytest.fixture
def film(channel: Channel) -> Delivery:
    """Due in a quarter of an hour, to be prepared now."""
    shown = part("Look", media=(FILM,))
    return scheduled(
        channel, shown, publish_at=at(900), next_attempt_at=at(0), next_step=Step.PREPARE
    )


def seen(script: Script) -> list[Any]:
    """The notes that each step began with."""
    return [each.part.prepared for each in script.asked]


def test_steps_follow_each_other_at_once_each_with_the_notes_of_the_one_before(
    film: Delivery, script: Script, follow: Follow
) -> None:
    script.prepare = [Pending(FIRST), Pending(SECOND), Pending(THIRD), Prepared({"id": "42"})]

    left = follow(film)

    assert seen(script) == [None, FIRST, SECOND, THIRD]
    assert left.state is State.READY
    assert left.parts[0].prepared == {"id": "42"}
    assert left.parts[0].ready
    assert (left.next_attempt_at, left.next_step) == (at(900), Step.PUBLISH)
    assert [each.outcome for each in left.attempts] == ["done"]  # a step is no line of its own


def test_every_step_is_kept_before_the_next_and_renews_the_lease(
    film: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    rows: list[Delivery] = []

    def slow(answer: Any) -> Callable[[], Any]:
        def step() -> Any:
            rows.append(stored(film))
            held_clock.time += timedelta(seconds=100)
            return answer

        return step

    script.prepare = [slow(Pending(FIRST)), slow(Pending(SECOND)), slow(Prepared({}))]
    left = follow(film)

    assert [row.parts[0].prepared for row in rows] == [None, FIRST, SECOND]
    assert [row.lease_until for row in rows] == [at(0) + LEASE, at(100) + LEASE, at(200) + LEASE]
    assert left.state is State.READY


def test_another_hint_does_nothing_while_a_step_is_done(
    film: Delivery, script: Script, follow: Follow
) -> None:
    def hinted_again() -> Any:
        follow(film)
        return Prepared({})

    script.prepare = [Pending(FIRST), hinted_again]
    follow(film)

    assert script.times("prepare") == 2


def test_a_worker_whose_time_is_nearly_up_hands_back_what_it_has(
    film: Delivery, script: Script, follow: Follow
) -> None:
    script.prepare = [Pending(FIRST), Prepared({})]

    left = follow(film, seconds_left=119)

    assert (left.state, left.lease_until) == (State.PREPARING, None)
    assert (left.next_attempt_at, left.next_step) == (at(0), Step.PREPARE)
    assert left.parts[0].prepared == FIRST
    [hint] = hints(Step.PREPARE)
    assert film.delivery_id in hint["Body"]

    assert follow(film).state is State.READY
    assert seen(script) == [None, FIRST]


def test_the_worker_after_a_dead_one_goes_on_from_the_last_step_that_was_kept(
    film: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    script.prepare = [Pending(FIRST), Pending(SECOND), KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        follow(film)

    script.prepare = [Prepared({"id": "42"})]
    assert follow(film).state is State.PREPARING  # the dead one's lease holds
    held_clock.time = at(0) + LEASE
    assert follow(film).state is State.READY
    assert seen(script)[-1] == SECOND


def test_a_worker_that_was_taken_for_dead_writes_nothing_more(
    film: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    def fall_asleep() -> Any:
        held_clock.time = at(0) + LEASE
        follow(film)
        return Pending({"offset": "an old one"})

    script.prepare = [fall_asleep, Pending(FIRST), Prepared({"id": "42"}), Prepared({"id": "old"})]

    left = follow(film)

    assert left.parts[0].prepared == {"id": "42"}
    assert script.times("prepare") == 3


def test_a_platform_that_wants_time_is_left_alone_until_then(
    film: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    script.prepare = [Pending(FIRST), Pending(SECOND, timedelta(seconds=30)), Prepared({})]

    left = follow(film)

    assert (left.state, left.lease_until) == (State.PREPARING, None)
    assert left.next_attempt_at == at(30)
    assert left.parts[0].prepared == SECOND
    held_clock.time = at(30)
    assert follow(film).state is State.READY


def test_a_step_that_fails_for_now_is_tried_again_from_the_same_notes(
    film: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    script.prepare = [Pending(FIRST), TryLater("busy"), Prepared({})]

    left = follow(film)
    assert (left.next_step, left.tries) == (Step.PREPARE, 1)
    assert left.parts[0].prepared == FIRST

    assert left.next_attempt_at is not None
    held_clock.time = left.next_attempt_at
    assert follow(film).state is State.READY
    assert seen(script) == [None, FIRST, FIRST]


def test_a_step_that_is_refused_ends_it_with_the_platforms_sentence(
    film: Delivery, script: Script, follow: Follow
) -> None:
    script.prepare = [Pending(FIRST), Rejected("This video cannot be read.")]

    left = follow(film)

    assert left.state is State.FAILED
    assert left.trouble is not None
    assert left.trouble.sentence == "This video cannot be read."


def test_the_parts_of_a_thread_are_prepared_one_after_the_other(
    channel: Channel, script: Script, follow: Follow
) -> None:
    parts = [part(text, media=(FILM,)) for text in ("one", "two")]
    delivery = scheduled(
        channel, *parts, publish_at=at(900), next_attempt_at=at(0), next_step=Step.PREPARE
    )
    script.prepare = [Pending(FIRST), Prepared({"id": "1"}), Pending(SECOND), Prepared({"id": "2"})]

    left = follow(delivery)

    assert [each.part.text for each in script.asked] == ["one", "one", "two", "two"]
    assert [each.prepared for each in left.parts] == [{"id": "1"}, {"id": "2"}]
