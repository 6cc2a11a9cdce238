"""The queues. A message is tried five times at most; what then lies in dead letters is a bug.

`failures` takes what asynchronous invokes and streams could not do: one queue for all of them.
"""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledging import acknowledge
from infra.deployment import Deployment

TRIES = 5


class Queues(Construct):
    def __init__(self, scope: Construct, id: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id)
        self._tls_only = deployment.refuses_plain_http
        self.by_name = {
            # One message a call, worked on for 15 minutes, 60 seconds: they come again after that.
            "prepare": self._queue("Prepare", comes_again_after=Duration.minutes(16)),
            "publish": self._queue("Publish", comes_again_after=Duration.minutes(2)),
            # A batch of ten: six times the function's time-out, as AWS advises.
            "inbox": self._queue("Inbox", comes_again_after=Duration.minutes(6)),
            "failures": self._last_stop("Failures"),
        }
        acknowledge(self.by_name["failures"], "SQS3", "it is itself where failures end")
        lost = [queue.dead_letter_queue for queue in self.by_name.values()]
        self.dead_letters = [each.queue for each in lost if each] + [self.by_name["failures"]]

    def _queue(self, id: str, *, comes_again_after: Duration) -> sqs.Queue:
        return sqs.Queue(
            self,
            id,
            visibility_timeout=comes_again_after,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=self._tls_only,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self._last_stop(f"{id}DeadLetters"), max_receive_count=TRIES
            ),
        )

    def _last_stop(self, id: str) -> sqs.Queue:
        return sqs.Queue(
            self,
            id,
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=self._tls_only,
        )
