"""The tables, the bucket and the handlers of counting, wired to a border."""

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
from tests.faults.lean_aws import LeanClient
from tests.faults.measuring.stage import MeasuringStage
from tests.faults.surroundings import Clock


@pytest.fixture(scope="module")
def measuring(deployed: LocalAws, request: pytest.FixtureRequest) -> Iterator[MeasuringStage]:
    """Wired to the local AWS; a mutant, if one is asked for, is in force."""
    clock = Clock()
    border = Border(takes_time=clock.tick)
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        names = settings().tables
        keys = {names[table.name]: table.key for table in schema.TABLES}
        aws = LeanClient.all(endpoint=deployed.endpoint, border=border, keys=keys)
        open_.enter_context(wiring.rewired(now=clock, wait=clock.move, **aws))
        for client in aws.values():
            open_.callback(client.close)
        files = wiring.aws("s3")
        border.watch(files)
        open_.enter_context(wiring.rewired(aws_s3=files))  # made once: that takes its time
        empty_tables(*schema.TABLES)
        mutants.apply(request.config.getoption("--mutant", default=None), patch)
        yield MeasuringStage(clock, border, aws["aws_dynamodb"].written)
