"""What the inbox's workers stand between: the queue, the tables' streams, and the event bus."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from functions.apply_rules.handler import handler as apply_rules
from functions.follow_conversations.handler import handler as follow_conversations
from functions.publish_events.handler import handler as publish_events
from tellal.config import settings
from tests.faults.border import Border
from tests.faults.inbox.senders import Event
from tests.faults.lean_aws import LeanClient

TABLES = ("messages", "conversations", "deliveries")
MOST_TRIES = 5  # infra.queues
BATCH = 25  # infra.inbox, infra.announcing

Record = dict[str, Any]


class Truth(StrEnum):
    """What a body is, whatever it looks like."""

    SIGNED = "signed"
    POISONOUS = "poisonous"  # signed, and something in it can never be kept
    NOBODYS = "nobody's"  # signed, and about an account that is not connected
    FORGED = "forged"  # or a copy that comes too late


@dataclass
class Letter:
    """A body in the queue. `events` are those in it that can be kept."""

    record: Record
    truth: Truth
    platform: str
    events: tuple[Event, ...]
    raw: bytes
    headers: Mapping[str, str]
    tries: int = 0

    @property
    def body(self) -> str:
        told: str = self.record["body"]
        return told


@dataclass
class Mail:
    """The inbox's queue and its dead letters. Whoever takes a letter gives it back, or has died."""

    waiting: list[Letter] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)

    def handed_out(self, letters: list[Letter]) -> list[Record]:
        for letter in letters:
            letter.tries += 1
        return [letter.record for letter in letters]

    def take_back(self, letters: list[Letter], failed: set[str]) -> None:
        """`failed`: their records' ids."""
        for letter in letters:
            if letter.record["messageId"] not in failed:
                self.waiting.remove(letter)
            elif letter.tries >= MOST_TRIES:
                self.waiting.remove(letter)
                self.dead.append(letter)


MOST_AT_ONCE = 1000  # records: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html


@dataclass
class Streams:
    """What became of rows, read from the local AWS's own streams as far as nobody has read it."""

    client: LeanClient
    _at: dict[str, str] = field(default_factory=dict)  # a table's name → where to read on

    def read(self, table: str) -> Iterator[Record]:
        """In order."""
        at = self._at.get(table) or self._begun(settings().tables[table])
        count = MOST_AT_ONCE
        while count == MOST_AT_ONCE:
            page = self.client.get_records(ShardIterator=at, Limit=MOST_AT_ONCE)
            self._at[table] = at = page["NextShardIterator"]
            count = len(page["Records"])
            yield from page["Records"]

    def _begun(self, table: str) -> str:
        [stream] = self.client.list_streams(TableName=table)["Streams"]
        arn = stream["StreamArn"]
        [shard] = self.client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        began = self.client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
        )
        at: str = began["ShardIterator"]
        return at


@dataclass(frozen=True)
class Consumer:
    """Who is handed a stream's records. `sees`: as its filter in infra says."""

    name: str
    work: Callable[[Any, Any], Any]
    table: str
    sees: Callable[[Record], bool]


def _is_theirs(record: Record) -> bool:
    if record["eventName"] != "INSERT":
        return False
    direction: str = record["dynamodb"]["NewImage"]["direction"]["S"]
    return direction == "in"


def _has_ended(record: Record) -> bool:
    row = record["dynamodb"].get("NewImage", {})
    ended = row.get("state", {}).get("S") in ("published", "failed", "cancelled")
    return record["eventName"] == "MODIFY" and "conversation_id" in row and ended


def _is_closed(record: Record) -> bool:
    state: str = record["dynamodb"].get("NewImage", {}).get("state", {}).get("S", "")
    return record["eventName"] == "MODIFY" and state == "closed"


CONSUMERS = (
    Consumer("apply_rules", apply_rules, "messages", _is_theirs),
    Consumer("publish_events", publish_events, "messages", lambda _: True),
    Consumer("publish_events", publish_events, "conversations", lambda _: True),
    Consumer("follow_conversations", follow_conversations, "deliveries", _has_ended),
    Consumer("follow_conversations", follow_conversations, "conversations", _is_closed),
)


@dataclass
class Bus:
    """Stands where the client of EventBridge does, and takes down what it is told."""

    border: Border
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)  # name, detail
    refuses: int = 0  # so many of the next entries

    def put_events(self, *, Entries: list[dict[str, str]]) -> Any:  # noqa: N803 – as AWS has it
        with self.border.call("events PutEvents"):
            answers = []
            for entry in Entries:
                if self.refuses:
                    self.refuses -= 1
                    answers.append({"ErrorCode": "ThrottlingException"})
                else:
                    self.told.append((entry["DetailType"], json.loads(entry["Detail"])))
                    answers.append({"EventId": str(len(self.told))})
        return {"Entries": answers}
