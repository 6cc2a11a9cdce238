"""A piece of work, once without a fault, and then once for each that can come over it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import MEASURING_TALLY, Kind
from tests.faults.measuring.troubles import Trouble, troubles
from tests.faults.measuring.world import World
from tests.faults.violation import Violation


@dataclass(frozen=True, kw_only=True)
class Journey:
    """`go` is what suffers; `after` is what is done then in any case."""

    begin: Callable[[], World]
    go: Callable[[World], object]
    after: Callable[[World], object]
    check: Callable[[World, Trouble | None], Iterable[Violation[Kind]]]


def suffer(stage: MeasuringStage, journey: Journey) -> list[str]:
    """What was wrong, after any one fault."""
    healthy = journey.begin()
    journey.go(healthy)
    meant = list(troubles(stage.border))
    assert meant, "no call was made"
    journey.after(healthy)
    wrong = MEASURING_TALLY.close("healthy", journey.check(healthy, None))
    for trouble in meant:
        world = journey.begin()
        stage.border.happens = trouble
        journey.go(world)
        stage.border.happens = lambda _: None
        journey.after(world)
        wrong += MEASURING_TALLY.close(trouble, journey.check(world, trouble))
    return wrong
