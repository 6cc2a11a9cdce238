"""Turns what `infra.access` says a function may do into statements of its own role."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.access import May
from infra.acknowledging import acknowledge
from infra.alarms import NAMESPACE
from infra.data_stack import DataStack
from infra.deployment import Deployment

TABLE_ACTIONS = {
    "reads": ["dynamodb:GetItem"],
    "reads_many": ["dynamodb:BatchGetItem"],
    "updates": ["dynamodb:UpdateItem"],
    "writes": ["dynamodb:PutItem", "dynamodb:UpdateItem"],
    "deletes": ["dynamodb:DeleteItem"],
}
STREAM_ACTIONS = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
OBJECT_ACTIONS = {"gets": ["s3:GetObject"], "puts": ["s3:PutObject"], "drops": ["s3:DeleteObject"]}

type Grant = tuple[list[str], list[str]]  # actions, on these resources


def allow(role: iam.Role, may: May, *, data: DataStack, deployment: Deployment) -> None:
    for actions, resources in [
        *_tables(may, data),
        *_buckets(may, data),
        *_messages(may, data),
        *_secrets(may, data),
        (["lambda:InvokeFunction"], [_named(role, deployment.named(f)) for f in may.invokes]),
    ]:
        if resources:
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
    if may.queries:
        # By itself, so that neither grows so long that CDK makes it a policy of the account's.
        indexes = iam.PolicyStatement(actions=["dynamodb:Query"], resources=_indexes(may, data))
        iam.Policy(role, "Listings", roles=[role], statements=[indexes])
    if may.watches:
        _let_watch(role)
    if may.mails and deployment.report_sender:
        _let_mail(role, deployment.report_sender)
    for name in sorted({*may.gets, *may.puts, *may.drops}):
        bucket = data.buckets[name].node.default_child
        assert isinstance(bucket, s3.CfnBucket)
        objects = f"IAM5[Resource::<{data.get_logical_id(bucket)}.Arn>/*]"
        acknowledge(role, objects, "nobody knows an object's key beforehand")


def _tables(may: May, data: DataStack) -> Iterator[Grant]:
    """Each table stands in one statement: a role's policies have 10,240 characters at most.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    for actions, tables in _together(may, TABLE_ACTIONS):
        yield actions, [data.tables[table].table_arn for table in tables]
    streams = [data.tables[table].table_stream_arn for table in may.streams]
    yield [f"dynamodb:{action}" for action in STREAM_ACTIONS], [arn for arn in streams if arn]


def _indexes(may: May, data: DataStack) -> list[str]:
    asked = [query.split(".") for query in may.queries]
    return [f"{data.tables[table].table_arn}/index/{index}" for table, index in asked]


def _together(may: May, actions_of: Mapping[str, Sequence[str]]) -> Iterator[Grant]:
    """Each name once, with all that may be done with it; those that are alike in one statement."""
    allowed: dict[str, list[str]] = {}
    for verb, actions in actions_of.items():
        for name in getattr(may, verb):
            known = allowed.setdefault(name, [])
            known += [action for action in actions if action not in known]
    for together in sorted({tuple(each) for each in allowed.values()}):
        yield list(together), [name for name, each in allowed.items() if tuple(each) == together]


def _secrets(may: May, data: DataStack) -> Iterator[Grant]:
    verbs = {"kms:Encrypt": may.seals, "kms:Decrypt": may.opens}
    if actions := [action for action, allowed in verbs.items() if allowed]:
        yield actions, [data.key.key_arn]


def _buckets(may: May, data: DataStack) -> Iterator[Grant]:
    for actions, buckets in _together(may, OBJECT_ACTIONS):
        yield actions, [data.buckets[bucket].arn_for_objects("*") for bucket in buckets]
    yield ["s3:ListBucket"], [data.buckets[bucket].bucket_arn for bucket in may.lists]


def _messages(may: May, data: DataStack) -> Iterator[Grant]:
    yield ["sqs:SendMessage"], [data.queues[queue].queue_arn for queue in may.sends]
    watched = [queue.queue_arn for queue in data.dead_letters] if may.watches else []
    yield ["sqs:GetQueueAttributes"], watched
    yield ["events:PutEvents"], [data.bus.event_bus_arn] if may.announces else []


def _let_watch(role: iam.Role) -> None:
    reading = iam.PolicyStatement(actions=["cloudwatch:GetMetricStatistics"], resources=["*"])
    publishing = iam.PolicyStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
    )
    role.add_to_policy(reading)
    role.add_to_policy(publishing)
    acknowledge(role, "IAM5[Resource::*]", "CloudWatch's metrics have no ARN to name")


def _let_mail(role: iam.Role, sender: str) -> None:
    """From the one identity of this sender: its address, or its domain."""
    identities = [
        Stack.of(role).format_arn(service="ses", resource="identity", resource_name=name)
        for name in (sender, sender.partition("@")[2])
    ]
    role.add_to_policy(iam.PolicyStatement(actions=["ses:SendEmail"], resources=identities))


def _named(role: iam.Role, name: str) -> str:
    """A function's ARN by its name: one that invokes itself cannot wait for itself to be made."""
    return Stack.of(role).format_arn(
        service="lambda",
        resource="function",
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
