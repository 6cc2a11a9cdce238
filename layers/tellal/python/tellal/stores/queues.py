"""The queues of hints: a message holds a delivery's key and nothing else.

Hints of one channel are one message group, so that one busy channel cannot hold up the others.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING

from tellal.deliveries import Step
from tellal.errors import BadMessage

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

MOST_DELAY = timedelta(minutes=15)  # what SQS takes
MOST_BATCHED = 10


@dataclass(frozen=True)
class Hint:
    delivery_id: str
    channel_id: str
    step: Step
    after: timedelta = timedelta(0)


class HintQueues:
    def __init__(self, sqs: "SQSClient", urls: Mapping[Step, str]) -> None:
        self._sqs = sqs
        self._urls = urls

    def send(self, hint: Hint) -> None:
        self._sqs.send_message(QueueUrl=self._urls[hint.step], **_message(hint))  # type: ignore[arg-type]

    def send_all(self, hints: Iterable[Hint]) -> list[Hint]:
        """Send them in as few calls as may be; returns those that SQS took."""
        taken: list[Hint] = []
        by_step: dict[Step, list[Hint]] = {}
        for hint in hints:
            by_step.setdefault(hint.step, []).append(hint)
        for step, of_step in by_step.items():
            for batch in batched(of_step, MOST_BATCHED, strict=False):
                entries = [{"Id": str(n), **_message(hint)} for n, hint in enumerate(batch)]
                reply = self._sqs.send_message_batch(QueueUrl=self._urls[step], Entries=entries)  # type: ignore[arg-type]
                taken += [batch[int(each["Id"])] for each in reply.get("Successful", [])]
        return taken


def _message(hint: Hint) -> dict[str, object]:
    delay = min(max(hint.after, timedelta(0)), MOST_DELAY)
    return {
        "MessageBody": json.dumps({"delivery_id": hint.delivery_id}),
        "DelaySeconds": int(delay.total_seconds()),
        "MessageGroupId": hint.channel_id,
    }


def delivery_id(body: str) -> str:
    """The key in a hint's body."""
    try:
        key = json.loads(body)["delivery_id"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadMessage("a hint without a delivery_id") from error
    if not isinstance(key, str) or not key:
        raise BadMessage("a hint whose delivery_id is not a text")
    return key
