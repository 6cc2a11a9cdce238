"""`make replay STAGE=dev …`: what was lost is brought again, once its bug is mended.

    QUEUE=publish|prepare|inbox    the queue's dead letters go back to it
    WEBHOOKS=facebook/2026-11-22   archived webhooks are run again (30 days are kept)

Both are safe to repeat: a hint is followed only if its row says so, and a message that is stored
already stays as it is. TikTok dates its signatures, and what comes back to the queue days later is
refused as a copy: run its archived webhooks again instead, for in the archive nothing is too old.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from account.session import Client, become_function, client_for, environment_of, run
from tellal import clock, wiring
from tellal.inbox.replaying import replay

AT_ONCE = 10


def main(stage: str, what: str = "", which: str = "") -> int:
    client = client_for(stage)
    if what == "dead-letters" and which in ("publish", "prepare", "inbox"):
        url = environment_of(client, stage=stage)[f"{which.upper()}_QUEUE_URL"]
        print(f"{give_back(client, url)} messages are in the queue {which} again")
        return 0
    if what == "webhooks" and which:
        become_function(stage)
        print(_outcomes(which))
        return 0
    print(__doc__)
    return 1


def give_back(client: Client, queue_url: str) -> int:
    """Move a queue's dead letters back to it, each whole; how many there were."""
    sqs = client("sqs")
    dead_letters = _dead_letters_of(sqs, queue_url)
    moved = 0
    for message in _all(sqs, dead_letters):
        sqs.send_message(QueueUrl=queue_url, **_as_it_was(message))
        sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
    return moved


def _dead_letters_of(sqs: Any, queue_url: str) -> str:
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])
    target = json.loads(attributes["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    url: str = sqs.get_queue_url(QueueName=target.rsplit(":", 1)[-1])["QueueUrl"]
    return url


def _all(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    while messages := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=AT_ONCE,
        MessageSystemAttributeNames=["MessageGroupId"],
        MessageAttributeNames=["All"],
    ).get("Messages"):
        yield from messages


def _as_it_was(message: dict[str, Any]) -> dict[str, Any]:
    group = message.get("Attributes", {}).get("MessageGroupId")
    kept = {"MessageBody": message["Body"]}
    kept |= {"MessageAttributes": given} if (given := message.get("MessageAttributes")) else {}
    return kept | ({"MessageGroupId": group} if group else {})


def _outcomes(prefix: str) -> str:
    """How many messages had which outcome."""
    webhooks = wiring.webhooks()
    keys = webhooks.archive.keys(f"webhooks/{prefix}")
    outcomes: Counter[str] = Counter()
    for each in replay(keys, webhooks=webhooks, now=clock.now()):
        outcomes.update(each.outcomes)
    return ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) or "nothing there"


if __name__ == "__main__":
    run(main)
