"""What workers cannot rely on: a clock that jumps, a queue that is a list, an index that lags."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from local.sandboxes.serving import Sandbox
from tellal import clock
from tellal.stores.deliveries import DeliveryStore, Due
from tellal.stores.queues import Hint
from tests.faults.border import Border


class Habit(StrEnum):
    """What the queue and the index make of it."""

    IN_ORDER = "in order"
    TWICE = "twice"
    REVERSED = "in reverse"
    LATE = "late"
    LOSSY = "every second one lost"
    STALE = "index a sweep behind"
    AT_ONCE = "before the sender goes on"


class Clock:
    """Holds still until a schedule moves it; the platform's, which cannot, is set by it then."""

    def __init__(self) -> None:
        self.time = clock.now()
        self._platform: Sandbox | None = None
        self._told = 0.0  # how far ahead of the machine's time the platform is

    def __call__(self) -> datetime:
        return self.time

    def begin(self, platform: Sandbox, *, at: datetime | None = None) -> None:
        """At that time, or the machine's."""
        self._tell(0.0)
        self._platform, self._told = platform, 0.0
        self.time = at or clock.now()
        self._tell(clock.seconds_between(clock.now(), self.time))

    def tick(self) -> None:
        """A call takes a moment, and no longer than the machine takes for it."""
        self.time += timedelta(milliseconds=1)

    def move(self, seconds: float) -> None:
        if seconds > 0:
            self.time += timedelta(seconds=seconds)
            self._tell(clock.seconds_between(clock.now(), self.time))

    def _tell(self, ahead: float) -> None:
        if self._platform is not None:
            self._platform.clock.advance(ahead - self._told)
            self._told = ahead


@dataclass
class Queue:
    """Hints under way: when each arrives. Stands where HintQueues does."""

    border: Border
    now: Callable[[], datetime]
    under_way: list[tuple[datetime, Hint]] = field(default_factory=list)
    arrives: Callable[[], None] = lambda: None

    def send(self, hint: Hint) -> None:
        with self.border.call(f"send {hint.step} hint"):
            self.under_way.append((self.now() + hint.after, hint))
            with self.border.aside():
                self.arrives()

    def send_all(self, hints: Iterable[Hint]) -> list[Hint]:
        sent = list(hints)
        for hint in sent:
            self.send(hint)
        return sent

    def take_arrived(self, *, before: datetime) -> list[Hint]:
        arrived = [each for each in self.under_way if each[0] <= before]
        self.under_way = [each for each in self.under_way if each[0] > before]
        return [hint for _, hint in sorted(arrived, key=lambda each: each[0])]


class Index(DeliveryStore):
    """The deliveries of one platform: nothing of any other is due, and none is asked for."""

    def __init__(self, store: DeliveryStore, platform: str) -> None:
        super().__init__(store.table)
        self._platform = platform

    def due(self, platform: str, *, until: datetime) -> Iterator[Due]:
        return super().due(platform, until=until) if platform == self._platform else iter(())


class LaggingIndex(Index):
    """Answers what the index showed when it was asked before."""

    _shown: tuple[Due, ...] = ()

    def due(self, platform: str, *, until: datetime) -> Iterator[Due]:
        if platform == self._platform:
            shown, self._shown = self._shown, tuple(super().due(platform, until=until))
            yield from shown
