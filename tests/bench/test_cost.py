"""What is priced, how often it is counted, and that nothing goes unpriced."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import template
from bench.calls import Tally
from bench.cost import Costs
from bench.prices import Prices, total
from bench.sizes import item_bytes, read_units
from bench.template import Deployed, times_an_hour
from bench.worker import Run

PRICES = Prices.read()


def function(name: str) -> dict[str, Any]:
    variables = {"POWERTOOLS_SERVICE_NAME": name}
    properties = {"MemorySize": 512, "Environment": {"Variables": variables}}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def assembly(folder: Path, **resources: Any) -> Path:
    (folder / "one.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def costs(**facts: Any) -> Costs:
    usual: dict[str, Any] = {"standing": {}, "per_hour": {}, "polled": frozenset()}
    memory = {"memory_gb": {"publish_delivery": 0.5, "publish_events": 0.25}}
    return Costs(
        prices=PRICES,
        deployed=Deployed(**usual | memory | facts),
        streaming=frozenset({"Deliveries"}),
        telling=Run("publish_events", 0.0, Tally(), None),
    )


def test_what_is_free_is_taken_off_before_anything_is_charged() -> None:
    bill = PRICES.bill({"sqs_requests": 3_000_000, "kms_keys": 1, "alarms": 9})
    assert bill == {"sqs_requests": pytest.approx(0.8), "kms_keys": 1, "alarms": 0}


def test_every_price_has_its_source_and_every_meter_is_known() -> None:
    assert all(meter.source.startswith("https://") for meter in PRICES.meters.values())
    assert {*PRICES.calls.values(), *PRICES.resources.values()} <= set(PRICES.meters)


def test_usage_is_added_up_meter_by_meter() -> None:
    assert total([(2, {"events": 1, "alarms": 1}), (-1, {"events": 1})]) == {
        "events": 1,
        "alarms": 2,
    }


@pytest.mark.parametrize(
    ("expression", "times"),
    [("rate(1 minute)", 60), ("rate(2 minutes)", 30), ("cron(7 * * * ? *)", 1)],
)
def test_a_schedule_runs_so_often_an_hour(expression: str, times: int) -> None:
    assert times_an_hour(expression) == times


def test_a_schedule_that_cannot_be_read_is_not_taken_for_nothing() -> None:
    with pytest.raises(ValueError, match="how often"):
        times_an_hour("cron(0 9 * * ? *)")


def test_idle_queues_are_polled_and_streams_are_not(tmp_path: Path) -> None:
    mapping = {"Type": "AWS::Lambda::EventSourceMapping"}
    queue = {"FunctionName": {"Ref": "Publish"}}
    stream = {"FunctionName": {"Ref": "Tell"}, "StartingPosition": "TRIM_HORIZON"}
    schedule = {
        "ScheduleExpression": "rate(1 minute)",
        "Target": {"Arn": {"Fn::GetAtt": ["Tell", "Arn"]}},
    }

    deployed = template.read(
        assembly(
            tmp_path,
            Publish=function("publish_delivery"),
            Tell=function("publish_events"),
            Queue=mapping | {"Properties": queue},
            Stream=mapping | {"Properties": stream},
            Clock={"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
            Key={"Type": "AWS::KMS::Key", "Properties": {}},
        ),
        PRICES,
    )

    assert deployed.polled == {"publish_delivery"}
    assert deployed.per_hour == {"publish_events": 60}
    assert deployed.memory_gb == {"publish_delivery": 0.5, "publish_events": 0.5}
    assert deployed.standing["sqs_requests"] == 5 * 730 * 3600 / 20
    assert deployed.standing["kms_keys"] == 1


def test_a_resource_without_a_price_is_an_error(tmp_path: Path) -> None:
    folder = assembly(tmp_path, Gateway={"Type": "AWS::EC2::NatGateway", "Properties": {}})
    with pytest.raises(ValueError, match="AWS::EC2::NatGateway"):
        template.read(folder, PRICES)


def test_a_run_is_charged_for_its_calls_its_units_and_the_changes_it_tells() -> None:
    tally = Tally(table_units=2, index_units=1, read_units=4)
    tally.calls.update({"sqs.SendMessage": 1, "sqs.GetQueueAttributes": 4, "dynamodb.PutItem": 2})
    tally.written.update({"Deliveries": 2, "Once": 1})
    run = Run("publish_delivery", 0.5, tally, None)

    used = costs(polled=frozenset({"publish_delivery"})).used([run])

    assert used["sqs_requests"] == 5 + 2  # its own, and its message's
    assert (used["dynamodb_writes"], used["dynamodb_reads"]) == (3, 4)
    assert used["lambda_requests"] == 1 + 2  # a run of publish_events for each change
    assert used["lambda_gb_seconds"] == (1 + 2 + 0.5) * 0.5 + 2 * 1 * 0.25


def test_a_call_without_a_price_is_an_error() -> None:
    tally = Tally()
    tally.calls["comprehend.DetectSentiment"] += 1
    with pytest.raises(KeyError, match="comprehend"):
        costs().used([Run("publish_delivery", 0.0, tally, None)])


def test_items_are_as_large_as_dynamodb_counts_them() -> None:
    item = {"name": {"S": "şeker"}, "n": {"N": "1234"}, "on": {"BOOL": True}}
    assert item_bytes(item) == (4 + 6) + (1 + 3) + (2 + 1)
    assert item_bytes({"m": {"M": {"a": {"S": "b"}}}}) == 1 + 3 + 1 + 2
    assert item_bytes({"l": {"L": [{"S": "b"}, {"NULL": True}]}}) == 1 + 3 + 2 + 2


def test_a_page_is_read_as_a_whole_and_rows_one_by_one() -> None:
    row = {"text": {"S": "x" * 3000}}
    assert read_units({"Items": [row, row, row]}, consistent=False) == 1.5
    assert read_units({"Responses": {"T": [row, row, row]}}, consistent=True) == 3
    assert read_units({"Item": row}, consistent=True) == 1
    assert read_units({}, consistent=True) == 1
