"""What becomes of a post on the TikTok sandbox: accepted, worked on, complete, or failed.

It is worked on until it was asked about so often, or for so long; then it is public. That happens
when somebody looks, as of the moment it was due, so that nothing has to run by itself.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from local.sandboxes.images import look_at
from local.sandboxes.tiktok.state import PUBLIC, Account, Photo, Publish, State

MOST_PHOTO = 20_000_000
SHORTER, LONGER = 1080, 1920
STARTS = {
    "video/mp4": (4, b"ftyp"),
    "video/quicktime": (4, b"ftyp"),
    "video/webm": (0, b"\x1aE\xdf\xa3"),
}


def accept(state: State, publish: Publish, *, received_at: datetime, now: datetime) -> Publish:
    """It has all of it, or the addresses of all of it."""
    failed = state.settings.fail_reason
    if not failed and publish.kind == "video":
        at, mark = STARTS[publish.mime_type]
        is_film = publish.data[at : at + len(mark)] == mark
        failed = "" if is_film else "file_format_check_failed"
    facts = {
        "received_at": received_at,
        "accepted_at": now,
        "polls_left": state.settings.status_polls,
        "post_id": state.new_number(now),
        "failed": failed,
    }
    return state.keep(publish.model_copy(update=facts))


def fetched(state: State, publish: Publish, photos: list[Photo] | None) -> None:
    """What TikTok got when it fetched the photos; None: it did not get them all."""
    reason = "photo_pull_failed" if photos is None else _objection(photos)
    facts: dict[str, Any] = {"photos": tuple(photos or ())}
    if reason:
        facts["failed"] = publish.failed or reason
    state.keep(publish.model_copy(update=facts))


def poll(state: State, publish: Publish, *, now: datetime) -> Publish:
    """As it stands; each poll brings its end nearer."""
    publish = settle(state, publish, now=now)
    if publish.accepted_at and not _is_over(publish) and publish.downloaded:
        left = publish.polls_left - 1
        state.keep(publish.model_copy(update={"polls_left": left}))
    return publish


def settle(state: State, publish: Publish, *, now: datetime) -> Publish:
    if publish.accepted_at is None or _is_over(publish) or not publish.downloaded:
        return publish
    due = publish.accepted_at + timedelta(seconds=state.settings.processing_seconds)
    if publish.polls_left > 0 and now < due:
        return publish
    return state.keep(publish.model_copy(update={"completed_at": min(now, due)}))


def complete(state: State, *, now: datetime) -> Iterator[Publish]:
    """All posts there are, in the order they were accepted."""
    settled = [settle(state, each, now=now) for each in list(state.publishes.values())]
    done = [each for each in settled if each.completed_at]
    yield from sorted(done, key=lambda each: int(each.post_id))


def told_id(state: State, publish: Publish, *, now: datetime) -> str | None:
    """Of a public post that moderation has passed."""
    if publish.completed_at is None or publish.privacy != PUBLIC:
        return None
    passed = publish.completed_at + timedelta(seconds=state.settings.moderation_seconds)
    return publish.post_id if now >= passed else None


def accepted_today(state: State, account: Account, *, now: datetime) -> int:
    since = now - timedelta(days=1)
    own = (each for each in state.publishes.values() if each.open_id == account.open_id)
    return sum(each.accepted_at is not None and each.accepted_at > since for each in own)


def active_today(state: State, *, now: datetime) -> set[str]:
    since = now - timedelta(days=1)
    return {
        each.open_id
        for each in state.publishes.values()
        if each.accepted_at is not None and each.accepted_at > since
    }


def _is_over(publish: Publish) -> bool:
    return bool(publish.completed_at or publish.failed)


def _objection(photos: list[Photo]) -> str:
    for photo in photos:
        picture = look_at(photo.data)
        if picture is None or picture.mime_type not in ("image/jpeg", "image/webp"):
            return "file_format_check_failed"
        shorter, longer = sorted((picture.width, picture.height))
        if len(photo.data) > MOST_PHOTO or shorter > SHORTER or longer > LONGER:
            return "picture_size_check_failed"
    return ""
