"""What must outlive any deployment: tables, queues, buckets, the key, the bus, the API's address.

Never rename an id here: CloudFormation would make a new thing and leave the old one, data and all.
"""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.buckets import Buckets
from infra.deployment import Deployment
from infra.http_api import HttpApi
from infra.queues import Queues
from infra.tables import Tables


class DataStack(Stack):
    def __init__(self, scope: Construct, id: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id, termination_protection=deployment.keeps_data)
        self.tables = Tables(self, "Tables", deployment=deployment).by_name
        self.buckets = Buckets(self, "Buckets", deployment=deployment).by_name
        queues = Queues(self, "Queues", deployment=deployment)
        self.queues, self.dead_letters = queues.by_name, queues.dead_letters
        self.key = kms.Key(
            self,
            "Key",
            description="Tellal: the tokens of channels and the secrets of apps, field by field",
            enable_key_rotation=True,
            rotation_period=Duration.days(2560),  # the longest there is: each old key costs
            removal_policy=deployment.removal_policy,
        )
        self.bus = events.EventBus(self, "Bus", event_bus_name=deployment.named("events"))
        self.api = HttpApi(self, "Api", deployment=deployment)
        self.api_url = deployment.api_url or self.api.api_endpoint

        CfnOutput(self, "ApiUrl", value=self.api_url)
        for name, bucket in self.buckets.items():
            CfnOutput(self, f"{name.title()}Bucket", value=bucket.bucket_name)
