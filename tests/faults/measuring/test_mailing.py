"""Whatever call fails while a report is made and mailed, nobody gets it twice; and everybody gets
it once, but where an answer or a worker was lost over a letter: then that is told.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from functions.build_report.handler import handler as build_report
from tellal import wiring
from tests.faults.border import Border
from tests.faults.measuring.journeys import Journey, suffer
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.measuring.tally import Kind
from tests.faults.measuring.troubles import Trouble
from tests.faults.measuring.world import HOUR, World
from tests.faults.violation import Violation
from tests.integration.test_build_report import MONDAY, WEEK

RECIPIENTS = ("ayse@acme.example", "deniz@acme.example")
CLAIM, SEND = "dynamodb TransactWriteItems", "sesv2 SendEmail"


@dataclass
class Ses:
    """Beyond the border: whoever it takes a letter for has it."""

    border: Border
    sent: Counter[str] = field(default_factory=Counter)

    def send_email(self, **mail: Any) -> None:
        point = self.border.before(SEND)
        self.sent.update(mail["Destination"]["ToAddresses"])
        self.border.after(point)


def ended(stage: MeasuringStage) -> World:
    """A week is over, and its late numbers are in."""
    world = stage.world(report_recipients=RECIPIENTS)
    stage.clock.time = MONDAY + 6 * HOUR
    return world


def build(world: World) -> None:
    asked = {"workspace_id": world.workspace.workspace_id, "period": WEEK}
    world.run(build_report, asked)


def hours_later(world: World) -> None:
    """Somebody has it built again."""
    world.stage.clock.move(HOUR.total_seconds())
    build(world)


def wrong(world: World, ses: Ses, trouble: Trouble | None) -> Iterator[Violation[Kind]]:
    kept = wiring.letters().find(world.workspace.workspace_id, WEEK)
    told = (kept and kept.told(RECIPIENTS, now=world.stage.clock())) or ""
    for address in RECIPIENTS:
        letters = ses.sent[address]
        if letters > 1:
            yield Violation(Kind.DOUBLED, f"letters to {address}: {letters}")
        if letters == 0 and not (may_be_lost(trouble) and address in told):
            yield Violation(Kind.LOST, f"no letter to {address}; told: {told}")


def may_be_lost(trouble: Trouble | None) -> bool:
    """Somebody was lost who had claimed a letter, or SES's answer."""
    if trouble is None:
        return False
    claimed = trouble.place.call == CLAIM and trouble.place.after
    refused = trouble.code is not None and trouble.code != "InternalServerError"
    return claimed or (trouble.place.call == SEND and not refused)


def test_everybody_gets_the_report_once_whatever_call_fails(measuring: MeasuringStage) -> None:
    ses = Ses(measuring.border)

    def begin() -> World:
        ses.sent.clear()
        return ended(measuring)

    journey = Journey(
        begin=begin, go=build, after=hours_later, check=lambda world, t: wrong(world, ses, t)
    )
    with wiring.rewired(aws_sesv2=ses):
        assert suffer(measuring, journey) == []
