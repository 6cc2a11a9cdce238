"""The YouTube sandbox's Data API: who may call what, what it costs, and the answers.

https://developers.google.com/youtube/v3/docs
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.clock import Clock
from local.sandboxes.youtube import answering, comments, reports, uploads, videos
from local.sandboxes.youtube.oauth import AUTH, HasState, OAuth
from local.sandboxes.youtube.refusals import no_video, refuse, unknown_token
from local.sandboxes.youtube.state import Channel, State

V3 = "/youtube/v3"
UPLOAD = "/upload/youtube/v3"
FULL, READ, UPLOADS = (f"{AUTH}/youtube.{name}" for name in ("force-ssl", "readonly", "upload"))
READERS, WRITERS, UPLOADERS = (FULL, READ), (FULL,), (FULL, UPLOADS)
REPORTERS = (f"{AUTH}/yt-analytics.readonly",)
READING, WRITING = 1, 50  # units: https://developers.google.com/youtube/v3/determine_quota_cost
PARTS = {
    "videos": {"id", "snippet", "status", "processingDetails", "statistics", "contentDetails"},
    "channels": {"id", "snippet", "status", "statistics", "contentDetails"},
    "playlistItems": {"id", "snippet", "status", "contentDetails"},
    "commentThreads": {"id", "snippet", "replies"},
    "comments": {"id", "snippet"},
}


@dataclass(frozen=True)
class Call:
    """A request whose token and scope were found good, and paid for."""

    request: Request
    state: State
    caller: Channel
    received_at: datetime
    now: datetime

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def parts(self, kind: str) -> list[str]:
        parts = [part for part in self.query.get("part", "").split(",") if part]
        if not parts:
            raise refuse(400, "missingRequiredParameter", "No part was given.")
        if unknown := set(parts) - PARTS[kind]:
            raise refuse(400, "unknownPart", f"'{min(unknown)}' is no part of {kind}.")
        return parts

    async def body(self) -> dict[str, Any]:
        try:
            given = json.loads(await self.request.body())
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise refuse(400, "parseError", "This API does not support parsing form-encoded input.")
        return given


type Answer = Callable[[Call], Awaitable[Response]]


class Api:
    def __init__(self, server: HasState, oauth: OAuth, *, url: str, clock: Clock) -> None:
        self._server = server
        self._oauth = oauth
        self._url = url
        self._clock = clock

    def routes(self) -> list[Route]:
        at = self._route
        return [
            at("POST", f"{UPLOAD}/videos", self._begin_upload, UPLOADERS, 0),
            Route(f"{UPLOAD}/videos", self._take_chunk, methods=["PUT"]),
            at("POST", f"{UPLOAD}/thumbnails/set", self._set_thumbnail, UPLOADERS, WRITING),
            at("GET", f"{V3}/videos", self._list_videos, READERS, READING),
            at("PUT", f"{V3}/videos", self._update_video, WRITERS, WRITING),
            at("DELETE", f"{V3}/videos", self._delete_video, WRITERS, WRITING),
            at("GET", f"{V3}/channels", self._list_channels, READERS, READING),
            at("GET", "/v2/reports", self._report, REPORTERS, 0),
            at("GET", f"{V3}/playlistItems", self._list_uploads, READERS, READING),
            at("GET", f"{V3}/commentThreads", self._list_threads, WRITERS, READING),
            at("POST", f"{V3}/commentThreads", self._write_comment, WRITERS, WRITING),
            at("GET", f"{V3}/comments", self._list_answers, WRITERS, READING),
            at("POST", f"{V3}/comments", self._reply, WRITERS, WRITING),
            at("POST", f"{V3}/comments/setModerationStatus", self._moderate, WRITERS, WRITING),
            at("DELETE", f"{V3}/comments", self._delete_comment, WRITERS, WRITING),
            Route("/media/{id}", self._fetch_film),
            Route("/vi/{id}", self._fetch_thumbnail),
        ]

    def _route(
        self, method: str, path: str, answer: Answer, scopes: tuple[str, ...], units: int
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            caller = self._authorised(request, scopes)
            state, now = self._server.state, self._clock.now()
            if not state.spend("units", units, most=state.settings.units_a_day, now=now):
                sentence = "The request cannot be completed because you have exceeded your quota."
                raise refuse(403, "quotaExceeded", sentence, domain="youtube.quota")
            return await answer(Call(request, state, caller, request.state.received_at, now))

        return Route(path, endpoint, methods=[method])

    def _authorised(self, request: Request, scopes: tuple[str, ...]) -> Channel:
        if "authorization" not in request.headers:
            raise refuse(401, "required", "Login Required.", domain="global")
        token = self._oauth.bearer(request)
        if token is None:
            raise unknown_token()
        if not set(scopes) & set(token.scopes):
            sentence = "Request had insufficient authentication scopes."
            raise refuse(403, "insufficientPermissions", sentence, domain="global")
        return self._server.state.channels[token.channel_id]

    # ── uploads ──────────────────────────────────────────────────────────────────────────────

    async def _begin_upload(self, call: Call) -> Response:
        if call.query.get("uploadType") != "resumable":
            raise refuse(400, "badRequest", "This sandbox takes resumable uploads alone.")
        call.parts("videos")
        session = uploads.begin(
            call.state,
            await call.body(),
            call.request.headers,
            channel_id=call.caller.id,
            now=call.now,
        )
        at = f"{self._url}{UPLOAD}/videos?uploadType=resumable&upload_id={session}"
        return Response(status_code=200, headers={"Location": at})

    async def _take_chunk(self, request: Request) -> Response:
        """The session's address lets in whoever knows it; a token that is shown must be good."""
        if "authorization" in request.headers and self._oauth.bearer(request) is None:
            raise unknown_token()
        state, session_id = self._server.state, request.query_params.get("upload_id", "")
        was_made = session_id in state.sessions and state.sessions[session_id].video_id
        taken = uploads.take(
            state,
            session_id,
            await request.body(),
            request.headers.get("content-range", ""),
            received_at=request.state.received_at,
            now=self._clock.now(),
        )
        if isinstance(taken, uploads.Incomplete):
            got = {"Range": f"bytes=0-{taken.received - 1}"} if taken.received else {}
            return Response(status_code=308, headers=got)
        parts = ("snippet", "status")
        now = self._clock.now()
        shown = videos.show(state, taken, parts, viewer_id=taken.channel_id, now=now)
        return JSONResponse(shown, 200 if was_made else 201)

    async def _set_thumbnail(self, call: Call) -> Response:
        video = videos.find_own(call.state, call.query.get("videoId", ""), call.caller.id)
        uploads.set_thumbnail(call.state, video, await call.request.body())
        at = {"default": {"url": f"{self._url}/vi/{video.id}"}}
        return JSONResponse({"kind": "youtube#thumbnailSetResponse", "etag": "e", "items": [at]})

    # ── videos and channels ──────────────────────────────────────────────────────────────────

    async def _list_videos(self, call: Call) -> Response:
        parts, state = call.parts("videos"), call.state
        ids = [each for each in call.query.get("id", "").split(",") if each]
        if not ids or len(ids) > 50:
            raise refuse(400, "missingRequiredParameter", "No filter selected.")
        found = [v for i in ids if (v := state.find_video(i, viewer_id=call.caller.id))]
        if "processingDetails" in parts:
            found = [videos.poll(state, video) for video in found]
        viewer, now = call.caller.id, call.now
        shown = [videos.show(state, v, parts, viewer_id=viewer, now=now) for v in found]
        return JSONResponse(_list("video", shown))

    async def _update_video(self, call: Call) -> Response:
        parts = call.parts("videos")
        video = videos.update(
            call.state,
            await call.body(),
            channel_id=call.caller.id,
            received_at=call.received_at,
            now=call.now,
        )
        viewer, now = call.caller.id, call.now
        return JSONResponse(videos.show(call.state, video, parts, viewer_id=viewer, now=now))

    async def _delete_video(self, call: Call) -> Response:
        video = videos.find_own(call.state, call.query.get("id", ""), call.caller.id)
        call.state.videos[video.id] = video.model_copy(update={"deleted": True})
        return Response(status_code=204)

    async def _list_channels(self, call: Call) -> Response:
        parts, query = call.parts("channels"), call.query
        if (query.get("mine") == "true") == ("id" in query):
            raise refuse(400, "missingRequiredParameter", "No filter selected.")
        channels = call.state.channels
        ids = [call.caller.id] if "id" not in query else query["id"].split(",")
        shown = [_channel(call.state, channels[each], parts) for each in ids if each in channels]
        return JSONResponse(_list("channel", shown))

    async def _report(self, call: Call) -> Response:
        return JSONResponse(reports.report(call.state, call.caller, call.query, now=call.now))

    async def _list_uploads(self, call: Call) -> Response:
        """The newest first; what is private, for its owner alone."""
        call.parts("playlistItems")
        playlist = call.query.get("playlistId")
        owner = next((c for c in call.state.channels.values() if c.uploads == playlist), None)
        if owner is None:
            sentence = "The playlist cannot be found."
            raise refuse(404, "playlistNotFound", sentence, domain="youtube.playlistItem")
        found = [
            {"kind": "youtube#playlistItem", "contentDetails": {"videoId": each.id}}
            for each in reversed(call.state.videos.values())
            if each.channel_id == owner.id
            and call.state.find_video(each.id, viewer_id=call.caller.id)
        ]
        most = int(call.query.get("maxResults", "5"))
        return JSONResponse(_list("playlistItem", found[:most]))

    # ── comments ─────────────────────────────────────────────────────────────────────────────

    async def _list_threads(self, call: Call) -> Response:
        parts = call.parts("commentThreads")
        found = comments.listed(call.state, call.query, now=call.now)
        first, most = int(call.query.get("pageToken", "0")), int(call.query.get("maxResults", "20"))
        view = self._view_of_comments(call)
        shown = [
            view.thread(each, with_answers="replies" in parts)
            for each in found[first : first + most]
        ]
        more = {"nextPageToken": str(first + most)} if first + most < len(found) else {}
        return JSONResponse(_list("commentThread", shown) | more)

    async def _write_comment(self, call: Call) -> Response:
        call.parts("commentThreads")
        made = comments.write(
            call.state,
            await call.body(),
            author=call.caller,
            received_at=call.received_at,
            now=call.now,
        )
        return JSONResponse(self._view_of_comments(call).thread(made))

    async def _list_answers(self, call: Call) -> Response:
        call.parts("comments")
        found = answering.replies(call.state, call.query.get("parentId", ""), now=call.now)
        first, most = int(call.query.get("pageToken", "0")), int(call.query.get("maxResults", "20"))
        view = self._view_of_comments(call)
        shown = [view.comment(each) for each in found[first : first + most]]
        more = {"nextPageToken": str(first + most)} if first + most < len(found) else {}
        return JSONResponse(_list("comment", shown) | more)

    def _view_of_comments(self, call: Call) -> comments.View:
        plain = call.query.get("textFormat") == "plainText"
        return comments.View(
            call.state, viewer_id=call.caller.id, plain=plain, url=self._url, now=call.now
        )

    async def _reply(self, call: Call) -> Response:
        call.parts("comments")
        given = await call.body()
        made = answering.reply(
            call.state, given, author=call.caller, received_at=call.received_at, now=call.now
        )
        return JSONResponse(self._view_of_comments(call).comment(made))

    async def _moderate(self, call: Call) -> Response:
        status = call.query.get("moderationStatus", "")
        answering.moderate(call.state, call.query.get("id", ""), status, owner=call.caller)
        return Response(status_code=204)

    async def _delete_comment(self, call: Call) -> Response:
        comments.delete(call.state, call.query.get("id", ""), author=call.caller)
        return Response(status_code=204)

    # ── files ────────────────────────────────────────────────────────────────────────────────

    async def _fetch_film(self, request: Request) -> Response:
        video = self._server.state.find_video(request.path_params["id"], viewer_id=None)
        if video is None:
            raise no_video()
        return Response(video.data, media_type=video.mime_type)

    async def _fetch_thumbnail(self, request: Request) -> Response:
        video = self._server.state.find_video(request.path_params["id"], viewer_id=None)
        if video is None or video.thumbnail is None:
            raise no_video()
        return Response(video.thumbnail, media_type="image/jpeg")


def _channel(state: State, channel: Channel, parts: list[str]) -> dict[str, Any]:
    kids = channel.made_for_kids
    seen = [
        each
        for each in state.videos.values()
        if each.channel_id == channel.id and not each.deleted and each.privacy == "public"
    ]
    facts = {
        "snippet": {"title": channel.title, "description": "", "customUrl": f"@{channel.handle}"},
        "contentDetails": {"relatedPlaylists": {"likes": "LL", "uploads": channel.uploads}},
        "status": {
            "privacyStatus": "public",
            "isLinked": True,
            "longUploadsStatus": channel.long_uploads,
            **({} if kids is None else {"selfDeclaredMadeForKids": kids, "madeForKids": kids}),
        },
        "statistics": {
            "viewCount": "0",
            "subscriberCount": str(state.settings.subscribers),
            "hiddenSubscriberCount": False,
            "videoCount": str(len(seen)),
        },
    }
    shown = {name: fact for name, fact in facts.items() if name in parts}
    return {"kind": "youtube#channel", "etag": "e", "id": channel.id, **shown}


def _list(kind: str, items: list[Any]) -> dict[str, Any]:
    page = {"totalResults": len(items), "resultsPerPage": len(items)}
    return {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": page, "items": items}
