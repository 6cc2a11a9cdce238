"""The HTTP API and its stage. Its address stands in webhooks, redirects and published links.

Routes are made where their functions are. The stage's default throttling is the only one:
tighter limits are ours to keep, and a route's own settings would have to live here, apart from it.
"""

import hashlib
import json

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.deployment import Deployment

# Neither addresses nor query strings: these lines need not be anybody's personal data.
LOGGED = {
    "request": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "took_ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class HttpApi(http.HttpApi):
    def __init__(self, scope: Construct, id: str, *, deployment: Deployment) -> None:
        name = deployment.named("api")
        super().__init__(scope, id, api_name=name, create_default_stage=False)
        if deployment.local:  # the local AWS takes an API's id from here and needs eight hex digits
            Tags.of(self).add("ms-custom-id", hashlib.sha256(name.encode()).hexdigest()[:8])
        log = logs.LogGroup(
            self,
            "AccessLog",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        http.CfnStage(
            self,
            "Stage",
            api_id=self.api_id,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=http.CfnStage.RouteSettingsProperty(
                throttling_burst_limit=200, throttling_rate_limit=100
            ),
            access_log_settings=http.CfnStage.AccessLogSettingsProperty(
                destination_arn=log.log_group_arn, format=json.dumps(LOGGED)
            ),
        )
