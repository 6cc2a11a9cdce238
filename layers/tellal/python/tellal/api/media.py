"""Media: announced, uploaded to S3 by whoever has the form, then looked at and kept."""

from datetime import timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.deliveries import every
from tellal.api.fields import AltText, Name
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.config import bare_environment
from tellal.deliveries import State
from tellal.errors import Conflict, Unacceptable
from tellal.media import MediaFile, MediaState, check_promise
from tellal.posts import Frozen, VideoFacts
from tellal.stores.attachments import LINK_LIVES

FORM_LIVES = timedelta(hours=1)
OLDEST = timedelta(days=30)  # of what may still be held, or sent again
OVER = frozenset({State.PUBLISHED, State.CANCELLED, State.DELETED})

routes = Routes("Media")


class NewMedia(Frozen):
    filename: Name
    mime_type: Annotated[str, Field(max_length=100)]
    size: Annotated[
        int, Field(ge=1, le=2**53, description="in bytes; S3 takes no more than announced")
    ]
    alt_text: AltText = ""


class UploadForm(Frozen):
    """Post it as multipart/form-data: every field as it is, then the file as `file`."""

    url: str
    fields: dict[str, str]


class MediaShown(Frozen):
    media_id: str
    filename: str
    mime_type: str
    size: int
    alt_text: str
    state: MediaState
    width: int | None
    height: int | None
    video: VideoFacts | None
    pages: int | None  # of a document
    created_at: Moment
    upload: UploadForm | None = None  # while it waits; good for an hour, and new each time
    link: str | None = None  # once it is ready; good for 15 minutes


@routes("POST", "/media", needs=Permission.MEDIA_WRITE, status=201, summary="Announce an upload")
def announce_media(given: NewMedia, asked: Asking) -> Response[MediaShown]:
    """Answers a form for the upload itself, which goes to S3. Then `complete` it."""
    check_promise(given.mime_type, given.size)
    file = MediaFile(
        media_id=asked.new_id("med"),
        workspace_id=asked.workspace_id,
        filename=given.filename,
        mime_type=given.mime_type,
        size=given.size,
        alt_text=given.alt_text,
        created_at=asked.now,
    )
    return asked.settle(_shown(file), wiring.media().creation(file))


@routes(
    "POST",
    "/media/<media_id>/complete",
    needs=Permission.MEDIA_WRITE,
    summary="Have an uploaded file looked at",
)
def complete_media(media_id: str, asked: Asking) -> Response[MediaShown]:
    """Its type, dimensions and length are read from its bytes; then it can be attached."""
    from tellal.media.probing import probe  # noqa: PLC0415  # no other request pays for it

    file = _ours(media_id, asked)
    if file.state is MediaState.READY:
        return asked.settle(_shown(file), status=200)
    bucket = wiring.media_bucket()
    if bucket.size(file.upload_key) is None:
        raise Conflict("Nothing was uploaded yet: send the file with the form first.")
    # What is looked at must be what is kept: the form could be used again in between.
    bucket.copy(file.upload_key, file.object_key)
    size = bucket.size(file.object_key) or 0

    def read(start: int, length: int) -> bytes:
        return bucket.get_range(file.object_key, start=start, length=length) or b""

    try:
        check_promise(file.mime_type, size)
        probed = probe(read, size=size, claimed=file.mime_type, environment=bare_environment())
    except Unacceptable:
        bucket.delete(file.object_key)
        raise
    facts = {"state": MediaState.READY, "size": size, **vars(probed)}
    ready = file.model_copy(update=facts)
    return asked.settle(_shown(ready), wiring.media().saving(file, ready), status=200)


@routes("GET", "/media", needs=Permission.MEDIA_READ, summary="List uploaded files")
def list_media(
    asked: Asking,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[MediaShown]:
    store = wiring.media()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor, since, until))
    return listing(page, lambda item: _shown(store.value(item)))


@routes("GET", "/media/<media_id>", needs=Permission.MEDIA_READ, summary="Show an uploaded file")
def show_media(media_id: str, asked: Asking) -> MediaShown:
    return _shown(_ours(media_id, asked))


@routes(
    "DELETE",
    "/media/<media_id>",
    needs=Permission.MEDIA_WRITE,
    status=204,
    summary="Delete an uploaded file",
)
def delete_media(media_id: str, asked: Asking) -> Response[Any]:
    """Not while something that is still to be published shows it."""
    file = _ours(media_id, asked)
    if _is_needed(file, asked):
        raise Conflict("A post that is still to be published shows it: take it out there first.")
    wiring.media().table.delete(file.media_id)
    wiring.media_bucket().delete(file.object_key)
    return Response(status_code=204)


def _is_needed(file: MediaFile, asked: Asked) -> bool:
    return any(
        attached.media_id == file.media_id
        for delivery in every(asked.workspace_id, since=asked.now - OLDEST)
        if delivery.state not in OVER
        for part in delivery.parts
        for attached in part.media
    )


def _ours(media_id: str, asked: Asked) -> MediaFile:
    return asked.ours(wiring.media().get(plausible(media_id)), "file")


def _shown(file: MediaFile) -> MediaShown:
    facts = file.model_dump(exclude={"workspace_id", "version"})
    bucket = wiring.media_bucket()
    if file.state is MediaState.READY:
        return MediaShown(**facts, link=bucket.link(file.object_key, lives=LINK_LIVES))
    form = bucket.upload_form(
        file.upload_key, content_type=file.mime_type, most_bytes=file.size, lives=FORM_LIVES
    )
    return MediaShown(**facts, upload=UploadForm(**form))
