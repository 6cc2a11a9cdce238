"""A deployed function's execution role: taken a grant from, and given it back; acted under;
asked what it has never used."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import boto3

from local.aws.process import REGION, LocalAws
from tests.permissions.world import function_name

Document = Mapping[str, Any]
Allowed = tuple[str, str]  # an action, on a resource


@dataclass(frozen=True)
class Grant:
    action: str
    resource: str = ""  # a word of its ARN, as CloudFormation named it: QueuesPublish

    def covers(self, action: str, arn: str) -> bool:
        return action == self.action and self.resource in arn

    def taken_from(self, policy: Document) -> Document:
        """The policy without it. It stands in exactly one statement."""
        [holding] = (each for each in policy["Statement"] if self._is_in(each))
        others = [each for each in policy["Statement"] if each is not holding]
        return {**policy, "Statement": [*others, *self._rest_of(holding)]}

    def stands_in(self, policy: Document) -> bool:
        return any(self._is_in(each) for each in policy["Statement"])

    def _is_in(self, statement: Document) -> bool:
        return self.action in listed(statement["Action"]) and any(
            self.resource in arn for arn in listed(statement["Resource"])
        )

    def _rest_of(self, statement: Document) -> Iterator[Document]:
        actions, resources = listed(statement["Action"]), listed(statement["Resource"])
        if others := [action for action in actions if action != self.action]:
            yield {**statement, "Action": others}
        if elsewhere := [arn for arn in resources if self.resource not in arn]:
            yield {**statement, "Action": self.action, "Resource": elsewhere}


# What Lambda itself uses in a role's name: to log, to read queues and streams, to leave failures.
# The local AWS's does without asking.
LAMBDAS_OWN = (
    *(Grant(f"logs:{action}", "/aws/lambda/") for action in ("CreateLogStream", "PutLogEvents")),
    *(
        Grant(f"sqs:{action}", "Queues")
        for action in (
            *("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
            *("GetQueueUrl", "GetQueueAttributes"),
        )
    ),
    Grant("sqs:SendMessage", "QueuesFailures"),
    *(
        Grant(f"dynamodb:{action}", "/stream/")
        for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    ),
)
ALIKE = {"dynamodb:PutItem": "dynamodb:UpdateItem", "dynamodb:UpdateItem": "dynamodb:PutItem"}


@dataclass(frozen=True)
class Role:
    aws: LocalAws
    function: str

    @property
    def arn(self) -> str:
        name = function_name(self.function)
        found = self.aws.client("lambda").get_function_configuration(FunctionName=name)
        return str(found["Role"])

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    def unused(self, *, but: Collection[Grant] = ()) -> list[Allowed]:
        """What its policies let it do and its function was never allowed to: it never asked."""
        used = self._used()
        return [
            (action, arn)
            for policy in self._policies().values()
            for statement in policy["Statement"]
            for action in listed(statement["Action"])
            for arn in listed(statement["Resource"])
            if not any(fnmatchcase(f"{did} {on}", f"{action} {arn}") for did, on in used)
            and not any(grant.covers(action, arn) for grant in (*LAMBDAS_OWN, *but))
        ]

    def _used(self) -> Collection[Allowed]:
        """Rows that are made are changed as well: `infra.access` has one word for it."""
        session = f"assumed-role/{self.name}/{function_name(self.function)}"
        mine = {(did, on) for who, did, on in self.aws.allowed() if who.endswith(session)}
        return mine | {(ALIKE.get(did, did), on) for did, on in mine}

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        [(name, held)] = (each for each in self._policies().items() if grant.stands_in(each[1]))
        self._put(name, grant.taken_from(held))
        try:
            yield
        finally:
            self._put(name, held)

    def _policies(self) -> Mapping[str, Document]:
        """By their names in the role."""
        iam = self.aws.client("iam")
        names = iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        return {
            name: iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
            for name in names
        }

    def _put(self, name: str, policy: Document) -> None:
        """One without statements IAM would refuse: it is a policy that is not there."""
        iam, named = self.aws.client("iam"), {"RoleName": self.name, "PolicyName": name}
        if policy["Statement"]:
            iam.put_role_policy(**named, PolicyDocument=json.dumps(policy))
        else:
            iam.delete_role_policy(**named)

    def client(self, service: str) -> Any:
        """A boto3 client that is the role and nobody else."""
        session = self.aws.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="test")
        keys = session["Credentials"]
        make: Any = boto3.client  # the stubs know a type for each literal name only
        return make(
            service,
            endpoint_url=self.aws.endpoint,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
