"""What the inbox's schedules came to, kept over the whole run and printed in one line."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.faults.inbox.invariant import Found, Kind, stored_once, violations
from tests.faults.inbox.world import InboxWorld
from tests.faults.violation import Violation

SEED = int(os.environ.get("INBOX_SEED", "20261126"))  # by which streams of events are drawn
FOUND = tuple(kind.value for kind in Kind)


@dataclass
class InboxTally:
    counts: Counter[str] = field(default_factory=Counter)

    def close(self, world: InboxWorld) -> list[Violation[Kind]]:
        """Count a schedule that is over; what was wrong with it."""
        left = Found(world)
        found = violations(left)
        self.counts["schedules"] += 1
        self.counts["events"] += len(left.told)
        self.counts["stored_once"] += stored_once(left)
        self.counts["dead"] += len(world.mail.dead)
        self.counts.update(each.kind.value for each in found)
        return found

    def add(self, told: Mapping[str, int]) -> None:
        """What a worker came to."""
        self.counts.update(told)

    def lines(self) -> Iterator[str]:
        if self.counts["schedules"]:
            names = ("schedules", "events", "stored_once", "dead", *FOUND)
            told = {name: self.counts[name] for name in names}
            yield "inbox: " + json.dumps({"seed": SEED, **told})


INBOX_TALLY = InboxTally()
