"""How fast this machine's local AWS empties a queue at best: the floor under every burst.

A function that does nothing, one message an invocation, its workers warm.
"""

import io
import time
import zipfile
from itertools import batched
from typing import Any

from local.aws.process import ACCOUNT, LocalAws

NAME = "bench-does-nothing"
TO_WARM_UP = 8
SECONDS_AT_MOST = 120


def seconds_to_drain(aws: LocalAws, *, messages: int) -> float:
    sqs, lambda_ = aws.client("sqs"), aws.client("lambda")
    url = sqs.create_queue(QueueName=NAME)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    lambda_.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="handler.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
        Code={"ZipFile": _code()},
    )
    lambda_.create_event_source_mapping(
        FunctionName=NAME, EventSourceArn=queue["QueueArn"], BatchSize=1
    )
    _drain(sqs, url, TO_WARM_UP)
    return _drain(sqs, url, messages)


def _code() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context):\n    return None\n")
    return held.getvalue()


def _drain(sqs: Any, url: str, messages: int) -> float:
    began = time.monotonic()
    for batch in batched(range(messages), 10, strict=False):
        entries = [{"Id": str(number), "MessageBody": "{}"} for number in batch]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    while (took := time.monotonic() - began) < SECONDS_AT_MOST:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=waiting)["Attributes"]
        if all(found[each] == "0" for each in waiting):
            return took
        time.sleep(0.02)
    raise RuntimeError(f"{messages} messages were not handled within {SECONDS_AT_MOST} seconds")
