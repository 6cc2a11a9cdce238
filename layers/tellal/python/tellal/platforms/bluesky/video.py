"""A video's way to Bluesky: to its video service, which encodes it and puts what comes of it on
the account's own server. https://docs.bsky.app/docs/tutorials/video

Nothing of that is public until a post names it, and all of it is safe to repeat: a part and the
finish are the same again, and an upload whose beginning was lost expires. The service knows us by
a word that the account's server signs for one method; each worker asks for its own, and none is
kept. Notes: how far the upload is, as JSON.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from tellal import clock
from tellal.errors import Rejected, TryLater
from tellal.platforms.bluesky import answers
from tellal.platforms.bluesky.line import QUOTA_ASKED, SENDING_VIDEO, Line, named, reading
from tellal.platforms.bluesky.record import VIDEO
from tellal.platforms.calls import UPLOADING, Calls, Reply, bearer
from tellal.platforms.protocol import MediaReader, Pending
from tellal.platforms.waiting import done, still_working
from tellal.posts import AttachedMedia, Frozen

UPLOAD = "upload"  # a note
WINDOW = 4 * 1024 * 1024  # bytes of a part in memory at once
WORD_LIVES = timedelta(minutes=30)  # a worker's quarter of an hour, and the encoding after it
MOST_ASKED = 65  # an hour
# What the account's server lets be done by our word: what the service does with it in the end.
PUTTING = "com.atproto.repo.uploadBlob"
LIMITS = "app.bsky.video.getUploadLimits"
# Where parts are not known yet, or switched off; the service's own app falls back as we do.
NO_PARTS = frozenset({"MethodNotImplemented", "XRPCNotSupported", "ServiceOverloaded"})
LOST = frozenset({"UploadNotFound", "UploadExpired", "UploadAborted"})
UNFINISHED = frozenset({"MissingParts", "UploadNotReady", "UploadAlreadyCompleted"})
FAILED = "JOB_STATE_FAILED"
WORTH_ANOTHER = "pds_upload_failure"  # our word had run out, or the account's server was away
FAILURES = {
    "validation_failure": "Bluesky does not take this video: it is no MP4, or too long",
    "encoding_failure": "Bluesky could not encode this video; try another encoding",
    "pds_upload_unsupported_blob_size": "The account's server takes no video as large as this",
}
SOME_FAILURE = "Bluesky could not work on this video; try another one"
USED_UP = "This account has sent as many videos today as Bluesky takes; it is tried again later"
NOT_ALLOWED = (
    "Bluesky lets this account send no videos; is its e-mail address confirmed at Bluesky?"
)

type Notes = Mapping[str, str]


class Upload(Frozen):
    """How far it is."""

    job: str = ""  # of an upload in parts
    part_bytes: int = 0
    parts: int = 0
    sent: int = 0
    whole: bool = False  # it goes in one request
    encoding: str = ""  # the job to ask


class _NoParts(Exception):
    pass


class _Lost(Exception):
    """The service does not know of it any more."""


class _Unfinished(Exception):
    """It has more of it, or less, than we thought."""


class VideoService:
    """The service, as one account."""

    def __init__(self, line: Line, calls: Calls, *, at: str, did: str, home: str) -> None:
        """`line` is to the account's server, and `home` where its document says that that is."""
        self._line = line
        self._calls = calls
        self._at = at
        self._did = did
        self._home = home
        self._words: dict[str, SecretStr] = {}

    def next_step(self, notes: Notes, film: AttachedMedia, media: MediaReader) -> Pending:
        """One request or two, until the notes hold the video's blob."""
        try:
            if UPLOAD not in notes:
                return self._begin(notes, film)
            upload = Upload.model_validate_json(notes[UPLOAD])
            if upload.encoding:
                return self._ask(notes, upload)
            if upload.whole:
                return self._send_whole(notes, film, media)
            return self._send(notes, upload, film, media)
        except _Lost:
            return _anew(notes)

    def _begin(self, notes: Notes, film: AttachedMedia) -> Pending:
        self._check_limits(film)
        asks: dict[str, Any] = {"sizeBytes": film.size, "mimeType": film.mime_type}
        asks |= {"width": film.width, "height": film.height} if film.width and film.height else {}
        asks |= {"durationMs": round(film.video.seconds * 1000)} if film.video else {}
        try:
            reply = self._call("POST", "startUpload", json=asks, reads=_beginning)
        except _NoParts:
            return _noted(notes, Upload(whole=True))
        begun = reply.read(answers.UploadStarted)
        size = begun.partSizeBytes
        if size < 1 or begun.partCount != -(-film.size // size):  # no plan to follow
            return _noted(notes, Upload(whole=True))
        return _noted(notes, Upload(job=begun.jobId, part_bytes=size, parts=begun.partCount))

    def _check_limits(self, film: AttachedMedia) -> None:
        """A quota that is used up is known before anything is sent."""
        told = self._calls(
            "GET",
            f"{self._at}/xrpc/{LIMITS}",
            headers=bearer(self._word(LIMITS, to=self._at)),
            reads=_refused,
        ).read(answers.UploadLimits)
        videos, size = told.remainingDailyVideos, told.remainingDailyBytes
        is_told = videos is not None or size is not None
        is_over = (videos is not None and videos < 1) or (size is not None and size < film.size)
        if is_over or not (told.canUpload or is_told):
            raise TryLater(USED_UP, after=QUOTA_ASKED)
        if not told.canUpload:
            raise Rejected(NOT_ALLOWED)

    def _send(
        self, notes: Notes, upload: Upload, film: AttachedMedia, media: MediaReader
    ) -> Pending:
        try:
            if upload.sent < upload.parts:
                return self._send_part(notes, upload, film, media)
            return self._finish(notes, upload)
        except _Unfinished:
            return self._look(notes, upload)

    def _send_part(
        self, notes: Notes, upload: Upload, film: AttachedMedia, media: MediaReader
    ) -> Pending:
        start = upload.sent * upload.part_bytes
        length = min(upload.part_bytes, film.size - start)
        self._call(
            "POST",
            "uploadPart",
            params={"jobId": upload.job, "partNumber": str(upload.sent + 1)},
            headers=_body("application/octet-stream", length),
            content=_pieces(film, media, start=start, length=length),
            deadline=UPLOADING,
            reads=_sending,
        )
        return _noted(notes, upload.model_copy(update={"sent": upload.sent + 1}))

    def _finish(self, notes: Notes, upload: Upload) -> Pending:
        """With a word of its own: the service keeps it for when it has encoded the video."""
        self._words.pop(PUTTING, None)
        reply = self._call("POST", "finishUpload", json={"jobId": upload.job}, reads=_sending)
        finished = reply.read(answers.UploadFinished)
        return _worked_on(notes, finished.completedJobId, finished.jobStatus)

    def _look(self, notes: Notes, upload: Upload) -> Pending:
        """What the service has of it, where that is not what we thought."""
        asks = {"jobId": upload.job}
        told = self._call("GET", "getUploadStatus", params=asks).read(answers.UploadStatus)
        if told.state == "completed" and told.completedJobId:
            return _noted(notes, Upload(encoding=told.completedJobId))
        if told.state == "failed":
            raise Rejected(SENDING_VIDEO["UploadFailed"][1])
        if told.state in {"aborted", "expired"}:
            return _anew(notes)
        received = set(told.receivedParts)
        missing = (number for number in range(upload.parts) if number + 1 not in received)
        sent = next(missing, upload.parts)
        looked = _noted(notes, upload.model_copy(update={"sent": sent}))
        return still_working(looked.notes, what="a video", most=MOST_ASKED)

    def _send_whole(self, notes: Notes, film: AttachedMedia, media: MediaReader) -> Pending:
        """409 is what it says of a video it has worked on before; that job is told along."""
        reply = self._call(
            "POST",
            "uploadVideo",
            params={"did": self._did, "name": "video.mp4"},
            headers=_body(film.mime_type, film.size),
            content=_pieces(film, media, start=0, length=film.size),
            deadline=UPLOADING,
            accepts={409},
        )
        job = _job_of(reply)
        return _worked_on(notes, job.jobId, job)

    def _ask(self, notes: Notes, upload: Upload) -> Pending:
        """Anybody may. The blob counts, whatever else is said: «already exists» is an error."""
        url = f"{self._at}/xrpc/app.bsky.video.getJobStatus"
        asks = {"jobId": upload.encoding}
        reply = self._calls("GET", url, params=asks, accepts={400, 409}, reads=_understand)
        return _worked_on(notes, upload.encoding, _job_of(reply))

    def _call(self, method: str, query: str, **request: Any) -> Reply:
        headers = bearer(self._word(PUTTING, to=self._home)) | request.pop("headers", {})
        reads = request.pop("reads", _understand)
        url = f"{self._at}/xrpc/app.bsky.video.{query}"
        return self._calls(method, url, headers=headers, reads=reads, **request)

    def _word(self, method: str, *, to: str) -> SecretStr:
        """The account's, that we may call this method of a server."""
        if method not in self._words:
            ends = clock.now() + WORD_LIVES
            asks = {"aud": _name_of(to), "lxm": method, "exp": str(int(ends.timestamp()))}
            reply = self._line("GET", "com.atproto.server.getServiceAuth", params=asks)
            self._words[method] = reply.read(answers.ServiceAuth).token
        return self._words[method]


def _worked_on(notes: Notes, job: str, status: answers.JobStatus) -> Pending:
    if status.blob:
        rest = {name: note for name, note in done(notes).items() if name != UPLOAD}
        return Pending({**rest, VIDEO: json.dumps(status.blob)})
    if status.state == FAILED:
        if status.failureCode == WORTH_ANOTHER:
            return _anew(notes)
        raise Rejected(FAILURES.get(status.failureCode or "", SOME_FAILURE))
    asked = _noted(notes, Upload(encoding=job))
    return still_working(asked.notes, what="a video", most=MOST_ASKED)


def _anew(notes: Notes) -> Pending:
    """From the beginning, but not for ever: how often we asked is kept."""
    rest = {name: note for name, note in notes.items() if name != UPLOAD}
    return still_working(rest, what="a video", most=MOST_ASKED)


def _noted(notes: Notes, upload: Upload) -> Pending:
    return Pending({**notes, UPLOAD: upload.model_dump_json(exclude_defaults=True)})


def _job_of(reply: Reply) -> answers.JobStatus:
    """Told by itself or as `jobStatus`, both are seen. Raises _Lost where a refusal has none."""
    body = reply.json()
    told = body.get("jobStatus", body) if isinstance(body, dict) else None
    if not (isinstance(told, dict) and "jobId" in told) and reply.status >= 400:
        raise _Lost
    try:
        return answers.JobStatus.model_validate(told)
    except ValueError:
        raise TryLater(f"{reply.host} answered in a shape we do not know") from None


def _beginning(reply: Reply) -> None:
    if reply.status in (404, 501) or named(reply) in NO_PARTS:
        raise _NoParts
    _understand(reply)


def _sending(reply: Reply) -> None:
    if named(reply) in UNFINISHED:
        raise _Unfinished
    _understand(reply)


def _understand(reply: Reply) -> None:
    if reply.status == 404 or named(reply) in LOST:
        raise _Lost
    _refused(reply)


def _refused(reply: Reply) -> None:
    reading(SENDING_VIDEO)(reply)
    if reply.status in (401, 403):  # of our word: the channel's session is another matter
        raise TryLater("Bluesky's video service does not believe what the account's server says")


def _pieces(film: AttachedMedia, media: MediaReader, *, start: int, length: int) -> Iterator[bytes]:
    ends = start + length
    for at in range(start, ends, WINDOW):
        yield media.read_range(film, start=at, length=min(WINDOW, ends - at))


def _body(mime_type: str, length: int) -> dict[str, str]:
    return {"Content-Type": mime_type, "Content-Length": str(length)}


def _name_of(address: str) -> str:
    """How servers are called: https://w3c-ccg.github.io/did-method-web/"""
    host = address.partition("://")[2].partition("/")[0]
    return f"did:web:{host.replace(':', '%3A')}"
