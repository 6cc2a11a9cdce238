"""What a measurement says: a table for people, figures for programs, and whether a limit held."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.demo.screen import Screen


@dataclass(frozen=True, kw_only=True)
class Figures:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    values: Mapping[str, Any]
    missed: Sequence[str] = ()  # a sentence for each limit that did not hold


def show(figures: Figures, screen: Screen) -> None:
    """The last line is the JSON."""
    screen.title(figures.title)
    screen.table(figures.head, figures.rows)
    for note in figures.notes:
        screen.line(note)
    print(json.dumps(figures.values), flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank: a value that was measured, never one in between."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
