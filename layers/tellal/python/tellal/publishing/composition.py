"""Composing: from what a team wrote to the deliveries that will carry it, all rules checked first.

Pure: no AWS, no HTTP, no clock. A delivery holds a rendered snapshot of what it will send, made
here and nowhere else, so that a preview, the check and the publishing all see the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tellal import clock, ids
from tellal.channels import Channel, ChannelState
from tellal.deliveries import Attempt, Delivery, State, Step, Trouble
from tellal.errors import Broken, Conflict, Unacceptable
from tellal.links import Link
from tellal.platforms import PLATFORMS
from tellal.platforms.actions import needs_preparing
from tellal.platforms.protocol import Discards, Publishes
from tellal.posts import Content, Part, Post, Remote, Variant
from tellal.publishing.linking import Linking

LATE = timedelta(seconds=60)  # a time this long ago is still «now»: requests take a moment
EDITABLE = frozenset({State.SCHEDULED, State.PREPARING, State.READY, State.HELD, State.FAILED})
WAITING = EDITABLE - {State.FAILED}
PREPARABLE = frozenset({State.SCHEDULED, State.PREPARING, State.READY})
MOST_ABANDONED = 5  # kept on a row
NOT_THERE = Trouble(code="not_there", sentence="Somebody looked, and it is not there.")
UNPREPARED: Mapping[str, Any] = {"prepared": None, "ready": False}
# Nothing of an earlier attempt may speak for the next: a list read then least of all.
NEVER_SENT: Mapping[str, Any] = {
    **UNPREPARED,
    "key_at": None,
    "doubt_at": None,
    "absent_at": None,
}


@dataclass(frozen=True)
class Rendering:
    """What one channel would show, or why it cannot."""

    channel: Channel
    parts: tuple[Part, ...]
    broken: tuple[Broken, ...] = ()
    links: tuple[Link, ...] = ()  # the short ones in them


def render(
    content: Content,
    variants: Mapping[str, Variant],
    channels: Iterable[Channel],
    *,
    linking: Linking | None = None,
) -> list[Rendering]:
    """Every channel's parts, their links written as `linking` says. A rule's field is the one the
    author filled: the default's, or the variant's where that gave it."""
    return [_rendered(content, variants.get(each.channel_id), each, linking) for each in channels]


def accepted(renderings: Sequence[Rendering]) -> Mapping[str, tuple[Part, ...]]:
    """The parts by channel id. Raises Unacceptable with every broken rule of every channel."""
    if broken := [rule for each in renderings for rule in each.broken]:
        raise Unacceptable(*broken)
    return {each.channel.channel_id: each.parts for each in renderings}


def _rendered(
    content: Content, variant: Variant | None, channel: Channel, linking: Linking | None
) -> Rendering:
    platform = PLATFORMS[channel.platform]
    if not issubclass(platform, Publishes):
        rule = f"{channel.name}: nothing can be published on {platform.facts.title} from here"
        return Rendering(channel, (), (Broken("channel_ids", rule),))
    if channel.state is ChannelState.DISCONNECTED:
        rule = f"{channel.name} is not connected any more"
        return Rendering(channel, (), (Broken("channel_ids", rule),))
    given = variant or Variant()
    shown, links = given.over(content), ()
    if linking is not None:
        shown, links = linking.written(shown, channel, platform.facts.option_links)
    try:
        return Rendering(channel, platform.render(shown, channel), links=links)
    except Unacceptable as error:
        broken = tuple(
            Broken(_where(each.field, given, channel), f"{channel.name}: {each.rule}")
            for each in error.broken
        )
        return Rendering(channel, (), broken)


def _where(field: str, variant: Variant, channel: Channel) -> str:
    first = field.partition(".")[0].partition("[")[0]
    if getattr(variant, first, None) is None:
        return field
    return f"variants.{channel.channel_id}.{field}"


def resolve_time(
    at: datetime | None, wall: datetime | None, *, zone: str, now: datetime
) -> datetime:
    """When to publish: an instant, a (naive) wall clock in the zone, or now if neither."""
    if at is not None and wall is not None:
        rule = "is given as publish_at and as publish_at_local: give one of them"
        raise Unacceptable(Broken("publish_at", rule))
    field = "publish_at" if wall is None else "publish_at_local"
    moment = clock.instant(wall, zone) if wall is not None else at or now
    if moment < now - LATE:
        rule = f"is in the past: {clock.text(moment)}, and it is {clock.text(now)}"
        raise Unacceptable(Broken(field, rule))
    return moment


def deliver(
    post: Post,
    rendered: Mapping[str, tuple[Part, ...]],
    channels: Iterable[Channel],
    *,
    now: datetime,
    prepare_ahead: timedelta,
) -> tuple[Delivery, ...]:
    """A delivery for each channel. Their ids are made of the post's, so they are the same again."""
    assert post.publish_at is not None, "a draft has no deliveries"
    return tuple(
        Delivery(
            delivery_id=delivery_id(post, each.channel_id),
            workspace_id=post.workspace_id,
            channel_id=each.channel_id,
            platform=each.platform,
            post_id=post.post_id,
            parts=rendered[each.channel_id],
            publish_at=post.publish_at,
            created_at=now,
            **_alarm(
                each.platform,
                rendered[each.channel_id],
                post.publish_at,
                now=now,
                prepare_ahead=prepare_ahead,
            ),
        )
        for each in channels
    )


def delivery_id(post: Post, channel_id: str) -> str:
    return ids.derived("dlv", post.post_id, channel_id, str(post.version))


def delivery_ids(
    post: Post, channels: Iterable[Channel], deliveries: Iterable[Delivery] = ()
) -> Mapping[str, str]:
    """By channel, which delivery will carry what is rendered for it: the one that can still be
    edited, or a new one of this version of the post."""
    there = {each.channel_id: each.delivery_id for each in deliveries if each.state in EDITABLE}
    new = {each.channel_id: delivery_id(post, each.channel_id) for each in channels}
    return {**new, **there}


@dataclass(frozen=True)
class Edited:
    post: Post
    changed: tuple[tuple[Delivery, Delivery], ...]  # as it was read, as it is to be
    added: tuple[Delivery, ...]


def edit(
    seen: Post,
    edited: Post,
    rendered: Mapping[str, tuple[Part, ...]],
    deliveries: Sequence[Delivery],
    channels: Mapping[str, Channel],
    *,
    now: datetime,
    prepare_ahead: timedelta,
) -> Edited:
    """An edit of a scheduled post: its deliveries that are not public yet say the new thing.

    What was prepared is void. Raises Conflict while one of them is publishing, or is public in
    part; what is wholly public, cancelled or in a person's hands stays as it is, and if that is
    all there is, Conflict is raised too.
    """
    _refuse_while_publishing(deliveries, channels)
    changed: list[tuple[Delivery, Delivery]] = []
    for delivery in deliveries:
        if delivery.state not in EDITABLE:
            continue
        parts = rendered.get(delivery.channel_id)
        if parts is None:
            changed.append(
                (delivery, cancelled(delivery, "Its channel was taken out of the post."))
            )
        else:
            changed.append((delivery, _rewritten(delivery, parts, edited, now, prepare_ahead)))
    # One that was cancelled by itself stays so; a channel taken out and put back is a new one.
    live = {each.channel_id for each in deliveries if each.state is not State.CANCELLED}
    there = live | set(seen.channel_ids)
    new = [channels[each] for each in edited.channel_ids if each not in there]
    # A channel that comes late is due now: nothing looks for what was due days ago.
    at = max(now, edited.publish_at or now)
    versioned = edited.model_copy(update={"version": seen.version + 1, "publish_at": at})
    added = deliver(versioned, rendered, new, now=now, prepare_ahead=prepare_ahead)
    if not changed and not added:
        raise Conflict("Nothing of this post can be edited any more.")
    everything = (*seen.delivery_ids, *(each.delivery_id for each in added))
    return Edited(edited.model_copy(update={"delivery_ids": everything}), tuple(changed), added)


def _refuse_while_publishing(
    deliveries: Iterable[Delivery], channels: Mapping[str, Channel]
) -> None:
    for delivery in deliveries:
        channel = channels.get(delivery.channel_id)
        name = channel.name if channel else delivery.platform
        if delivery.state is State.PUBLISHING:
            raise Conflict(f"It is being published to {name} at this moment; look again soon.")
        if delivery.state in EDITABLE and delivery.is_public:
            raise Conflict(f"The beginning of its thread is public on {name} already.")


def abandoned(delivery: Delivery) -> tuple[Mapping[str, str], ...]:
    """What is left on the platform if this delivery's notes are dropped now: prepared, and never
    begun. Where nothing of it would be seen there, it is left to itself."""
    if delivery.state not in EDITABLE or not issubclass(PLATFORMS[delivery.platform], Discards):
        return ()
    dropped = [
        part.prepared
        for number, part in enumerate(delivery.parts)
        if part.prepared and not delivery.was_begun(number)
    ]
    return (*delivery.abandoned, *dropped)[-MOST_ABANDONED:]


def _rewritten(
    delivery: Delivery, parts: tuple[Part, ...], post: Post, now: datetime, prepare_ahead: timedelta
) -> Delivery:
    assert post.publish_at is not None
    facts: dict[str, Any] = {"parts": parts, "prepared_until": None, "lease_until": None}
    facts |= {"abandoned": abandoned(delivery)}
    if delivery.state in WAITING:
        facts |= {"publish_at": post.publish_at, "tries": 0}
    if delivery.state not in PREPARABLE:
        return delivery.model_copy(update=facts)
    alarm = _alarm(delivery.platform, parts, post.publish_at, now=now, prepare_ahead=prepare_ahead)
    return delivery.moved(State.SCHEDULED, **facts, **alarm, queued_for=None, trouble=None)


def cancelled(delivery: Delivery, sentence: str) -> Delivery:
    """Only before anything of it is public: see `may_cancel`."""
    return delivery.moved(
        State.CANCELLED,
        # A cancelled delivery's parts are kept for whoever reads them; their notes are not.
        parts=tuple(part.model_copy(update=UNPREPARED) for part in delivery.parts),
        abandoned=abandoned(delivery),
        trouble=Trouble(code="cancelled", sentence=sentence),
    )


def may_cancel(delivery: Delivery) -> bool:
    return delivery.state in WAITING and not delivery.is_public


def _alarm(
    platform: str,
    parts: Iterable[Part],
    publish_at: datetime,
    *,
    now: datetime,
    prepare_ahead: timedelta,
) -> dict[str, Any]:
    """When somebody must look at it first, and what for."""
    adapter = PLATFORMS[platform]
    assert issubclass(adapter, Publishes)
    if any(needs_preparing(adapter, part) for part in parts):
        return {
            "next_attempt_at": max(now, publish_at - prepare_ahead),
            "next_step": Step.PREPARE,
        }
    return {"next_attempt_at": publish_at, "next_step": Step.PUBLISH}


def released(delivery: Delivery, *, now: datetime, prepare_ahead: timedelta) -> Delivery:
    """Held, failed or unconfirmed, and a person says: send it. What was prepared is made again.

    Another try of what may be public is that person's decision; it goes out under a new key.
    """
    number = delivery.next_part
    if delivery.state not in (State.HELD, State.FAILED, State.UNCONFIRMED) or number is None:
        raise Conflict(f"A delivery that is {delivery.state} has nothing to send again.")
    parts = tuple(
        part if part.remote else part.model_copy(update=NEVER_SENT) for part in delivery.parts
    )
    at = max(now, delivery.publish_at)  # a new intent, and the accounting looks back two days only
    alarm = _alarm(delivery.platform, parts[number:], at, now=now, prepare_ahead=prepare_ahead)
    return delivery.moved(
        State.SCHEDULED,
        parts=parts,
        abandoned=abandoned(delivery),
        publish_at=at,
        prepared_until=None,
        tries=0,
        trouble=None,
        **alarm,
    )


def confirmed(delivery: Delivery, remote: Remote, *, now: datetime) -> Delivery:
    """A person found on the channel what we did not know to be there."""
    number = delivery.next_part
    if delivery.state is not State.UNCONFIRMED or number is None:
        raise Conflict(f"This delivery is {delivery.state}: there is nothing to confirm.")
    attempt = Attempt(at=now, part=number, phase="confirm", outcome="done")
    facts: dict[str, Any] = {
        "parts": delivery.with_part(number, remote=remote, doubt_at=None),
        "attempts": delivery.noted(attempt),
        "published_at": delivery.published_at or now,
        "trouble": None,
        "tries": 0,
    }
    if number + 1 == len(delivery.parts):
        return delivery.moved(State.PUBLISHED, **facts)
    return delivery.moved(
        State.SCHEDULED, **facts, next_attempt_at=now, next_step=Step.PUBLISH, publish_at=now
    )


def denied(delivery: Delivery, *, now: datetime) -> Delivery:
    """A person looked, and what we did not know to be there is not."""
    number = delivery.next_part
    if delivery.state is not State.UNCONFIRMED or number is None:
        raise Conflict(f"This delivery is {delivery.state}: there is nothing to deny.")
    attempt = Attempt(at=now, part=number, phase="confirm", outcome="denied")
    return delivery.moved(
        State.FAILED,
        parts=delivery.with_part(number, key_at=None, doubt_at=None, absent_at=None),
        attempts=delivery.noted(attempt),
        trouble=NOT_THERE,
    )
