"""The inbox, broken on purpose in one way: its faults must see each. Here alone it is patched."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.process_inbox import handler as processing
from tellal import ids
from tellal.announcing import events
from tellal.inbox import changes
from tellal.inbox.applying import APPLIED, Applier, _Made
from tellal.inbox.receiving import Inbox
from tellal.inbox.webhooks import Webhooks
from tellal.stores.bus import EventBus

Patch = pytest.MonkeyPatch


def no_claim(patch: Patch) -> None:
    """Rules act without saying first that nobody else may: whatever comes again is ruled again."""
    writes = _Made.writes

    def writes_but_the_claim(made: _Made, book: Any) -> Iterator[Any]:
        for write in writes(made, book):
            if APPLIED not in str(write.get("Put", {}).get("Item", {}).get("once_key")):
                yield write

    patch.setattr(_Made, "writes", writes_but_the_claim)
    patch.setattr(Applier, "_is_to_do", lambda *_: True)


def claim_first(patch: Patch) -> None:
    """That rules are applied is written, and then what they did."""
    writes = _Made.writes

    def writes_after_the_claim(made: _Made, book: Any) -> Iterator[Any]:
        claim, *others = writes(made, book)
        made._applier.transact([claim])
        yield from others

    patch.setattr(_Made, "writes", writes_after_the_claim)


def half_write(patch: Patch) -> None:
    """A message is written, and then its conversation."""
    store = Inbox._store_first

    def store_one_by_one(inbox: Inbox, *rest: Any) -> Any:
        def transact(writes: Any) -> None:
            for write in writes:
                inbox.transact([write])

        return store(replace(inbox, transact=transact), *rest)

    patch.setattr(Inbox, "_store_first", store_one_by_one)


def believe_unsigned(patch: Patch) -> None:
    """Whoever calls is believed."""
    patch.setattr(Webhooks, "verify", lambda *_, **__: None)


def dead_letters_forgotten(patch: Patch) -> None:
    """What failed is deleted from the queue."""
    process = processing._process

    def process_and_forget(record: Any, now: Any) -> bool:
        process(record, now)
        return True

    patch.setattr(processing, "_process", process_and_forget)


def new_ids(patch: Patch) -> None:
    """A message that comes again is another one."""
    first_heard = changes.first_heard

    def heard_anew(*args: Any, now: Any) -> Any:
        made = first_heard(*args, now=now)
        return made.model_copy(update={"message_id": ids.new("msg", now=now)})

    patch.setattr(changes, "first_heard", heard_anew)


def new_event_ids(patch: Patch) -> None:
    """What is told again is told as something else."""
    numbers = iter(range(1_000_000))
    told = events._told

    def told_anew(*args: Any, **facts: Any) -> Any:
        event = told(*args, **facts)
        return event.model_copy(update={"event_id": f"{event.event_id}.{next(numbers)}"})

    patch.setattr(events, "_told", told_anew)


def count_again(patch: Patch) -> None:
    """What they took back waits for an answer all the same."""
    corrected = changes.corrected

    def corrected_but_the_count(seen: Any, *rest: Any) -> Any:
        return corrected(seen, *rest).model_copy(update={"unanswered": seen.unanswered})

    patch.setattr(changes, "corrected", corrected_but_the_count)


def untold(patch: Patch) -> None:
    """What the bus does not take is not told again."""
    tell = EventBus.tell

    def tell_once(bus: EventBus, told: Any) -> Any:
        tell(bus, told)
        return []

    patch.setattr(EventBus, "tell", tell_once)


MUTANTS: Mapping[str, Callable[[Patch], None]] = {
    each.__name__: each
    for each in (
        no_claim,
        claim_first,
        half_write,
        believe_unsigned,
        dead_letters_forgotten,
        new_ids,
        new_event_ids,
        count_again,
        untold,
    )
}
