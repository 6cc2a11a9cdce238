"""What can be thrown away and made again, and the rules it keeps each time."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from infra.app import add_stacks
from infra.deployment import Deployment
from tellal.config import Settings
from tellal.measuring.shelf import observations_key
from tellal.observability import NAMESPACE
from tests.infra.synthesised import Synthesised

ROOT = Path(__file__).parents[2]
NEVER = ("AWS::EC2::", "AWS::SecretsManager::", "AWS::ElasticLoadBalancing", "AWS::RDS::")
FANNING_OUT = {"erase_contacts", "poll_inbox", "collect_metrics", "build_report"}


def test_one_name_stands_in_all_its_places(stacks: Synthesised) -> None:
    deployed = set(stacks.functions())
    assert {path.parent.name for path in ROOT.glob("functions/*/handler.py")} == deployed
    assert {path.parent.name for path in ROOT.glob("events/*/*.json")} == deployed
    tested = {path.stem.removeprefix("test_") for path in ROOT.glob("tests/integration/test_*.py")}
    assert deployed <= tested


def test_every_function_gets_the_settings_it_asks_for_and_no_others(
    stacks: Synthesised,
) -> None:
    fields = Settings.model_fields
    known = {name.upper() for name in fields}
    required = {name.upper() for name, field in fields.items() if field.is_required()}
    for name, function in stacks.functions().items():
        given = set(function["Environment"]["Variables"]) - {"POWERTOOLS_SERVICE_NAME"}
        assert required <= given <= known, name


def test_the_settings_can_be_read(stacks: Synthesised) -> None:
    variables = stacks.functions()["api"]["Environment"]["Variables"]
    texts = {name.lower(): as_deployed(value) for name, value in variables.items()}
    settings = Settings.model_validate(
        {name: text for name, text in texts.items() if name in Settings.model_fields}
    )
    spelled = {name.replace("_", "") for name in settings.tables}  # as in an id
    assert spelled == set(settings.tables.values())
    assert len(settings.dead_letter_queue_urls) == 4
    functions = stacks.functions().values()
    assert set(settings.function_names) == {each["FunctionName"] for each in functions}


def as_deployed(value: Any) -> str:
    """The text CloudFormation would make: a table's name stands for each import that names it."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(as_deployed(each) for each in value["Fn::Join"][1])
    imported: str = value["Fn::ImportValue"].partition("Ref")[2]
    return imported.removeprefix("Tables")[:-16].lower()


def test_a_function_without_a_folder_is_named(handlers: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"functions/api/handler\.py is missing"):
        add_stacks(App(), deployment=Deployment(functions=tmp_path), webhook_headers={})


def test_every_function_has_its_own_role_and_log(stacks: Synthesised) -> None:
    functions = stacks.functions().values()
    assert len({json.dumps(each["Role"]) for each in functions}) == len(functions)
    assert len({json.dumps(each["LoggingConfig"]) for each in functions}) == len(functions)
    for function in functions:
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert "TracingConfig" not in function


def test_logs_are_kept_for_a_month(stacks: Synthesised) -> None:
    logs = stacks.all("AWS::Logs::LogGroup")
    assert len(logs) == len(stacks.functions()) + 1  # and the API's
    assert {log["RetentionInDays"] for log in logs.values()} == {30}


def test_schedules_call_once_and_the_next_time_is_the_retry(stacks: Synthesised) -> None:
    schedules = stacks.all("AWS::Scheduler::Schedule").values()
    for schedule in schedules:
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert schedule["ScheduleExpressionTimezone"] == "UTC"
        retries = schedule["Target"]["RetryPolicy"]
        assert retries == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    times = [schedule["ScheduleExpression"] for schedule in schedules]
    assert len(set(times)) == len(times), "the hourly ones do not start together"


def test_lambda_does_not_retry_behind_the_schedules_back(stacks: Synthesised) -> None:
    for name, config in stacks.all("AWS::Lambda::EventInvokeConfig").items():
        if "DestinationConfig" in config:
            assert config["MaximumRetryAttempts"] == 1, name
        else:
            assert config["MaximumRetryAttempts"] == 0, name
            assert config["MaximumEventAgeInSeconds"] == 60, name


def test_what_fans_out_keeps_its_failures(stacks: Synthesised) -> None:
    kept = [
        name
        for name, config in stacks.all("AWS::Lambda::EventInvokeConfig").items()
        if "OnFailure" in config.get("DestinationConfig", {})
    ]
    titles = {name.title().replace("_", "") for name in FANNING_OUT}
    assert {title for title in titles if any(title in name for name in kept)} == titles
    assert len(kept) == len(titles)


def test_three_queues_are_polled_and_only_preparing_is_held_back(
    stacks: Synthesised,
) -> None:
    mappings = stacks.all("AWS::Lambda::EventSourceMapping").items()
    polled = {name: each for name, each in mappings if "StartingPosition" not in each}
    assert len(polled) <= 3
    for name, each in polled.items():
        assert ("ScalingConfig" in each) == ("PrepareDelivery" in name), name
        assert each["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert "ProvisionedPollerConfig" not in each, name


def test_one_message_a_call_where_a_lease_counts_on_it(stacks: Synthesised) -> None:
    sizes = {
        name: each["BatchSize"]
        for name, each in stacks.all("AWS::Lambda::EventSourceMapping").items()
        if name.startswith("Publishing")
    }
    assert list(sizes.values()) == [1, 1]


def test_a_message_stays_hidden_for_longer_than_it_is_worked_on(stacks: Synthesised) -> None:
    functions = stacks.functions()
    for queue, function in {
        "QueuesPrepareB7EC5FB7": "prepare_delivery",
        "QueuesPublishDFF6A6F8": "publish_delivery",
        "QueuesInbox20F15784": "process_inbox",
    }.items():
        hidden = stacks.data[queue]["Properties"]["VisibilityTimeout"]
        assert hidden > functions[function]["Timeout"], queue


def test_changes_of_every_streaming_table_are_announced(stacks: Synthesised) -> None:
    streams = [
        each
        for each in stacks.all("AWS::Lambda::EventSourceMapping").values()
        if "StartingPosition" in each
    ]
    tables = stacks.all("AWS::DynamoDB::GlobalTable").values()
    told = [each for each in streams if "FilterCriteria" not in each]
    assert len(told) == sum("StreamSpecification" in table for table in tables)
    others = [each for each in streams if each not in told]  # for what matters to them alone
    names = sorted(each["FunctionName"]["Ref"] for each in others)
    expected = ["ApplyRules", "FollowConversations", "FollowConversations"]
    assert [name for name, part in zip(names, expected, strict=True) if part not in name] == []
    read = Counter(json.dumps(each["EventSourceArn"]) for each in streams)
    assert max(read.values()) <= 2  # more readers of one shard are throttled
    for each in streams:
        assert each["BisectBatchOnFunctionError"]
        assert each["MaximumRetryAttempts"] == 5
        assert each["DestinationConfig"]["OnFailure"]


def test_a_webhook_goes_to_the_queue_with_its_signature_headers(
    stacks: Synthesised,
) -> None:
    (integration,) = (
        each
        for each in stacks.all("AWS::ApiGatewayV2::Integration").values()
        if each.get("IntegrationSubtype") == "SQS-SendMessage"
    )
    sent = integration["RequestParameters"]
    assert sent["MessageBody"] == "$request.body"
    assert json.loads(sent["MessageAttributes"]) == {
        "platform": {"DataType": "String", "StringValue": "faces"},
        "x-faces-signature": {
            "DataType": "String",
            "StringValue": "${request.header.x-faces-signature}",
        },
        "x-faces-time": {"DataType": "String", "StringValue": "${request.header.x-faces-time}"},
    }


def test_routes_are_these(stacks: Synthesised) -> None:
    keys = {route["RouteKey"] for route in stacks.all("AWS::ApiGatewayV2::Route").values()}
    assert keys == {
        "ANY /",
        "ANY /{proxy+}",
        "GET /webhooks/{platform}",
        "POST /webhooks/{platform}/erasure",
        "POST /webhooks/faces",
    }


def test_alarms_and_metrics_stay_free(stacks: Synthesised) -> None:
    alarms = stacks.all("AWS::CloudWatch::Alarm").values()
    assert 0 < len(alarms) <= 10
    assert len({alarm["MetricName"] for alarm in alarms}) <= 10
    for alarm in alarms:
        assert alarm["Namespace"] == NAMESPACE
        assert "Dimensions" not in alarm
        assert alarm["AlarmActions"]


def test_silence_rings_only_where_it_means_a_dead_sweep(stacks: Synthesised) -> None:
    silent = {
        alarm["MetricName"]: alarm["TreatMissingData"]
        for alarm in stacks.all("AWS::CloudWatch::Alarm").values()
    }
    assert silent.pop("unaccounted_deliveries") == "breaching"
    assert set(silent.values()) == {"notBreaching"}


def test_nothing_costs_by_the_hour_or_takes_concurrency_from_others(stacks: Synthesised) -> None:
    kinds = {each["Type"] for each in {**stacks.data, **stacks.service}.values()}
    assert not [kind for kind in kinds if kind.startswith(NEVER)]
    for name, function in stacks.functions().items():
        assert "ReservedConcurrentExecutions" not in function, name
        assert "VpcConfig" not in function, name


def test_athena_finds_the_observations_where_they_are_written(stacks: Synthesised) -> None:
    [database] = stacks.all("AWS::Glue::Database").values()
    [table] = stacks.all("AWS::Glue::Table").values()
    assert table["DatabaseName"] == database["DatabaseInput"]["Name"]
    assert re.fullmatch("[a-z0-9_]+", table["DatabaseName"])  # Athena takes no hyphen unquoted
    given = table["TableInput"]
    assert [each["Name"] for each in given["PartitionKeys"]] == ["workspace", "date"]
    template = json.dumps(given["Parameters"]["storage.location.template"])
    key = observations_key("${workspace}", date="${date}", name="x")
    assert key.removesuffix("x.jsonl.gz") in template
    assert given["Parameters"]["projection.workspace.type"] == "injected"
