"""The stacks once more, with IAM enforced, and the platforms that the functions may really call.

Nothing moves but what a test moves, as everywhere; what a test writes itself it writes as the
account's root user, whom no policy holds.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from local.assembly import synthesise
from local.aws.deploying import deploy
from local.aws.process import LocalAws
from local.sandboxes.serving import Sandbox, running
from tellal import wiring
from tests.conftest import CONTEXT, hold_still

PLATFORMS = ("mastodon", "bluesky", "facebook", "instagram", "x", "tiktok", "telegram")
# Before they are imported, so that their assertions tell what they compared.
CASES = ("calling", "inbox", "links", "measuring", "people", "publishing", "selling", "world")
pytest.register_assert_rewrite(*(f"tests.permissions.{name}" for name in CASES))

from tests.permissions.world import FUNCTIONS, World, function_name  # noqa: E402  # see above


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Mapping[str, Sandbox]]:
    with ExitStack() as running_all:
        yield {name: running_all.enter_context(running(name)) for name in PLATFORMS}


@pytest.fixture(scope="session")
def deployed(sandboxes: Mapping[str, Sandbox]) -> Iterator[LocalAws]:
    """In place of the one that the other tests share."""
    with LocalAws.start(state_dir=None, port=0, front_port=0, enforce_iam=True) as aws:
        deploy(synthesise(stage="test", context=CONTEXT), aws)
        hold_still(aws)
        _call_sandboxes(aws, sandboxes)
        yield aws


def _call_sandboxes(aws: LocalAws, sandboxes: Mapping[str, Sandbox]) -> None:
    """The setting `platform_hosts`, made now: nobody knew their ports before."""
    hosts = json.dumps({name: sandbox.hosts for name, sandbox in sandboxes.items()})
    lambda_ = aws.client("lambda")
    for function in FUNCTIONS:
        name = function_name(function)
        held = lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables = {**held, "PLATFORM_HOSTS": hosts}
        lambda_.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


@pytest.fixture
def world(empty: None, aws: LocalAws, sandboxes: Mapping[str, Sandbox]) -> Iterator[World]:
    for sandbox in sandboxes.values():
        sandbox.control.reset()
    yield World.made(aws, sandboxes)
    wiring.http().close()
