"""Least privilege, and what AWS Solutions has to say."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from infra.access import MAY
from tests.infra.synthesised import Synthesised

# About as long as they get: a table's, with the name that CloudFormation makes.
ARN = f'"arn:aws:dynamodb:ap-southeast-1:000000000000:table/{"x" * 60}"'


def statements(stacks: Synthesised) -> Iterator[tuple[str, list[str], list[Any]]]:
    """Every statement that allows something: whose, the actions, the resources."""
    for name, policy in stacks.all("AWS::IAM::Policy").items():
        for each in policy["PolicyDocument"]["Statement"]:
            assert each["Effect"] == "Allow"
            yield name, listed(each["Action"]), listed(each["Resource"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_nobody_may_scan_or_do_everything(stacks: Synthesised) -> None:
    for name, actions, _ in statements(stacks):
        assert not [action for action in actions if "*" in action], name
        assert not {"dynamodb:Scan", "dynamodb:PartiQLSelect"} & set(actions), name
    assert not stacks.all("AWS::IAM::ManagedPolicy")
    roles = stacks.all("AWS::IAM::Role")
    assert not [name for name, role in roles.items() if "ManagedPolicyArns" in role]


def test_a_roles_policies_are_no_longer_than_aws_takes(stacks: Synthesised) -> None:
    """All that stand in a role together, without white space.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    length: Counter[str] = Counter()
    for policy in stacks.all("AWS::IAM::Policy").values():
        written = json.dumps(policy["PolicyDocument"], separators=(",", ":"))
        [role] = policy["Roles"]
        length[role["Ref"]] += len(re.sub(r'\{"Fn::(?:GetAtt|ImportValue)":[^{}]*\}', ARN, written))
    assert length
    assert {name: each for name, each in length.items() if each > 10_240} == {}


def test_only_metrics_are_reached_without_a_name(stacks: Synthesised) -> None:
    for name, actions, resources in statements(stacks):
        if "*" in resources:
            assert set(actions) <= {"cloudwatch:GetMetricStatistics", "cloudwatch:PutMetricData"}, (
                name
            )


def test_only_who_needs_secrets_may_open_them(stacks: Synthesised) -> None:
    openers = {name for name, actions, _ in statements(stacks) if "kms:Decrypt" in actions}
    titles = {name: name.title().replace("_", "") for name in MAY}
    allowed = {
        name for name, title in titles.items() if any(f"{title}Role" in each for each in openers)
    }
    assert allowed == {name for name, may in MAY.items() if may.opens}
    assert not allowed & {"dispatch_due_posts", "account_for_deliveries", "publish_events"}
    assert len(openers) == len(allowed)


def test_a_listing_names_its_index(stacks: Synthesised) -> None:
    for name, actions, resources in statements(stacks):
        on_indexes = ["/index/" in json.dumps(each) for each in resources]
        assert all(on_indexes) if "dynamodb:Query" in actions else not any(on_indexes), name


def test_webhooks_may_only_be_sent_to_the_inbox(stacks: Synthesised) -> None:
    granted = [each for each in statements(stacks) if each[0].startswith("WebhooksSender")]
    ((_, actions, resources),) = granted
    assert actions == ["sqs:SendMessage"]
    assert "QueuesInbox2" in json.dumps(resources)
    assert len(resources) == 1


def test_a_role_is_for_one_service_and_reaches_one_function(stacks: Synthesised) -> None:
    for name, role in stacks.all("AWS::IAM::Role").items():
        (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert isinstance(trusted["Principal"]["Service"], str), name


def test_aws_solutions_finds_nothing_we_have_no_reason_for(stacks: Synthesised) -> None:
    assert stacks.findings == {}
