"""The whole road of a webhook: our HTTP API, its queue, the function, and the queue's dead letters.

As deployed on the local AWS, but for SQS's poller: a batch is handed over when a test says so.
"""

from collections.abc import Iterator
from itertools import batched
from typing import Any

import httpx

from local.aws.process import LocalAws
from tellal.config import settings
from tests.faults.inbox.surroundings import MOST_TRIES, Letter, Record
from tests.faults.inbox.world import AT_ONCE, InboxWorld


class Road:
    def __init__(self, aws: LocalAws) -> None:
        self._sqs = aws.client("sqs")
        self._front = aws.front
        self._queue = settings().inbox_queue_url
        [self._dead] = [each for each in settings().dead_letter_queue_urls if "InboxDead" in each]
        for url in (self._queue, self._dead):
            self._sqs.purge_queue(QueueUrl=url)

    def post(self, letter: Letter) -> int:
        """As its platform does; how it is answered."""
        at = f"{self._front}/webhooks/{letter.platform}"
        told = dict(letter.headers)
        return httpx.post(at, content=letter.raw, headers=told, trust_env=False).status_code

    def travel(self, world: InboxWorld) -> list[int]:
        """All that waits in the world is posted, and processed until it is stored or dead; how
        each was answered. Whoever was told that it was not taken has sent nothing."""
        letters, world.mail.waiting = world.mail.waiting, []
        answers = [self.post(letter) for letter in letters]
        world.sent = [each for each, status in zip(letters, answers, strict=True) if status < 400]
        for _ in range(MOST_TRIES + 1):  # at the last, the queue gives up what failed
            taken = list(self._received(self._queue))
            for batch in batched(taken, AT_ONCE, strict=False):
                failed = world.handed([_as_lambda_has_it(each) for each in batch])
                for message in batch:
                    self._end_of(message, failed=message["MessageId"] in failed)
        dead = {each["Body"] for each in self._received(self._dead)}
        world.mail.dead = [each for each in letters if each.body in dead]
        world.settle()
        return answers

    def _received(self, url: str) -> Iterator[Any]:
        while messages := self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=AT_ONCE,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            yield from messages

    def _end_of(self, message: Any, *, failed: bool) -> None:
        which = {"QueueUrl": self._queue, "ReceiptHandle": message["ReceiptHandle"]}
        if failed:
            self._sqs.change_message_visibility(**which, VisibilityTimeout=0)
        else:
            self._sqs.delete_message(**which)


def _as_lambda_has_it(message: Any) -> Record:
    """The same words, in lower case."""
    return {
        "messageId": message["MessageId"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {fact[0].lower() + fact[1:]: value for fact, value in attribute.items()}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
    }
