"""The tables, streams and handlers of the inbox, wired to a border where they can be broken."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from local.aws.process import LocalAws
from tellal import wiring
from tellal.config import settings
from tellal.stores import schema
from tests.faults import mutants
from tests.faults.border import Border
from tests.faults.conftest import empty_tables, environment
from tests.faults.inbox.stage import InboxStage
from tests.faults.inbox.surroundings import Bus, Streams
from tests.faults.lean_aws import LeanClient
from tests.faults.surroundings import Clock


@pytest.fixture(scope="module")
def inbox(deployed: LocalAws, request: pytest.FixtureRequest) -> Iterator[InboxStage]:
    """Wired to the local AWS; a mutant, if one is asked for, is in force."""
    clock = Clock()
    border = Border(takes_time=clock.tick)
    bus = Bus(border)
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        names = settings().tables
        keys = {names[table.name]: table.key for table in schema.TABLES}
        aws = LeanClient.all(endpoint=deployed.endpoint, border=border, keys=keys)
        open_.enter_context(wiring.rewired(now=clock, aws_events=bus, **aws))
        for client in aws.values():
            open_.callback(client.close)
        files = wiring.aws("s3")
        border.watch(files)
        open_.enter_context(wiring.rewired(aws_s3=files))  # made once: that takes its time
        empty_tables(*schema.TABLES)
        mutants.apply(request.config.getoption("--mutant", default=None), patch)
        streams = Streams(aws["aws_dynamodbstreams"])
        yield InboxStage(clock, border, bus, streams, aws["aws_dynamodb"].written)
