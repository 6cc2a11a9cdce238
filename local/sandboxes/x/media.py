"""What the X sandbox takes as files, in the order of their steps, and how long it works on them.

https://docs.x.com/x-api/media/quickstart/media-upload-chunked
"""

from datetime import datetime
from typing import Any

from local.sandboxes.fields import Fields
from local.sandboxes.images import look_at
from local.sandboxes.x.problems import invalid
from local.sandboxes.x.state import Account, Media, State

WHOLE = ("tweet_image", "tweet_video", "tweet_gif")  # as the simple upload takes them
CATEGORIES = {*WHOLE, "amplify_video", "dm_image", "dm_video", "dm_gif", "subtitles"}
IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
VIDEOS = {"video/mp4", "video/quicktime"}
LIMITS = {"tweet_gif": 15_000_000, "tweet_video": 512_000_000}
MOST_SEGMENTS = 1000
ALT_TEXT = 1000


def take_image(state: State, owner: Account, fields: Fields, now: datetime) -> Media:
    """All of it at once."""
    _known(fields.values, {"media_category", "additional_owners"})
    upload = fields.uploads.get("media")
    if upload is None:
        raise invalid("The media is required.")
    if fields.text("media_category") not in WHOLE:
        raise invalid("The media_category is required, and one of those there are.")
    picture = look_at(upload.data)
    if picture is None or picture.mime_type not in IMAGES:
        raise invalid("The media type is unrecognized.")
    if len(upload.data) > state.settings.image_bytes:
        raise invalid("The file size exceeds what is allowed.")
    return _keep(
        state,
        Media(
            id=state.new_id(now),
            account_id=owner.id,
            category=fields.text("media_category"),
            mime_type=picture.mime_type,
            total_bytes=len(upload.data),
            segments={0: upload.data},
            stage="ready",
            expires_at=state.uploads_end(now),
        ),
    )


def announce(state: State, owner: Account, given: dict[str, Any], now: datetime) -> Media:
    _known(given, {"media_type", "media_category", "total_bytes", "additional_owners", "shared"})
    category, kind, size = (
        given.get("media_category"),
        given.get("media_type"),
        given.get("total_bytes"),
    )
    if category not in CATEGORIES or kind not in IMAGES | VIDEOS or not isinstance(size, int):
        raise invalid("media_category, media_type and total_bytes are needed.")
    wanted = {"tweet_gif": {"image/gif"}, "tweet_video": VIDEOS}.get(category, IMAGES)
    if kind not in wanted or not 0 < size <= LIMITS.get(category, size):
        raise invalid("The file size or the type is not allowed for this media_category.")
    return _keep(
        state,
        Media(
            id=state.new_id(now),
            account_id=owner.id,
            category=category,
            mime_type=kind,
            total_bytes=size,
            expires_at=state.uploads_end(now),
        ),
    )


def append(state: State, media: Media, fields: Fields) -> None:
    """A segment that comes again takes the place of itself."""
    _known(fields.values, {"segment_index"})
    upload, number = fields.uploads.get("media"), fields.text("segment_index")
    if upload is None or not number.isdigit() or int(number) >= MOST_SEGMENTS:
        raise invalid("media and a segment_index from 0 to 999 are needed.")
    if media.stage != "sending":
        raise invalid("The upload is finalized.")
    if not 0 < len(upload.data) <= state.settings.segment_bytes:
        raise invalid("The segment is too large, or empty.")
    _keep(state, media, segments={**media.segments, int(number): upload.data})


def finish(state: State, media: Media) -> Media:
    if media.stage != "sending":
        raise invalid("The upload is finalized.")
    if sorted(media.segments) != list(range(len(media.segments))):
        raise invalid("Segments do not add up to provided total file size.")
    if len(media.data) != media.total_bytes:
        raise invalid("Segments do not add up to provided total file size.")
    if not _is(media):
        raise invalid("The media type is unrecognized.")
    works = media.category in LIMITS
    polls = state.settings.polls if works else 0
    fails = state.settings.fails_processing
    stage = "working" if polls else ("failed" if works and fails else "ready")
    return _keep(state, media, stage=stage, polls_left=polls)


def ask(state: State, media: Media) -> Media:
    """The file as it stands; each question brings the end of its processing nearer."""
    if media.stage == "sending":
        raise invalid("The upload is not finalized.")
    if media.stage != "working":
        return media
    left = media.polls_left - 1
    done = "failed" if state.settings.fails_processing else "ready"
    _keep(state, media, polls_left=left, stage="working" if left else done)
    return media


def describe(state: State, media: Media, given: dict[str, Any]) -> Media:
    _known(given, {"id", "metadata"})
    text = ((given.get("metadata") or {}).get("alt_text") or {}).get("text")
    if not isinstance(text, str) or not 0 < len(text) <= ALT_TEXT:
        raise invalid(f"The alt text must have 1 to {ALT_TEXT} characters.")
    if media.category == "tweet_video":
        raise invalid("Alt text is for images and GIFs.")
    return _keep(state, media, alt_text=text)


def view(media: Media) -> dict[str, Any]:
    kind = {"tweet_image": "3", "tweet_gif": "16"}.get(media.category, "7")
    shown: dict[str, Any] = {
        "id": media.id,
        "media_key": f"{kind}_{media.id}",
        "expires_after_secs": 86_400,
    }
    if media.stage != "sending":
        shown["size"] = media.total_bytes
    if media.category in LIMITS and media.stage != "sending":
        shown["processing_info"] = _processing(media)
    return shown


def _processing(media: Media) -> dict[str, Any]:
    match media.stage:
        case "ready":
            return {"state": "succeeded", "progress_percent": 100}
        case "failed":
            error = {"code": 1, "name": "InvalidMedia", "message": "file is currently unsupported"}
            return {"state": "failed", "progress_percent": 0, "error": error}
        case _:
            return {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}


def _is(media: Media) -> bool:
    """What its bytes say it is."""
    if media.category == "tweet_video":
        return media.data[4:8] == b"ftyp"
    picture = look_at(media.data)
    return picture is not None and picture.mime_type == media.mime_type


def _keep(state: State, media: Media, **changes: Any) -> Media:
    kept = media.model_copy(update=changes)
    state.media[kept.id] = kept
    return kept


def _known(given: Any, names: set[str]) -> None:
    if unknown := set(given) - names:
        raise invalid(f"[{', '.join(sorted(unknown))}] is not expected.")
