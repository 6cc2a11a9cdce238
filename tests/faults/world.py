"""The world of one schedule: a platform, a queue, a clock, and workers that may die.

The queue is a list: hints come twice, late, in another order, or not at all. Rows are in the
local AWS. Time moves when a schedule lets it, and the platform's clock goes along. Workers are
plain calls of what the Lambdas call.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from local.sandboxes.control_client import Control
from tellal import clock, ids, wiring
from tellal.channels import ChannelState
from tellal.config import settings
from tellal.deliveries import WITHOUT_ALARM, Delivery, State, Step, Timing
from tellal.platforms import PLATFORMS, actions
from tellal.platforms.protocol import Guarantee
from tellal.posts import Action, Content, Part, PartKind, Post, PostState, Remote, ReplyTo
from tellal.publishing import composition
from tellal.publishing.dispatch import Dispatcher, hint_soon
from tellal.stores.queues import Hint
from tests.faults.border import Killed, Point
from tests.faults.contents import CONTENTS
from tests.faults.subjects.subject import NAME, SOMEBODY, Subject
from tests.faults.surroundings import Habit, Index, LaggingIndex

if TYPE_CHECKING:
    from tests.faults.stage import Beginning, Stage

MINUTE = timedelta(minutes=1)
BELOW = frozenset({PartKind.COMMENT, PartKind.ANSWER})
TIMING = Timing()
HARD_TIME_OUT = timedelta(seconds=60)  # of publish_delivery
PREPARING_TIME_OUT = timedelta(minutes=15)
MOST_ROUNDS = 300  # no delivery needs as many looks, so one that does is lost


class World:
    def __init__(
        self, subject: Subject, stage: "Stage", control: Control, beginning: "Beginning"
    ) -> None:
        self.subject = subject
        self.control = control
        self.border = stage.border
        self.clock = stage.clock
        self.line = stage.line
        self.queue = stage.queue
        self.account = beginning.account
        self.workspace = beginning.workspace
        self.channel = beginning.channel
        self.sweeps = True
        self.busy = False  # somebody else posts on the channel now and then
        self.delivery_ids: list[str] = []
        self.said: dict[str, list[Delivery]] = {}  # what each was to say, before and after edits
        self._posts: dict[str, Post] = {}
        self.pauses: list[list[datetime]] = []
        self._swept_at = self.clock()
        self._posted = 0
        self._lost = 0
        self._rows: list[Delivery] = []
        self._rows_at = -1
        self.take_up(Habit.IN_ORDER)

    # ── what people do ───────────────────────────────────────────────────────────────────────

    def schedule(
        self, kind: str | None = None, *, in_: timedelta = 6 * MINUTE, words: str | None = None
    ) -> Delivery:
        """Written as the API writes it. Whatever needs preparing is due a quarter later."""
        self._posted += 1
        kind = kind or self.subject.usual
        said = words or f"{kind.title()} {self._posted}"
        parts = self._rendered(kind, said)
        adapter: Any = PLATFORMS[self.subject.platform]
        prepares = any(actions.needs_preparing(adapter, part) for part in parts)
        now = self.clock()
        post = Post(
            post_id=ids.new("post", now=now),
            workspace_id=self.workspace.workspace_id,
            content=Content(text=said),
            channel_ids=(self.channel.channel_id,),
            state=PostState.SCHEDULED,
            publish_at=now + in_ + (settings().prepare_ahead if prepares and in_ else timedelta()),
            created_at=now,
            created_by="key_1",
        )
        [delivery] = composition.deliver(
            post,
            {self.channel.channel_id: parts},
            [self.channel],
            now=now,
            prepare_ahead=settings().prepare_ahead,
        )
        wiring.deliveries().create(delivery)
        self.delivery_ids.append(delivery.delivery_id)
        self.said[delivery.delivery_id] = [delivery]
        self._posts[delivery.delivery_id] = post
        self.hint(delivery)
        return delivery

    def edit(self, seen: Delivery) -> None:
        """Other words, and words alone. Raises Conflict, or AlreadyChanged, as the API does."""
        self._posted += 1
        post = self._posts[seen.delivery_id]
        content = Content(text=f"Edited {self._posted}")
        edit = composition.edit(
            post,
            post.model_copy(update={"content": content}),
            {self.channel.channel_id: self._rendered(self.subject.usual, content.text)},
            [seen],
            {self.channel.channel_id: self.channel},
            now=self.clock(),
            prepare_ahead=settings().prepare_ahead,
        )
        for before, after in edit.changed:
            saved = wiring.deliveries().save(before, after)
            self.said[seen.delivery_id].append(saved)
            self.hint(saved)

    def _rendered(self, kind: str, said: str) -> tuple[Part, ...]:
        adapter: Any = PLATFORMS[self.subject.platform]
        match kind:
            case "mention":
                name = self.control.create_account(SOMEBODY)["handle"]
                content = Content(text=f"{said} @{name}")
            case "hiding" | "deleting":
                action = Action.HIDE if kind == "hiding" else Action.DELETE
                to = self.comment
                return (Part(kind=PartKind.ACTION, text="", action=action, reply_to=to),)
            case kind if kind in ANSWERS:
                return ANSWERS[kind](self, adapter, said)
            case _:
                content = CONTENTS[kind](said)
        parts: tuple[Part, ...] = adapter.render(self.subject.dressed(content), self.channel)
        return parts

    @cached_property
    def message(self) -> ReplyTo:
        """What somebody asks us, as the inbox keeps it."""
        us = self.account.get("handle", NAME)
        self.control.act(who=SOMEBODY, do="mention", account=us, text="Open today?")
        adapter: Any = wiring.adapters().open(self.channel, now=self.clock())
        [heard] = adapter.read_inbox(None).heard
        return ReplyTo(
            remote=Remote(id=heard.remote_id, url=heard.url, refs=heard.refs),
            author_handle=heard.author.handle,
            visibility=heard.refs.get("visibility"),
        )

    @cached_property
    def comment(self) -> ReplyTo:
        """What somebody says below a post of ours, as a webhook would tell it."""
        ours = self.control.act(who=NAME, do="post", text="Our bread")["id"]
        said = self.control.act(who=SOMEBODY, do="reply", post=ours, text="Open today?")
        refs = {"post": ours, "video_id": ours}
        return ReplyTo(remote=Remote(id=said["id"], refs=refs), author_handle=SOMEBODY)

    @cached_property
    def letter(self) -> ReplyTo:
        """What somebody writes to us, and to nobody else."""
        said = self.control.act(who=SOMEBODY, do="direct", account=NAME, text="Open today?")
        return ReplyTo(
            remote=Remote(id=said["id"]),
            author_handle=SOMEBODY,
            author_remote_id=said["person"],
        )

    def fail_commit(self, fault: str, *, of: tuple[str, str] | None = None, **rule: Any) -> None:
        """`of` is another than the usual post's: its method and path."""
        subject = self.subject
        method, path = of or (subject.commit_method, subject.commit)
        if not of:  # an upload may go the same way before it
            nth = subject.commit_nth
            rule = ({"after": nth - 1} if "times" in rule else {"nth": nth}) | rule
        self.control.fail(fault, path=path, method=method, **rule)

    def post_by_hand(self, words: str) -> None:
        """On the channel itself, past us."""
        self.control.act(who=NAME, do="post", text=words)

    def hint(self, delivery: Delivery) -> None:
        """What the API does after each of its writes."""
        hints: Any = self.queue
        hint_soon(
            delivery,
            hints=hints,
            deliveries=wiring.deliveries(),
            ahead=TIMING.ahead,
            now=self.clock(),
        )

    def pause(self) -> None:
        self.clock.move(2)  # the platform's runs on between moves: before and after must differ
        self._set_paused(self.clock())
        self.pauses.append([self.clock()])

    def resume(self) -> None:
        self._set_paused(None)
        self.pauses[-1].append(self.clock())

    def _set_paused(self, paused_at: datetime | None) -> None:
        changed = self.workspace.model_copy(update={"paused_at": paused_at})
        self.workspace = wiring.workspaces().save(self.workspace, changed)

    def release(self, delivery: Delivery) -> None:
        now = self.clock()
        freed = composition.released(delivery, now=now, prepare_ahead=settings().prepare_ahead)
        self.hint(wiring.deliveries().save(delivery, freed))

    def may_end(self, row: Delivery) -> frozenset[State]:
        """What a delivery may come to that nobody refused, cancelled or paused.

        What can only be searched for is left to a person, unless its channel is busy. A comment
        stands under one post, where nothing newer comes: it is found, or left to a person too.
        What is blind is left to one anyhow.
        """
        adapter: Any = PLATFORMS[self.subject.platform]
        for part in row.parts:
            guarantee = actions.promise(adapter, part, self.channel).guarantee
            searched = guarantee is Guarantee.SEARCHABLE and not self.busy
            below = part.kind in BELOW and guarantee is not Guarantee.IDEMPOTENT
            if guarantee is Guarantee.BLIND or searched or below:
                return frozenset({State.PUBLISHED, State.UNCONFIRMED})
        return frozenset({State.PUBLISHED})

    # ── what happens ─────────────────────────────────────────────────────────────────────────

    def rows(self) -> list[Delivery]:
        """As they are; read again only if something was written since."""
        if self._rows_at != self.border.writes:
            with self.border.aside():
                self._rows = wiring.deliveries().get_many(self.delivery_ids)
            self._rows_at = self.border.writes
        return list(self._rows)

    @property
    def is_locked_out(self) -> bool:
        """Whether only a person can bring the channel back."""
        with self.border.aside():
            channel = wiring.channels().get(self.channel.channel_id)
        return channel is not None and channel.state is ChannelState.NEEDS_RECONNECT

    def sweep(self) -> None:
        self._swept_at = self.clock()
        with self.border.worker():
            self._dispatcher.sweep(now=self.clock())

    def work(self, hint: Hint) -> None:
        """One worker follows one hint."""
        ends = self.clock() + HARD_TIME_OUT
        left = lambda: ends - self.clock()  # noqa: E731 – as the handler hands it over
        with self.border.worker():
            if hint.step is Step.PREPARE:
                ends += PREPARING_TIME_OUT - HARD_TIME_OUT
                wiring.preparer().prepare(hint.delivery_id, remaining=left)
            else:
                wiring.publisher().publish(hint.delivery_id, remaining=left)
        self._wait_until_quiet()

    def renew(self) -> None:
        with self.border.worker():
            wiring.renewal().renew(now=self.clock())

    def kill_at(self, place: Point, *, then: Habit) -> None:
        """One worker dies there, and from then on the queue or the index has that habit."""

        def die(point: Point) -> None:
            if point.number == place.number and point.after == place.after:
                assert point == place, f"{place} was to be killed, {point} came"
                self.border.happens = lambda _: None
                self.take_up(then)
                raise Killed

        self.border.happens = die

    def deliver(self) -> None:
        """What has arrived by now, as the queue's habit is."""
        late = MINUTE if self.habit is Habit.LATE else timedelta()
        hints = self.queue.take_arrived(before=self.clock() - late)
        for hint in self._by_habit(hints):
            self.work(hint)

    def _by_habit(self, hints: Sequence[Hint]) -> Sequence[Hint]:
        match self.habit:
            case Habit.TWICE:
                return [*hints, *hints]
            case Habit.REVERSED:
                return hints[::-1]
            case Habit.LOSSY:
                self._lost += len(hints)
                return [each for n, each in enumerate(hints, self._lost) if n % 2]
        return hints

    def take_up(self, habit: Habit) -> None:
        kind = LaggingIndex if habit is Habit.STALE else Index
        shown = kind(wiring.deliveries(), self.subject.platform)
        hints: Any = self.queue
        self.habit = habit
        self._dispatcher = Dispatcher(deliveries=shown, hints=hints, timing=TIMING)
        self.queue.arrives = self.deliver if habit is Habit.AT_ONCE else lambda: None

    def settle(self) -> None:
        """Time goes on until nothing is left to do, or nobody will ever do it."""
        for _ in range(MOST_ROUNDS):
            moment = self.next_moment()
            if moment is None:
                return
            self.live_until(moment)

    def live_until(self, moment: datetime) -> None:
        self.move_to(moment)
        if self.sweeps and moment >= self._next_sweep():
            self.sweep()
        self.deliver()

    def move_to(self, moment: datetime) -> None:
        ahead = clock.seconds_between(self.clock(), moment)
        if ahead <= 0:
            return
        self.clock.move(ahead)
        if self.busy and ahead > 30:
            self._posted += 1
            self.post_by_hand(f"Something else, {self._posted}")

    def next_moment(self) -> datetime | None:
        """When the next hint arrives, or the next sweep has something to see."""
        rows = [each for each in self.rows() if each.state not in WITHOUT_ALARM]
        if not rows:
            return None
        late = MINUTE if self.habit is Habit.LATE else timedelta()
        moments = [at + late for at, _ in self.queue.under_way]
        if self.sweeps:
            seen = min((_seen_from(each) for each in rows), default=self.clock())
            moments.append(max(self._next_sweep(), seen))
        return min(moments, default=None)

    def _next_sweep(self) -> datetime:
        return self._swept_at + MINUTE

    def _wait_until_quiet(self) -> None:
        """Until the platform has done whatever it still does for somebody who has left."""
        while self.line.patience and any(
            each["status"] is None and each["fault"] is None for each in self.control.requests()
        ):
            pass


ANSWERS: Mapping[str, Callable[[World, Any, str], tuple[Part, ...]]] = {
    "reply": lambda on, to, said: to.render_reply(said, on.message, on.channel),
    "answer": lambda on, to, said: to.render_reply(said, on.comment, on.channel),
    "private answer": lambda on, to, said: to.render_private_reply(said, on.comment, on.channel),
    "direct message": lambda on, to, said: to.render_message(
        said, on.letter, on.channel, late=False
    ),
}


def _seen_from(row: Delivery) -> datetime:
    """When a sweep sends a hint for a row: those in between change nothing, and are left out."""
    assert row.next_attempt_at is not None
    if row.queued_for == row.next_attempt_at:
        return row.next_attempt_at + TIMING.overdue
    return row.next_attempt_at - TIMING.ahead
