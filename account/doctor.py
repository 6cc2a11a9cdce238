"""`make doctor STAGE=dev`: is this account, and this machine, ready to be deployed to and from?

Each check says what it saw and, where it does not hold, what to do about it.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from account.session import Client, client_for, run

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
OLDEST_BOOTSTRAP = 6  # what the CDK's new-style stacks ask for
FEWEST_EXECUTIONS = 10  # what a new account has, and what the defaults are made for
OLDEST_NODE = 20


@dataclass(frozen=True)
class Finding:
    what: str
    good: bool
    advice: str = ""


def examine(client: Client, *, region: str | None) -> Iterator[Finding]:
    yield Finding(f"region: {region or 'none'}", bool(region), "set AWS_REGION, such as eu-west-1")
    yield _asked("credentials", lambda: _identity(client), "sign in to AWS, or set AWS_PROFILE")
    yield _asked(
        f"CDK bootstrap, version {OLDEST_BOOTSTRAP} or later",
        lambda: _bootstrap(client),
        "run once: npx aws-cdk@2.1148.1 bootstrap",
    )
    yield _asked(
        f"at least {FEWEST_EXECUTIONS} concurrent Lambda executions",
        lambda: _executions(client),
        "ask AWS for a higher quota of concurrent executions",
    )
    yield _node()


def _asked(what: str, look: Callable[[], tuple[str, bool]], advice: str) -> Finding:
    try:
        seen, good = look()
    except (BotoCoreError, ClientError) as error:
        return Finding(f"{what}: {error}", good=False, advice=advice)
    return Finding(f"{what}: {seen}", good, advice)


def _identity(client: Client) -> tuple[str, bool]:
    caller = client("sts").get_caller_identity()
    return f"{caller['Arn']}", True


def _bootstrap(client: Client) -> tuple[str, bool]:
    version = int(client("ssm").get_parameter(Name=BOOTSTRAP)["Parameter"]["Value"])
    return str(version), version >= OLDEST_BOOTSTRAP


def _executions(client: Client) -> tuple[str, bool]:
    limits: Any = client("lambda").get_account_settings()["AccountLimit"]
    most = int(limits["ConcurrentExecutions"])
    return str(most), most >= FEWEST_EXECUTIONS


def _node() -> Finding:
    node = shutil.which("node")
    if node is None:
        return Finding("Node: none", good=False, advice="make install brings one")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major = int(version.lstrip("v").split(".")[0])
    return Finding(f"Node: {version.strip()}", major >= OLDEST_NODE, f"Node {OLDEST_NODE} or later")


def main(stage: str) -> int:
    findings = list(examine(client_for(stage), region=boto3.Session().region_name))
    for finding in findings:
        print(f"{'✓' if finding.good else '✗'} {finding.what}")
        if not finding.good:
            print(f"    {finding.advice}")
    ready = all(finding.good for finding in findings)
    print(f"\n{'ready: make deploy' if ready else 'not ready for'} STAGE={stage}")
    return 0 if ready else 1


if __name__ == "__main__":
    run(main)
