"""Announcing: what changes in the tables becomes events on the bus, for anybody's automations."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import SqsDlq
from constructs import Construct

from infra.access import STREAMING
from infra.function import Function, Shared


class Announcing(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared) -> None:
        super().__init__(scope, id)
        publish = Function(
            self,
            "publish_events",
            shared,
            timeout=Duration.seconds(60),
            memory_size=256,
        )
        for table in STREAMING:
            lambda_.EventSourceMapping(
                self,
                table.title(),
                target=publish,
                event_source_arn=shared.data.tables[table].table_stream_arn,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=25,
                bisect_batch_on_error=True,
                retry_attempts=5,
                report_batch_item_failures=True,
                on_failure=SqsDlq(shared.data.queues["failures"]),
            )
