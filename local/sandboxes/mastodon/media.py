"""What the Mastodon sandbox accepts as media, and how long it is busy with it."""

from datetime import datetime
from typing import Literal

from local.sandboxes.fields import Fields, Upload
from local.sandboxes.images import Picture, look_at
from local.sandboxes.mastodon.refusals import invalid, not_found
from local.sandboxes.mastodon.state import (
    AUDIO_TYPES,
    IMAGE_TYPES,
    VIDEO_TYPES,
    Account,
    Media,
    Settings,
    State,
)


def keep_media(state: State, *, owner: Account, fields: Fields, now: datetime) -> Media:
    upload = fields.uploads.get("file")
    if upload is None:
        raise invalid("File can't be blank")
    picture = look_at(upload.data)
    mime_type = picture.mime_type if picture else upload.content_type.partition(";")[0]
    settings = state.settings
    kind = _kind(upload, mime_type, picture, settings)
    _check_size(upload, kind=kind, picture=picture, settings=settings)
    description = fields.text("description")
    if len(description) > settings.description_limit:
        limit = settings.description_limit
        raise invalid(f"Description is too long (maximum is {limit} characters)")
    media = Media(
        id=state.new_id(now),
        account_id=owner.id,
        kind=kind,
        mime_type=mime_type,
        data=upload.data,
        description=description,
        focus=_read_focus(fields.text("focus", "0,0")),
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        polls_left=settings.image_polls if kind == "image" else settings.video_polls,
    )
    state.media[media.id] = media
    return media


def poll_media(state: State, *, owner: Account, media_id: str) -> Media:
    """The media as it stands; each poll brings the end of its processing nearer."""
    media = state.media.get(media_id)
    if media is None or media.account_id != owner.id or media.status_id:
        raise not_found()
    if media.polls_left:
        state.media[media_id] = media.model_copy(update={"polls_left": media.polls_left - 1})
    return media


def _kind(
    upload: Upload, mime_type: str, picture: Picture | None, settings: Settings
) -> Literal["image", "gifv", "video", "audio"]:
    if mime_type in VIDEO_TYPES and settings.supports_videos and _is_film(upload.data):
        return "video"
    if mime_type in AUDIO_TYPES:
        return "audio"
    # Pillow reads all of them but HEIC, which is taken at its word.
    if mime_type in IMAGE_TYPES and (picture or mime_type == "image/heic"):
        return "gifv" if picture and picture.animated else "image"
    raise invalid("File content type is invalid, File is invalid")


def _is_film(data: bytes) -> bool:
    """By its first bytes: an MP4's or QuickTime's, or a WebM's."""
    return data[4:8] == b"ftyp" or data.startswith(b"\x1a\x45\xdf\xa3")


def _check_size(upload: Upload, *, kind: str, picture: Picture | None, settings: Settings) -> None:
    limit = settings.image_size_limit if kind == "image" else settings.video_size_limit
    if len(upload.data) > limit:
        raise invalid(f"File file size must be less than {limit // 1_048_576} MB")
    if picture and picture.width * picture.height > settings.image_matrix_limit:
        raise invalid(f"{picture.width}x{picture.height} images are not supported")


def _read_focus(text: str) -> tuple[float, float]:
    try:
        x, y = (max(-1.0, min(1.0, float(part))) for part in text.split(","))
    except ValueError:
        return (0.0, 0.0)
    return (x, y)
