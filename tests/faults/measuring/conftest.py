"""The tables, the bucket and the handlers of counting, wired to a border."""

from collections.abc import Iterator

import pytest

from local.aws.process import LocalAws
from tests.faults.border import Border
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.surroundings import Clock
from tests.faults.wired import wired


@pytest.fixture(scope="module")
def measuring(deployed: LocalAws, request: pytest.FixtureRequest) -> Iterator[MeasuringStage]:
    clock = Clock()
    border = Border(takes_time=clock.tick)
    with wired(deployed, request, clock, border, wait=clock.move) as aws:
        yield MeasuringStage(clock, border, aws["aws_dynamodb"].written)
