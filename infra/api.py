"""The API: every address that no other capability has taken."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.acknowledging import acknowledge
from infra.function import Function, Shared
from infra.layers import Layer


class Api(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared, patterns: Layer) -> None:
        super().__init__(scope, id)
        function = Function(
            self,
            "api",
            shared,
            timeout=Duration.seconds(29),  # the HTTP API itself gives up after 30
            memory_size=1024,
            layers=[
                Layer(self, "MediaLayer", name="media", deployment=shared.deployment),
                patterns,
            ],
        )
        integration = HttpLambdaIntegration("Function", function)
        for name, path in {"Root": "/", "Everything": "/{proxy+}"}.items():
            route = http.HttpRoute(
                self,
                name,
                http_api=shared.data.api,
                route_key=http.HttpRouteKey.with_(path, http.HttpMethod.ANY),
                integration=integration,
            )
            acknowledge(route, "APIG4", "the function looks sessions and keys up in `access`")
