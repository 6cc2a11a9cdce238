"""What tests stand on: a local AWS with our own stacks in it, and a network that we answer.

The stacks are deployed once a session. Their schedules are removed and their queues and streams
unhooked, so that nothing moves but what a test moves; `tests/deployed` is where everything runs.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from local.assembly import synthesise
from local.aws.deploying import deploy
from local.aws.process import LocalAws
from tellal import clock, ids, wiring
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.platforms import PLATFORMS
from tellal.stores import schema

ROOT = Path(__file__).parent.parent
TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)
SENDER = "reports@tellal.example"
CONTEXT = {"local": "true", "allow_loopback": "true", "report_sender": SENDER}


@pytest.fixture(scope="session")
def deployed() -> Iterator[LocalAws]:
    with LocalAws.start(state_dir=None, port=0, front_port=0) as aws:
        deploy(synthesise(stage="test", context=CONTEXT), aws)
        hold_still(aws)
        yield aws


def hold_still(aws: LocalAws) -> None:
    scheduler, lambda_ = aws.client("scheduler"), aws.client("lambda")
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
    for mapping in lambda_.list_event_source_mappings()["EventSourceMappings"]:
        lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


@pytest.fixture
def aws(deployed: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAws]:
    """The environment of a deployed function, in this process."""
    function = deployed.client("lambda").get_function_configuration(
        FunctionName="tellal-test-publish_delivery"
    )
    for name, value in {
        **function["Environment"]["Variables"],
        **deployed.environment(),
    }.items():
        monkeypatch.setenv(name, value)
    wiring.forget()
    yield deployed
    wiring.forget()


@pytest.fixture
def empty(aws: LocalAws) -> None:
    """Nothing in the tables and queues: for a test that looks at all there is."""
    dynamodb, sqs = aws.client("dynamodb"), aws.client("sqs")
    for table in schema.TABLES:
        name = settings().tables[table.name]
        for item in dynamodb.scan(TableName=name)["Items"]:
            dynamodb.delete_item(TableName=name, Key={table.key: item[table.key]})
    for url in sqs.list_queues().get("QueueUrls", []):
        sqs.purge_queue(QueueUrl=url)


Respond = Callable[[httpx.Request], httpx.Response]


class Network:
    """The outside world: answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.respond: Respond = lambda request: httpx.Response(404, json={})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self.respond(request)

    def sent(self, method: str, ending: str) -> list[httpx.Request]:
        return [
            request
            for request in self.requests
            if request.method == method and request.url.path.endswith(ending)
        ]


class Clock:
    """Holds still until it is moved; waiting moves it."""

    def __init__(self) -> None:
        self.time = TEN
        self.waited: list[float] = []

    def __call__(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def held_clock() -> Clock:
    return Clock()


@pytest.fixture
def network(aws: LocalAws, held_clock: Clock) -> Iterator[Network]:
    network = Network()
    transport = httpx.MockTransport(network)
    with wiring.rewired(transport=transport, now=held_clock, wait=held_clock.wait):
        yield network


@pytest.fixture
def workspace(aws: LocalAws) -> Workspace:
    made = Workspace(
        workspace_id=ids.new("ws", now=TEN), name="Acme", zone="Europe/Istanbul", created_at=TEN
    )
    return wiring.workspaces().create(made)


def connected(
    workspace: Workspace, platform: str, secrets: dict[str, Any], **facts: Any
) -> Channel:
    """A channel as connecting leaves it, with its credentials."""
    channel = Channel(
        channel_id=ids.new("ch", now=clock.now()),
        workspace_id=workspace.workspace_id,
        platform=platform,
        created_at=TEN,
        **facts,
    )
    wiring.channels().create(channel)
    expires_at = secrets.pop("expires_at", None)
    credentials: BaseModel = PLATFORMS[platform].Credentials.model_validate(secrets)
    sealed = wiring.credentials().seal(channel, credentials, expires_at=expires_at)
    wiring.credentials().create(sealed)
    return channel


@pytest.fixture
def mastodon_channel(workspace: Workspace) -> Channel:
    return connected(
        workspace,
        "mastodon",
        {"access_token": SecretStr("mastodon-token")},
        remote_id="1001",
        name="Acme",
        handle="acme@m.example",
        url="https://m.example/@acme",
        server={
            "address": "https://m.example",
            "account_id": "1001",
            "version": "4.5.0",
            "source_url": "https://github.com/mastodon/mastodon",
        },
    )


@pytest.fixture
def bluesky_channel(workspace: Workspace) -> Channel:
    """Its access token runs out in half an hour."""
    return connected(
        workspace,
        "bluesky",
        {
            "access_token": SecretStr("old-access"),
            "refresh_token": SecretStr("old-refresh"),
            "expires_at": clock.now() + timedelta(minutes=30),
        },
        remote_id="did:plc:acme",
        name="Acme",
        handle="acme.example",
        url="https://bsky.app/profile/acme.example",
        server={"pds": "https://pds.example"},
    )


@pytest.fixture
def facebook_channel(workspace: Workspace) -> Channel:
    return connected(
        workspace,
        "facebook",
        {"access_token": SecretStr("page-token")},
        remote_id="1234567890",
        name="Acme",
        handle="acme",
        url="https://www.facebook.com/acme",
    )


@pytest.fixture
def x_channel(workspace: Workspace) -> Channel:
    """Its posts cost money. Its access token lasts."""
    return connected(
        workspace,
        "x",
        {
            "access_token": SecretStr("x-access"),
            "refresh_token": SecretStr("x-refresh"),
            "expires_at": TEN + timedelta(days=400),
        },
        remote_id="1001",
        name="Acme",
        handle="acme",
        url="https://x.com/acme",
        server={"subscription": "None"},
    )


class Context(SimpleNamespace):
    """What Lambda hands over beside the event."""

    function_name = "tellal-test-function"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:tellal-test-function"
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def context() -> Any:
    return Context()


@pytest.fixture
def event() -> Callable[[str], Any]:
    """A whole event as Lambda receives it: `event("publish_delivery/one_hint")`."""
    return lambda path: json.loads((ROOT / "events" / f"{path}.json").read_text())
