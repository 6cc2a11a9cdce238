"""What each function is shown to do, and the grant without which it cannot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.permissions import inbox, measuring, people, publishing
from tests.permissions.roles import Grant
from tests.permissions.world import World


@dataclass(frozen=True)
class Case:
    """`work` arranges as root, has the function do its work, and asserts what came of it."""

    work: Callable[[World], None]
    taken: Grant
    seen: str | None = None  # how its absence shows, where not as AWS's refusal

    @property
    def refusal(self) -> str:
        return self.seen or f"not authorized to perform: {self.taken.action}"


CASES: Mapping[str, Case] = {
    "dispatch_due_posts": Case(publishing.dispatch_due_posts, Grant("sqs:SendMessage", "Publish")),
    "prepare_delivery": Case(publishing.prepare_delivery, Grant("s3:GetObject", "media")),
    "publish_delivery": Case(
        publishing.publish_delivery, Grant("dynamodb:UpdateItem", "Deliveries")
    ),
    "account_for_deliveries": Case(
        publishing.account_for_deliveries, Grant("cloudwatch:PutMetricData")
    ),
    "refresh_credentials": Case(publishing.refresh_credentials, Grant("kms:Decrypt")),
    "publish_events": Case(publishing.publish_events, Grant("events:PutEvents")),
    "verify_webhook": Case(inbox.verify_webhook, Grant("kms:Decrypt")),
    "process_inbox": Case(
        inbox.process_inbox, Grant("dynamodb:PutItem", "Messages"), seen="batchItemFailures"
    ),
    "poll_inbox": Case(inbox.poll_inbox, Grant("lambda:InvokeFunction")),
    "collect_metrics": Case(measuring.collect_metrics, Grant("s3:PutObject")),
    "build_report": Case(measuring.build_report, Grant("dynamodb:Query", "workspaces")),
    "api": Case(people.api, Grant("dynamodb:PutItem", "Posts"), seen="POST /posts: 500"),
}
