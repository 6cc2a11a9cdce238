"""What was prepared and is never sent is taken off its platform, and nothing else ever is.

The channel is looked at as its owner sees it: its private videos, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tellal import wiring
from tellal.deliveries import Delivery, State
from tellal.errors import AlreadyChanged
from tellal.publishing import composition
from tests.faults.border import Killed, Point
from tests.faults.stage import Stage
from tests.faults.subjects.youtube import SHOW, UPLOAD, YOUTUBE
from tests.faults.tally import TALLY
from tests.faults.world import World

LATER = timedelta(hours=2)
LOST = ["drop_after", "fail_after", "fail_before", "cut_request"]


@pytest.fixture
def world(stage: Stage) -> World:
    return stage.world(YOUTUBE)


def uploaded(world: World) -> Delivery:
    """A delivery whose video is on the channel, private, and waits for its time."""
    world.schedule(in_=timedelta(minutes=6))
    while (row := world.rows()[-1]).state is not State.READY:
        moment = world.next_moment()
        assert moment is not None, row
        world.live_until(moment)
    assert seen_by_owner(world) == ["private"]
    return row


def cancel(world: World, row: Delivery) -> None:
    world.hint(wiring.deliveries().save(row, composition.cancelled(row, "It was cancelled.")))


def after_a_while(world: World) -> None:
    world.clock.move(180)
    world.deliver()


def seen_by_owner(world: World) -> list[str]:
    """How visible each of the channel's videos is, for its owner."""
    with world.border.aside():
        adapter: Any = wiring.adapters().open(world.channel, now=world.clock())
        params = {"part": "contentDetails", "playlistId": world.channel.server["uploads"]}
        listed = adapter._line("GET", "playlistItems", params=params).json()["items"]
        ids = ",".join(each["contentDetails"]["videoId"] for each in listed)
        if not ids:
            return []
        shown = adapter._line("GET", "videos", params={"part": "status", "id": ids}).json()
        return sorted(each["status"]["privacyStatus"] for each in shown["items"])


def deletions(world: World) -> int:
    return sum(each["method"] == "DELETE" for each in world.control.requests())


@contextmanager
def meanwhile(world: World, happens: Any) -> Iterator[None]:
    world.border.happens = happens
    yield
    world.border.happens = lambda _: None


def test_what_is_edited_after_its_upload_leaves_one_video_the_new_one(world: World) -> None:
    world.edit(uploaded(world))
    world.settle()
    assert seen_by_owner(world) == ["public"]
    assert TALLY.close(world) == []
    assert [post["text"] for post in world.control.posts()] == ["Edited 2"]


def test_what_is_cancelled_after_its_upload_leaves_none(world: World) -> None:
    cancel(world, uploaded(world))
    after_a_while(world)
    assert seen_by_owner(world) == []
    assert world.control.posts() == []
    assert [(row.state, row.abandoned) for row in world.rows()] == [(State.CANCELLED, ())]


def test_what_is_held_and_released_is_uploaded_again_and_leaves_one(world: World) -> None:
    uploaded(world)
    world.pause()
    world.settle()
    [held] = world.rows()
    assert held.state is State.HELD
    world.resume()
    world.release(held)
    world.settle()
    assert seen_by_owner(world) == ["public"]


def test_however_often_it_is_told_it_deletes_once(world: World) -> None:
    cancel(world, uploaded(world))
    [(_, hint)] = world.queue.under_way[-1:]
    for _ in range(3):
        world.work(hint)
    assert deletions(world) == 1


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_it_harms_nothing_and_is_not_asked_for_again(
    world: World, fault: str
) -> None:
    row = uploaded(world)
    world.control.fail(fault, path=SHOW, method="DELETE")
    world.edit(row)
    world.settle()
    assert TALLY.close(world) == []
    assert [each.abandoned for each in world.rows()] == [()]
    happened = ["public"] if fault in ("drop_after", "fail_after") else ["private", "public"]
    assert seen_by_owner(world) == happened
    assert deletions(world) == 1


def test_an_upload_whose_last_answer_was_lost_is_found_by_its_mark(world: World) -> None:
    world.control.fail("drop_after", path=f"{UPLOAD}/videos", method="PUT", nth=2)
    world.schedule(in_=timedelta(minutes=6))
    while not seen_by_owner(world):
        moment = world.next_moment()
        assert moment is not None
        world.live_until(moment)
    [row] = world.rows()
    assert "video_id" not in (row.parts[0].prepared or {})
    cancel(world, row)
    after_a_while(world)
    assert seen_by_owner(world) == []


def test_whoever_dies_discarding_leaves_at_worst_what_was_there(stage: Stage) -> None:
    healthy = stage.world(YOUTUBE)
    row = uploaded(healthy)
    healthy.border.forget()
    healthy.edit(row)
    healthy.settle()
    places = list(healthy.border.places())
    discarding = [place for place in places if place.number <= _of_deletion(places)]
    assert len(discarding) > 5
    for place in discarding:
        world = stage.world(YOUTUBE)
        row = uploaded(world)
        world.border.forget()
        world.kill_at(place, then=world.habit)
        world.edit(row)
        world.settle()
        assert TALLY.close(world) == []
        assert seen_by_owner(world) in (["public"], ["private", "public"])


def _of_deletion(places: list[Point]) -> int:
    return max(place.number for place in places if place.call.startswith("DELETE"))


def test_a_part_whose_commit_has_begun_cannot_be_given_up(world: World) -> None:
    """Whoever cancels comes too late; and so does whoever saw the row before."""
    before = uploaded(world)

    def try_to_cancel(point: Point) -> None:
        if point.call != f"PUT {SHOW}":
            return
        with world.border.aside():
            current = wiring.deliveries().get(before.delivery_id)
            assert current is not None
            assert not composition.may_cancel(current)
            assert composition.abandoned(current) == ()
            with pytest.raises(AlreadyChanged):
                wiring.deliveries().save(before, composition.cancelled(before, "Too late."))

    with meanwhile(world, try_to_cancel):
        world.settle()
    assert TALLY.close(world) == []
    assert seen_by_owner(world) == ["public"]
    assert deletions(world) == 0


def test_a_commit_that_comes_after_a_cancellation_is_never_sent(world: World) -> None:
    """A worker has read the row, and before its fence the delivery is cancelled."""
    before = uploaded(world)

    def cancel_first(point: Point) -> None:
        if point.call == "dynamodb UpdateItem" or "TransactWrite" in point.call:
            world.border.happens = lambda _: None
            with world.border.aside():
                cancel(world, before)

    world.move_to(before.publish_at)
    with meanwhile(world, cancel_first):
        world.settle()
    after_a_while(world)
    assert [row.state for row in world.rows()] == [State.CANCELLED]
    assert not any(
        each["method"] == "PUT" and each["path"] == SHOW for each in world.control.requests()
    )
    assert (seen_by_owner(world), world.control.posts()) == ([], [])


def test_a_worker_that_dies_in_doubt_discards_nothing(world: World) -> None:
    before = uploaded(world)

    def die(point: Point) -> None:
        if point.call == f"PUT {SHOW}" and point.after:
            world.border.happens = lambda _: None
            raise Killed

    with meanwhile(world, die):
        world.settle()
    assert [row.state for row in world.rows()] == [State.PUBLISHED]
    assert before.delivery_id == world.rows()[0].delivery_id
    assert (seen_by_owner(world), deletions(world)) == (["public"], 0)
