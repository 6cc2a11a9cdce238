"""The tables, streams and handlers of the inbox, wired to a border where they can be broken."""

from collections.abc import Iterator

import pytest

from local.aws.process import LocalAws
from tests.faults.border import Border
from tests.faults.inbox.stage import InboxStage
from tests.faults.inbox.surroundings import Bus, Streams
from tests.faults.surroundings import Clock
from tests.faults.wired import wired


@pytest.fixture(scope="module")
def inbox(deployed: LocalAws, request: pytest.FixtureRequest) -> Iterator[InboxStage]:
    clock = Clock()
    border = Border(takes_time=clock.tick)
    bus = Bus(border)
    with wired(deployed, request, clock, border, aws_events=bus) as aws:
        streams = Streams(aws["aws_dynamodbstreams"])
        yield InboxStage(clock, border, bus, streams, aws["aws_dynamodb"].written)
