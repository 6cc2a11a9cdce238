"""The inbox: webhooks from the queue, and what must be asked for."""

from aws_cdk import Duration
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.function import Function, Shared


class Inbox(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared) -> None:
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
