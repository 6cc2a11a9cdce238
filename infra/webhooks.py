"""Webhooks: straight from the API into the inbox queue, with no code of ours on the way in.
What a platform asks and waits for (that a person be erased) has a function that answers.

A platform's signature headers travel beside the body as message attributes. They are put into
JSON as they come, so nobody may trust them; the platform only says which secrets must verify.
"""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_iam as iam
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.acknowledging import acknowledge
from infra.function import Function, Shared


class Webhooks(Construct):
    """`headers`: a platform's name → the headers its signature is in, lower case."""

    def __init__(
        self, scope: Construct, id: str, *, shared: Shared, headers: Mapping[str, Sequence[str]]
    ) -> None:
        super().__init__(scope, id)
        self._api, self._queue = shared.data.api, shared.data.queues["inbox"]
        self._sender = iam.Role(
            self, "Sender", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com")
        )
        self._sender.add_to_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self._queue.queue_arn])
        )
        for platform, names in headers.items():
            self._route_to_queue(platform, names)
        verify = Function(
            self,
            "verify_webhook",
            shared,
            timeout=Duration.seconds(10),
            memory_size=256,
        )
        challenges = http.HttpRoute(
            self,
            "Challenges",
            http_api=self._api,
            route_key=http.HttpRouteKey.with_("/webhooks/{platform}", http.HttpMethod.GET),
            integration=HttpLambdaIntegration("Verify", verify),
        )
        acknowledge(challenges, "APIG4", "platforms ask it before they know any secret")

        answer = Function(
            self,
            "answer_webhook",
            shared,
            timeout=Duration.seconds(20),
            memory_size=256,
        )
        erasures = http.HttpRoute(
            self,
            "Erasures",
            http_api=self._api,
            route_key=http.HttpRouteKey.with_("/webhooks/{platform}/erasure", http.HttpMethod.POST),
            integration=HttpLambdaIntegration("Answer", answer),
        )
        acknowledge(erasures, "APIG4", "answer_webhook verifies the signature over the request")

    def _route_to_queue(self, platform: str, headers: Sequence[str]) -> None:
        attributes = {"platform": platform}
        attributes |= {header: f"${{request.header.{header}}}" for header in headers}
        integration = http.CfnIntegration(
            self,
            f"{platform.title()}ToInbox",
            api_id=self._api.api_id,
            integration_type="AWS_PROXY",
            integration_subtype="SQS-SendMessage",
            payload_format_version="1.0",
            credentials_arn=self._sender.role_arn,
            request_parameters={
                "QueueUrl": self._queue.queue_url,
                "MessageBody": "$request.body",
                "MessageAttributes": json.dumps(
                    {
                        name: {"DataType": "String", "StringValue": value}
                        for name, value in attributes.items()
                    }
                ),
            },
        )
        route = http.CfnRoute(
            self,
            f"{platform.title()}Route",
            api_id=self._api.api_id,
            route_key=f"POST /webhooks/{platform}",
            target=f"integrations/{integration.ref}",
        )
        acknowledge(route, "APIG4", "process_inbox verifies the signature over the raw body")
