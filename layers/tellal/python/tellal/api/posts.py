"""Posts: written, previewed, scheduled, edited, cancelled.

Each is one transaction: the post, its deliveries with what each will send, and the answer's row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.contents import (
    NewContent,
    NewPost,
    PostChange,
    Written,
    check_files,
    read_content,
)
from tellal.api.deliveries import DeliveryShown, PartShown, hint_all, part_shown
from tellal.api.deliveries import shown as delivery_shown
from tellal.api.fields import Instant, WallClock
from tellal.api.linking import PREVIEWED, creations, linking, not_there, of_deliveries
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.problems import BrokenRule
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.config import settings
from tellal.deliveries import Delivery, State
from tellal.errors import AlreadyChanged, Broken, Conflict, Unacceptable
from tellal.links import Link
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Publishes
from tellal.posts import (
    AttachedMedia,
    Content,
    Frozen,
    Part,
    Poll,
    Post,
    PostState,
    ThreadPart,
    Variant,
)
from tellal.publishing import composition
from tellal.publishing.composition import Rendering
from tellal.stores.table import Write

LARGEST = 350_000  # bytes of a post with its deliveries: the answer is kept in a row, of 400 KB

routes = Routes("Posts")


class Scheduling(Frozen):
    """Neither is «now»."""

    publish_at: Instant | None = None
    publish_at_local: WallClock | None = None


class PostShown(Frozen):
    post_id: str
    state: PostState
    text: str
    media: tuple[AttachedMedia, ...]
    thread: tuple[ThreadPart, ...]
    first_comment: str
    poll: Poll | None
    options: Mapping[str, Mapping[str, Any]]  # by platform
    variants: Mapping[str, Variant]
    channel_ids: tuple[str, ...]
    delivery_ids: tuple[str, ...]
    campaign_id: str | None
    publish_at: Moment | None
    wall_clock: str | None
    zone: str | None
    created_at: Moment
    created_by: str
    version: int


class PostWithDeliveries(PostShown):
    deliveries: tuple[DeliveryShown, ...]


class PartPreviewed(PartShown):
    length: int
    most_length: int
    unit: str  # that the platform counts in


class ChannelPreview(Frozen):
    channel_id: str
    platform: str
    parts: tuple[PartPreviewed, ...]
    errors: tuple[BrokenRule, ...]


class Preview(Frozen):
    channels: tuple[ChannelPreview, ...]


@routes("POST", "/posts", needs=Permission.POSTS_WRITE, status=201, summary="Write a post")
def write_post(given: NewPost, asked: Asking) -> Response[PostWithDeliveries]:
    """Scheduled for a time, for now if none is given, or kept as a draft."""
    if given.draft and (given.publish_at or given.publish_at_local):
        field = "publish_at" if given.publish_at else "publish_at_local"
        raise Unacceptable(Broken(field, "belongs to a scheduled post: a draft has no time"))
    written = read_content(given, asked)
    post = Post(
        post_id=asked.new_id("post"),
        workspace_id=asked.workspace_id,
        content=written.content,
        variants=written.variants,
        channel_ids=tuple(each.channel_id for each in written.channels),
        campaign_id=written.campaign_id,
        state=PostState.DRAFT,
        created_at=asked.now,
        created_by=asked.caller.key_id,
    )
    if given.draft:
        answer = _fitting(_with_deliveries(post, ()))
        return asked.settle(answer, wiring.posts().creation(post))
    asked.require(Permission.POSTS_PUBLISH)
    post = _timed(post, given, asked)
    deliveries, links = _composed(post, written, asked)
    post = _delivered(post, deliveries)
    return _settled(asked, post, deliveries, links, wiring.posts().creation(post), status=201)


@routes(
    "POST",
    "/posts/preview",
    needs=Permission.POSTS_READ,
    summary="See what each channel would show",
)
def preview_post(given: NewContent, asked: Asking) -> Response[Preview]:
    """Rendered as it would be published, with every broken rule; nothing is kept. Short links are
    as long as they are going to be, and lead nowhere yet."""
    written = read_content(given, asked)
    ids = {each.channel_id: each.channel_id for each in written.channels}
    renderings = _rendered(written, asked, post_id=PREVIEWED, delivery_ids=ids)
    return asked.settle(Preview(channels=tuple(map(_preview, renderings))), status=200)


@routes("GET", "/posts", needs=Permission.POSTS_READ, summary="List posts by their time")
def list_posts(
    asked: Asking,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[PostShown]:
    """By the time they are for; a draft by the time it was written."""
    store = wiring.posts()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor, since, until))
    return listing(page, lambda item: PostShown(**_facts(store.value(item))))


@routes("GET", "/posts/<post_id>", needs=Permission.POSTS_READ, summary="Show a post")
def show_post(post_id: str, asked: Asking) -> PostWithDeliveries:
    """With its deliveries, which tell how it fares."""
    post = _ours(post_id, asked)
    return _with_deliveries(post, wiring.deliveries().get_many(post.delivery_ids))


@routes("PATCH", "/posts/<post_id>", needs=Permission.POSTS_WRITE, summary="Edit a post")
def edit_post(post_id: str, given: PostChange, asked: Asking) -> PostWithDeliveries:
    """What is not public yet will say the new thing, at the new time. Refused while it is being
    published."""
    seen = _ours(post_id, asked)
    if given.version is not None and given.version != seen.version:
        raise AlreadyChanged
    if seen.state is PostState.CANCELLED:
        raise Conflict("A cancelled post cannot be edited.")
    written = read_content(given, asked, seen=_written(seen))
    changes = {
        "content": written.content,
        "variants": written.variants,
        "channel_ids": tuple(each.channel_id for each in written.channels),
        "campaign_id": written.campaign_id,
    }
    edited = seen.model_copy(update=changes)
    if given.publish_at or given.publish_at_local:
        if seen.state is PostState.DRAFT:
            rule = "belongs to a scheduled post: schedule the draft instead"
            raise Unacceptable(Broken("publish_at", rule))
        edited = _timed(edited, given, asked)
    if seen.state is PostState.DRAFT:
        _fitting(_with_deliveries(edited, ()))
        return _with_deliveries(wiring.posts().save(seen, edited), ())
    asked.require(Permission.POSTS_PUBLISH)
    return _edited(seen, edited, written, asked)


def _edited(seen: Post, edited: Post, written: Written, asked: Asked) -> PostWithDeliveries:
    deliveries = wiring.deliveries().get_many(seen.delivery_ids)
    raised = edited.model_copy(update={"version": seen.version + 1})
    ids = composition.delivery_ids(raised, written.channels, deliveries)
    renderings = _rendered(written, asked, post_id=seen.post_id, delivery_ids=ids)
    edit = composition.edit(
        seen,
        edited,
        _accepted(renderings),
        deliveries,
        {each.channel_id: each for each in written.channels},
        now=asked.now,
        prepare_ahead=settings().prepare_ahead,
    )
    store = wiring.deliveries()
    writes = [store.saving(before, after) for before, after in edit.changed]
    writes += [store.creation(each) for each in edit.added]
    due = [*(after for _, after in edit.changed), *edit.added]
    _fitting(_with_deliveries(edit.post, due))
    links = not_there(of_deliveries(renderings, {each.delivery_id for each in due}))
    writes += creations(links, beside=len(writes) + 1)
    asked.write(wiring.posts().saving(seen, edit.post), *writes)
    hint_all(due, now=asked.now)
    return show_post(seen.post_id, asked)


@routes(
    "POST",
    "/posts/<post_id>/schedule",
    needs=Permission.POSTS_PUBLISH,
    summary="Schedule a draft",
)
def schedule_post(post_id: str, given: Scheduling, asked: Asking) -> Response[PostWithDeliveries]:
    seen = _ours(post_id, asked)
    if seen.state is not PostState.DRAFT:
        raise Conflict(f"This post is {seen.state}, not a draft.")
    written = _written(seen)
    check_files(written)
    raised = _timed(seen, given, asked).model_copy(update={"version": seen.version + 1})
    deliveries, links = _composed(raised, written, asked)
    post = _delivered(raised, deliveries)
    return _settled(asked, post, deliveries, links, wiring.posts().saving(seen, post), status=200)


@routes(
    "POST",
    "/posts/<post_id>/cancel",
    needs=Permission.POSTS_PUBLISH,
    summary="Cancel what is not public yet",
)
def cancel_post(post_id: str, asked: Asking) -> Response[PostWithDeliveries]:
    """What is public, or is being published at this moment, stays; the answer shows it."""
    seen = _ours(post_id, asked)
    store = wiring.deliveries()
    deliveries = store.get_many(seen.delivery_ids)
    left = {
        each.delivery_id: composition.cancelled(each, "Its post was cancelled.")
        for each in deliveries
        if composition.may_cancel(each)
    }
    if seen.state is PostState.CANCELLED or (deliveries and not left):
        raise Conflict("Nothing of this post is left to cancel.")
    writes = [
        store.saving(each, left[each.delivery_id])
        for each in deliveries
        if each.delivery_id in left
    ]
    now_so = [left.get(each.delivery_id, each) for each in deliveries]
    whole = all(each.state is State.CANCELLED for each in now_so)
    post = seen.model_copy(update={"state": PostState.CANCELLED} if whole else {})
    answer = _with_deliveries(post.model_copy(update={"version": seen.version + 1}), now_so)
    settled = asked.settle(answer, wiring.posts().saving(seen, post), *writes, status=200)
    hint_all(left.values(), now=asked.now)
    return settled


def _settled(
    asked: Asked,
    post: Post,
    deliveries: Sequence[Delivery],
    links: Sequence[Link],
    post_write: Write,
    *,
    status: int,
) -> Response[PostWithDeliveries]:
    writes = [wiring.deliveries().creation(each) for each in deliveries]
    writes += creations(links, beside=len(writes) + (1 if asked.once is None else 2))
    answer = _fitting(_with_deliveries(post, deliveries))
    settled = asked.settle(answer, post_write, *writes, status=status)
    hint_all(deliveries, now=asked.now)
    return settled


def _composed(
    post: Post, written: Written, asked: Asked
) -> tuple[tuple[Delivery, ...], tuple[Link, ...]]:
    """The deliveries of a scheduled post, and the short links in them."""
    ids = composition.delivery_ids(post, written.channels)
    renderings = _rendered(written, asked, post_id=post.post_id, delivery_ids=ids)
    deliveries = composition.deliver(
        post,
        _accepted(renderings),
        written.channels,
        now=asked.now,
        prepare_ahead=settings().prepare_ahead,
    )
    return deliveries, of_deliveries(renderings, ids.values())


def _rendered(
    written: Written, asked: Asked, *, post_id: str, delivery_ids: Mapping[str, str]
) -> list[Rendering]:
    """As it will be sent by these deliveries, by channel."""
    if not written.channels:
        return []
    return composition.render(
        written.content,
        written.variants,
        written.channels,
        linking=linking(
            asked,
            post_id=post_id,
            campaign_id=written.campaign_id,
            campaign=written.campaign,
            delivery_ids=delivery_ids,
        ),
    )


def _accepted(renderings: Sequence[Rendering]) -> Mapping[str, tuple[Part, ...]]:
    if not renderings:
        raise Unacceptable(Broken("channel_ids", "names no channel, and a post needs one"))
    return composition.accepted(renderings)


def _timed(post: Post, given: NewPost | PostChange | Scheduling, asked: Asked) -> Post:
    zone = asked.workspace.zone
    wall: datetime | None = given.publish_at_local
    at = composition.resolve_time(given.publish_at, wall, zone=zone, now=asked.now)
    times = {
        "publish_at": at,
        "wall_clock": wall.isoformat() if wall else None,
        "zone": zone if wall else None,
    }
    return post.model_copy(update={"state": PostState.SCHEDULED, **times})


def _delivered(post: Post, deliveries: Iterable[Delivery]) -> Post:
    return post.model_copy(update={"delivery_ids": tuple(each.delivery_id for each in deliveries)})


def _written(post: Post) -> Written:
    channels = tuple(wiring.channels().get_many(post.channel_ids))
    campaign = wiring.campaigns().get(post.campaign_id) if post.campaign_id else None
    return Written(post.content, post.variants, channels, post.campaign_id, campaign)


def _fitting(answer: PostWithDeliveries) -> PostWithDeliveries:
    if (size := len(answer.model_dump_json().encode())) > LARGEST:
        rule = f"too much for one post, with all that its channels show: {size} of {LARGEST} bytes"
        raise Unacceptable(Broken("text", rule))
    return answer


def _ours(post_id: str, asked: Asked) -> Post:
    return asked.ours(wiring.posts().get(plausible(post_id)), "post")


def _facts(post: Post) -> dict[str, Any]:
    own = {name: getattr(post.content, name) for name in Content.model_fields}
    names = PostShown.model_fields.keys() - own.keys()
    return {**own, **{name: getattr(post, name) for name in names}}


def _with_deliveries(post: Post, deliveries: Iterable[Delivery]) -> PostWithDeliveries:
    return PostWithDeliveries.model_validate(
        {**_facts(post), "deliveries": tuple(map(delivery_shown, deliveries))}
    )


def _preview(rendering: Rendering) -> ChannelPreview:
    channel = rendering.channel
    adapter = PLATFORMS[channel.platform]
    parts: list[PartPreviewed] = []
    if rendering.parts and issubclass(adapter, Publishes):
        limits = adapter.limits(channel)
        parts = [
            PartPreviewed(
                **part_shown(part).model_dump(),
                length=adapter.length(part.text, channel),
                most_length=limits.text_length,
                unit=limits.text_unit,
            )
            for part in rendering.parts
        ]
    return ChannelPreview(
        channel_id=channel.channel_id,
        platform=channel.platform,
        parts=tuple(parts),
        errors=tuple(BrokenRule(field=each.field, rule=each.rule) for each in rendering.broken),
    )
