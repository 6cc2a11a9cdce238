"""Deliveries: how each post and reply fares on its channel, and what a person may decide of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import clock, wiring
from tellal.access.permissions import Permission
from tellal.api import guidance
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.config import settings
from tellal.deliveries import Attempt, Delivery, State, Step, Trouble
from tellal.errors import Conflict
from tellal.observability import logger
from tellal.posts import Action, AttachedMedia, Frozen, Part, PartKind, Poll, Remote
from tellal.publishing import composition
from tellal.publishing.dispatch import hint_soon

routes = Routes("Deliveries")


class PartShown(Frozen):
    kind: PartKind
    action: Action | None  # of an action, which says nothing
    text: str
    media: tuple[AttachedMedia, ...]
    poll: Poll | None
    options: Mapping[str, Any]  # its platform's own
    remote_id: str | None  # once it is public
    permalink: str | None


class TroubleShown(Trouble):
    help: Annotated[str | None, Field(description="A page that says what to do about it")]


class DeliveryShown(Frozen):
    delivery_id: str
    post_id: str | None
    conversation_id: str | None  # of a reply
    answers: str | None  # the message a reply answers
    channel_id: str
    platform: str
    state: State
    trouble: TroubleShown | None
    publish_at: Moment
    published_at: Moment | None
    seconds_late: float | None
    next_attempt_at: Moment | None
    next_step: Step | None
    parts: tuple[PartShown, ...]
    attempts: tuple[Attempt, ...]
    metrics: Mapping[str, int]
    measured_at: Moment | None
    created_at: Moment


class Confirming(Frozen):
    """Where a person found it."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=2000)]
    remote_id: Annotated[str, Field(min_length=1, max_length=500)]


@routes("GET", "/deliveries", needs=Permission.POSTS_READ, summary="List deliveries by their time")
def list_deliveries(
    asked: Asking,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[DeliveryShown]:
    store = wiring.deliveries()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor, since, until))
    return listing(page, lambda item: shown(store.value(item)))


@routes("GET", "/deliveries/<delivery_id>", needs=Permission.POSTS_READ, summary="Show a delivery")
def show_delivery(delivery_id: str, asked: Asking) -> DeliveryShown:
    """Its state, its parts with their permalinks, and the ledger of all that was tried."""
    return shown(_ours(delivery_id, asked))


@routes(
    "POST",
    "/deliveries/<delivery_id>/retry",
    needs=Permission.POSTS_PUBLISH,
    summary="Send a delivery that failed, or is unconfirmed, again",
)
def retry_delivery(delivery_id: str, asked: Asking) -> Response[DeliveryShown]:
    """Of an unconfirmed one nobody knows whether it is public: look at the channel first."""
    return _sent_again(delivery_id, asked, State.FAILED, State.UNCONFIRMED)


@routes(
    "POST",
    "/deliveries/<delivery_id>/release",
    needs=Permission.POSTS_PUBLISH,
    summary="Release a delivery that a pause held",
)
def release_delivery(delivery_id: str, asked: Asking) -> Response[DeliveryShown]:
    return _sent_again(delivery_id, asked, State.HELD)


@routes(
    "POST",
    "/deliveries/<delivery_id>/cancel",
    needs=Permission.POSTS_PUBLISH,
    summary="Cancel a delivery that is not public yet",
)
def cancel_delivery(delivery_id: str, asked: Asking) -> Response[DeliveryShown]:
    seen = _ours(delivery_id, asked)
    if not composition.may_cancel(seen):
        raise Conflict(f"A delivery that is {seen.state} cannot be cancelled.")
    return _settled(asked, seen, composition.cancelled(seen, "It was cancelled."))


@routes(
    "POST",
    "/deliveries/<delivery_id>/confirm",
    needs=Permission.POSTS_PUBLISH,
    summary="Say that an unconfirmed delivery is public",
)
def confirm_delivery(delivery_id: str, given: Confirming, asked: Asking) -> Response[DeliveryShown]:
    """If more parts of its thread are to follow, they do."""
    seen = _ours(delivery_id, asked)
    remote = Remote(id=given.remote_id, url=given.url)
    return _settled(asked, seen, composition.confirmed(seen, remote, now=asked.now))


@routes(
    "POST",
    "/deliveries/<delivery_id>/deny",
    needs=Permission.POSTS_PUBLISH,
    summary="Say that an unconfirmed delivery is not public, and leave it at that",
)
def deny_delivery(delivery_id: str, asked: Asking) -> Response[DeliveryShown]:
    """It has failed then; an answer's conversation is open again. It can still be sent again."""
    seen = _ours(delivery_id, asked)
    return _settled(asked, seen, composition.denied(seen, now=asked.now))


@routes(
    "POST",
    "/deliveries/<delivery_id>/delete",
    needs=Permission.POSTS_PUBLISH,
    summary="Delete from its platform what a delivery published",
)
def delete_published(delivery_id: str, asked: Asking) -> Response[DeliveryShown]:
    """Its whole thread, and its first comment; its history stays here. May be asked again."""
    seen = _ours(delivery_id, asked)
    return _settled(asked, seen, wiring.remover().remove(seen))


def _sent_again(delivery_id: str, asked: Asked, *states: State) -> Response[DeliveryShown]:
    seen = _ours(delivery_id, asked)
    if seen.state not in states:
        raise Conflict(f"This delivery is {seen.state}, not {' or '.join(states)}.")
    channel = wiring.channels().get(seen.channel_id)
    assert channel is not None, "a delivery's channel is never deleted"
    if seen.answers is not None and seen.parts[0].reply_to is None:
        raise Conflict("What this answered was erased.")
    wiring.private_answers().check_again(seen, channel)
    left = composition.released(seen, now=asked.now, prepare_ahead=settings().prepare_ahead)
    return _settled(asked, seen, left)


def _settled(asked: Asked, seen: Delivery, left: Delivery) -> Response[DeliveryShown]:
    answer = asked.settle(shown(left), wiring.deliveries().saving(seen, left), status=200)
    hint_all([left], now=asked.now)
    return answer


def _ours(delivery_id: str, asked: Asked) -> Delivery:
    return asked.ours(wiring.deliveries().get(plausible(delivery_id)), "delivery")


def every(workspace_id: str, *, since: datetime) -> Iterator[Delivery]:
    """All of a workspace's deliveries from a time on, read to the end."""
    store = wiring.deliveries()
    cursor: str | None = None
    while True:
        page = store.of_workspace(workspace_id, since=clock.text(since), cursor=cursor)
        yield from (store.value(item) for item in page.items)
        cursor = page.cursor
        if cursor is None:
            return


def hint_all(deliveries: Iterable[Delivery], *, now: Moment) -> None:
    """Hint at what is due soon. A hint that cannot be sent is no error: the sweep finds the row."""
    for delivery in deliveries:
        try:
            hint_soon(
                delivery,
                hints=wiring.hints(),
                deliveries=wiring.deliveries(),
                ahead=settings().timing.ahead,
                now=now,
            )
        except Exception:  # noqa: BLE001  # what is written is written: the answer must not fail
            logger.warning("hint not sent", delivery=delivery.delivery_id, exc_info=True)


def shown(delivery: Delivery) -> DeliveryShown:
    late = None
    if delivery.published_at is not None:
        late = max(0.0, clock.seconds_between(delivery.publish_at, delivery.published_at))
    fields = {
        name: getattr(delivery, name) for name in DeliveryShown.model_fields if name not in OWN
    }
    return DeliveryShown(
        **fields,
        trouble=trouble_shown(delivery.trouble),
        seconds_late=late,
        parts=tuple(map(part_shown, delivery.parts)),
    )


def trouble_shown(trouble: Trouble | None) -> TroubleShown | None:
    if trouble is None:
        return None
    return TroubleShown(**trouble.model_dump(), help=guidance.address_of(trouble.code))


def part_shown(part: Part) -> PartShown:
    return PartShown(
        kind=part.kind,
        action=part.action,
        text=part.text,
        media=part.media,
        poll=part.poll,
        options=part.options,
        remote_id=part.remote.id if part.remote else None,
        permalink=part.remote.url if part.remote else None,
    )


OWN = frozenset({"trouble", "seconds_late", "parts"})  # what is not simply as it is kept
