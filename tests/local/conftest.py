"""Two servers for the session: ours, and ministack as it comes, which the canaries watch."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from local.aws.process import LocalAws

type CreateStack = Callable[..., Mapping[str, str]]


@pytest.fixture(scope="session")
def ours() -> Iterator[LocalAws]:
    with LocalAws.start(state_dir=None, port=0, front_port=0) as aws:
        yield aws


@pytest.fixture(scope="session")
def stock() -> Iterator[LocalAws]:
    with LocalAws.start(state_dir=None, port=0, front_port=0, stock=True) as aws:
        yield aws


@pytest.fixture(scope="session")
def create_stack() -> CreateStack:
    """Create a stack from its resources and hand out each output by its name."""

    def create(
        aws: LocalAws, *, name: str, resources: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> Mapping[str, str]:
        template = {
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        cloudformation = aws.client("cloudformation")
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        created = cloudformation.get_waiter("stack_create_complete")
        created.wait(StackName=name, WaiterConfig={"Delay": 1})
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    return create
