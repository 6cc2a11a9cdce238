"""Canaries. Each shows that ministack still has a gap, and that ours has closed it.

When the half about `stock` fails, ministack has learned it: take the workaround out.
"""

import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from local.aws.process import ACCOUNT, REGION, LocalAws
from tests.local.conftest import CreateStack

MIB = 1_048_576
# What SQS is to be given of a request: its body whole, and one header as an attribute.
MAPPING = {
    "platform": {"DataType": "String", "StringValue": "github"},
    "signature": {"DataType": "String", "StringValue": "${request.header.x-signature}"},
}
ECHO = """
import json

def handler(event, context):
    if event["requestContext"]["http"]["method"] == "DELETE":
        return {"statusCode": 204, "body": None}
    return {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": json.dumps(event)}
"""
# Two functions of it tell what they can import, and where their layer lies.
LOOK_AROUND = """
import importlib.util
import layered

def handler(names, context):
    return {
        "found": [name for name in names if importlib.util.find_spec(name)],
        "layer": layered.__file__,
    }
"""


def attribute(resource: str, name: str = "Arn") -> Mapping[str, Any]:
    return {"Fn::GetAtt": [resource, name]}


def part_of_api(kind: str, **properties: object) -> Mapping[str, Any]:
    return {
        "Type": f"AWS::ApiGatewayV2::{kind}",
        "Properties": {"ApiId": {"Ref": "Api"}, **properties},
    }


def route(key: str, *, integration: str) -> Mapping[str, Any]:
    target = {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]}
    return part_of_api("Route", RouteKey=key, Target=target)


def function(code: Mapping[str, Any], **properties: object) -> Mapping[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": attribute("Role"),
            "Timeout": 20,
            "Code": code,
            **properties,
        },
    }


ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}
BURST = 24  # messages; six for each of the four Lambdas that may run
DROPS = {
    "Role": ROLE,
    "Drops": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}},
    "Taker": function({"ZipFile": "import time\n\ndef handler(event, context): time.sleep(0.1)"}),
    "Taking": {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": attribute("Drops"),
            "FunctionName": {"Ref": "Taker"},
            "BatchSize": 1,
        },
    },
}
ROWS = {
    "Role": ROLE,
    "Rows": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "rows",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        },
    },
    "Teller": function({"ZipFile": "def handler(event, context): print(event)"}),
    "Telling": {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": attribute("Rows", "StreamArn"),
            "FunctionName": {"Ref": "Teller"},
            "StartingPosition": "TRIM_HORIZON",
        },
    },
}
API = {
    "Role": ROLE,
    "Inbox": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "Api": {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {
            "Name": "api",
            "ProtocolType": "HTTP",
            "CorsConfiguration": {
                "AllowOrigins": ["https://pages.example"],
                "AllowMethods": ["POST"],
            },
        },
    },
    "Stage": part_of_api("Stage", StageName="$default", AutoDeploy=True),
    "ToInbox": part_of_api(
        "Integration",
        IntegrationType="AWS_PROXY",
        IntegrationSubtype="SQS-SendMessage",
        PayloadFormatVersion="1.0",
        CredentialsArn=attribute("Role"),
        RequestParameters={
            "QueueUrl": {"Ref": "Inbox"},
            "MessageBody": "$request.body",
            "MessageAttributes": json.dumps(MAPPING),
        },
    ),
    "Webhooks": route("POST /webhooks", integration="ToInbox"),
    "Echo": function({"ZipFile": ECHO}),
    "ToEcho": part_of_api(
        "Integration",
        IntegrationType="AWS_PROXY",
        IntegrationUri=attribute("Echo"),
        PayloadFormatVersion="2.0",
    ),
    "Echoes": route("ANY /echo/{proxy+}", integration="ToEcho"),
}


TRUSTING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}
MAY_SEND_AND_COUNT = [
    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Tellal"}},
    },
    {
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/a@tellal.example",
    },
]


class Deployed:
    """An API and its inbox, on one of the two servers."""

    def __init__(self, aws: LocalAws, outputs: Mapping[str, str]) -> None:
        self.api = f"{aws.endpoint}/_aws/execute-api/{outputs['Api']}/$default"
        self.inbox = outputs["Inbox"]
        self.sqs = aws.client("sqs")

    def receive_webhook(self, body: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(f"{self.api}/webhooks", content=body, headers=named)

    def messages(self) -> list[dict[str, Any]]:
        """Take what lies in the inbox."""
        found: list[dict[str, Any]] = self.sqs.receive_message(
            QueueUrl=self.inbox, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        ).get("Messages", [])
        for message in found:
            self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture(scope="module")
def ours_deployed(ours: LocalAws, create_stack: CreateStack) -> Deployed:
    ours.reset()
    before = httpx.get(ours.front)
    assert before.status_code == 503
    assert "deployed" in before.text
    outputs = {"Api": {"Ref": "Api"}, "Inbox": {"Ref": "Inbox"}}
    return Deployed(ours, create_stack(ours, name="api", resources=API, outputs=outputs))


@pytest.fixture(scope="module")
def stock_deployed(stock: LocalAws, create_stack: CreateStack) -> Deployed:
    outputs = {"Api": {"Ref": "Api"}, "Inbox": {"Ref": "Inbox"}}
    return Deployed(stock, create_stack(stock, name="api", resources=API, outputs=outputs))


def test_webhook_reaches_the_queue_without_code_of_ours(
    ours_deployed: Deployed, stock_deployed: Deployed
) -> None:
    body = '{"text": "çok güzel"}'.encode()

    assert stock_deployed.receive_webhook(body, x_signature="abc").status_code == 502
    assert ours_deployed.receive_webhook(body, x_signature="abc").status_code == 200

    (message,) = ours_deployed.messages()
    assert message["Body"].encode() == body
    values = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert values == {"platform": "github", "signature": "abc"}


def test_a_header_can_break_out_of_its_attribute(ours_deployed: Deployed) -> None:
    forged = 'x"},"platform":{"DataType":"String","StringValue":"mastodon'

    assert ours_deployed.receive_webhook(b"{}", x_signature=forged).status_code == 200

    (message,) = ours_deployed.messages()
    assert message["MessageAttributes"]["platform"]["StringValue"] == "mastodon"


@pytest.mark.parametrize("broken", ['"', 'x"},"platform":5,"y":{"StringValue":"z'])
def test_a_header_that_breaks_the_attributes_is_refused(
    ours_deployed: Deployed, broken: str
) -> None:
    assert ours_deployed.receive_webhook(b"{}", x_signature=broken).status_code == 400
    assert ours_deployed.messages() == []


def test_a_webhook_without_signature_or_body_is_refused(ours_deployed: Deployed) -> None:
    assert ours_deployed.receive_webhook(b"{}").status_code == 400
    assert ours_deployed.receive_webhook(b"", x_signature="abc").status_code == 400
    assert ours_deployed.messages() == []


def test_a_webhook_may_be_as_large_as_a_message(ours_deployed: Deployed) -> None:
    too_large = ours_deployed.receive_webhook(b"x" * (MIB + 1), x_signature="abc")
    assert too_large.status_code == 400
    assert ours_deployed.messages() == []

    largest = ours_deployed.receive_webhook(b"x" * MIB, x_signature="abc")
    assert largest.status_code == 200
    assert len(ours_deployed.messages()[0]["Body"]) == MIB


def test_a_message_attribute_must_not_be_empty(
    ours_deployed: Deployed, stock_deployed: Deployed
) -> None:
    empty = {"signature": {"DataType": "String", "StringValue": ""}}

    def send(deployed: Deployed) -> None:
        deployed.sqs.send_message(QueueUrl=deployed.inbox, MessageBody="x", MessageAttributes=empty)

    send(stock_deployed)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        send(ours_deployed)


def test_a_browser_may_call_what_the_template_allows(
    ours_deployed: Deployed, stock_deployed: Deployed
) -> None:
    def preflight(deployed: Deployed, origin: str) -> httpx.Response:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        return httpx.options(f"{deployed.api}/webhooks", headers=asked)

    assert preflight(stock_deployed, "https://pages.example").status_code == 403
    allowed = preflight(ours_deployed, "https://pages.example")
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://pages.example"
    assert allowed.headers["access-control-allow-methods"] == "POST"
    assert preflight(ours_deployed, "https://other.example").status_code == 403


def test_the_front_door_leads_to_the_api_and_changes_nothing(
    ours: LocalAws, ours_deployed: Deployed
) -> None:
    response = httpx.post(
        f"{ours.front}/echo/a%2Fb/%C3%BC?x=1&x=2&y=%26",
        content=b"\xff\x00",
        headers=[
            ("host", "tellal.example"),
            ("cookie", "first=1"),
            ("cookie", "second=2"),
            ("x-twice", "one"),
            ("x-twice", "two"),
        ],
    )

    event = response.json()
    assert event["rawPath"] == "/echo/a/b/ü"
    assert event["rawQueryString"] == "x=1&x=2&y=%26"
    assert event["headers"]["host"] == "tellal.example"
    assert event["headers"]["cookie"] == "first=1; second=2"
    assert event["headers"]["x-twice"] == "one, two"
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_a_burst_of_messages_waits_for_no_time_out(
    ours: LocalAws, stock: LocalAws, create_stack: CreateStack
) -> None:
    def left_after_ten_seconds(aws: LocalAws) -> int:
        queue = create_stack(aws, name="burst", resources=DROPS, outputs={"url": {"Ref": "Drops"}})
        sqs = aws.client("sqs")
        for number in range(BURST):
            sqs.send_message(QueueUrl=queue["url"], MessageBody=str(number))
        ends = time.monotonic() + 10
        while (left := _held_by(sqs, queue["url"])) and time.monotonic() < ends:
            time.sleep(0.1)
        return left

    assert left_after_ten_seconds(stock) > 0
    assert left_after_ten_seconds(ours) == 0


def test_a_stream_is_read_on_after_a_restart(tmp_path: Path, create_stack: CreateStack) -> None:
    def is_told_after_a_restart(*, stock: bool) -> bool:
        folder = tmp_path / f"stock-{stock}"
        folder.mkdir()
        with LocalAws.start(state_dir=folder, port=0, front_port=0, stock=stock) as aws:
            made = create_stack(
                aws, name="rows", resources=ROWS, outputs={"name": {"Ref": "Teller"}}
            )
            assert _is_told(aws, made["name"], "before")
        with LocalAws.start(state_dir=folder, port=0, front_port=0, stock=stock) as aws:
            return _is_told(aws, made["name"], "after")

    assert not is_told_after_a_restart(stock=True)
    assert is_told_after_a_restart(stock=False)


def _is_told(aws: LocalAws, function_name: str, row: str) -> bool:
    """Write a row; does the function print it within ten seconds?"""
    aws.client("dynamodb").put_item(TableName="rows", Item={"id": {"S": row}})
    logs, ends = aws.client("logs"), time.monotonic() + 10
    while time.monotonic() < ends:
        groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function_name}")
        for group in groups["logGroups"]:
            events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            if any(f"'{row}'" in event["message"] for event in events):
                return True
        time.sleep(0.1)
    return False


def _held_by(sqs: Any, url: str) -> int:
    """Messages that wait, or are being worked on."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(
        attributes["ApproximateNumberOfMessagesNotVisible"]
    )


def test_a_function_may_answer_without_a_body(
    ours_deployed: Deployed, stock_deployed: Deployed
) -> None:
    assert _answer(stock_deployed).status_code == 500
    answer = _answer(ours_deployed)
    assert (answer.status_code, answer.content) == (204, b"")


def _answer(deployed: Deployed) -> httpx.Response:
    """Once its Lambdas are not at work on what other tests asked of them."""
    for _ in range(300):
        answer = httpx.delete(f"{deployed.api}/echo/it")
        if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
            return answer
        time.sleep(0.1)
    return answer


@pytest.mark.parametrize("path", ["/", "/health", "/_ministack/health", "/inbox"])
def test_the_front_door_leads_nowhere_else(
    ours: LocalAws, ours_deployed: Deployed, path: str
) -> None:
    assert httpx.get(ours.front + path).json() == {"message": "Not Found"}


def look_around(aws: LocalAws, create_stack: CreateStack) -> list[dict[str, Any]]:
    """What two functions with one layer see: one answer of each."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as layer:
        layer.writestr("python/layered.py", "")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="code", Key="layer.zip", Body=archive.getvalue())
    content = {"S3Bucket": "code", "S3Key": "layer.zip"}
    layered = function({"ZipFile": LOOK_AROUND}, Layers=[{"Ref": "Layer"}])
    names = create_stack(
        aws,
        name="lambdas",
        resources={
            "Role": ROLE,
            "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}},
            "One": layered,
            "Two": layered,
        },
        outputs={"One": {"Ref": "One"}, "Two": {"Ref": "Two"}},
    )
    asked = json.dumps(["boto3", "yaml"])  # ministack needs yaml, Lambda has none
    return [
        json.load(aws.client("lambda").invoke(FunctionName=name, Payload=asked)["Payload"])
        for name in names.values()
    ]


@pytest.fixture(scope="module")
def ours_seen(
    ours: LocalAws, ours_deployed: Deployed, create_stack: CreateStack
) -> list[dict[str, Any]]:
    return look_around(ours, create_stack)


@pytest.fixture(scope="module")
def stock_seen(stock: LocalAws, create_stack: CreateStack) -> list[dict[str, Any]]:
    return look_around(stock, create_stack)


def test_a_lambda_finds_boto3_and_nothing_else_that_its_layers_lack(
    ours_seen: list[dict[str, Any]], stock_seen: list[dict[str, Any]]
) -> None:
    assert stock_seen[0]["found"] == ["yaml"]
    assert ours_seen[0]["found"] == ["boto3"]


def test_workers_share_what_their_layer_was_unpacked_to(
    ours_seen: list[dict[str, Any]], stock_seen: list[dict[str, Any]]
) -> None:
    assert stock_seen[0]["layer"] != stock_seen[1]["layer"]
    assert ours_seen[0]["layer"] == ours_seen[1]["layer"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[LocalAws, LocalAws]]:
    """Ours and stock, IAM enforced in both, and a role that may do a little in each."""
    with (
        LocalAws.start(state_dir=None, port=0, front_port=0, enforce_iam=True) as ours,
        LocalAws.start(state_dir=None, port=0, front_port=0, enforce_iam=True, stock=True) as stock,
    ):
        for aws in (ours, stock):
            aws.client("sqs").create_queue(QueueName="hints")
            iam = aws.client("iam")
            iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUSTING))
            policy = {"Version": "2012-10-17", "Statement": MAY_SEND_AND_COUNT}
            iam.put_role_policy(
                RoleName="worker", PolicyName="little", PolicyDocument=json.dumps(policy)
            )
        yield ours, stock


def as_worker(aws: LocalAws, service: str) -> Any:
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    make: Any = boto3.client  # the stubs know a type for each literal name only
    return make(
        service,
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


def test_who_may_send_a_message_may_send_several(guarded: tuple[LocalAws, LocalAws]) -> None:
    ours, stock = guarded

    def send(aws: LocalAws) -> None:
        url = aws.client("sqs").get_queue_url(QueueName="hints")["QueueUrl"]
        as_worker(aws, "sqs").send_message_batch(
            QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}]
        )

    with pytest.raises(ClientError, match="AccessDenied"):
        send(stock)
    send(ours)


def test_metrics_may_be_put_where_the_policy_says(guarded: tuple[LocalAws, LocalAws]) -> None:
    ours, stock = guarded

    def put(aws: LocalAws, namespace: str) -> None:
        as_worker(aws, "cloudwatch").put_metric_data(
            Namespace=namespace, MetricData=[{"MetricName": "posts", "Value": 1}]
        )

    with pytest.raises(ClientError, match="AccessDenied"):
        put(stock, "Tellal")
    put(ours, "Tellal")
    with pytest.raises(ClientError, match="AccessDenied"):
        put(ours, "Another")


def test_mail_may_be_sent_in_the_name_that_the_policy_says(
    guarded: tuple[LocalAws, LocalAws],
) -> None:
    ours, stock = guarded

    def mail(aws: LocalAws, sender: str) -> None:
        aws.client("sesv2").create_email_identity(EmailIdentity=sender)
        as_worker(aws, "sesv2").send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": ["b@tellal.example"]},
            Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
        )

    with pytest.raises(ClientError, match="AccessDenied"):
        mail(stock, "a@tellal.example")
    mail(ours, "a@tellal.example")
    with pytest.raises(ClientError, match="AccessDenied"):
        mail(ours, "c@tellal.example")
