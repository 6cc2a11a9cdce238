"""Films on their way to a page: uploaded ahead, and public when their upload is finished.

Facebook gives a video its id before its first byte. The upload's last request is the one that
publishes it, and an id is published once: so whatever becomes of that request, the id can be
asked, and to finish a second time what was never finished makes nothing twice.

A video of the feed is sent in the chunks that Facebook asks for; a reel or a story in one stream,
which goes on where it was cut off.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import ValidationError

from tellal.errors import TryLater
from tellal.platforms.calls import UPLOADING, Reply, bearer
from tellal.platforms.facebook import answers
from tellal.platforms.facebook.line import REFUSALS, TITLE, PageLine, in_path
from tellal.platforms.facebook.options import Kind
from tellal.platforms.graph import reading
from tellal.platforms.protocol import MediaReader, Pending, Prepared
from tellal.platforms.waiting import still_working
from tellal.posts import AttachedMedia

# What the notes hold: the video's id; of a chunked upload its session, and the bytes wanted next.
VIDEO, SESSION, START, END = "video", "session", "start", "end"
MOST_SENT = 32 * 1024 * 1024  # of a chunk, in memory; Facebook asks for less
A_PIECE = 1024 * 1024  # of a stream
# https://github.com/facebook/facebook-python-business-sdk/blob/main/facebook_business/video_uploader.py
MISPLACED = 1363037
EDGES = {Kind.FEED: "videos", Kind.REEL: "video_reels", Kind.STORY: "video_stories"}

Notes = Mapping[str, str]


class Misplaced(TryLater):
    """Other bytes are wanted than those that were sent: an answer of ours was lost."""

    def __init__(self, wanted: answers.ChunkWanted) -> None:
        super().__init__("Facebook wants another part of the video")
        self.wanted = wanted


def send_next_chunk(
    film: AttachedMedia, notes: Notes, *, line: PageLine, media: MediaReader
) -> Prepared | Pending:
    """Of a video of the feed: begin, or send what is wanted next."""
    if SESSION not in notes:
        return _begin_chunks(film, line)
    start, end = int(notes.get(START, "0")), int(notes.get(END, "0"))
    if start >= end:
        return Prepared({VIDEO: notes[VIDEO], SESSION: notes[SESSION]})
    chunk = media.read_range(film, start=start, length=min(end - start, MOST_SENT))
    try:
        wanted = _send_chunk(chunk, start, session=notes[SESSION], line=line)
    except Misplaced as misplaced:
        wanted = misplaced.wanted
    if wanted.start_offset > start:
        return Pending({**notes, **_noted(wanted)})
    return still_working({**notes, **_noted(wanted)}, what="a video", first=timedelta(0))


def send_stream(
    film: AttachedMedia, notes: Notes, *, kind: Kind, line: PageLine, media: MediaReader
) -> Prepared | Pending:
    """Of a reel or a story: begin, or send all that Facebook does not have yet."""
    if VIDEO not in notes:
        begun = line.graph("POST", f"{line.path}/{EDGES[kind]}", data={"upload_phase": "start"})
        return Pending({**notes, VIDEO: begun.read(answers.FilmBegun).video_id})
    uploading = ask(notes[VIDEO], line=line).status.uploading_phase
    if uploading.status == "error":
        again = {name: note for name, note in notes.items() if name != VIDEO}
        return still_working(again, what="a video", first=timedelta(0))
    there = uploading.bytes_transferred or uploading.bytes_transfered or 0
    if uploading.status != "complete" and there < film.size:
        _send_rest(film, notes[VIDEO], start=there, line=line, media=media)
    return Prepared({VIDEO: notes[VIDEO]})


def finishing(notes: Notes, *, kind: Kind, text: str, title: str | None) -> dict[str, str]:
    """The fields of the request that publishes it."""
    form = {"upload_phase": "finish"}
    if kind is Kind.FEED:
        form |= {"upload_session_id": notes[SESSION], "published": "true"}
    else:
        form |= {"video_id": notes[VIDEO], "video_state": "PUBLISHED"}
    form |= {"description": text} if text else {}
    return form | ({"title": title} if title else {})


def ask(video_id: str, *, line: PageLine) -> answers.Video:
    fields = {"fields": "status,published,post_id,permalink_url"}
    return line.graph("GET", in_path(video_id), params=fields).read(answers.Video)


def _begin_chunks(film: AttachedMedia, line: PageLine) -> Pending:
    form = {"upload_phase": "start", "file_size": str(film.size)}
    reply = line.video("POST", f"{line.path}/{EDGES[Kind.FEED]}", data=form)
    begun = reply.read(answers.UploadBegun)
    return Pending({VIDEO: begun.video_id, SESSION: begun.upload_session_id, **_noted(begun)})


def _send_chunk(chunk: bytes, start: int, *, session: str, line: PageLine) -> answers.ChunkWanted:
    """Raises Misplaced where other bytes are wanted."""
    reply = line.video(
        "POST",
        f"{line.path}/{EDGES[Kind.FEED]}",
        data={"upload_phase": "transfer", "upload_session_id": session, "start_offset": start},
        files={"video_file_chunk": ("chunk", chunk, "application/octet-stream")},
        deadline=UPLOADING,
        reads=_tell_what_is_wanted,
    )
    return reply.read(answers.ChunkWanted)


def _send_rest(
    film: AttachedMedia, video_id: str, *, start: int, line: PageLine, media: MediaReader
) -> None:
    calls = line.calls
    # The upload's host wants the token under another scheme than the Graph does.
    token = bearer(line.credentials.access_token)["Authorization"].replace("Bearer", "OAuth", 1)
    calls(
        "POST",
        f"{calls.hosts['upload']}/video-upload/{calls.settings['version']}/{in_path(video_id)}",
        content=_pieces(film, media, start=start),
        headers={
            "Authorization": token,
            "offset": str(start),
            "file_size": str(film.size),
            "Content-Length": str(film.size - start),
        },
        deadline=UPLOADING,
        reads=reading(TITLE, REFUSALS),
    ).read(answers.Done)


def _pieces(film: AttachedMedia, media: MediaReader, *, start: int) -> Iterator[bytes]:
    with media.open(film) as file:
        file.seek(start)
        while piece := file.read(A_PIECE):
            yield piece


def _noted(wanted: answers.ChunkWanted) -> dict[str, str]:
    return {START: str(wanted.start_offset), END: str(wanted.end_offset)}


def _tell_what_is_wanted(reply: Reply) -> None:
    told = reply.json()
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict) or error.get("error_subcode") != MISPLACED:
        return
    try:
        wanted = answers.ChunkWanted.model_validate(error.get("error_data"))
    except ValidationError:
        return
    raise Misplaced(wanted)
