"""The inbox: webhooks from the queue, what must be asked for, and the rules for what came."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import SqsDlq, SqsEventSource
from constructs import Construct

from infra.function import Function, Shared
from infra.layers import Layer


class Inbox(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared, patterns: Layer) -> None:
        super().__init__(scope, id)
        process = Function(
            self,
            "process_inbox",
            shared,
            timeout=Duration.seconds(60),
            memory_size=512,
        )
        process.add_event_source(
            SqsEventSource(
                shared.data.queues["inbox"], batch_size=10, report_batch_item_failures=True
            )
        )
        Function(
            self,
            "poll_inbox",
            shared,
            every="rate(2 minutes)",
            fans_out=True,
            timeout=Duration.minutes(2),
            memory_size=512,
        )
        Function(
            self,
            "erase_contacts",
            shared,
            fans_out=True,
            timeout=Duration.minutes(2),
            memory_size=256,
        )
        rules = Function(
            self,
            "apply_rules",
            shared,
            timeout=Duration.seconds(60),
            memory_size=512,
            layers=[patterns],
        )
        is_theirs = lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("INSERT"),
                "dynamodb": {"NewImage": {"direction": {"S": lambda_.FilterRule.is_equal("in")}}},
            }
        )
        lambda_.EventSourceMapping(
            self,
            "Messages",
            target=rules,
            event_source_arn=shared.data.tables["messages"].table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=25,
            bisect_batch_on_error=True,
            retry_attempts=5,
            report_batch_item_failures=True,
            on_failure=SqsDlq(shared.data.queues["failures"]),
            filters=[is_theirs],
        )
