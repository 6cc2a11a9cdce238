"""`make bench`: everything that is measured, or one measurement by its name.

    python -m bench                      all of them
    python -m bench imports              import time of every function, beside its floor
    python -m bench calls                AWS calls and request units per published delivery
    python -m bench cost                 dollars a month, at rest and for a small team
    python -m bench memory               peak memory while a film of 500 MB goes through
    python -m bench inbox                signed webhooks: taken, visible, and what each costs
    python -m bench report               a year's report of a million observations, beside its floor
    python -m bench redirect             what somebody who follows a short link waits for
    python -m bench lateness --rounds 4  seconds from due to arrival, beside pollers

Each prints a table and, as its last line, one JSON object. A limit that did not hold is a
sentence on standard error, and the exit status 1.
"""

import argparse
import sys

from bench import calls, cost, imports, inbox, lateness, memory, redirect, report
from bench.figures import show
from local.demo.screen import Screen

MEASUREMENTS = {
    "imports": imports.measure,
    "calls": calls.measure,
    "cost": cost.measure,
    "memory": memory.measure,
    "inbox": inbox.measure,
    "report": report.measure,
    "redirect": redirect.measure,
    "lateness": lateness.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=MEASUREMENTS)
    parser.add_argument("--rounds", type=int, help="how often it is measured; each has its usual")
    asked = parser.parse_args()
    rounds = {"rounds": asked.rounds} if asked.rounds else {}
    missed: list[str] = []
    for name in [asked.name] if asked.name else MEASUREMENTS:
        figures = MEASUREMENTS[name](**rounds)
        show(figures, Screen(sys.stdout))
        missed += [f"{name}: {sentence}" for sentence in figures.missed]
    for sentence in missed:
        print(sentence, file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
