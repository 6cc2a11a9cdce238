"""What nobody thought of: people, time, workers, the queue and the platform in any order.

The walks are drawn, and the same ones for everybody who runs this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tellal import wiring
from tellal.deliveries import Delivery, State
from tellal.errors import AlreadyChanged, Conflict
from tellal.platforms.protocol import Guarantee
from tellal.publishing import composition
from tests.faults.border import Killed, Point
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import SOMEBODY, Subject
from tests.faults.surroundings import Habit
from tests.faults.tally import TALLY
from tests.faults.world import MINUTE, World

ACTS = ("drop_after", "fail_after", "fail_before", "cut_request")
KEY_KEPT = timedelta(minutes=58)  # as long as we rely on a key that is kept for an hour
WALKS = settings(
    max_examples=16,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a walk that fails is printed as it is: to shrink it takes minutes
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Walk(RuleBasedStateMachine):
    stage: Stage
    subject: Subject

    @initialize(lag=st.sampled_from([0, 0, 300, 550, 3600]))
    def begin(self, lag: int) -> None:
        lists = self.subject.guarantee is Guarantee.SEARCHABLE
        settings = {"list_lag_seconds": lag} if lists else {}
        self.world: World = self.stage.world(self.subject, **settings)
        self.began = self.world.clock()
        self.world.schedule(self.subject.posts[-1])

    def ours(self, at: int) -> Delivery:
        rows = self.world.rows()
        return rows[at % len(rows)]

    @rule(kind=st.integers(0, 9), minutes=st.sampled_from([0, 2, 6, 20]))
    def schedule(self, kind: int, minutes: int) -> None:
        kinds = self.subject.posts
        if len(self.world.delivery_ids) < 4:
            self.world.schedule(kinds[kind % len(kinds)], in_=minutes * MINUTE)

    @rule(seconds=st.sampled_from([1, 5, 30, 61, 95, 300, 620]))
    def let_time_pass(self, seconds: int) -> None:
        self.world.move_to(self.world.clock() + timedelta(seconds=seconds))

    @rule(minutes=st.sampled_from([1, 3, 11]))
    def let_all_be_done(self, minutes: int) -> None:
        ends = self.world.clock() + minutes * MINUTE
        while (moment := self.world.next_moment()) is not None and moment < ends:
            self.world.live_until(moment)
        self.world.move_to(ends)

    @rule()
    def sweep(self) -> None:
        self.world.sweep()

    @rule()
    def deliver(self) -> None:
        self.world.deliver()

    @rule(habit=st.sampled_from(Habit))
    def change_habit(self, habit: Habit) -> None:
        self.world.take_up(habit)

    @rule(at=st.integers(0, 9))
    def lose_a_hint(self, at: int) -> None:
        if waiting := self.world.queue.under_way:
            waiting.pop(at % len(waiting))

    @rule(calls=st.integers(0, 12), after=st.booleans())
    def kill_soon(self, calls: int, after: bool) -> None:  # noqa: FBT001 – hypothesis hands it over
        place = len(self.world.border.calls) + calls

        def die(point: Point) -> None:
            if point.number >= place and point.after == after:
                self.world.border.happens = lambda _: None
                raise Killed

        self.world.border.happens = die

    @rule(fault=st.sampled_from(ACTS), at=st.integers(0, 9), nth=st.integers(1, 2))
    def break_a_request(self, fault: str, at: int, nth: int) -> None:
        step = self.subject.steps[at % len(self.subject.steps)]
        self.world.control.fail(fault, path=step.path, method=step.method, nth=nth)

    @rule(fault=st.sampled_from(ACTS), nth=st.integers(1, 2))
    def break_a_commit(self, fault: str, nth: int) -> None:
        self.world.fail_commit(fault, nth=nth)

    @rule(seconds=st.sampled_from([5, 400]))
    def throttle(self, seconds: int) -> None:
        headers = {"retry-after": str(seconds)}
        self.world.control.fail("status", path="*", status=429, headers=headers)

    @rule()
    def pause_or_resume(self) -> None:
        if self.world.workspace.paused_at is None:
            self.world.pause()
            return
        self.world.resume()
        for row in self.world.rows():
            if row.state is State.HELD:
                self.world.release(row)

    @precondition(lambda self: self.world.delivery_ids)
    @rule(at=st.integers(0, 9))
    def edit(self, at: int) -> None:
        with _unless_it_moved_on():
            self.world.edit(self.ours(at))

    @precondition(lambda self: self.world.delivery_ids)
    @rule(at=st.integers(0, 9))
    def cancel(self, at: int) -> None:
        row = self.ours(at)
        if composition.may_cancel(row):
            with _unless_it_moved_on():
                wiring.deliveries().save(row, composition.cancelled(row, "It was cancelled."))

    @precondition(lambda self: self.world.delivery_ids)
    @rule(at=st.integers(0, 9))
    def say_the_same(self, at: int) -> None:
        text = self.ours(at).parts[0].text
        self.world.control.act(who=SOMEBODY, do="post", text=text)

    @rule()
    def post_by_hand(self) -> None:
        self.world.post_by_hand("Something else")

    def teardown(self) -> None:
        world = self.world
        world.border.happens = lambda _: None
        world.control.drop_faults()
        world.take_up(Habit.IN_ORDER)
        world.settle()
        assert TALLY.close(world, ends=self.ends()) == []

    def ends(self) -> frozenset[State]:
        """What may become of what people pause, cancel and edit, while every fault passes."""
        ends = {State.PUBLISHED, State.HELD, State.CANCELLED}
        a_key_may_have_gone = self.world.clock() > self.began + KEY_KEPT
        told = all(each == {State.PUBLISHED} for each in map(self.world.may_end, self.world.rows()))
        if a_key_may_have_gone or self.world.pauses or not told:
            ends.add(State.UNCONFIRMED)
        if self.subject.refreshes_once and self.world.is_locked_out:
            ends.add(State.FAILED)  # the answer to a renewal was lost
        return frozenset(ends)


@contextmanager
def _unless_it_moved_on() -> Iterator[None]:
    try:
        yield
    except (AlreadyChanged, Conflict):
        return


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.name)
def test_no_walk_doubles_loses_misreports_or_forgets(subject: Subject, stage: Stage) -> None:
    walk: Any = type("WalkOn", (Walk,), {"stage": stage, "subject": subject})
    run_state_machine_as_test(walk, settings=WALKS)
