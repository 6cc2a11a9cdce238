"""The observations as a table that Athena reads, where they lie.

No crawler, and no partition to be made: Athena works out the places from what a query says.
A query must name one workspace (`workspace = 'ws_…'`, an injected partition) and should name dates.
"""

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.data_stack import DataStack
from infra.deployment import Deployment

# As `tellal.observations.Observation` writes them; a test holds the two together.
COLUMNS = {
    "workspace_id": "string",
    "channel_id": "string",
    "platform": "string",
    "delivery_id": "string",
    "conversation_id": "string",
    "campaign_id": "string",
    "counted_id": "string",
    "segment": "string",
    "of_day": "string",
    "metric": "string",
    "value": "bigint",
    "at": "string",
}
FIRST_DAY = "2024-01-01"  # what is back-filled lies under its own day


class Catalog(Construct):
    """Database `tellal_<stage>`, table `observations`."""

    def __init__(
        self, scope: Construct, id: str, *, deployment: Deployment, data: DataStack
    ) -> None:
        super().__init__(scope, id)
        account = Stack.of(self).account
        name = f"tellal_{deployment.stage}".replace("-", "_")
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=name, description="Tellal: what was measured"
            ),
        )
        place = f"s3://{data.buckets['reports'].bucket_name}/observations"
        table = glue.CfnTable(
            self,
            "Observations",
            catalog_id=account,
            database_name=name,
            table_input=glue.CfnTable.TableInputProperty(
                name="observations",
                description="One measured number a line; see docs/athena.md",
                table_type="EXTERNAL_TABLE",
                partition_keys=[_column("workspace", "string"), _column("date", "string")],
                parameters=_projection(f"{place}/workspace=${{workspace}}/date=${{date}}/"),
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=f"{place}/",
                    columns=[_column(*each) for each in COLUMNS.items()],
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.openx.data.jsonserde.JsonSerDe"
                    ),
                ),
            ),
        )
        table.add_dependency(database)


def _column(name: str, kind: str) -> glue.CfnTable.ColumnProperty:
    return glue.CfnTable.ColumnProperty(name=name, type=kind)


def _projection(template: str) -> dict[str, str]:
    """https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html"""
    return {
        "classification": "json",
        "EXTERNAL": "TRUE",
        "projection.enabled": "true",
        "projection.workspace.type": "injected",
        "projection.date.type": "date",
        "projection.date.format": "yyyy-MM-dd",
        "projection.date.range": f"{FIRST_DAY},NOW+1DAY",
        "projection.date.interval": "1",
        "projection.date.interval.unit": "DAYS",
        "storage.location.template": template,
    }
