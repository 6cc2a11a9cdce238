"""What one published delivery asks of AWS: calls, and DynamoDB's request units.

The real handlers run in this process against the local AWS, each as a cold worker, and every
call of their clients is counted. Units written are those that the local AWS reports
(`ReturnConsumedCapacity`): it works writes and indexes out from the items' sizes as DynamoDB does.
Units read are worked out here, from what was answered.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from typing import Any

from bench.figures import Figures
from bench.ground import connect, ground_held_still, write_post
from bench.runtime import CONTEXT, event
from bench.sizes import read_units
from functions.dispatch_due_posts.handler import handler as dispatch_due_posts
from functions.prepare_delivery.handler import handler as prepare_delivery
from functions.publish_delivery.handler import handler as publish_delivery
from local.pictures import postcard
from tellal import clock, wiring
from tellal.deliveries import Delivery, State
from tellal.observability import logger
from tellal.posts import AttachedMedia

MOST_WRITES = {"dispatch": 1, "publish": 2}  # calls, for a post of one part
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
ROUNDS = 1  # counts do not vary


@dataclass
class Tally:
    """What was asked of AWS while a handler ran."""

    calls: Counter[str] = field(default_factory=Counter)  # "dynamodb.GetItem"
    written: Counter[str] = field(
        default_factory=Counter
    )  # calls that changed a table, by its name
    rows: int = 0  # put, changed or deleted
    table_units: float = 0  # written
    index_units: float = 0  # written
    read_units: float = 0

    def ask_for_units(
        self, params: dict[str, Any], context: dict[str, Any], model: Any, **_: Any
    ) -> None:
        params["ReturnConsumedCapacity"] = "INDEXES"
        self.rows += rows_written(model.name, params)
        wanted = [params, *params.get("RequestItems", {}).values()]
        context["consistent"] = any(each.get("ConsistentRead") for each in wanted)

    def note(
        self, parsed: Mapping[str, Any], event_name: str, context: Mapping[str, Any], **_: Any
    ) -> None:
        call = event_name.removeprefix("after-call.")
        self.calls[call] += 1
        service, _dot, operation = call.partition(".")
        if service == "dynamodb" and operation not in WRITES:
            self.read_units += read_units(parsed, consistent=context["consistent"])
            return
        consumed = parsed.get("ConsumedCapacity", [])
        for each in consumed if isinstance(consumed, list) else [consumed]:
            self.written[each["TableName"]] += 1
            indexes = each.get("GlobalSecondaryIndexes", {}).values()
            of_indexes = sum(index["CapacityUnits"] for index in indexes)
            self.index_units += of_indexes
            self.table_units += each["CapacityUnits"] - of_indexes

    def take(self) -> "Tally":
        """What was counted so far; from here on it is counted anew."""
        fresh = Tally()
        taken = Tally(**{each.name: getattr(self, each.name) for each in fields(self)})
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))
        return taken

    def add(self, other: "Tally") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def writes(self) -> int:
        return sum(self.calls[f"dynamodb.{operation}"] for operation in WRITES)

    @property
    def scans(self) -> int:
        return self.calls["dynamodb.Scan"]

    @property
    def reads(self) -> int:
        return self._of("dynamodb") - self.writes - self.scans

    def others(self) -> dict[str, int]:
        services = sorted({call.partition(".")[0] for call in self.calls} - {"dynamodb"})
        return {service: self._of(service) for service in services}

    def _of(self, service: str) -> int:
        return sum(n for call, n in self.calls.items() if call.partition(".")[0] == service)

    def figures(self) -> dict[str, Any]:
        return {
            "writes": self.writes,
            "reads": self.reads,
            "table_units": self.table_units,
            "index_units": self.index_units,
            "read_units": self.read_units,
            "other_calls": self.others(),
        }


def rows_written(operation: str, params: Mapping[str, Any]) -> int:
    """Rows that a call puts, changes or deletes; what it only checks is none."""
    match operation:
        case "TransactWriteItems":
            return sum("ConditionCheck" not in each for each in params["TransactItems"])
        case "BatchWriteItem":
            return sum(len(each) for each in params["RequestItems"].values())
        case _:
            return int(operation in WRITES)


@contextmanager
def counted() -> Iterator[Tally]:
    """Counts what clients made inside ask of AWS."""
    tally = Tally()
    wiring.forget()
    events = wiring.session().events
    events.register("before-parameter-build.dynamodb", tally.ask_for_units)
    events.register("after-call", tally.note)
    try:
        yield tally
    finally:
        wiring.forget()


def measure(*, rounds: int = ROUNDS) -> Figures:  # noqa: ARG001  # counts do not vary
    logger.setLevel("ERROR")
    with ground_held_still() as on:
        channel = connect(on)
        text = write_post(channel, at=clock.now())
        tallies = {
            "dispatch": _run(dispatch_due_posts, event("dispatch_due_posts/every_minute")),
            "publish": _run(publish_delivery, _hint("publish_delivery", text)),
        }
        assert _state(text) is State.PUBLISHED
        picture = write_post(channel, at=clock.now(), media=(stored_picture(),))
        tallies["prepare"] = _run(prepare_delivery, _hint("prepare_delivery", picture))
        assert _state(picture) is State.READY
    return _figures(tallies)


def _run(handler: Callable[..., Any], sent: Mapping[str, Any]) -> Tally:
    context = SimpleNamespace(**CONTEXT, get_remaining_time_in_millis=lambda: 60_000)
    with counted() as tally:
        handler(sent, context)
    return tally


def _hint(function: str, delivery: Delivery) -> Mapping[str, Any]:
    return event(f"{function}/one_hint", body=f'{{"delivery_id": "{delivery.delivery_id}"}}')


def _state(delivery: Delivery) -> State:
    found = wiring.deliveries().get(delivery.delivery_id)
    assert found is not None
    return found.state


def stored_picture() -> AttachedMedia:
    data, key = postcard(), "bench/postcard.png"
    wiring.media_bucket().put(key, data, content_type="image/png")
    return AttachedMedia(
        media_id="med_bench", object_key=key, mime_type="image/png", size=len(data)
    )


def _figures(tallies: Mapping[str, Tally]) -> Figures:
    of_a_text = [tallies["dispatch"], tallies["publish"]]
    others: Counter[str] = Counter()
    for tally in of_a_text:
        others.update(tally.others())
    scans = sum(tally.scans for tally in tallies.values())
    missed = [
        f"{step} writes {tallies[step].writes} times for a post of one part, above {most}"
        for step, most in MOST_WRITES.items()
        if tallies[step].writes > most
    ]
    missed += [
        f"{step} was not counted: it cannot have written nothing"
        for step, tally in tallies.items()
        if tally.writes == 0
    ]
    return Figures(
        title="AWS calls for one delivery: a text, dispatched and published; a picture, prepared",
        head=("step", "writes", "reads", "table", "indexes", "read units", "other calls"),
        rows=[
            (
                step,
                str(tally.writes),
                str(tally.reads),
                f"{tally.table_units:g}",
                f"{tally.index_units:g}",
                f"{tally.read_units:g}",
                ", ".join(f"{service} {n}" for service, n in tally.others().items()),
            )
            for step, tally in tallies.items()
        ],
        notes=["table, indexes: write units; a sweep's reads are shared by all that it finds"],
        values={
            **{step: tally.figures() for step, tally in tallies.items()},
            "index_units": sum(tally.index_units for tally in of_a_text),
            "scans": scans,
            "other_calls": dict(others),
        },
        missed=[*missed, *[f"{scans} scans, and there is to be none"] * (scans > 0)],
    )
