"""What must outlive any deployment, and what it may cost to keep."""

import json

from aws_cdk import App

from infra.data_stack import DataStack
from infra.deployment import Deployment
from tellal.stores import schema
from tests.infra.synthesised import Synthesised

# CloudFormation knows things by these ids and nothing else: one that changes becomes a new, empty
# table, bucket, queue, key or address, while the old one stays behind with everything in it.
NEVER_RENAMED = {
    *("TablesWorkspaces6841D8E2", "TablesAccessFC9D8B84", "TablesApps33F1B8A2"),
    *("TablesChannelsF7232B09", "TablesCredentials4E6AF65C", "TablesMedia296C149A"),
    *("TablesPosts0238BDBA", "TablesDeliveries21CE5B69", "TablesConversationsDFBD939C"),
    *("TablesMessages5F3A57D1", "TablesOnce5FF5934E", "TablesMembersE63B2D8E"),
    *("TablesTags19B99EDC", "TablesContactsF93627A8", "TablesSavedRepliesCDFFFFDE"),
    *("TablesPlaybooksD33B5F1B", "TablesAuditCEFF9E0F"),
    *("BucketsMedia5BAFF3AF", "BucketsArchiveCE3432CC", "BucketsReportsE712E931"),
    *("QueuesPrepareB7EC5FB7", "QueuesPrepareDeadLetters58D3A622"),
    *("QueuesPublishDFF6A6F8", "QueuesPublishDeadLetters26B98988"),
    *("QueuesInbox20F15784", "QueuesInboxDeadLetters5E40BCA6", "QueuesFailures7C1053FB"),
    *("Key961B73FD", "ApiF70053CD"),
}


def test_what_holds_data_keeps_its_id(stacks: Synthesised) -> None:
    assert set(stacks.data) >= NEVER_RENAMED


def test_what_holds_data_is_kept_whatever_happens_to_the_stack(stacks: Synthesised) -> None:
    assert stacks.protected
    for name, resource in stacks.data.items():
        if resource["Type"] in ("AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::KMS::Key"):
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_nothing_is_kept_on_this_machine() -> None:
    app = App()
    stack = DataStack(app, "Local", deployment=Deployment(local=True))
    template = app.synth().get_stack_artifact(stack.artifact_id).template
    policies = {each.get("DeletionPolicy") for each in template["Resources"].values()}
    assert "Retain" not in policies
    assert not stack.termination_protection
    api = next(
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::ApiGatewayV2::Api"
    )
    assert len(bytes.fromhex(api["Tags"]["ms-custom-id"])) == 4


def test_tables_are_as_the_schema_says(stacks: Synthesised) -> None:
    made = stacks.all("AWS::DynamoDB::GlobalTable")
    assert len(made) == len(schema.TABLES)
    for table in schema.TABLES:
        (given,) = (
            each for name, each in made.items() if name[6:-8] == table.name.title().replace("_", "")
        )
        assert [key["AttributeName"] for key in given["KeySchema"]] == [table.key]
        assert ("StreamSpecification" in given) == table.streams
        ttl = given.get("TimeToLiveSpecification", {}).get("AttributeName")
        assert ttl == table.expires
        indexes = {
            index["IndexName"]: (
                *(key["AttributeName"] for key in index["KeySchema"]),
                index["Projection"]["ProjectionType"],
                tuple(index["Projection"].get("NonKeyAttributes", ())),
            )
            for index in given.get("GlobalSecondaryIndexes", [])
        }
        assert indexes == {index.name: declared(index) for index in table.indexes}


def declared(index: schema.Index) -> tuple[object, ...]:
    kind = "ALL" if index.projects is None else "INCLUDE" if index.projects else "KEYS_ONLY"
    return index.partition, index.sort, kind, index.projects or ()


def test_tables_can_be_restored_and_not_be_deleted(stacks: Synthesised) -> None:
    for name, table in stacks.all("AWS::DynamoDB::GlobalTable").items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        (here,) = table["Replicas"]
        assert here["DeletionProtectionEnabled"], name
        assert here["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name


def test_buckets_are_private_encrypted_versioned_and_tidied(stacks: Synthesised) -> None:
    for name, bucket in stacks.all("AWS::S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["BucketEncryption"], name
        assert bucket["VersioningConfiguration"]["Status"] == "Enabled", name
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules), name
        assert any("NoncurrentVersionExpiration" in rule for rule in rules), name


def test_uploads_that_no_post_took_go_after_a_week_and_raw_webhooks_after_a_month(
    stacks: Synthesised,
) -> None:
    def expiring(bucket: str) -> dict[str | None, int]:
        rules = stacks.data[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
        return {
            rule.get("Prefix"): rule["ExpirationInDays"]
            for rule in rules
            if "ExpirationInDays" in rule
        }

    assert expiring("BucketsMedia5BAFF3AF") == {"uploads/": 7, "renditions/": 7}
    assert expiring("BucketsArchiveCE3432CC") == {None: 30}
    assert expiring("BucketsReportsE712E931") == {}


def test_nothing_is_reached_over_plain_http(stacks: Synthesised) -> None:
    policies = {**stacks.all("AWS::S3::BucketPolicy"), **stacks.all("AWS::SQS::QueuePolicy")}
    guarded = {**stacks.all("AWS::S3::Bucket"), **stacks.all("AWS::SQS::Queue")}
    assert len(policies) == len(guarded)
    for name, policy in policies.items():
        assert '"aws:SecureTransport": "false"' in json.dumps(policy), name


def test_every_queue_has_dead_letters_or_is_where_they_end(stacks: Synthesised) -> None:
    for name, queue in stacks.all("AWS::SQS::Queue").items():
        last_stop = "DeadLetters" in name or "Failures" in name
        assert last_stop != ("RedrivePolicy" in queue), name
        assert queue["SqsManagedSseEnabled"], name
        if last_stop:
            assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600, name
        else:
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5, name


def test_the_key_turns_as_seldom_as_it_can(stacks: Synthesised) -> None:
    (key,) = stacks.all("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"]
    assert key["RotationPeriodInDays"] == 2560


def test_the_stage_is_throttled_by_default_and_no_route_otherwise(stacks: Synthesised) -> None:
    (stage,) = stacks.all("AWS::ApiGatewayV2::Stage").values()
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingBurstLimit": 200,
        "ThrottlingRateLimit": 100,
    }
    assert "RouteSettings" not in stage
    assert "Arn" in json.dumps(stage["AccessLogSettings"]["DestinationArn"])
