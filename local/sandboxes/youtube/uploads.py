"""Resumable uploads: a session, its chunks in their order, and the video that they make.

https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.sandboxes.answers import Refusal
from local.sandboxes.images import look_at
from local.sandboxes.youtube import videos
from local.sandboxes.youtube.refusals import refuse
from local.sandboxes.youtube.state import Session, State, Video

CHUNK = 256 * 1024  # every chunk but the last is a multiple of it
MOST_BYTES = 274_877_906_944
MOST_THUMBNAIL_BYTES = 52_428_800
RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
NO_SESSION = Refusal(404, "Not Found")


@dataclass(frozen=True)
class Incomplete:
    """308: how many bytes are here."""

    received: int


def begin(
    state: State,
    given: Mapping[str, Any],
    headers: Mapping[str, str],
    *,
    channel_id: str,
    now: datetime,
) -> str:
    """The id of the new session."""
    snippet, status = given.get("snippet", {}), given.get("status", {})
    videos.check(snippet, status, whole=False)
    mime_type = headers.get("x-upload-content-type", "")
    if not (mime_type.startswith("video/") or mime_type == "application/octet-stream"):
        sentence = f"Media type '{mime_type}' is not supported. Valid media types: [video/*]"
        raise refuse(400, "badContent", sentence, domain="global")
    size = headers.get("x-upload-content-length", "")
    if not size.isdecimal() or not 0 < int(size) <= MOST_BYTES:
        raise refuse(400, "mediaBodyRequired", "The request does not include the video content.")
    _count(state, channel_id, now)
    session_id = secrets.token_urlsafe(16)
    state.sessions[session_id] = Session(
        channel_id=channel_id,
        snippet=dict(snippet),
        status=dict(status),
        size=int(size),
        mime_type=mime_type,
        begun_at=now,
        forgotten=state.settings.forgets_first_session and not state.sessions,
    )
    return session_id


def take(
    state: State,
    session_id: str,
    body: bytes,
    content_range: str,
    *,
    received_at: datetime,
    now: datetime,
) -> Incomplete | Video:
    """One chunk, or the question how far it is: a range of `*`."""
    session = _find(state, session_id, now)
    told = RANGE.fullmatch(content_range)
    if told is None or int(told.group(3)) != session.size:
        raise _bad_chunk(f"Invalid Content-Range: {content_range}")
    if session.video_id is not None:
        return state.videos[session.video_id]
    if told.group(1) is None:
        return Incomplete(len(session.received))
    first, last = int(told.group(1)), int(told.group(2))
    _check_chunk(session, body, first, last)
    session = session.model_copy(update={"received": session.received + body})
    state.sessions[session_id] = session
    if len(session.received) < session.size:
        return Incomplete(len(session.received))
    made = videos.make(state, session, received_at=received_at, now=now)
    done = session.model_copy(update={"video_id": made.id, "received": b""})
    state.sessions[session_id] = done
    return made


def set_thumbnail(state: State, video: Video, body: bytes) -> None:
    if not state.settings.takes_thumbnails:
        sentence = "The authenticated user doesn't have permissions to upload custom thumbnails."
        raise refuse(403, "forbidden", sentence, domain="youtube.thumbnail")
    if not body:
        raise _bad_thumbnail("mediaBodyRequired", "The request does not include the image content.")
    picture = look_at(body)
    if picture is None or picture.mime_type not in ("image/jpeg", "image/png"):
        raise _bad_thumbnail("invalidImage", "The provided image content is invalid.")
    if len(body) > MOST_THUMBNAIL_BYTES:
        raise refuse(413, "uploadTooLarge", "Media is too large.", domain="global")
    if not video.polls_left:  # before it is processed it may be lost, as a Short's is
        state.videos[video.id] = video.model_copy(update={"thumbnail": body})


def _find(state: State, session_id: str, now: datetime) -> Session:
    session = state.sessions.get(session_id)
    lives = timedelta(seconds=state.settings.session_seconds)
    if session is None or session.forgotten or now >= session.begun_at + lives:
        raise NO_SESSION
    return session


def _check_chunk(session: Session, body: bytes, first: int, last: int) -> None:
    if len(body) != last - first + 1:
        raise _bad_chunk("The body is not as long as its Content-Range says.")
    if first != len(session.received):
        raise _bad_chunk(f"{len(session.received)} bytes are here, and {first} come first.")
    is_last = last + 1 == session.size
    if last >= session.size or (not is_last and len(body) % CHUNK):
        raise _bad_chunk(f"A chunk must be a multiple of {CHUNK} bytes.")


def _count(state: State, channel_id: str, now: datetime) -> None:
    """An upload counts when it begins; first for the project, then for the channel."""
    settings = state.settings
    if not state.spend("uploads", 1, most=settings.uploads_a_day, now=now):
        sentence = (
            "Quota exceeded for quota metric 'Video Uploads' and limit 'Video Uploads per day' of"
            " service 'youtube.googleapis.com' for consumer 'project_number:1'."
        )
        raise refuse(429, "rateLimitExceeded", sentence, domain="global")
    most = settings.channel_uploads_a_day
    if not state.spend(f"uploads of {channel_id}", 1, most=most, now=now):
        sentence = "The user has exceeded the number of videos they may upload."
        raise refuse(400, "uploadLimitExceeded", sentence, domain="youtube.video")


def _bad_chunk(sentence: str) -> Refusal:
    return refuse(400, "badRequest", sentence, domain="global")


def _bad_thumbnail(reason: str, sentence: str) -> Refusal:
    return refuse(400, reason, sentence, domain="youtube.thumbnail")
