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
        """The policy without it. It stands in exactly one statement."""
        [holding] = (each for each in policy["Statement"] if self._stands_in(each))
        others = [each for each in policy["Statement"] if each is not holding]
        return {**policy, "Statement": [*others, *self._rest_of(holding)]}

    def _stands_in(self, statement: Document) -> bool:
        return self.action in listed(statement["Action"]) and any(
            self.resource in arn for arn in listed(statement["Resource"])
        )

    def _rest_of(self, statement: Document) -> Iterator[Document]:
        actions, resources = listed(statement["Action"]), listed(statement["Resource"])
        if others := [action for action in actions if action != self.action]:
            yield {**statement, "Action": others}
        if elsewhere := [arn for arn in resources if self.resource not in arn]:
            yield {**statement, "Action": self.action, "Resource": elsewhere}


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
