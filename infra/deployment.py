"""What one deployment is asked to be: the CDK's context, read once and typed.

`local` is the local AWS on this machine: its data may go, and its functions run on the machine's
own architecture. Everywhere else data is kept whatever happens to the stacks.
"""

import json
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Node

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Deployment:
    stage: str = "dev"
    local: bool = False
    platform_hosts: str = "{}"  # JSON, as Settings reads it
    platform_settings: str = "{}"  # JSON: versions and quotas, over the platforms' own
    timing: str = "{}"  # JSON: leases and waits other than the usual, for tests
    allow_loopback: bool = False
    alarm_email: str | None = None
    report_sender: str | None = None  # an address, verified in SES by itself or by its domain
    api_url: str | None = None  # where people reach the API, if not at its own address
    functions: Path = ROOT / "functions"  # a folder each

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", self.stage):
            raise ValueError(f"stage {self.stage!r}: lower-case letters, digits and -, at most 20")
        if self.report_sender and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", self.report_sender):
            raise ValueError("report_sender is an address, such as reports@example.com")
        for name in ("platform_hosts", "platform_settings", "timing"):
            if not isinstance(json.loads(getattr(self, name)), dict):
                raise ValueError(f"{name} is a JSON object")

    @classmethod
    def asked_for(cls, node: Node) -> Self:
        def asked(name: str) -> str | None:
            value = node.try_get_context(name)
            return value if value is None else str(value)

        return cls(
            stage=asked("stage") or cls.stage,
            local=asked("local") == "true",
            platform_hosts=asked("platform_hosts") or cls.platform_hosts,
            platform_settings=asked("platform_settings") or cls.platform_settings,
            timing=asked("timing") or cls.timing,
            allow_loopback=asked("allow_loopback") == "true",
            alarm_email=asked("alarm_email"),
            report_sender=asked("report_sender"),
            api_url=asked("api_url"),
        )

    @property
    def keeps_data(self) -> bool:
        return not self.local

    @property
    def removal_policy(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.keeps_data else RemovalPolicy.DESTROY

    @property
    def refuses_plain_http(self) -> bool:
        """The local AWS speaks nothing else, and would keep the rule against itself."""
        return not self.local

    @property
    def architecture(self) -> lambda_.Architecture:
        if self.local and platform.machine() in ("x86_64", "AMD64"):
            return lambda_.Architecture.X86_64
        return lambda_.Architecture.ARM_64

    def named(self, name: str) -> str:
        """A name in AWS, where one must be known before the thing is made."""
        return f"tellal-{self.stage}-{name}"
