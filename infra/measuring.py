"""Measuring: collect observations every hour, and report where a local period has ended."""

from aws_cdk import Duration, Size
from constructs import Construct

from infra.function import Function, Shared
from infra.layers import Layer


class Measuring(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared) -> None:
        super().__init__(scope, id)
        Function(
            self,
            "collect_metrics",
            shared,
            every="cron(22 * * * ? *)",
            fans_out=True,
            timeout=Duration.minutes(5),
            memory_size=512,
        )
        Function(
            self,
            "build_report",
            shared,
            every="cron(37 * * * ? *)",
            fans_out=True,
            timeout=Duration.minutes(5),
            memory_size=1769,  # one whole processor
            ephemeral_storage_size=Size.gibibytes(1),
            layers=[Layer(self, "ReportsLayer", name="reports", deployment=shared.deployment)],
        )
