"""What measurements stand on: a local AWS with our stacks in it, and a sandbox Mastodon.

What must stay true: everything is on loopback and on free ports, so that a demo or the tests can
run beside it, and everything started here is ended here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.assembly import synthesise
from local.aws.deploying import deploy
from local.aws.process import LocalAws
from local.sandboxes.serving import Sandbox, running
from tellal import clock, ids, wiring
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.deliveries import Delivery
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Connects
from tellal.posts import AttachedMedia, Content, Post, PostState
from tellal.publishing import composition
from tellal.stores.table import transact

STAGE = "bench"
CONTEXT = {"local": "true", "allow_loopback": "true"}


@dataclass(frozen=True)
class Ground:
    aws: LocalAws
    mastodon: Sandbox

    def environment(self, function: str) -> dict[str, str]:
        """The environment that a deployed function has."""
        variables = self._configuration(function)["Environment"]["Variables"]
        return {**variables, **self.aws.environment()}

    def seconds(self, function: str) -> int:
        """A deployed function's time-out."""
        return int(self._configuration(function)["Timeout"])

    def _configuration(self, function: str) -> Any:
        return self.aws.client("lambda").get_function_configuration(
            FunctionName=f"tellal-{STAGE}-{function}"
        )


@contextmanager
def ground() -> Iterator[Ground]:
    with (
        running("mastodon") as mastodon,
        LocalAws.start(state_dir=None, port=0, front_port=0) as aws,
    ):
        deploy(synthesise(stage=STAGE, context=CONTEXT), aws)
        mastodon.control.change_settings(requests_per_5_minutes=1_000_000)
        yield Ground(aws, mastodon)


@contextmanager
def held_still(on: Ground) -> Iterator[None]:
    """Nothing moves but what a measurement moves, and this process is a function's worker."""
    scheduler, lambda_ = on.aws.client("scheduler"), on.aws.client("lambda")
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
    for mapping in lambda_.list_event_source_mappings()["EventSourceMappings"]:
        lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    with as_worker(on, "publish_delivery"):
        yield


@contextmanager
def as_worker(on: Ground, function: str) -> Iterator[None]:
    """This process reaches what the function's workers reach."""
    before = dict(os.environ)
    os.environ.update(on.environment(function))
    wiring.forget()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        wiring.forget()


@contextmanager
def ground_held_still() -> Iterator[Ground]:
    with ground() as on, held_still(on):
        yield on


def connect(on: Ground) -> Channel:
    """A workspace and its channel on the sandbox, as the API makes them."""
    account = on.mastodon.control.create_account("acme")
    return connect_channel(
        make_workspace(),
        "mastodon",
        server=on.mastodon.url,
        access_token=account["access_token"],
    )


def make_workspace() -> Workspace:
    now = clock.now()
    workspace = Workspace(
        workspace_id=ids.new("ws", now=now), name="Acme", zone="Europe/Istanbul", created_at=now
    )
    return wiring.workspaces().create(workspace)


def connect_channel(workspace: Workspace, platform: str, **given: str) -> Channel:
    adapter = PLATFORMS[platform]
    assert isinstance(adapter, Connects)
    connection = wiring.connector().connect(
        platform,
        adapter.Connection.model_validate(given),
        workspace_id=workspace.workspace_id,
        now=clock.now(),
    )
    transact(wiring.aws("dynamodb"), connection.writes)
    return connection.channel


def write_post(
    channel: Channel, *, at: datetime, media: tuple[AttachedMedia, ...] = ()
) -> Delivery:
    """A stored delivery, composed as the API composes it; nothing hints at it."""
    content = Content(text="Fresh simit every morning from seven", media=media)
    post = Post(
        post_id=ids.new("post", now=at),
        workspace_id=channel.workspace_id,
        content=content,
        channel_ids=(channel.channel_id,),
        state=PostState.SCHEDULED,
        publish_at=at,
        created_at=at,
        created_by="bench",
    )
    parts = composition.accepted(composition.render(content, {}, [channel]))
    [delivery] = composition.deliver(
        post, parts, [channel], now=at, prepare_ahead=settings().prepare_ahead
    )
    return wiring.deliveries().create(delivery)
