"""The whole product on this machine: sandbox platforms, local AWS, and our stacks in it.

    with house(Addresses(), say=print) as home:
        home.aws.client("lambda")…

What must stay true: everything listens on loopback, and everything started here is ended here,
however the block is left.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from account.setting_up import offer_setup_token
from local.addresses import SANDBOX_PORTS, STAGE, Addresses, sandbox_setting
from local.assembly import synthesise
from local.aws.deploying import deploy
from local.aws.process import LocalAws, bindable
from local.sandboxes.serving import Sandbox, running

WORKERS = 10  # a new AWS account's concurrent executions

Say = Callable[[str], None]


@dataclass(frozen=True)
class House:
    addresses: Addresses
    aws: LocalAws
    sandboxes: Mapping[str, Sandbox]
    setup_token: str | None  # None once there is an owner

    @property
    def reports_bucket(self) -> str:
        return environment_of(self.aws, "api")["REPORTS_BUCKET"]

    def ring(self, function: str, event: bytes = b"{}") -> None:
        """What EventBridge Scheduler does, now instead of at its minute."""
        self.aws.client("lambda").invoke(
            FunctionName=f"tellal-{STAGE}-{function}", InvocationType="Event", Payload=event
        )


@contextmanager
def house(addresses: Addresses, *, say: Say) -> Iterator[House]:
    addresses.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as started:
        sandboxes = {
            name: started.enter_context(
                running(
                    name,
                    port=bindable(addresses.sandbox_ports[name], setting=sandbox_setting(name)),
                    state=addresses.folder / f"{name}.json",
                )
            )
            for name in SANDBOX_PORTS
        }
        with timed("starting the local AWS", say):
            aws = started.enter_context(
                LocalAws.start(
                    state_dir=addresses.folder / "aws",
                    port=addresses.aws_port,
                    front_port=addresses.api_port,
                    workers=WORKERS,
                )
            )
        with timed("synthesising the two stacks", say):
            assembly = synthesise(stage=STAGE, context=addresses.context)
        with timed("deploying them", say):
            deploy(assembly, aws)
        yield House(addresses, aws, sandboxes, offer_setup_token(aws.client, stage=STAGE))


@contextmanager
def timed(what: str, say: Say) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - began:.1f} s")


def environment_of(aws: LocalAws, function: str) -> Mapping[str, str]:
    """The environment that a deployed function has, for a process of ours."""
    found: Any = aws.client("lambda").get_function_configuration(
        FunctionName=f"tellal-{STAGE}-{function}"
    )
    return {**found["Environment"]["Variables"], **aws.environment()}
