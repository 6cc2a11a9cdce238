"""Workers beside each other, a pause, posts that look alike, and lists that lag behind."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from tellal import deliveries
from tellal.deliveries import State
from tellal.publishing.outcomes import MOST_LOST
from tellal.stores.queues import Hint
from tests.faults.border import Point
from tests.faults.stage import Stage
from tests.faults.subjects import RESUMABLE, SEARCHABLE, SUBJECTS
from tests.faults.subjects.subject import Step, Subject
from tests.faults.surroundings import Habit
from tests.faults.tally import TALLY
from tests.faults.world import HARD_TIME_OUT, MINUTE, TIMING, World

NOW = timedelta()
SECOND = timedelta(seconds=1)
ALMOST = HARD_TIME_OUT - 5 * SECOND  # a worker that slow is alive, and its request may arrive
BOUND = TIMING.between_looks.total_seconds()  # of a list's lag, in seconds

every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.name)
every_kind = pytest.mark.parametrize(
    ("subject", "kind"),
    [
        pytest.param(each, kind, id=f"{each.name}: {kind}")
        for each in SUBJECTS
        for kind in each.posts
    ],
)
searchable = pytest.mark.parametrize("subject", SEARCHABLE, ids=lambda each: each.name)


@every_kind
def test_hints_alone_carry_what_is_due_at_once(subject: Subject, kind: str, stage: Stage) -> None:
    """No sweep comes, and every hint is followed before its sender goes on."""
    world = stage.world(subject)
    world.sweeps = False
    world.take_up(Habit.AT_ONCE)

    world.schedule(kind, in_=NOW)
    world.settle()

    assert TALLY.close(world) == []


@pytest.mark.parametrize(
    ("subject", "step"),
    [(subject, step) for subject in SUBJECTS for step in subject.steps if step.processes],
    ids=lambda each: each.name,
)
def test_hints_alone_ask_whether_a_file_is_processed(
    subject: Subject, step: Step, stage: Stage
) -> None:
    world = stage.world(subject, **step.settings)
    world.sweeps = False

    world.schedule(step.post, in_=NOW)
    world.settle()

    assert TALLY.close(world) == []


@every_subject
def test_nobody_follows_a_worker_that_may_still_live(subject: Subject, stage: Stage) -> None:
    world = stage.world(subject)
    asked: list[str] = []
    commits = committing(subject)

    def be_slow(point: Point) -> None:
        if commits(point):
            asked.append(point.call)
            world.border.happens = lambda point: asked.append(point.call)
            time_goes_on(world, ALMOST)
            world.border.happens = lambda _: None

    world.border.happens = be_slow
    world.schedule()
    world.settle()

    assert TALLY.close(world) == []
    assert subject.is_commit(asked[0])
    platform = [call for call in asked[1:] if call.startswith(("GET", "POST", "PUT"))]
    assert platform == []


def committing(subject: Subject) -> Callable[[Point], bool]:
    """Tells, of a world's points in turn, which stands right before its usual post's commit."""
    numbers = count(1)

    def commits(point: Point) -> bool:
        is_one = subject.is_commit(point.call) and not point.after
        return is_one and next(numbers) == subject.commit_nth

    return commits


@pytest.mark.parametrize("subject", RESUMABLE, ids=lambda each: each.name)
def test_what_a_platform_takes_and_loses_for_ever_is_given_up(
    subject: Subject, stage: Stage
) -> None:
    """It says each time that nothing is public, so it is sent again, and not for ever."""
    world = stage.world(subject)
    world.fail_commit("fail_before", times=100)
    world.schedule()
    world.settle()

    [row] = world.rows()
    assert sum(attempt.outcome == "begun" for attempt in row.attempts) == MOST_LOST + 1
    assert TALLY.close(world, ends={State.FAILED}) == []


@searchable
def test_a_slow_request_arrives_before_anybody_looks_for_it(subject: Subject, stage: Stage) -> None:
    """The list lags, shows what was posted during the request, and not yet what it made."""
    world = stage.world(subject, list_lag_seconds=BOUND - 50)
    commits = committing(subject)

    def be_slow(point: Point) -> None:
        if commits(point):
            time_goes_on(world, ALMOST / 2)
            with world.border.aside():
                world.post_by_hand("Something else")
            time_goes_on(world, ALMOST / 2)

    world.border.happens = be_slow
    world.fail_commit("drop_after")
    world.schedule()
    world.settle()

    assert TALLY.close(world) == []


def time_goes_on(world: World, duration: timedelta) -> None:
    """While a worker is at it: hints arrive, sweeps come, and its own hint comes again."""
    with world.border.aside():
        ends = world.clock() + duration
        come_again(world)
        while (moment := world.next_moment()) is not None and moment < ends:
            world.live_until(moment)
        world.move_to(ends)
        come_again(world)


def come_again(world: World) -> None:
    for delivery_id in world.delivery_ids:
        world.work(Hint(delivery_id, world.channel.channel_id, deliveries.Step.PUBLISH))


@every_kind
def test_nothing_goes_out_in_a_pause_that_began_between_any_two_calls(
    subject: Subject, kind: str, stage: Stage
) -> None:
    healthy = stage.world(subject)
    healthy.schedule(kind)
    healthy.settle()
    calls = healthy.border.calls
    commits = [n for n, call in enumerate(calls) if subject.is_commit(call)]
    assert TALLY.close(healthy) == []
    assert commits or kind != subject.usual

    for place in (0, *(before_the_pause_is_asked_for(calls, commit) for commit in commits)):
        world = stage.world(subject)
        pause_at(world, place)
        world.schedule(kind)
        world.settle()
        assert TALLY.close(world, ends={State.HELD}) == []


def before_the_pause_is_asked_for(calls: list[str], commit: int) -> int:
    """That question, then the fence, then what is read of a file to be sent, then the commit."""
    fence = commit - 1
    while calls[fence].startswith("s3 "):
        fence -= 1
    return fence - 1


def pause_at(world: World, number: int) -> None:
    def pause(point: Point) -> None:
        if point.number == number:
            world.border.happens = lambda _: None
            with world.border.aside():
                world.pause()

    world.border.happens = pause


@searchable
@pytest.mark.parametrize(
    "earlier", [2 * MINUTE, 60 * MINUTE], ids=["just before", "an hour before"]
)
@pytest.mark.parametrize("by_hand", ["", "by hand"], ids=["ours", "by hand"])
def test_a_post_that_looks_like_ours_is_not_taken_for_it(
    subject: Subject, earlier: timedelta, by_hand: str, stage: Stage
) -> None:
    world = stage.world(subject)
    world.busy = True
    if by_hand:
        world.post_by_hand("Open today")
    else:
        world.schedule(words="Open today", in_=NOW)
        world.settle()
    world.move_to(world.clock() + earlier)
    world.fail_commit("fail_before")
    world.schedule(words="Open today", in_=NOW)
    world.settle()

    unclear = by_hand and earlier == 2 * MINUTE  # perhaps it is ours, by a slow clock
    ends = {State.PUBLISHED, State.UNCONFIRMED} if unclear else {State.PUBLISHED}
    if subject.refuses_copies:  # of which it is one, or of itself: nobody can tell
        ends = {State.UNCONFIRMED} if by_hand else {State.PUBLISHED, State.UNCONFIRMED}
        assert [row.state for row in world.rows()].count(State.UNCONFIRMED) == 1
    assert TALLY.close(world, ends=ends) == []


@searchable
@pytest.mark.parametrize("lag", [0.0, BOUND / 2, BOUND - 50, BOUND + 200, 3 * BOUND, 24 * BOUND])
@pytest.mark.parametrize("channel", ["quiet", "busy"])
@pytest.mark.parametrize("fault", ["drop_after", "fail_before"])
def test_a_list_that_lags_leads_to_a_question_and_never_to_a_second_post(
    subject: Subject, lag: float, channel: str, fault: str, stage: Stage
) -> None:
    world = stage.world(subject, list_lag_seconds=lag)
    world.busy = channel == "busy"
    world.fail_commit(fault)
    world.schedule()
    world.settle()

    found = fault == "drop_after" or world.busy
    ends = State.PUBLISHED if found and lag < BOUND else State.UNCONFIRMED
    assert TALLY.close(world, ends={ends}) == []


@every_subject
def test_what_a_platform_asks_us_to_wait_is_waited(subject: Subject, stage: Stage) -> None:
    """Hints come a second or two early; a retry's is no reason to be early, nor to ask twice."""
    world = stage.world(subject)
    world.fail_commit("status", status=429, headers={"Retry-After": "60"})
    world.schedule(in_=NOW)
    asked = world.clock()
    world.settle()

    [row] = world.rows()
    assert row.published_at is not None
    assert row.published_at >= asked + timedelta(seconds=60)
    commits = [attempt.outcome for attempt in row.attempts if attempt.phase in ("fence", "commit")]
    assert commits[:3] == ["begun", "throttled", "begun"]
    assert commits[3:] in (["done"], ["accepted", "done"])
    assert TALLY.close(world) == []
