"""Short links: the redirect that people wait for, and the count that nobody does."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.acknowledging import acknowledge
from infra.function import Function, Shared


class Links(Construct):
    def __init__(self, scope: Construct, id: str, *, shared: Shared) -> None:
        super().__init__(scope, id)
        follow = Function(
            self,
            "follow_link",
            shared,
            timeout=Duration.seconds(10),
            memory_size=512,  # more of it is more processor, for a cold start
        )
        integration = HttpLambdaIntegration("Follow", follow)
        for method in (http.HttpMethod.GET, http.HttpMethod.HEAD):
            route = http.HttpRoute(
                self,
                method.value.title(),
                http_api=shared.data.api,
                route_key=http.HttpRouteKey.with_("/l/{code}", method),
                integration=integration,
            )
            acknowledge(route, "APIG4", "published links are for everybody")
        count = Function(
            self,
            "count_click",
            shared,
            timeout=Duration.seconds(30),
            memory_size=256,
        )
        # No queue for what fails: it would keep addresses of people. Errors are counted hourly.
        count.configure_async_invoke(retry_attempts=2, max_event_age=Duration.hours(1))
