"""The video service: it takes films, works on them, and puts them on their account's server.

https://docs.bsky.app/docs/tutorials/video. It answers under its own name alone, and knows callers
by a word that their server signed. A film is not encoded here: what comes of it is what came in.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.bluesky import records
from local.sandboxes.bluesky.bodies import read_body
from local.sandboxes.bluesky.sessions import HasState, Sessions, refuse
from local.sandboxes.bluesky.state import Account, VideoJob, VideoUpload, make_cid
from local.sandboxes.clock import Clock, spell

PUTTING = "com.atproto.repo.uploadBlob"
LIMITS = "app.bsky.video.getUploadLimits"
TYPES = {"video/mp4", "video/mpeg", "video/webm", "video/quicktime", "image/gif"}
DAY = timedelta(days=1)

type Endpoint = Callable[[Request], Awaitable[Response]]


class VideoService:
    def __init__(self, server: HasState, sessions: Sessions, *, url: str, clock: Clock) -> None:
        self._server = server
        self._sessions = sessions
        self._home = _name_of(url)  # the account's server, as words name it
        self._host = self.address(url).partition("://")[2]
        self._clock = clock

    @staticmethod
    def address(url: str) -> str:
        return url.replace("127.0.0.1", "localhost")

    def routes(self) -> list[Route]:
        endpoints: list[tuple[str, str, Endpoint]] = [
            ("GET", "getUploadLimits", self._get_limits),
            ("POST", "startUpload", self._start),
            ("POST", "uploadPart", self._take_part),
            ("GET", "getUploadStatus", self._get_status),
            ("POST", "finishUpload", self._finish),
            ("POST", "abortUpload", self._abort),
            ("POST", "uploadVideo", self._take_whole),
            ("GET", "getJobStatus", self._get_job),
        ]
        return [
            Route(f"/xrpc/app.bsky.video.{name}", self._at_home(do), methods=[method])
            for method, name, do in endpoints
        ]

    def _at_home(self, do: Endpoint) -> Endpoint:
        """Elsewhere than under its own name it is not there."""

        async def endpoint(request: Request) -> Response:
            if request.headers.get("host") != self._host:
                raise refuse(501, "MethodNotImplemented", "Method Not Implemented")
            return await do(request)

        return endpoint

    async def _get_limits(self, request: Request) -> Response:
        authorization = request.headers.get("authorization", "")
        caller, _ = self._sessions.believe(
            authorization, audience=_name_of(f"http://{self._host}"), method=LIMITS
        )
        videos, size = self._left(caller)
        can = self._server.state.settings.email_confirmed and videos > 0 and size > 0
        return JSONResponse(
            {
                "canUpload": can,
                "remainingDailyVideos": max(0, videos),
                "remainingDailyBytes": max(0, size),
                **({} if can else {"message": "No more videos"}),
            }
        )

    async def _start(self, request: Request) -> Response:
        state, settings = self._server.state, self._server.state.settings
        if not settings.takes_parts:
            raise refuse(501, "MethodNotImplemented", "Method Not Implemented")
        caller, _ = self._caller(request)
        body = await read_body(request, "sizeBytes", "mimeType")
        self._check(caller, body)
        now = self._clock.now()
        upload = VideoUpload(
            id=state.new_tid(now),
            did=caller.did,
            size=body["sizeBytes"],
            mime_type=body["mimeType"],
            part_bytes=settings.video_part_bytes,
            began_at=now,
            expires_at=now + timedelta(seconds=settings.upload_seconds),
        )
        state.video_uploads[upload.id] = upload
        return JSONResponse(self._plan(upload))

    async def _take_part(self, request: Request) -> Response:
        upload = self._open_upload(request, request.query_params.get("jobId", ""))
        given, count = request.query_params.get("partNumber", ""), _count(upload)
        number = int(given) if given.isdigit() else 0
        if not 1 <= number <= count:
            raise refuse(400, "InvalidPartNumber", f"Part {number} of {count}")
        rest = upload.size - (number - 1) * upload.part_bytes
        expected = min(upload.part_bytes, rest)
        if request.headers.get("content-length") != str(expected):
            raise refuse(400, "PartSizeMismatch", f"Expected {expected} bytes")
        data = await request.body()
        self._keep(upload, parts={**upload.parts, number: data})
        return JSONResponse({"partNumber": number, "sizeBytes": len(data)})

    async def _get_status(self, request: Request) -> Response:
        upload = self._find(request, request.query_params.get("jobId", ""))
        is_late = upload.state == "created" and self._clock.now() >= upload.expires_at
        shown = {
            **self._plan(upload),
            "receivedParts": sorted(upload.parts),
            "state": "expired" if is_late else upload.state,
        }
        if upload.job:
            job = self._server.state.video_jobs[upload.job]
            shown |= {"completedJobId": job.id, "jobStatus": _shown(job)}
        return JSONResponse(shown)

    async def _finish(self, request: Request) -> Response:
        """Again gives the same; what was worked on before is that job."""
        body = await read_body(request, "jobId")
        caller, until = self._caller(request)
        upload = self._find(request, str(body["jobId"]))
        if upload.state != "completed":
            upload = self._open_upload(request, upload.id)
            if missing := [n for n in range(1, _count(upload) + 1) if n not in upload.parts]:
                raise refuse(400, "MissingParts", f"Missing parts: {missing}")
            data = b"".join(upload.parts[n] for n in sorted(upload.parts))
            job = self._known(caller, data) or self._begin(caller, data, until, job_id=upload.id)
            upload = self._keep(upload, parts={}, state="completed", job=job.id)
        job = self._server.state.video_jobs[upload.job or ""]
        return JSONResponse({"completedJobId": job.id, "jobStatus": _shown(job)})

    async def _abort(self, request: Request) -> Response:
        body = await read_body(request, "jobId")
        upload = self._find(request, str(body["jobId"]))
        if upload.state == "created":
            upload = self._keep(upload, parts={}, state="aborted")
        return JSONResponse({"state": upload.state})

    async def _take_whole(self, request: Request) -> Response:
        caller, until = self._caller(request)
        if request.query_params.get("did") != caller.did:
            raise refuse(401, "AuthRequired", "did is another's")
        data = await request.body()
        mime_type = request.headers.get("content-type", "")
        self._check(caller, {"sizeBytes": len(data), "mimeType": mime_type})
        if known := self._known(caller, data):
            shown = {"did": known.did, "jobId": known.id, "state": known.state}
            refusal = {"error": "already_exists", "message": "Video already processed"}
            return JSONResponse({**shown, **refusal}, 409)
        job = self._begin(caller, data, until, job_id=self._server.state.new_tid(self._clock.now()))
        return JSONResponse(_shown(job))  # by itself, where the lexicon has it as `jobStatus`

    async def _get_job(self, request: Request) -> Response:
        """Anybody may ask; each time brings the end nearer."""
        state = self._server.state
        job = state.video_jobs.get(request.query_params.get("jobId", ""))
        if job is None:
            raise refuse(404, "JobNotFound", "There is no such job")
        if job.state == "JOB_STATE_ENCODING" and job.polls_left:
            job = job.model_copy(update={"polls_left": job.polls_left - 1})
        elif job.state == "JOB_STATE_ENCODING":
            job = self._done(job)
        state.video_jobs[job.id] = job
        return JSONResponse({"jobStatus": _shown(job)})

    def _done(self, job: VideoJob) -> VideoJob:
        state = self._server.state
        failure = state.settings.video_fails
        if self._clock.now() >= job.word_until:
            failure = "pds_upload_failure"
        if failure:
            return job.model_copy(update={"state": "JOB_STATE_FAILED", "failure": failure})
        owner = state.accounts[job.did]
        blob = records.keep_blob(state, owner=owner, data=job.data, content_type="video/mp4")
        return job.model_copy(update={"state": "JOB_STATE_COMPLETED", "blob": blob})

    def _begin(self, owner: Account, data: bytes, until: datetime, *, job_id: str) -> VideoJob:
        if data[4:8] != b"ftyp":
            raise refuse(400, "UnsupportedContentType", "This is no video")
        settings = self._server.state.settings
        job = VideoJob(
            id=job_id,
            did=owner.did,
            data=data,
            created_at=self._clock.now(),
            word_until=until,
            polls_left=settings.video_polls,
            state="JOB_STATE_ENCODING",
        )
        self._server.state.video_jobs[job.id] = job
        return job

    def _known(self, owner: Account, data: bytes) -> VideoJob | None:
        cid = make_cid(data, codec="raw")
        for job in self._server.state.video_jobs.values():
            is_same = job.did == owner.did and make_cid(job.data, codec="raw") == cid
            if is_same and job.state != "JOB_STATE_FAILED":
                return job
        return None

    def _check(self, caller: Account, body: dict[str, Any]) -> None:
        """What is refused before a byte of it is taken."""
        settings = self._server.state.settings
        videos, size = self._left(caller)
        is_open = [
            upload
            for upload in self._server.state.video_uploads.values()
            if upload.did == caller.did and self._is_open(upload)
        ]
        refusals = {
            "UploadForbidden": not settings.email_confirmed,
            "UnsupportedContentType": body["mimeType"] not in TYPES,
            "VideoTooLarge": body["sizeBytes"] > min(settings.video_bytes, max(size, 0)),
            "VideoTooLong": body.get("durationMs", 0) > settings.video_milliseconds,
            "DailyLimitExceeded": videos < 1,
            "TooManyOpenUploads": len(is_open) >= settings.open_uploads,
        }
        for name, holds in refusals.items():
            if holds:
                raise refuse(400, name, name)

    def _left(self, account: Account) -> tuple[int, int]:
        """Videos and bytes that it may still send today; what is open is kept for it."""
        state, since = self._server.state, self._clock.now() - DAY
        jobs = [len(j.data) for j in state.video_jobs.values() if _is_of(j, account, since)]
        opened = [
            upload.size
            for upload in state.video_uploads.values()
            if upload.did == account.did and self._is_open(upload)
        ]
        taken, settings = [*jobs, *opened], state.settings
        return settings.daily_videos - len(taken), settings.daily_video_bytes - sum(taken)

    def _is_open(self, upload: VideoUpload) -> bool:
        return upload.state == "created" and self._clock.now() < upload.expires_at

    def _open_upload(self, request: Request, job_id: str) -> VideoUpload:
        upload = self._find(request, job_id)
        names = {
            "completed": "UploadAlreadyCompleted",
            "failed": "UploadFailed",
            "aborted": "UploadAborted",
        }
        if name := names.get(upload.state):
            raise refuse(400, name, name)
        if not self._is_open(upload):
            raise refuse(400, "UploadExpired", "The upload has expired")
        return upload

    def _find(self, request: Request, job_id: str) -> VideoUpload:
        caller, _ = self._caller(request)
        upload = self._server.state.video_uploads.get(job_id)
        if upload is None or upload.did != caller.did:
            raise refuse(404, "UploadNotFound", "There is no such upload")
        return upload

    def _keep(self, upload: VideoUpload, **changes: Any) -> VideoUpload:
        kept = upload.model_copy(update=changes)
        self._server.state.video_uploads[upload.id] = kept
        return kept

    def _caller(self, request: Request) -> tuple[Account, datetime]:
        authorization = request.headers.get("authorization", "")
        return self._sessions.believe(authorization, audience=self._home, method=PUTTING)

    def _plan(self, upload: VideoUpload) -> dict[str, Any]:
        return {
            "jobId": upload.id,
            "partSizeBytes": upload.part_bytes,
            "partCount": _count(upload),
            "expiresAt": spell(upload.expires_at),
        }


def _count(upload: VideoUpload) -> int:
    return -(-upload.size // upload.part_bytes)


def _is_of(job: VideoJob, account: Account, since: datetime) -> bool:
    return job.did == account.did and job.created_at > since


def _shown(job: VideoJob) -> dict[str, Any]:
    return {
        "jobId": job.id,
        "did": job.did,
        "state": job.state,
        **({"failureCode": job.failure, "error": job.failure} if job.failure else {}),
        **({"blob": job.blob} if job.blob else {}),
    }


def _name_of(url: str) -> str:
    host = url.partition("://")[2].replace(":", "%3A")
    return f"did:web:{host}"
