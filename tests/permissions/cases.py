"""What each function is shown to do, and the grants without which it cannot.

Each case uses every word of its function's line in `infra.access`, but for what is `unseen`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tests.permissions import inbox, links, measuring, people, publishing
from tests.permissions.roles import Grant
from tests.permissions.world import World


@dataclass(frozen=True)
class Case:
    """`work` arranges as root, has the function do its work, and asserts what came of it."""

    work: Callable[[World], None]
    taken: Sequence[Grant]
    seen: str | None = None  # how their absence shows, where not as AWS's refusal
    unseen: Collection[Grant] = ()  # what is used on AWS, but not here

    def refusal(self, grant: Grant) -> str:
        return self.seen or f"not authorized to perform: {grant.action}"


# S3 tells who may list that an object is missing, and others that it is forbidden; the local AWS
# tells everybody that it is missing.
IS_MISSING = Grant("s3:ListBucket", "media")
# Of what was edited or taken back no platform that is polled tells yet, but the one way into the
# inbox does both.
CHANGES = (Grant("dynamodb:Query", "/index/by_conversation"),)
# For whoever has said more than one run takes away.
GOES_ON = Grant("lambda:InvokeFunction", "erase_contacts")

# The sender is verified by its address or by its domain, and then only one of them is asked for.
BY_DOMAIN = Grant("ses:SendEmail", "identity/tellal.example")


CASES: Mapping[str, Case] = {
    "dispatch_due_posts": Case(
        publishing.dispatch_due_posts, [Grant("sqs:SendMessage", "QueuesPublish")]
    ),
    "prepare_delivery": Case(
        publishing.prepare_delivery,
        [
            Grant("dynamodb:GetItem", "TablesApps"),
            Grant("dynamodb:Query", "/index/by_remote"),
            Grant("s3:GetObject", "media"),
            Grant("s3:PutObject", "media"),
        ],
        unseen=[IS_MISSING],
    ),
    "publish_delivery": Case(
        publishing.publish_delivery,
        [
            Grant("dynamodb:UpdateItem", "TablesDeliveries"),
            Grant("dynamodb:GetItem", "TablesApps"),
            Grant("dynamodb:GetItem", "TablesOnce"),
            Grant("dynamodb:PutItem", "TablesOnce"),
            Grant("dynamodb:UpdateItem", "TablesOnce"),
            Grant("dynamodb:Query", "/index/by_remote"),
            Grant("s3:GetObject", "media"),
        ],
        unseen=[IS_MISSING],
    ),
    "account_for_deliveries": Case(
        publishing.account_for_deliveries, [Grant("cloudwatch:PutMetricData")]
    ),
    "refresh_credentials": Case(publishing.refresh_credentials, [Grant("kms:Decrypt")]),
    "publish_events": Case(publishing.publish_events, [Grant("events:PutEvents")]),
    "verify_webhook": Case(inbox.verify_webhook, [Grant("kms:Decrypt")]),
    "process_inbox": Case(
        inbox.process_inbox, [Grant("dynamodb:PutItem", "TablesMessages")], seen="itemIdentifier"
    ),
    "poll_inbox": Case(inbox.poll_inbox, [Grant("lambda:InvokeFunction")], unseen=CHANGES),
    "collect_metrics": Case(
        measuring.collect_metrics,
        [Grant("s3:PutObject"), Grant("dynamodb:UpdateItem", "TablesConversions")],
    ),
    "build_report": Case(
        measuring.build_report,
        [Grant("dynamodb:Query", "/index/all"), Grant("dynamodb:UpdateItem", "TablesGoals")],
        unseen=[BY_DOMAIN],
    ),
    "api": Case(
        people.api,
        [Grant("dynamodb:PutItem", "TablesPosts")],
        seen="POST /posts: 500",
        unseen=[IS_MISSING],
    ),
    "follow_link": Case(
        links.follow_link, [Grant("dynamodb:GetItem", "TablesLinks")], seen="DynamoDB answered"
    ),
    "count_click": Case(
        links.count_click,
        [
            Grant("dynamodb:GetItem", "TablesLinks"),
            Grant("dynamodb:UpdateItem", "TablesClicks"),
            Grant("dynamodb:PutItem", "TablesOnce"),
        ],
    ),
    "answer_webhook": Case(inbox.answer_webhook, [Grant("dynamodb:UpdateItem", "TablesContacts")]),
    "erase_contacts": Case(
        inbox.erase_contacts,
        [Grant("dynamodb:UpdateItem", "TablesMessages")],
        unseen=[GOES_ON],
    ),
    "follow_conversations": Case(
        inbox.follow_conversations,
        [Grant("dynamodb:UpdateItem", "TablesConversations"), Grant("s3:PutObject")],
    ),
    "apply_rules": Case(inbox.apply_rules, [Grant("dynamodb:PutItem", "TablesOnce")]),
}
