"""A Lambda function the way we make them: a folder of functions/, a role of its own, a log.

Its name in AWS is known beforehand (`tellal-<stage>-<name>`), so that it can be allowed to invoke
itself and be found by whoever reads its log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.access import MAY
from infra.acknowledging import acknowledge
from infra.data_stack import DataStack
from infra.deployment import Deployment
from infra.granting import allow
from infra.layers import RUNTIME
from infra.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What all functions share; the service stack makes it once."""

    deployment: Deployment
    data: DataStack
    layers: Sequence[lambda_.ILayerVersion]
    environment: Mapping[str, str]


class Function(lambda_.Function):
    def __init__(
        self,
        scope: Construct,
        name: str,
        shared: Shared,
        *,
        timeout: Duration,
        memory_size: int,
        every: str | None = None,  # a schedule expression
        fans_out: bool = False,  # is invoked asynchronously, by itself or another, for one thing
        layers: Sequence[lambda_.ILayerVersion] = (),
        ephemeral_storage_size: Size | None = None,
    ) -> None:
        title = name.title().replace("_", "")
        named = shared.deployment.named(name)
        log = logs.LogGroup(
            scope,
            f"{title}Log",
            log_group_name=f"/aws/lambda/{named}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = _role(scope, f"{title}Role", log)
        super().__init__(
            scope,
            title,
            function_name=named,
            code=_code(shared.deployment.functions / name),
            handler="handler.handler",
            runtime=RUNTIME,
            architecture=shared.deployment.architecture,
            role=role,
            layers=[*shared.layers, *layers],
            environment={**shared.environment, "POWERTOOLS_SERVICE_NAME": name},
            timeout=timeout,
            memory_size=memory_size,
            ephemeral_storage_size=ephemeral_storage_size,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
        )
        acknowledge(self, "L1", "the local AWS runs functions on 3.13, and so do we everywhere")
        allow(role, MAY[name], data=shared.data, deployment=shared.deployment)
        if every:
            Schedule(self, "Schedule", function=self, expression=every)
        if fans_out:
            self.configure_async_invoke(
                retry_attempts=1,
                max_event_age=Duration.hours(1),
                on_failure=destinations.SqsDestination(shared.data.queues["failures"]),
            )
        elif every:  # Scheduler invokes asynchronously: here too the next time is the retry
            self.configure_async_invoke(retry_attempts=0, max_event_age=Duration.seconds(60))


def _code(folder: Path) -> lambda_.Code:
    if not (folder / "handler.py").is_file():
        raise FileNotFoundError(
            f"functions/{folder.name}/handler.py is missing: every function is a folder"
        )
    return lambda_.Code.from_asset(str(folder), exclude=["__pycache__", "*.pyc"])


def _role(scope: Construct, id: str, log: logs.LogGroup) -> iam.Role:
    """May write its own log and, unlike AWS's managed policy says, make none."""
    role = iam.Role(scope, id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log.grant_write(role)
    return role
