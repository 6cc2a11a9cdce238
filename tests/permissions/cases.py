"""What each function is shown to do, and the grant without which it cannot.

Each case uses every word of its function's line in `infra.access`, but for what follows.

- `streams`, and what CDK grants for queues that Lambda reads or leaves failures in: Lambda itself
  uses these in the role's name, and the local AWS's does without asking.
- `api.lists` of media: S3 tells who may list that an object is missing and others that it is
  forbidden; the local AWS tells everybody that it is missing.
- `erase_contacts.invokes`: for whoever has said so much that one run does not take it.
- `process_inbox.writes` and `poll_inbox.writes` of the audit: for what was put away and comes back.
- `poll_inbox.writes` where it changes a message, and its query of a conversation's messages: for
  what was edited or taken back, of which no platform that is polled tells yet. The one way into
  the inbox does both.
"""

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
    "dispatch_due_posts": Case(
        publishing.dispatch_due_posts, Grant("sqs:SendMessage", "QueuesPublish")
    ),
    "prepare_delivery": Case(publishing.prepare_delivery, Grant("s3:GetObject", "media")),
    "publish_delivery": Case(
        publishing.publish_delivery, Grant("dynamodb:UpdateItem", "TablesDeliveries")
    ),
    "account_for_deliveries": Case(
        publishing.account_for_deliveries, Grant("cloudwatch:PutMetricData")
    ),
    "refresh_credentials": Case(publishing.refresh_credentials, Grant("kms:Decrypt")),
    "publish_events": Case(publishing.publish_events, Grant("events:PutEvents")),
    "verify_webhook": Case(inbox.verify_webhook, Grant("kms:Decrypt")),
    "process_inbox": Case(
        inbox.process_inbox, Grant("dynamodb:PutItem", "TablesMessages"), seen="itemIdentifier"
    ),
    "answer_webhook": Case(
        inbox.answer_webhook, Grant("dynamodb:UpdateItem", "TablesContacts"), seen="500"
    ),
    "apply_rules": Case(inbox.apply_rules, Grant("dynamodb:PutItem", "TablesOnce")),
    "erase_contacts": Case(inbox.erase_contacts, Grant("dynamodb:UpdateItem", "TablesMessages")),
    "poll_inbox": Case(inbox.poll_inbox, Grant("lambda:InvokeFunction")),
    "collect_metrics": Case(measuring.collect_metrics, Grant("s3:PutObject")),
    "build_report": Case(measuring.build_report, Grant("dynamodb:Query", "/index/all")),
    "api": Case(people.api, Grant("dynamodb:PutItem", "TablesPosts"), seen="POST /posts: 500"),
}
