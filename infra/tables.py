"""The tables, exactly as `tellal.stores.schema` states them."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.deployment import Deployment
from tellal.stores import schema


class Tables(Construct):
    def __init__(self, scope: Construct, id: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id)
        self.by_name = {table.name: self._table(table, deployment) for table in schema.TABLES}

    def _table(self, table: schema.Table, deployment: Deployment) -> dynamodb.TableV2:
        return dynamodb.TableV2(
            self,
            table.name.title().replace("_", ""),
            partition_key=_text(table.key),
            billing=dynamodb.Billing.on_demand(),
            global_secondary_indexes=[_index(index) for index in table.indexes],
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if table.streams else None,
            time_to_live_attribute=table.expires,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=deployment.keeps_data,
            removal_policy=deployment.removal_policy,
        )


def _index(index: schema.Index) -> dynamodb.GlobalSecondaryIndexPropsV2:
    if index.projects is schema.ALL:
        projection = dynamodb.ProjectionType.ALL
    elif index.projects:
        projection = dynamodb.ProjectionType.INCLUDE
    else:
        projection = dynamodb.ProjectionType.KEYS_ONLY
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=index.name,
        partition_key=_text(index.partition),
        sort_key=_text(index.sort),
        projection_type=projection,
        non_key_attributes=list(index.projects) if index.projects else None,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
