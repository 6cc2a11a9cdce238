"""What a worker sees when it follows a hint: is anything due, and what stands before it? Pure."""

from datetime import datetime, timedelta

from tellal.deliveries import Delivery, Step
from tellal.platforms.protocol import FindsPost, Guarantee, Platform, Promise, Publishes, Resumes


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
    waiting = (part for part in delivery.parts[number:] if adapter.needs_preparing(part))
    return any(expired or not part.ready for part in waiting)


def unready(delivery: Delivery, adapter: Publishes) -> list[int]:
    """The parts that something is still to be prepared for."""
    return [
        number
        for number, part in enumerate(delivery.parts)
        if part.remote is None and not part.ready and adapter.needs_preparing(part)
    ]
