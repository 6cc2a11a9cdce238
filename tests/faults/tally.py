"""What was explored, kept over the whole run and printed at its end."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tellal.deliveries import State
from tests.faults.invariant import Kind, violations
from tests.faults.subjects import SUBJECTS
from tests.faults.violation import Violation
from tests.faults.world import World

type Cell = tuple[str, str, str]  # subject, fault, step


@dataclass
class Tally:
    schedules: int = 0
    found: Counter[Kind] = field(default_factory=Counter)
    ends: dict[str, Counter[str]] = field(default_factory=dict)  # by subject
    cells: dict[Cell, str] = field(default_factory=dict)
    asked: set[Cell] = field(default_factory=set)  # cells that this run is to fill

    @property
    def empty(self) -> set[Cell]:
        return self.asked - set(self.cells)

    def told(self) -> dict[str, Any]:
        """All of it, as a worker hands it to whoever started it."""
        return {
            "schedules": self.schedules,
            "found": dict(self.found),
            "ends": {name: dict(ends) for name, ends in self.ends.items()},
            "cells": [[*cell, end] for cell, end in self.cells.items()],
            "asked": [list(cell) for cell in self.asked],
        }

    def add(self, told: Mapping[str, Any]) -> None:
        """What a worker came to."""
        self.schedules += told["schedules"]
        self.found.update({Kind(kind): number for kind, number in told["found"].items()})
        for name, ends in told["ends"].items():
            self.ends.setdefault(name, Counter()).update(ends)
        self.cells |= {(subject, fault, step): end for subject, fault, step, end in told["cells"]}
        self.asked |= {(subject, fault, step) for subject, fault, step in told["asked"]}

    def close(
        self, world: World, *, ends: Collection[State] | None = None
    ) -> list[Violation[Kind]]:
        """Count a schedule that is over; what was wrong with it."""
        rows = world.rows()
        found = violations(world, ends=ends)
        self.schedules += 1
        self.found.update(each.kind for each in found)
        counted = self.ends.setdefault(world.subject.name, Counter())
        counted.update(row.state.value for row in rows)
        return found

    def lines(self) -> Iterator[str]:
        if not self.schedules:
            return
        yield from self._table()
        for subject in SUBJECTS:
            ends = self.ends.get(subject.name, Counter())
            told = ", ".join(f"{number} {state}" for state, number in ends.most_common())
            yield f"{subject.name} ({subject.guarantee}): {told}"
        for subject_name, fault, step in sorted(self.empty):
            yield f"EMPTY CELL: {subject_name}, {step}: {fault}"
        yield f"{self.schedules} schedules explored"
        yield json.dumps(
            {"schedules": self.schedules, **{kind.value: self.found[kind] for kind in Kind}}
        )

    def _table(self) -> Iterator[str]:
        for subject in SUBJECTS:
            cells = {key[1:]: end for key, end in self.cells.items() if key[0] == subject.name}
            if not cells:
                continue
            steps = [step.name for step in subject.steps]
            faults = sorted({fault for fault, _ in cells})
            first = max(map(len, faults), default=0)
            yield f"{subject.name:{first}}  " + "  ".join(f"{step:>18}" for step in steps)
            for fault in faults:
                row = "  ".join(f"{cells.get((fault, step), ''):>18}" for step in steps)
                yield f"{fault:{first}}  {row}"
            yield ""


TALLY = Tally()
