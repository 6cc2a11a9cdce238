"""Functions' workers in this process: real handlers, every call counted, their clock ours to move.

A worker is cold at first and warm from then on, as Lambda's are. What a function asks of itself
(one run per channel, say) is done right behind it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from bench.calls import Tally, counted
from bench.runtime import CONTEXT
from tellal import clock, wiring

type Event = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    function: str
    seconds: float
    tally: Tally
    reply: Any


@dataclass
class Worker:
    tally: Tally
    ahead: timedelta = timedelta(0)  # of this machine's clock
    asked: list[Event] = field(default_factory=list)

    def now(self) -> datetime:
        return clock.now() + self.ahead

    def ask(self, function: str, event: Event) -> None:
        """In place of an asynchronous invoke: no call is counted, the run that it starts is."""
        assert function == CONTEXT["function_name"], "functions ask themselves"
        self.asked.append(event)

    def run(self, function: str, event: Event) -> list[Run]:
        handler = import_module(f"functions.{function}.handler").handler
        context = SimpleNamespace(**CONTEXT, get_remaining_time_in_millis=lambda: 60_000)
        runs, waiting = [], [event]
        while waiting:
            self.tally.take()
            began = perf_counter()
            reply = handler(waiting.pop(0), context)
            runs.append(Run(function, perf_counter() - began, self.tally.take(), reply))
            waiting += self.asked
            self.asked.clear()
        return runs


@contextmanager
def worker() -> Iterator[Worker]:
    made = Worker(Tally())
    with wiring.rewired(again=made, now=made.now, wait=lambda _: None), counted() as tally:
        made.tally = tally
        yield made


def an_hour(per_hour: Mapping[str, int]) -> list[Run]:
    """All that the schedules do, each function on a worker of its own that is cold once."""
    runs = []
    for function, times in per_hour.items():
        with worker() as one:
            for number in range(times):
                one.ahead = number * timedelta(hours=1) / times
                runs += one.run(function, {})
    return runs
