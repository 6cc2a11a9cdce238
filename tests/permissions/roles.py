"""A deployed function's execution role: taken a grant from, and given it back; acted under."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from local.aws.process import REGION, LocalAws
from tests.permissions.world import function_name

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Grant:
    action: str
    resource: str = ""  # a word of its ARN, as CloudFormation named it: QueuesPublish

    def taken_from(self, policy: Document) -> Document:
        statements = [left for each in policy["Statement"] for left in self._left_of(each)]
        return {**policy, "Statement": statements}

    def _left_of(self, statement: Document) -> Iterator[Document]:
        """What it allows beside this grant."""
        actions, resources = listed(statement["Action"]), listed(statement["Resource"])
        others = [action for action in actions if action != self.action]
        if others:
            yield {**statement, "Action": others}
        elsewhere = [arn for arn in resources if self.resource not in arn]
        if self.action in actions and elsewhere:
            yield {**statement, "Action": [self.action], "Resource": elsewhere}


@dataclass(frozen=True)
class Role:
    aws: LocalAws
    function: str

    @property
    def arn(self) -> str:
        name = function_name(self.function)
        found = self.aws.client("lambda").get_function_configuration(FunctionName=name)
        return str(found["Role"])

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        iam = self.aws.client("iam")
        role = self.arn.rsplit("/", 1)[-1]
        [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        held = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        less = grant.taken_from(held)
        assert less != held, f"{self.function} has no {grant}"
        put = {"RoleName": role, "PolicyName": name}
        iam.put_role_policy(**put, PolicyDocument=json.dumps(less))
        try:
            yield
        finally:
            iam.put_role_policy(**put, PolicyDocument=json.dumps(held))

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
