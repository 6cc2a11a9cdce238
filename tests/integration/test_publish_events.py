import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.publish_events.handler import handler
from tellal.config import settings

Event = Callable[[str], Any]


@pytest.fixture
def told(aws: Any) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What came out of the bus, through a rule as an owner would make one."""
    sqs, events = aws.client("sqs"), aws.client("events")
    url = sqs.create_queue(QueueName="automation")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    bus = settings().event_bus
    pattern = json.dumps({"source": ["tellal"]})
    events.put_rule(Name="automation", EventBusName=bus, EventPattern=pattern)
    target = {"Id": "queue", "Arn": arn["QueueArn"]}
    events.put_targets(Rule="automation", EventBusName=bus, Targets=[target])

    def told() -> list[dict[str, Any]]:
        reply = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(message["Body"]) for message in reply.get("Messages", [])]

    yield told
    events.remove_targets(Rule="automation", EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name="automation", EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)


def test_a_published_post_is_told_on_the_bus(
    told: Callable[[], list[dict[str, Any]]], event: Event, context: Any
) -> None:
    result = handler(event("publish_events/a_post_was_published"), context)

    [event_] = told()
    assert result == {"batchItemFailures": []}
    assert event_["detail-type"] == "PostPublished"
    assert event_["detail"]["event_id"] == "dlv_06ehzkt0w7s2j5y7b0v5d0m4cg.2"
    assert event_["detail"]["permalinks"] == ["https://m.example/@acme/1"]


def test_a_message_is_told_on_the_bus_without_its_text(
    told: Callable[[], list[dict[str, Any]]], event: Event, context: Any
) -> None:
    handler(event("publish_events/a_message_arrived"), context)

    [event_] = told()
    assert event_["detail-type"] == "MessageReceived"
    assert "hello" not in json.dumps(event_)


def test_a_goal_that_falls_off_track_is_told_on_the_bus(
    told: Callable[[], list[dict[str, Any]]], event: Event, context: Any
) -> None:
    handler(event("publish_events/a_goal_fell_off_track"), context)

    [event_] = told()
    assert event_["detail-type"] == "GoalOffTrack"
    assert event_["detail"] == {
        "event_id": "goal_06ehzkt0w7s2j5y7b0v5d0m4cg.1",
        "workspace_id": "ws_06ehzkt0w7s2j5y7b0v5d0m4cg",
        "goal_id": "goal_06ehzkt0w7s2j5y7b0v5d0m4cg",
        "measure": "conversions",
        "target": 100.0,
        "so_far": 10.0,
        "forecast": 19.59,
        "ends_on": "2026-01-10",
        "off_track_since": "2026-01-05T23:30:00.000Z",
    }
