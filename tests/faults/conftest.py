"""One local AWS, the sandboxes, and what is kept of every schedule for the summary."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from local.aws.process import LocalAws
from local.sandboxes.serving import PLATFORMS, Sandbox, running
from tellal import wiring
from tellal.config import settings
from tellal.stores import schema
from tests.faults import mutants
from tests.faults.border import Border, Line
from tests.faults.contents import FILES
from tests.faults.inbox.tally import INBOX_TALLY
from tests.faults.lean_aws import LeanClient
from tests.faults.measuring.tally import MEASURING_TALLY
from tests.faults.stage import Stage
from tests.faults.subjects import SUBJECTS
from tests.faults.subjects.subject import Step
from tests.faults.surroundings import Clock, Queue
from tests.faults.tally import TALLY

# What other tests left in these would be swept, renewed and accounted for along with ours.
SWEPT = (schema.DELIVERIES, schema.CHANNELS, schema.CREDENTIALS, schema.ONCE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--mutant",
        choices=sorted(mutants.MUTANTS),
        default=os.environ.get("MUTANT") or None,
        help="break the product in this way: the suite must fail",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--mutant", default=None):
        config.option.maxfail = 3  # that it is seen is all that is asked


def pytest_collection_finish(session: pytest.Session) -> None:
    """Whatever of the table was not left out on purpose is to be filled."""
    for item in session.items:
        called: Any = getattr(item, "callspec", None)
        case = called.params if called else {}
        if {"subject", "fault", "step"} <= set(case) and isinstance(case["step"], Step):
            TALLY.asked.add((case["subject"].name, case["fault"].name, case["step"].name))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # of one of several workers
        session.config.workeroutput["tally"] = json.dumps(TALLY.told())
        session.config.workeroutput["inbox"] = json.dumps(INBOX_TALLY.counts)
        session.config.workeroutput["measuring"] = json.dumps(MEASURING_TALLY.counts)
    elif TALLY.empty and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if hasattr(node, "workeroutput"):  # one that broke has told nothing, and fails the run
        TALLY.add(json.loads(node.workeroutput["tally"]))
        INBOX_TALLY.add(json.loads(node.workeroutput["inbox"]))
        MEASURING_TALLY.add(json.loads(node.workeroutput["measuring"]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.ensure_newline()
    for line in (*TALLY.lines(), *INBOX_TALLY.lines(), *MEASURING_TALLY.lines()):
        terminalreporter.write_line(line)


class Sandboxes(dict[str, Sandbox]):
    """Each is started when it is first asked for, where the deployment was told that it is."""

    def __init__(self, open_: ExitStack) -> None:
        super().__init__()
        self._open = open_
        self._ports = {subject.platform: free_port() for subject in SUBJECTS}

    @property
    def hosts(self) -> dict[str, dict[str, str]]:
        return {
            name: PLATFORMS[name].hosts(f"http://127.0.0.1:{port}")
            for name, port in self._ports.items()
        }

    def __missing__(self, name: str) -> Sandbox:
        self[name] = self._open.enter_context(running(name, port=self._ports[name]))
        return self[name]


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def stage(deployed: LocalAws, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Wired to the local AWS and the sandboxes; a mutant, if one is asked for, is in force."""
    clock = Clock()
    border = Border(takes_time=clock.tick)
    line = Line(border)
    queue = Queue(border, clock)
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(deployed).items():
            patch.setenv(name, value)
        sandboxes = Sandboxes(open_)
        patch.setenv("PLATFORM_HOSTS", json.dumps(sandboxes.hosts))
        stated = {subject.platform: subject.stated for subject in SUBJECTS}
        patch.setenv("PLATFORM_SETTINGS", json.dumps(stated))
        names = settings().tables
        keys = {names[table.name]: table.key for table in schema.TABLES}
        aws = LeanClient.all(endpoint=deployed.endpoint, border=border, keys=keys)
        open_.enter_context(
            wiring.rewired(transport=line, now=clock, wait=clock.move, hints=queue, **aws)
        )
        open_.callback(line.close)
        for client in aws.values():
            open_.callback(client.close)
        put_files()
        empty_tables(*SWEPT)
        files = wiring.aws("s3")
        border.watch(files)
        open_.enter_context(wiring.rewired(aws_s3=files))  # made once: that takes its time
        mutants.apply(request.config.getoption("--mutant", default=None), patch)
        yield Stage(clock, border, queue, line, sandboxes, aws["aws_dynamodb"].written)


def put_files() -> None:
    for key, (body, mime_type) in FILES.items():
        wiring.media_bucket().put(key, body, content_type=mime_type)


def empty_tables(*tables: schema.Table) -> None:
    dynamodb = wiring.aws("dynamodb")
    for table in tables:
        name = settings().tables[table.name]
        for item in dynamodb.scan(TableName=name)["Items"]:
            dynamodb.delete_item(TableName=name, Key={table.key: item[table.key]})


def environment(deployed: LocalAws) -> dict[str, str]:
    """A deployed function's."""
    function = deployed.client("lambda").get_function_configuration(
        FunctionName="tellal-test-publish_delivery"
    )
    return {**function["Environment"]["Variables"], **deployed.environment()}
