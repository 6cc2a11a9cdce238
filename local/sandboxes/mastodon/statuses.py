"""What happens to statuses and between people on the Mastodon sandbox, and who is told of it.

A status is checked whole before anything is kept. Only a mention tells the person answered: a
reply that does not name them does not reach them, as on the platform.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast, get_args

from local.sandboxes.answers import Refusal
from local.sandboxes.fields import Fields
from local.sandboxes.mastodon import polls
from local.sandboxes.mastodon.refusals import invalid, not_found
from local.sandboxes.mastodon.state import (
    Account,
    KeptKey,
    Media,
    Notification,
    NotificationType,
    State,
    Status,
    Visibility,
)
from local.sandboxes.mastodon.text import count_characters, count_graphemes, mentioned

KEY_KEPT = timedelta(hours=1)
NOT_SPOKEN = ("scheduled_at", "poll[options]", "poll[expires_in]", "quoted_status_id")


@dataclass(frozen=True)
class Arrival:
    """When a request came, and when it is acted on."""

    received_at: datetime
    now: datetime


def find_or_refuse(state: State, status_id: str, *, viewer_id: str | None) -> Status:
    status = state.find_status(status_id, viewer_id=viewer_id)
    if status is None:
        raise not_found()
    return status


def post_status(
    state: State, *, author: Account, fields: Fields, key: str | None, arrival: Arrival
) -> Status:
    """The status that is public now, or the one that the same key made within the hour."""
    _refuse_what_is_not_spoken(fields)
    in_reply_to = _find_replied_to(state, author, fields.text("in_reply_to_id"))
    kept_as = f"{author.id} {key}"
    if key and state.settings.keeps_idempotency_keys:
        kept = state.kept_keys.get(kept_as)
        if kept and arrival.now < kept.until:
            return find_or_refuse(state, kept.status_id, viewer_id=author.id)
    media = _find_media(state, author, fields.texts("media_ids"))
    poll = polls.read_poll(state.settings, fields, with_media=bool(media), now=arrival.now)
    _check_text(state, fields, with_media=bool(media))
    text = fields.text("status")
    people = [found for name in mentioned(text) if (found := state.find_account(name))]
    status = Status(
        id=state.new_id(arrival.now),
        account_id=author.id,
        text=text,
        spoiler_text=fields.text("spoiler_text"),
        sensitive=fields.flag("sensitive") or bool(fields.text("spoiler_text")),
        visibility=_read_visibility(fields.text("visibility") or "public"),
        language=fields.text("language") or "en",
        in_reply_to_id=in_reply_to.id if in_reply_to else None,
        media_ids=[item.id for item in media],
        poll=poll,
        mentioned_ids=list(dict.fromkeys(person.id for person in people)),
        created_at=arrival.now,
        received_at=arrival.received_at,
        idempotency_key=key,
    )
    state.statuses[status.id] = status
    for item in media:
        state.media[item.id] = item.model_copy(update={"status_id": status.id})
    if key:
        state.kept_keys[kept_as] = KeptKey(status_id=status.id, until=arrival.now + KEY_KEPT)
    for person_id in status.mentioned_ids:
        _tell(state, person_id, "mention", author, status=status, now=arrival.now)
    return status


def delete_status(state: State, *, author: Account, status_id: str) -> Status:
    status = state.find_status(status_id, viewer_id=author.id)
    if status is None or status.account_id != author.id:
        raise not_found()
    state.statuses[status_id] = status.model_copy(update={"deleted": True})
    return status


def favourite(state: State, *, person: Account, status_id: str, now: datetime) -> Status:
    status = find_or_refuse(state, status_id, viewer_id=person.id)
    fans = state.favourites.setdefault(status.id, [])
    if person.id not in fans:
        fans.append(person.id)
        _tell(state, status.account_id, "favourite", person, status=status, now=now)
    return status


def reblog(state: State, *, person: Account, status_id: str, arrival: Arrival) -> Status:
    """The reblog, which is a status of its own; a second time, the first one."""
    status = find_or_refuse(state, status_id, viewer_id=person.id)
    if status.visibility not in ("public", "unlisted"):
        raise not_found()
    for other in state.standing_statuses():
        if other.reblog_of_id == status.id and other.account_id == person.id:
            return other
    wrapper = Status(
        id=state.new_id(arrival.now),
        account_id=person.id,
        text="",
        visibility=status.visibility,
        reblog_of_id=status.id,
        created_at=arrival.now,
        received_at=arrival.received_at,
    )
    state.statuses[wrapper.id] = wrapper
    _tell(state, status.account_id, "reblog", person, status=status, now=arrival.now)
    return wrapper


def follow(state: State, *, person: Account, whom: Account, now: datetime) -> None:
    if (person.id, whom.id) not in state.follows:
        state.follows.append((person.id, whom.id))
        _tell(state, whom.id, "follow", person, status=None, now=now)


def ancestors(state: State, status: Status) -> list[Status]:
    found: list[Status] = []
    parent = state.statuses.get(status.in_reply_to_id or "")
    while parent and not parent.deleted:
        found.insert(0, parent)
        parent = state.statuses.get(parent.in_reply_to_id or "")
    return found


def descendants(state: State, status: Status) -> Iterable[Status]:
    """Depth first: an answer, then the answers to it."""
    for answer in state.standing_statuses():
        if answer.in_reply_to_id == status.id:
            yield answer
            yield from descendants(state, answer)


def _refuse_what_is_not_spoken(fields: Fields) -> None:
    for name in NOT_SPOKEN:
        if fields.values.get(name):
            raise Refusal(501, {"error": f"This sandbox does not speak {name}"})


def _find_replied_to(state: State, author: Account, status_id: str) -> Status | None:
    if not status_id:
        return None
    status = state.find_status(status_id, viewer_id=author.id)
    if status is None:
        sentence = "The post you are trying to reply to does not appear to exist."
        raise Refusal(404, {"error": sentence})
    return status


def _find_media(state: State, author: Account, media_ids: list[str]) -> list[Media]:
    limit = state.settings.max_media_attachments
    if len(media_ids) > limit:
        raise Refusal(422, {"error": f"Cannot attach more than {limit} files"})
    found = [
        media
        for media_id in media_ids
        if (media := state.media.get(media_id))
        and media.account_id == author.id
        and media.status_id is None
    ]
    if missing := set(media_ids) - {media.id for media in found}:
        ids = ", ".join(sorted(missing))
        raise Refusal(422, {"error": f"Media {ids} not found or already attached to another post"})
    if len(found) > 1 and any(media.kind in ("video", "audio") for media in found):
        sentence = "Cannot attach a video to a post that already contains images"
        raise Refusal(422, {"error": sentence})
    if any(media.polls_left for media in found):
        sentence = "Cannot attach files that have not finished processing. Try again in a moment!"
        raise Refusal(422, {"error": sentence})
    return found


def _check_text(state: State, fields: Fields, *, with_media: bool) -> None:
    text, warning = fields.text("status"), fields.text("spoiler_text")
    if not text.strip() and not warning.strip() and not with_media:
        raise invalid("Text can't be blank")
    limit = state.settings.max_characters
    per_url = state.settings.characters_reserved_per_url
    counted = count_characters(text, characters_per_url=per_url)
    if counted + count_graphemes(warning) > limit:
        raise invalid(f"Text character limit of {limit} exceeded")


def _read_visibility(text: str) -> Visibility:
    if text not in get_args(Visibility.__value__):
        raise invalid("Visibility is not included in the list")
    return cast("Visibility", text)


def _tell(
    state: State,
    account_id: str,
    kind: NotificationType,
    person: Account,
    *,
    status: Status | None,
    now: datetime,
) -> None:
    if account_id == person.id:
        return
    notification = Notification(
        id=state.new_id(now),
        account_id=account_id,
        type=kind,
        from_id=person.id,
        status_id=status.id if status else None,
        created_at=now,
    )
    state.notifications.append(notification)
