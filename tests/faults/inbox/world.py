"""The world of one schedule of the inbox: what platforms send, and workers that may die or fail.

Rows, objects and streams are the local AWS's; the queue is a list, so that letters come twice,
late and in any order. Workers are the handlers themselves.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.process_inbox.handler import handler as process_inbox
from tellal import clock, wiring
from tellal.config import settings
from tests.conftest import Context
from tests.faults.border import Killed, Point
from tests.faults.inbox.senders import SECRET, Event, Sender
from tests.faults.inbox.surroundings import BATCH, CONSUMERS, Consumer, Letter, Mail, Record, Truth

if TYPE_CHECKING:
    from tests.faults.inbox.stage import InboxStage

AT_ONCE = 10  # infra.inbox
MOST_READ = (
    100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
)
MOST_ROUNDS = 60  # no schedule needs as many, so what still waits then is lost
CONTEXT: Any = Context()

type Faults = Callable[[Point], None]


def no_faults(_: Point) -> None:
    pass


def dies_at(place: Point) -> Faults:
    def happens(point: Point) -> None:
        if (point.number, point.after) == (place.number, place.after):
            assert point.call == place.call, f"{place} was to be killed, {point} came"
            raise Killed

    return happens


REFUSALS = {
    "throughput": "ProvisionedThroughputExceededException",
    "throttled": "ThrottlingException",
    "cancelled": "TransactionCanceledException",
    "unavailable": "InternalServerError",
}


def refused(code: str) -> ClientError:
    """As botocore raises it once it has tried as often as it does."""
    told: Any = {"Error": {"Code": code, "Message": "no"}}
    told["ResponseMetadata"] = {"HTTPStatusCode": 500 if code == "InternalServerError" else 400}
    if code == "TransactionCanceledException":
        told["CancellationReasons"] = [{"Code": "None"}, {"Code": "ThrottlingError"}]
    return ClientError(told, "AnOperation")


def fails_at(place: Point, code: str) -> Faults:
    """The call is refused; or made, and its answer lost, where the place is after it."""

    def happens(point: Point) -> None:
        if (point.number, point.after) == (place.number, place.after):
            if place.after:
                raise ReadTimeoutError(endpoint_url="https://dynamodb.example")
            raise refused(code)

    return happens


@dataclass
class InboxWorld:
    stage: "InboxStage"
    mail: Mail = field(default_factory=Mail)
    sent: list[Letter] = field(default_factory=list)
    seen: list[Record] = field(default_factory=list)  # of the streams, all there was
    handed_back: int = 0
    _read_at: int = -1  # after how many writes
    _to_read: list[list[Record]] = field(default_factory=lambda: [[] for _ in CONSUMERS])

    # ── what platforms and others send ───────────────────────────────────────────────────────

    def send(
        self,
        sender: Sender,
        *events: Event,
        body: bytes | None = None,
        truth: Truth = Truth.SIGNED,
        account: str | None = None,
        secret: str | None = None,
        signed_ago: int = 0,
    ) -> Letter:
        """As API Gateway puts it into the queue. `body` is another than what tells the events."""
        told = sender.body(account or sender.account, events) if body is None else body
        now = int(self.stage.clock().timestamp())
        key = f"{SECRET}_{sender.platform}" if secret is None else secret
        headers = sender.signs(told, key, now - signed_ago)
        return self.put(sender, told, headers, *events, truth=truth)

    def put(
        self, sender: Sender, body: bytes, headers: Any, *events: Event, truth: Truth
    ) -> Letter:
        attributes = {"platform": sender.platform, **headers}
        record = {
            "messageId": f"letter-{len(self.sent)}",
            "body": body.decode(errors="replace"),  # as what is no text leaves API Gateway
            "attributes": {"SentTimestamp": str(int(self.stage.clock().timestamp() * 1000))},
            "messageAttributes": {
                name: {"stringValue": value, "dataType": "String"}
                for name, value in attributes.items()
            },
        }
        kept = events if truth in (Truth.SIGNED, Truth.POISONOUS) else ()
        letter = Letter(record, truth, sender.platform, kept, raw=body, headers=headers)
        self.sent.append(letter)
        self.mail.waiting.append(letter)
        return letter

    def again(self, letter: Letter) -> Letter:
        """The same once more: by the queue, or because its platform did not hear our answer."""
        record = {**letter.record, "messageId": f"letter-{len(self.sent)}"}
        copy = replace(letter, record=record, tries=0)
        self.sent.append(copy)
        self.mail.waiting.append(copy)
        return copy

    # ── what workers do ──────────────────────────────────────────────────────────────────────

    def process(self, letters: Sequence[Letter] | None = None) -> None:
        """One batch, handed to one worker."""
        batch = list(self.mail.waiting if letters is None else letters)[:AT_ONCE]
        self.mail.take_back(batch, self.handed(self.mail.handed_out(batch)))

    def handed(self, records: list[Record]) -> set[str]:
        """The ids of those that the worker leaves in the queue."""
        with self.stage.border.worker():
            reply = process_inbox({"Records": records}, CONTEXT)
            return {each["itemIdentifier"] for each in reply["batchItemFailures"]}
        return {each["messageId"] for each in records}  # who is killed says nothing

    def read_streams(self) -> None:
        """What is new in them waits for each of its consumers."""
        if self._read_at == self.stage.border.writes:
            return
        self._read_at = self.stage.border.writes
        for table in dict.fromkeys(each.table for each in CONSUMERS):
            records = list(self.stage.streams.read(table))
            self.seen += records
            for consumer, waiting in zip(CONSUMERS, self._to_read, strict=True):
                if consumer.table == table:
                    waiting.extend(filter(consumer.sees, records))

    def consume(self, consumer: Consumer, *, at_once: int = BATCH) -> bool:
        """One batch. Whether Lambda goes on after it: else it comes again, or from where it says,
        or in halves."""
        waiting = self._to_read[CONSUMERS.index(consumer)]
        batch = waiting[:at_once]
        done = 0
        with self.stage.border.worker():
            try:
                reply = consumer.work({"Records": batch}, CONTEXT)
            except (ClientError, ReadTimeoutError):
                reply = None
            if reply is not None:
                numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
                failures = [each["itemIdentifier"] for each in reply["batchItemFailures"]]
                done = min((numbers.index(each) for each in failures), default=len(batch))
        del waiting[:done]
        return done == len(batch)

    def stream(self) -> None:
        """Everything that streams tell has come to its consumers; there may be more by then."""
        self.read_streams()
        for consumer, waiting in zip(CONSUMERS, self._to_read, strict=True):
            at_once, rounds = BATCH, 0
            while waiting and rounds < MOST_ROUNDS:
                rounds += 1
                went_on = self.consume(consumer, at_once=at_once)
                self.handed_back += not went_on
                at_once = BATCH if went_on else max(1, at_once // 2)

    def tick(self) -> None:
        """The minute's run, of what the inbox does in it."""
        with self.stage.border.worker():
            try:
                wiring.watcher().watch(now=self.stage.clock())
                wiring.waker().wake(now=self.stage.clock())
            except (ClientError, ReadTimeoutError):
                return

    def settle(self) -> None:
        """Until nobody has anything to do."""
        for _ in range(MOST_ROUNDS):
            if self.mail.waiting:
                self.process()
            self.stream()
            self.tick()
            self.read_streams()
            if not self.mail.waiting and not any(self._to_read):
                return

    # ── what there is ────────────────────────────────────────────────────────────────────────

    def archive_key(self, letter: Letter) -> str:
        day = clock.day(self.stage.clock())
        digest = hashlib.sha256(letter.body.encode()).hexdigest()
        return f"webhooks/{letter.platform}/{day}/{digest}.json"

    def items(self) -> dict[str, list[Any]]:
        """All rows as DynamoDB has them, by the names of their tables."""
        names = {full_name: name for name, full_name in settings().tables.items()}
        by_table: dict[str, list[Any]] = {each: [] for each in names.values()}
        with self.stage.border.aside():
            dynamodb = wiring.aws("dynamodb")
            rows = self.stage.written.items()
            for some in batched(rows, MOST_READ, strict=False):
                asked: dict[str, Any] = {}
                for (table, _), key in some:
                    asked.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"] += [key]
                reply = dynamodb.batch_get_item(RequestItems=asked)
                assert not reply["UnprocessedKeys"]
                for table, items in reply["Responses"].items():
                    by_table[names[table]] += items
        return by_table

    def snapshot(self) -> list[tuple[str, Any]]:
        names = settings().tables
        return [(names[name], item) for name, rows in self.items().items() for item in rows]
