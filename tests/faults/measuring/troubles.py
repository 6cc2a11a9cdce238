"""What can go wrong at the calls of a run that went well: each is a schedule of its own.

A call is refused, its answer comes too late to be heard, or the worker dies before or after it.
Between two readings nothing changes outside, so at a reading one of these is tried, in turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from botocore.exceptions import ReadTimeoutError

from tests.faults.border import READING, Border, Killed, Point
from tests.faults.inbox.world import REFUSALS, refused

READS = (*READING, "List")


@dataclass(frozen=True)
class Trouble:
    place: Point
    name: str
    code: str | None = None  # of the refusal
    dies: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.place}"

    def __call__(self, point: Point) -> None:
        """As the border asks what happens."""
        if (point.number, point.after) != (self.place.number, self.place.after):
            return
        assert point.call == self.place.call, f"{self.place} was meant, {point} came"
        if self.dies:
            raise Killed
        if self.code:
            raise refused(self.code)
        raise ReadTimeoutError(endpoint_url="https://aws.example")


def troubles(border: Border) -> Iterator[Trouble]:
    """Of the calls that were just made."""
    codes, turns = cycle(REFUSALS.values()), cycle(range(4))
    for number, call in enumerate(list(border.calls)):
        before, after = Point(number, call, after=False), Point(number, call, after=True)
        code = next(codes)
        all_of_it = [
            Trouble(before, "refused", code),
            Trouble(after, "heard too late"),
            Trouble(before, "killed", dies=True),
            Trouble(after, "killed", dies=True),
        ]
        yield from [all_of_it[next(turns)]] if reads(call) else all_of_it


def reads(call: str) -> bool:
    return call.partition(" ")[2].startswith(READS)
