"""What can be thrown away and made again: functions, routes, schedules, alarms."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.alarms import Alarms
from infra.announcing import Announcing
from infra.api import Api
from infra.catalog import Catalog
from infra.connecting import Connecting
from infra.data_stack import DataStack
from infra.deployment import Deployment
from infra.environment import environment
from infra.function import Shared
from infra.inbox import Inbox
from infra.layers import Layer
from infra.measuring import Measuring
from infra.publishing import Publishing
from infra.webhooks import Webhooks


class ServiceStack(Stack):
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        deployment: Deployment,
        data: DataStack,
        webhook_headers: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__(scope, id)
        shared = Shared(
            deployment=deployment,
            data=data,
            layers=[
                Layer(self, "TellalLayer", name="tellal", deployment=deployment),
                Layer(self, "DependenciesLayer", name="dependencies", deployment=deployment),
            ],
            environment=environment(data=data, deployment=deployment),
        )
        patterns = Layer(self, "PatternsLayer", name="patterns", deployment=deployment)
        Api(self, "Api", shared=shared, patterns=patterns)
        Publishing(self, "Publishing", shared=shared)
        Webhooks(self, "Webhooks", shared=shared, headers=webhook_headers)
        Inbox(self, "Inbox", shared=shared, patterns=patterns)
        Announcing(self, "Announcing", shared=shared)
        Measuring(self, "Measuring", shared=shared)
        Catalog(self, "Catalog", deployment=deployment, data=data)
        Connecting(self, "Connecting", shared=shared)
        alarms = Alarms(self, "Alarms", email=deployment.alarm_email)
        CfnOutput(self, "AlarmTopic", value=alarms.topic.topic_arn)
