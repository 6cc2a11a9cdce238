"""The Facebook sandbox's Graph: who may call what, and the answers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.clock import Clock
from local.sandboxes.facebook import answering, insights, lists, publishing, subscribing, uploads
from local.sandboxes.facebook.callers import Call, Callers, HasState
from local.sandboxes.facebook.refusals import graph_error, invalid, not_there
from local.sandboxes.facebook.state import Film, FilmKind
from local.sandboxes.facebook.views import (
    film_view,
    page_view,
    paged,
    post_view,
    shown,
    spell,
)
from local.sandboxes.fields import Fields, read_fields

POSTS, READS, ENGAGES = "pages_manage_posts", "pages_read_engagement", "pages_manage_engagement"

type Answer = Callable[[Call], Awaitable[Response]]


class Api:
    def __init__(
        self, server: HasState, *, url: str, at: str, clock: Clock, callers: Callers
    ) -> None:
        self._server = server
        self._url = url
        self._at = at
        self._clock = clock
        self._callers = callers

    def routes(self) -> list[Route]:
        at = self._route
        return [
            at("POST", "{page}/photos", self._upload_photo),
            at("POST", "{page}/feed", self._publish_post),
            at("GET", "{page}/published_posts", self._list_posts),
            at("GET", "{id}/insights", insights.tell),
            at("GET", "{page}/tagged", self._list_mentions),
            at("GET", "{page}/conversations", self._list_conversations),
            at("GET", "{id}/messages", self._list_letters),
            at("POST", "{page}/videos", self._take_video),
            at("POST", "{page}/video_reels", self._take_reel),
            at("GET", "{page}/video_reels", self._list_reels),
            at("POST", "{page}/video_stories", self._take_story),
            at("POST", "{page}/photo_stories", self._publish_photo_story),
            at("POST", "{id}/comments", self._publish_comment),
            at("GET", "{id}/comments", self._list_comments),
            at("POST", "{page}/messages", answering.send),
            at("POST", "{page}/subscribed_apps", subscribing.subscribe),
            at("GET", "{page}/subscribed_apps", subscribing.show),
            at("DELETE", "{page}/subscribed_apps", subscribing.unsubscribe),
            at("POST", "{id}/likes", answering.like),
            at("POST", "{id}", answering.change),
            at("GET", "{id}", self._show),
            at("DELETE", "{id}", self._delete),
            Route(f"/video-upload{self._at}/{{video}}", self._take_stream, methods=["POST"]),
            Route("/media/{id}", self._fetch_media),
        ]

    def _route(self, method: str, path: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(self._callers.of(request))

        return Route(f"{self._at}/{path}", endpoint, methods=[method])

    async def _upload_photo(self, call: Call) -> Response:
        page, fields = call.page(POSTS, READS), await read_fields(call.request)
        photo = uploads.keep_photo(call, page, fields)
        if fields.text("published", "true") == "false":
            return JSONResponse({"id": photo.id})
        named = {"message": fields.text("caption"), "attached_media": [{"media_fbid": photo.id}]}
        post = publishing.publish_post(call, page, Fields(named))
        return JSONResponse({"id": photo.id, "post_id": post.id})

    async def _publish_post(self, call: Call) -> Response:
        page, fields = call.page(POSTS, READS), await read_fields(call.request)
        return JSONResponse({"id": publishing.publish_post(call, page, fields).id})

    async def _list_posts(self, call: Call) -> Response:
        return lists.posts(call, self._url)

    async def _list_mentions(self, call: Call) -> Response:
        return lists.mentions(call, self._url)

    async def _list_conversations(self, call: Call) -> Response:
        return lists.conversations(call)

    async def _list_letters(self, call: Call) -> Response:
        return lists.letters(call, str(call.request.path_params["id"]))

    async def _take_video(self, call: Call) -> Response:
        page, fields = call.page(POSTS, READS), await read_fields(call.request)
        match fields.text("upload_phase"):
            case "start":
                return JSONResponse(uploads.begin_chunks(call, page, fields))
            case "transfer":
                return JSONResponse(uploads.take_chunk(call.state, page, fields))
            case "finish":
                publishing.finish(call, uploads.of_session(call.state, page, fields), fields)
                return JSONResponse({"success": True})
        raise invalid("The parameter upload_phase is required")

    async def _take_reel(self, call: Call) -> Response:
        return await self._take_film(call, "reel")

    async def _take_story(self, call: Call) -> Response:
        return await self._take_film(call, "story")

    async def _take_film(self, call: Call, kind: FilmKind) -> Response:
        page, fields = call.page(POSTS, READS), await read_fields(call.request)
        match fields.text("upload_phase"):
            case "start":
                address = f"{self._url}/video-upload{self._at}"
                return JSONResponse(uploads.begin_stream(call, page, kind, address))
            case "finish":
                film = self._film(call, fields.text("video_id"))
                if film.kind != kind:
                    raise not_there(film.id)
                publishing.finish(call, film, fields)
                return JSONResponse({"success": True})
        raise invalid("The parameter upload_phase is required")

    async def _take_stream(self, request: Request) -> Response:
        call = self._callers.of(request, scheme="oauth")
        return JSONResponse(uploads.take_stream(call, await request.body()))

    async def _list_reels(self, call: Call) -> Response:
        page, since = call.page(READS), call.request.query_params.get("since", "0")
        after = datetime.fromtimestamp(int(since), UTC)
        films = publishing.reels_since(call.state, page.id, after)[::-1]
        listed, paging = paged(films, call.request)
        rows = [
            {"id": film.id, "created_time": spell(film.received_at)}
            for film in listed
            if film.received_at
        ]
        return JSONResponse({"data": rows, "paging": paging})

    async def _publish_photo_story(self, call: Call) -> Response:
        page, fields = call.page(POSTS, READS), await read_fields(call.request)
        story = publishing.publish_photo_story(call, page, fields)
        return JSONResponse({"success": True, "post_id": story.id})

    async def _publish_comment(self, call: Call) -> Response:
        call.must_have(ENGAGES)
        wanted = str(call.request.path_params["id"])
        post = call.state.find_post(wanted)
        if post is None or call.token.page_id is None:
            raise not_there(wanted)
        made = publishing.publish_comment(call, post, await read_fields(call.request))
        return JSONResponse({"id": made.id})

    async def _list_comments(self, call: Call) -> Response:
        return lists.comments(call, str(call.request.path_params["id"]), self._url)

    async def _show(self, call: Call) -> Response:
        wanted, state = str(call.request.path_params["id"]), call.state
        if wanted in (call.token.page_id, "me") and call.token.page_id:
            whole = page_view(state.pages[call.token.page_id], self._url)
            whole["followers_count"] = state.settings.followers
        elif wanted in state.films:
            film = publishing.work_on(state, self._film(call, wanted), now=call.now)
            whole = film_view(film, state)
        elif post := state.find_post(wanted):
            call.must_have(READS)
            whole = {**post_view(post, self._url), **insights.sums(call, post)}
        else:
            raise not_there(wanted)
        return JSONResponse(shown(whole, call.request))

    async def _delete(self, call: Call) -> Response:
        call.must_have(POSTS)
        publishing.delete(call, str(call.request.path_params["id"]))
        return JSONResponse({"success": True})

    async def _fetch_media(self, request: Request) -> Response:
        wanted, state = request.path_params["id"], self._server.state
        if photo := state.photos.get(wanted):
            return Response(photo.data, media_type=photo.mime_type)
        if film := state.films.get(wanted):
            return Response(film.data, media_type="video/mp4")
        raise graph_error(803, "(#803) Some of the aliases you requested do not exist", status=404)

    def _film(self, call: Call, film_id: str) -> Film:
        film = call.state.films.get(film_id)
        if film is None or film.page_id != call.token.page_id:
            raise not_there(film_id)
        return film
