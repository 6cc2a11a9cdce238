"""What the schedules of counting came to, printed in one line."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.violation import Violation


class Kind(StrEnum):
    DOUBLED = "doubled"
    LOST = "lost"


@dataclass
class MeasuringTally:
    counts: Counter[str] = field(default_factory=Counter)

    def close(self, what: object, found: Iterable[Violation[Kind]]) -> list[str]:
        """Count a schedule that is over; what was wrong with it."""
        wrong = list(found)
        self.counts["schedules"] += 1
        self.counts.update(each.kind.value for each in wrong)
        return [f"{what}: {each}" for each in wrong]

    def add(self, told: Mapping[str, int]) -> None:
        """What a worker came to."""
        self.counts.update(told)

    def lines(self) -> Iterator[str]:
        if self.counts["schedules"]:
            names = ("schedules", *(kind.value for kind in Kind))
            yield "measuring: " + json.dumps({name: self.counts[name] for name in names})


MEASURING_TALLY = MeasuringTally()


def amount(what: str, found: float, meant: float) -> Iterator[Violation[Kind]]:
    """More is doubled, less is lost."""
    if found != meant:
        kind = Kind.DOUBLED if found > meant else Kind.LOST
        yield Violation(kind, f"{what}: {found}, and not {meant}")
