"""What a worker sees when it follows a hint: is anything due, and what stands before it? Pure."""

from datetime import datetime, timedelta

from tellal.deliveries import Delivery, Step
from tellal.platforms.actions import needs_preparing
from tellal.platforms.protocol import (
    FindsPost,
    Guarantee,
    Platform,
    PreparesInTurn,
    Promise,
    Publishes,
    Resumes,
    Thread,
)


def not_due(
    delivery: Delivery | None, step: Step, *, now: datetime, early: timedelta = timedelta(0)
) -> str:
    """Why there is nothing to do for a hint, in one word for the log; empty if there is."""
    if delivery is None:
        return "unknown"
    if delivery.next_attempt_at is None:
        return "settled"
    if delivery.leased(now):
        return "leased"
    if delivery.next_step is not step:
        return "other_step"
    if delivery.next_attempt_at > now + early:
        return "early"
    return ""


def publishing(adapter: type[Platform]) -> type[Publishes]:
    assert issubclass(adapter, Publishes), "only such a channel is given deliveries"
    return adapter


def can_ask(adapter: type[Publishes], promise: Promise) -> bool:
    """Whether the platform can be asked what became of a commit whose answer was lost."""
    match promise.guarantee:
        case Guarantee.RESUMABLE:
            return issubclass(adapter, Resumes)
        case Guarantee.SEARCHABLE | Guarantee.IDEMPOTENT:  # the latter once its window is over
            return issubclass(adapter, FindsPost)
        case Guarantee.BLIND:
            return False


def unprepared(delivery: Delivery, adapter: type[Publishes], *, now: datetime) -> bool:
    """Whether something must be prepared (again) before the next part can be committed.

    What is in doubt is left as it was sent: asking again must ask for the very same.
    """
    number = delivery.next_part
    if number is None or delivery.parts[number].doubt_at is not None:
        return False
    expired = delivery.prepared_until is not None and delivery.prepared_until <= now
    waiting = (each for each in preparable(delivery, adapter) if each >= number)
    return any(expired or not delivery.parts[each].ready for each in waiting)


def unready(delivery: Delivery, adapter: type[Publishes]) -> list[int]:
    """The parts that something can be prepared for now, and is not."""
    return [each for each in preparable(delivery, adapter) if not delivery.parts[each].ready]


def preparable(delivery: Delivery, adapter: type[Publishes]) -> list[int]:
    """The parts that are not public and need preparing, but those whose turn has not come."""
    return [
        number
        for number, part in enumerate(delivery.parts)
        if part.remote is None
        and needs_preparing(adapter, part)
        and (number == delivery.next_part or not waits_its_turn(delivery, number, adapter))
    ]


def waits_its_turn(delivery: Delivery, number: int, adapter: type[Publishes]) -> bool:
    """Whether a part is prepared under the one before it, once that is public."""
    return issubclass(adapter, PreparesInTurn) and adapter.waits_its_turn(delivery.parts[number])


def turn_came(delivery: Delivery, adapter: type[Publishes]) -> bool:
    """Whether the next part is to be prepared now that the one before it is public."""
    number = delivery.next_part
    if number is None or not waits_its_turn(delivery, number, adapter):
        return False
    part = delivery.parts[number]
    return part.doubt_at is None and not part.ready


def thread_before(delivery: Delivery, number: int) -> Thread:
    return Thread(tuple(part.remote for part in delivery.parts[:number] if part.remote))
