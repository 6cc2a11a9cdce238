"""Workers wired to the local AWS through a border, where no sandbox of a platform is needed."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from local.aws.process import LocalAws
from tellal import wiring
from tellal.config import settings
from tellal.stores import schema
from tests.faults import mutants
from tests.faults.border import Border
from tests.faults.conftest import empty_tables, environment
from tests.faults.lean_aws import LeanClient
from tests.faults.surroundings import Clock


@contextmanager
def wired(
    deployed: LocalAws, request: pytest.FixtureRequest, clock: Clock, border: Border, **also: Any
) -> Iterator[Mapping[str, LeanClient]]:
    """Over empty tables; a mutant, if one is asked for, is in force."""
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        names = settings().tables
        keys = {names[table.name]: table.key for table in schema.TABLES}
        aws = LeanClient.all(endpoint=deployed.endpoint, border=border, keys=keys)
        open_.enter_context(wiring.rewired(now=clock, **also, **aws))
        for client in aws.values():
            open_.callback(client.close)
        files = wiring.aws("s3")
        border.watch(files)
        open_.enter_context(wiring.rewired(aws_s3=files))  # made once: that takes its time
        empty_tables(*schema.TABLES)
        mutants.apply(request.config.getoption("--mutant", default=None), patch)
        yield aws
