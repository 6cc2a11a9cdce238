"""The AWS account that a command is about: yours, or the local AWS that `make demo` runs.

Stage `local` is this machine; every other stage is looked for in the account and region that the
environment names, as every AWS tool reads it.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.addresses import STAGE as LOCAL
from local.addresses import Addresses
from local.aws.process import client as local_client
from local.aws.process import environment as local_environment

Client = Callable[[str], Any]


def client_for(stage: str) -> Client:
    """Makes boto3 clients for where the stage lives."""
    if stage == LOCAL:
        return partial(local_client, endpoint=f"http://127.0.0.1:{Addresses().aws_port}")
    make: Any = boto3.client  # the stubs know a type for each literal name only
    return make  # type: ignore[no-any-return]


def run(main: Callable[..., int]) -> None:
    """Run a command with its arguments; what AWS refuses is a sentence, never a stack trace."""
    try:
        sys.exit(main(*sys.argv[1:]))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{error}\nIs it deployed, and are you signed in? For stage {LOCAL}: make demo")


def function_name(stage: str, function: str) -> str:
    return f"tellal-{stage}-{function}"


def environment_of(client: Client, *, stage: str, function: str = "api") -> Mapping[str, str]:
    """The environment that a deployed function has: where its tables, buckets and API are."""
    found = client("lambda").get_function_configuration(FunctionName=function_name(stage, function))
    variables: dict[str, str] = found["Environment"]["Variables"]
    return variables


def become_function(stage: str) -> None:
    """Give this process the environment of a deployed function, for `tellal.wiring` to work in."""
    os.environ.update(environment_of(client_for(stage), stage=stage))
    if stage == LOCAL:
        here = Addresses()
        endpoint = f"http://127.0.0.1:{here.aws_port}"
        os.environ.update(local_environment(endpoint, folder=here.folder))


def table_name(client: Client, *, stage: str, table: str) -> str:
    tables = json.loads(environment_of(client, stage=stage)["TABLES"])
    return str(tables[table])
