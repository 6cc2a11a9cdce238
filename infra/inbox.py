"""The inbox: webhooks from the queue, what must be asked for, the rules for what came, and what
follows once an answer has come to its end."""

from collections.abc import Mapping
from typing import Any

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
        follow = Function(
            self,
            "follow_conversations",
            shared,
            timeout=Duration.seconds(60),
            memory_size=256,
        )
        is_theirs = lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("INSERT"),
                "dynamodb": {"NewImage": {"direction": {"S": lambda_.FilterRule.is_equal("in")}}},
            }
        )
        has_ended = lambda_.FilterRule.or_("published", "failed", "cancelled")
        is_answered = lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("MODIFY"),
                "dynamodb": {
                    "NewImage": {
                        "conversation_id": {"S": lambda_.FilterRule.exists()},
                        "state": {"S": has_ended},
                    }
                },
            }
        )
        is_closed = lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("MODIFY"),
                "dynamodb": {"NewImage": {"state": {"S": lambda_.FilterRule.is_equal("closed")}}},
            }
        )
        self._follow("messages", rules, is_theirs, shared)
        self._follow("deliveries", follow, is_answered, shared)
        self._follow("conversations", follow, is_closed, shared)

    def _follow(
        self, table: str, target: Function, filter_: Mapping[str, Any], shared: Shared
    ) -> None:
        lambda_.EventSourceMapping(
            self,
            table.title(),
            target=target,
            event_source_arn=shared.data.tables[table].table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=25,
            bisect_batch_on_error=True,
            retry_attempts=5,
            report_batch_item_failures=True,
            on_failure=SqsDlq(shared.data.queues["failures"]),
            filters=[filter_],
        )
