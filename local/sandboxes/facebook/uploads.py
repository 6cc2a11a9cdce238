"""Photos and films on their way in: a photo at once, a film in chunks or as a stream.

https://developers.facebook.com/docs/video-api/guides/publishing
https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

from typing import Any

from local.sandboxes.answers import Refusal
from local.sandboxes.facebook.callers import Call
from local.sandboxes.facebook.refusals import graph_error, invalid, not_there
from local.sandboxes.facebook.state import Film, FilmKind, Page, Photo, State
from local.sandboxes.fields import Fields
from local.sandboxes.images import look_at

PHOTO_TYPES = ("image/jpeg", "image/bmp", "image/png", "image/gif", "image/tiff")
FTYP = slice(4, 8)  # where an MP4 says that it is one
MISPLACED = 1363037


def keep_photo(call: Call, page: Page, fields: Fields) -> Photo:
    state = call.state
    upload = fields.uploads.get("source")
    if upload is None:
        raise graph_error(324, "(#324) Missing or invalid image file")
    picture = look_at(upload.data)
    is_taken = picture and picture.mime_type in PHOTO_TYPES
    if not is_taken or len(upload.data) > state.settings.photo_bytes:
        says = "Your photos couldn't be uploaded. Photos should be less than 4 MB."
        raise graph_error(324, "(#324) Invalid image", subcode=1366046, says=says)
    assert picture is not None
    photo = Photo(
        id=state.new_id(call.now),
        page_id=page.id,
        data=upload.data,
        mime_type=picture.mime_type,
        alt=fields.text("alt_text_custom"),
    )
    state.photos[photo.id] = photo
    return photo


def begin_chunks(call: Call, page: Page, fields: Fields) -> dict[str, Any]:
    size = fields.text("file_size")
    if not size.isdigit() or int(size) == 0:
        raise invalid("The parameter file_size is required")
    film = Film(
        id=call.state.new_id(call.now),
        page_id=page.id,
        kind="video",
        session_id=call.state.new_id(call.now),
        size=int(size),
    )
    call.state.films[film.id] = film
    ids = {"video_id": film.id, "upload_session_id": film.session_id}
    return {**ids, **wanted_next(call.state, film)}


def take_chunk(state: State, page: Page, fields: Fields) -> dict[str, Any]:
    film = of_session(state, page, fields)
    chunk = fields.uploads.get("video_file_chunk")
    if chunk is None or not chunk.data:
        raise invalid("The parameter video_file_chunk is required")
    wanted = wanted_next(state, film)
    most = int(wanted["end_offset"]) - len(film.data)
    if fields.text("start_offset") != wanted["start_offset"] or len(chunk.data) > most:
        raise graph_error(
            6001, "There was a problem uploading your video file", subcode=MISPLACED, data=wanted
        )
    grown = film.model_copy(update={"data": film.data + chunk.data})
    state.films[film.id] = grown
    return wanted_next(state, grown)


def wanted_next(state: State, film: Film) -> dict[str, str]:
    start = len(film.data)
    end = min(film.size, start + state.settings.chunk_bytes)
    return {"start_offset": str(start), "end_offset": str(end)}


def of_session(state: State, page: Page, fields: Fields) -> Film:
    wanted = fields.text("upload_session_id")
    for film in state.films.values():
        if wanted and film.session_id == wanted and film.page_id == page.id:
            return film
    raise invalid("The upload session is not a valid one")


def begin_stream(call: Call, page: Page, kind: FilmKind, url: str) -> dict[str, Any]:
    film = Film(id=call.state.new_id(call.now), page_id=page.id, kind=kind)
    call.state.films[film.id] = film
    return {"video_id": film.id, "upload_url": f"{url}/{film.id}"}


def take_stream(call: Call, body: bytes) -> dict[str, Any]:
    """From `offset` to the end. Of one that breaks off, what had come by then is kept."""
    state, headers = call.state, call.request.headers
    film = state.films.get(str(call.request.path_params["video"]))
    if film is None or film.page_id != call.token.page_id or film.kind == "video":
        raise not_there(str(call.request.path_params["video"]))
    size, offset = headers.get("file_size", ""), headers.get("offset", "")
    if not size.isdigit() or not offset.isdigit():
        raise _stream_error("OffsetInvalidError", "offset and file_size are required headers")
    if int(offset) != len(film.data) or int(offset) + len(body) > int(size):
        raise _stream_error("OffsetInvalidError", f"the offset is {len(film.data)}")
    film = film.model_copy(update={"size": int(size)})
    if (cut := state.settings.cuts_streams_at) and not film.was_cut:
        kept = film.model_copy(update={"data": film.data + body[:cut], "was_cut": True})
        state.films[film.id] = kept
        raise _stream_error("PartialRequestError", "Partial request", status=503)
    state.films[film.id] = film.model_copy(update={"data": film.data + body})
    return {"success": True}


def check_whole(film: Film) -> None:
    if not film.is_whole:
        raise invalid("The video was not uploaded to its end", subcode=1363130)
    if film.data[FTYP] != b"ftyp":
        says = "The video file you selected is in a format that we don't support."
        raise graph_error(352, "(#352) Invalid video file", subcode=1363024, says=says)


def _stream_error(kind: str, message: str, *, status: int = 400) -> Refusal:
    told = {"retriable": status >= 500, "type": kind, "message": message}
    return Refusal(status, {"debug_info": told})
