"""The alarms, few enough to be free: the hourly accounting measures, these ring.

Metrics have no dimensions, and there is no alarm per function: both cost by the piece.
"""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

NAMESPACE = "Tellal"
WATCHED = {
    "unaccounted_deliveries": "A post is neither settled nor due to be looked at again, "
    "or nobody has counted for two hours",
    "dead_letters": "A message could not be worked on: a bug to read",
    "function_errors": "A function failed",
    "function_throttles": "The account's concurrency is used up",
    "overdue_channels": "A channel has not been heard from for longer than it should be",
}
SILENCE_RINGS = "unaccounted_deliveries"


class Alarms(Construct):
    def __init__(self, scope: Construct, id: str, *, email: str | None) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        self._let_alarms_in()
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        for metric, description in WATCHED.items():
            self._alarm(metric, description)

    def _alarm(self, metric: str, description: str) -> None:
        treat = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            metric.title().replace("_", ""),
            alarm_description=description,
            # The window slides and the accounting comes hourly, within its minute. Over two
            # hours one late run is not silence, while one bad figure rings at once; two periods
            # of an hour would wait for a second bad figure. Right after the first deployment
            # silence rings either way, until the accounting has run.
            metric=cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name=metric,
                statistic="Maximum",
                period=Duration.hours(2),
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=treat.BREACHING if metric == SILENCE_RINGS else treat.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def _let_alarms_in(self) -> None:
        """To enforce TLS replaces the policy a topic is born with, which let our alarms in."""
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
