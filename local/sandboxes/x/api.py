"""The X sandbox's API v2: who may call what how often and at what price, and the answers.

https://docs.x.com/x-api
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.fields import read_fields
from local.sandboxes.limits import Quota, Windows
from local.sandboxes.x import answering, media, posts, subscribing
from local.sandboxes.x import text as texts
from local.sandboxes.x.oauth import HasState
from local.sandboxes.x.posts import Arrival
from local.sandboxes.x.problems import (
    forbidden,
    invalid,
    no_credits,
    not_found,
    problem,
    unauthorized,
)
from local.sandboxes.x.state import Account, Media, Post
from local.sandboxes.x.views import OF_A_POST, OF_A_USER, OLD_NAMES, ONLY_EXPANDED, Asked, Views

QUARTER = 15 * 60
DAY = 24 * 60 * 60
MOST_AT_ONCE = 100
A_POST, WITH_A_LINK, AN_ANSWER, A_READ = 0.015, 0.200, 0.010, 0.001


@dataclass(frozen=True)
class Call:
    """A request whose token and scopes were found good."""

    request: Request
    account: Account
    arrival: Arrival

    @property
    def id(self) -> str:
        return str(self.request.path_params["id"])

    async def json(self) -> dict[str, Any]:
        if self.request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise problem(415, "JSON is expected.", title="Unsupported Media Type")
        try:
            given = json.loads(await self.request.body())
        except ValueError:
            raise invalid("The body is not JSON.") from None
        if not isinstance(given, dict):
            raise invalid("The body is not an object.")
        return given


type Answer = Callable[[Call], Awaitable[Response]]


class Api:
    def __init__(self, server: HasState, *, url: str, clock: Clock) -> None:
        self._server = server
        self._url = url
        self._clock = clock
        self.windows = Windows()

    def routes(self) -> list[Route]:
        at, read, write = self._route, ("tweet.read", "users.read"), ("tweet.write",)
        upload, up = "/2/media/upload", ("media.write",)
        return [
            at("GET", "/2/users/me", self._show_me, read),
            at("GET", "/2/users/{id}/tweets", self._list_own, read),
            at("GET", "/2/users/{id}/mentions", self._list_mentions, read),
            at("POST", "/2/tweets", self._create, (*read, *write)),
            at("GET", "/2/tweets", self._show_posts, read),
            at("DELETE", "/2/tweets/{id}", self._delete, (*read, *write)),
            at("PUT", "/2/tweets/{id}/hidden", self._hide, (*read, "tweet.moderate.write")),
            at("GET", "/2/dm_events", self._list_directs, (*read, "dm.read")),
            at(
                "POST",
                "/2/dm_conversations/with/{id}/messages",
                self._write_to,
                (*read, "dm.read", "dm.write"),
            ),
            at("POST", "/2/activity/subscriptions", self._subscribe, read),
            at("POST", upload, self._take_image, up),
            at("GET", upload, self._ask, up),
            at("POST", f"{upload}/initialize", self._announce, up),
            at("POST", f"{upload}/{{id}}/append", self._append, up),
            at("POST", f"{upload}/{{id}}/finalize", self._finish, up),
            at("POST", "/2/media/metadata", self._describe, up),
            Route("/media/{id}", self._fetch),
        ]

    def _route(self, method: str, path: str, answer: Answer, scopes: tuple[str, ...]) -> Route:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                call = self._authorised(request, scopes)
                self._take_quotas(call, headers)
                response = await answer(call)
            except Refusal as refusal:
                raise Refusal(refusal.status, refusal.body, headers=headers) from None
            response.headers.update(headers)
            return response

        return Route(path, endpoint, methods=[method])

    def _authorised(self, request: Request, scopes: tuple[str, ...]) -> Call:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = self._server.state.tokens.get(given) if scheme == "Bearer" else None
        if token is None or self._clock.now() >= token.expires_at:
            raise unauthorized()
        if not set(scopes) <= set(token.scopes):
            raise forbidden("Forbidden")
        arrival = Arrival(request.state.received_at, self._clock.now())
        return Call(request, self._server.state.accounts[token.account_id], arrival)

    def _take_quotas(self, call: Call, headers: dict[str, str]) -> None:
        settings, now = self._server.state.settings, call.arrival.now
        posts = call.request.method == "POST" and call.request.url.path == "/2/tweets"
        name, most = (
            ("posts", settings.posts_per_15_minutes)
            if posts
            else (call.request.url.path, settings.requests_per_15_minutes)
        )
        quota = self.windows.take(f"{name} {call.account.id}", limit=most, seconds=QUARTER, now=now)
        headers |= _told("x-rate-limit", quota)
        allowed = quota.allowed
        if posts:
            day = self.windows.take("app", limit=settings.posts_per_day, seconds=DAY, now=now)
            headers |= _told("x-app-limit-24hour", day)
            allowed = allowed and day.allowed
        if not allowed:
            raise problem(429, "Too Many Requests")

    def _pay(self, price: float) -> None:
        state = self._server.state
        left = state.settings.credits
        if left is None:
            return
        if round(left - price, 6) < 0:
            raise no_credits("1")
        changed = state.settings.model_copy(update={"credits": round(left - price, 6)})
        state.settings = changed

    # ── people and posts ─────────────────────────────────────────────────────────────────────

    async def _show_me(self, call: Call) -> Response:
        views = self._views(call, ())
        self._pay(A_READ)
        return JSONResponse({"data": views.user(call.account)})

    async def _create(self, call: Call) -> Response:
        given = await call.json()
        state = self._server.state
        self._pay(_price(given))
        post = posts.create(state, call.account, given, call.arrival)
        shown = Views(state, self._url).post(post)
        return JSONResponse({"data": shown | {"edit_history_post_ids": [post.id]}}, 201)

    async def _delete(self, call: Call) -> Response:
        posts.delete(self._server.state, call.account, call.id)
        return JSONResponse({"data": {"deleted": True}})

    async def _hide(self, call: Call) -> Response:
        given = await call.json()
        hidden = answering.hide(self._server.state, call.account, call.id, given)
        return JSONResponse({"data": {"hidden": hidden}})

    async def _write_to(self, call: Call) -> Response:
        given = await call.json()
        self._pay(A_POST)
        sent = answering.write(self._server.state, call.account, call.id, given, call.arrival)
        told = {"dm_conversation_id": sent.conversation_id, "dm_event_id": sent.id}
        return JSONResponse({"data": told}, 201)

    async def _list_directs(self, call: Call) -> Response:
        state, query = self._server.state, call.request.query_params
        found = answering.events(state, call.account)
        first, most = int(query.get("pagination_token", "0")), int(query.get("max_results", "100"))
        page, more = found[first : first + most], first + most < len(found)
        self._pay(A_READ * len(page))
        senders = [state.accounts[each] for each in dict.fromkeys(e.account_id for e in page)]
        meta = {"result_count": len(page), **({"next_token": str(first + most)} if more else {})}
        body: dict[str, Any] = {"data": [answering.shown(each) for each in page], "meta": meta}
        body["includes"] = {"users": [Views(state, self._url).user(each) for each in senders]}
        return JSONResponse(body if page else {"meta": meta})

    async def _subscribe(self, call: Call) -> Response:
        given = await call.json()
        made = subscribing.subscribe(self._server.state, call.account, given, call.arrival.now)
        return JSONResponse(subscribing.told(made))

    async def _show_posts(self, call: Call) -> Response:
        views = self._views(call, ("ids",))
        ids = call.request.query_params.get("ids", "").split(",")
        if len(ids) > MOST_AT_ONCE or not all(each.isdigit() for each in ids):
            raise invalid("The `ids` query parameter must have 1 to 100 numbers.")
        found = [post for each in ids if (post := self._server.state.find_post(each))]
        self._pay(A_READ * len(found))
        body = views.page(found)
        del body["meta"]
        known = {post.id for post in found}
        if gone := [each for each in ids if each not in known]:
            body["errors"] = [not_found(f"tweet with ids: [{each}]").body for each in gone]
        return JSONResponse(body)

    async def _list_own(self, call: Call) -> Response:
        allowed = ("exclude", "start_time", "end_time", "since_id", "until_id")
        views = self._views(call, (*PAGING, *allowed))
        state = self._server.state
        shown_until = call.arrival.now - timedelta(seconds=state.settings.list_lag_seconds)
        excluded = call.request.query_params.get("exclude", "").split(",")
        if unknown := {each for each in excluded if each} - {"retweets", "replies"}:
            raise invalid(f"[{', '.join(unknown)}] is not one of [replies,retweets]")
        listed = [
            post
            for post in state.standing_posts()
            if post.account_id == call.id
            and post.created_at <= shown_until
            and not ("replies" in excluded and post.answers)
        ]
        return self._paged(call, views, listed)

    async def _list_mentions(self, call: Call) -> Response:
        views = self._views(call, (*PAGING, "start_time", "end_time", "since_id", "until_id"))
        listed = [
            post
            for post in self._server.state.standing_posts()
            if call.id in post.mentions and post.account_id != call.id
        ]
        return self._paged(call, views, listed)

    def _paged(self, call: Call, views: Views, listed: list[Post]) -> Response:
        """Newest first. A token says how many were shown already."""
        query = call.request.query_params
        if call.id not in self._server.state.accounts:
            raise not_found(f"user with id: [{call.id}]")
        since, since_id = _moment(query.get("start_time")), int(query.get("since_id", "0"))
        wanted = [
            post
            for post in reversed(listed)
            if (since is None or post.created_at >= since) and int(post.id) > since_id
        ]
        size = _number(query.get("max_results", "10"), least=5, most=MOST_AT_ONCE)
        before = _number(query.get("pagination_token", "0"), least=0, most=len(wanted))
        page = wanted[before : before + size]
        self._pay(A_READ * len(page))
        more = {"next_token": str(before + size)} if before + size < len(wanted) else {}
        return JSONResponse(views.page(page, **more))

    def _views(self, call: Call, allowed: tuple[str, ...]) -> Views:
        asked = _asked(call.request, allowed)
        now = self._clock.now()
        return Views(self._server.state, self._url, asked, call.account.id, now)

    # ── files ────────────────────────────────────────────────────────────────────────────────

    async def _take_image(self, call: Call) -> Response:
        fields = await read_fields(call.request)
        kept = media.take_image(self._server.state, call.account, fields, call.arrival.now)
        return JSONResponse({"data": media.view(kept)})

    async def _announce(self, call: Call) -> Response:
        given = await call.json()
        kept = media.announce(self._server.state, call.account, given, call.arrival.now)
        return JSONResponse({"data": media.view(kept)})

    async def _append(self, call: Call) -> Response:
        fields = await read_fields(call.request)
        upload = self._upload(call, call.id)
        media.append(self._server.state, upload, fields)
        return JSONResponse({"data": {"expires_at": int(upload.expires_at.timestamp())}})

    async def _finish(self, call: Call) -> Response:
        if await call.request.body():
            raise invalid("No body is expected.")
        done = media.finish(self._server.state, self._upload(call, call.id))
        return JSONResponse({"data": media.view(done)})

    async def _ask(self, call: Call) -> Response:
        query = call.request.query_params
        if set(query) - {"media_id", "command"} or query.get("command", "STATUS") != "STATUS":
            raise invalid("media_id and the command STATUS are expected.")
        upload = self._upload(call, query.get("media_id", ""))
        return JSONResponse({"data": media.view(media.ask(self._server.state, upload))})

    async def _describe(self, call: Call) -> Response:
        given = await call.json()
        upload = self._upload(call, str(given.get("id")))
        described = media.describe(self._server.state, upload, given)
        return JSONResponse({"data": {"id": described.id}})

    def _upload(self, call: Call, media_id: str) -> Media:
        found = self._server.state.usable(media_id, call.account, call.arrival.now)
        if found is None:
            raise not_found(f"media with id: [{media_id}]")
        return found

    async def _fetch(self, request: Request) -> Response:
        found = self._server.state.media.get(request.path_params["id"])
        if found is None:
            raise not_found("this file")
        return Response(found.data, media_type=found.mime_type)


PAGING = ("max_results", "pagination_token")


def _price(given: dict[str, Any]) -> float:
    if texts.links(str(given.get("text", ""))):
        return WITH_A_LINK
    return AN_ANSWER if "reply" in given else A_POST


def _told(name: str, quota: Quota) -> dict[str, str]:
    return {
        f"{name}-limit": str(quota.limit),
        f"{name}-remaining": str(quota.remaining),
        f"{name}-reset": str(int(quota.resets_at.timestamp())),
    }


def _asked(request: Request, allowed: tuple[str, ...]) -> Asked:
    """Every parameter is known, and every field one of those there are."""
    query = request.query_params
    known = {*allowed, "post.fields", "tweet.fields", "user.fields", "expansions"}
    if unknown := set(query) - known:
        raise invalid(f"The query parameter [{', '.join(sorted(unknown))}] is not valid")
    old = "tweet.fields" in query
    of_post = {OLD_NAMES.get(each, each) for each in _listed(query.get("tweet.fields", ""))}
    of_post |= set(_listed(query.get("post.fields", "")))
    expansions = {each.removesuffix(".id") for each in _listed(query.get("expansions", ""))}
    of_user = set(_listed(query.get("user.fields", "")))
    wrong = of_post - OF_A_POST - (ONLY_EXPANDED if old else set())
    wrong |= expansions - ONLY_EXPANDED
    wrong |= of_user - OF_A_USER
    if wrong:
        raise invalid(f"[{', '.join(sorted(wrong))}] is not one of the fields there are")
    return Asked(old, frozenset(of_post), frozenset(expansions), frozenset(of_user))


def _listed(spelled: str) -> Iterator[str]:
    return (each for each in spelled.split(",") if each)


def _number(spelled: str, *, least: int, most: int) -> int:
    if not spelled.isdigit() or not least <= int(spelled) <= most:
        raise invalid(f"[{spelled}] is not between {least} and {most}")
    return int(spelled)


def _moment(spelled: str | None) -> datetime | None:
    if spelled is None:
        return None
    try:
        return datetime.strptime(spelled, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise invalid("start_time is to be spelled as 2026-01-01T10:00:00Z") from None
