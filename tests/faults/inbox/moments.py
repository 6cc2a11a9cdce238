"""A place in a schedule to which many schedules go back, and what the next step of each is."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from tellal import wiring
from tests.faults.inbox.senders import Event, Sender
from tests.faults.inbox.world import InboxWorld


@dataclass
class Moment:
    """What there is before a step, to begin there again."""

    world: InboxWorld

    def __post_init__(self) -> None:
        self._rows = self.world.snapshot()
        self._told = list(self.world.stage.bus.told)
        self._at = self.world.stage.clock()

    def again(self) -> InboxWorld:
        """With a worker that has never worked."""
        stage = self.world.stage
        wiring.forget()
        stage.border.forget()
        stage.put(self._rows)
        stage.bus.told = list(self._told)
        stage.clock.time = self._at
        kept = {name: vars(self.world)[name] for name in ("mail", "sent", "seen")}
        return InboxWorld(stage, **deepcopy(kept))


def take_step(world: InboxWorld, sender: Sender, events: Sequence[Event]) -> None:
    world.send(sender, *events)
    world.process()
    world.stream()
    world.tick()
