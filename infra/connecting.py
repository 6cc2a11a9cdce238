"""Staying connected: credentials are refreshed before they end."""

from aws_cdk import Duration
from constructs import Construct

from infra.function import Function, Shared


class Connecting(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared) -> None:
        super().__init__(scope, id)
        Function(
            self,
            "refresh_credentials",
            shared,
            every="cron(52 * * * ? *)",
            timeout=Duration.minutes(5),
            memory_size=256,
        )
