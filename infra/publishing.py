"""Publishing: each minute find what is due, prepare ahead, publish on the second, account for it.

The row decides and a message is a hint, so a queue's own retry is only ever for a bug.
"""

from aws_cdk import Duration
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.function import Function, Shared


class Publishing(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared) -> None:
        super().__init__(scope, id)
        queues = shared.data.queues
        Function(
            self,
            "dispatch_due_posts",
            shared,
            every="rate(1 minute)",
            timeout=Duration.seconds(50),
            memory_size=256,
        )
        prepare = Function(
            self,
            "prepare_delivery",
            shared,
            timeout=Duration.minutes(15),
            memory_size=1024,
        )
        prepare.add_event_source(
            SqsEventSource(
                queues["prepare"],
                batch_size=1,
                report_batch_item_failures=True,
                max_concurrency=2,  # slow uploads leave the account's concurrency to the rest
            )
        )
        publish = Function(
            self,
            "publish_delivery",
            shared,
            timeout=Duration.seconds(60),  # the fence's lease counts on it
            memory_size=512,
        )
        publish.add_event_source(
            SqsEventSource(queues["publish"], batch_size=1, report_batch_item_failures=True)
        )
        Function(
            self,
            "account_for_deliveries",
            shared,
            every="cron(7 * * * ? *)",
            timeout=Duration.minutes(5),
            memory_size=256,
        )
