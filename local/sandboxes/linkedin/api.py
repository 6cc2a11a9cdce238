"""LinkedIn's API, versioned REST: who asks, with which headers, how often, and for what."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.sandboxes.clock import Clock
from local.sandboxes.linkedin import assets, posts
from local.sandboxes.linkedin.numbers import Numbers
from local.sandboxes.linkedin.oauth import OAuth
from local.sandboxes.linkedin.posts import Arrival
from local.sandboxes.linkedin.refusals import forbidden, invalid, missing, not_found, refusal
from local.sandboxes.linkedin.state import Account, Asset, Kind, State, Token, milliseconds

KINDS: dict[str, Kind] = {"images": "image", "videos": "video", "documents": "document"}
MAY_POST = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})
LONGEST_PAGE = 100
SUBSCRIPTION = re.compile(
    r"\(developerApplication:urn:li:developerApplication:\d+,user:urn:li:person:(?P<member>[^,]+),"
    r"entity:(?P<page>urn:li:organization:\d+),eventType:ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS\)"
)


class HasState(Protocol):
    state: State


@dataclass(frozen=True)
class Call:
    request: Request
    token: Token
    body: Any

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)


Answer = Callable[[Call], Awaitable[Response]]


class Api:
    def __init__(self, server: HasState, oauth: OAuth, *, url: str, clock: Clock) -> None:
        self._server = server
        self._oauth = oauth
        self._url = url
        self._clock = clock
        self.calls: Counter[tuple[str, str]] = Counter()  # by whom and on which day

    def routes(self) -> list[BaseRoute]:
        urn, numbers = "{urn}", Numbers(lambda: self._server.state, self._clock.now)
        return [
            Route("/v2/userinfo", self._show_member, methods=["GET"]),
            self._rest("GET", "organizationAcls", self._list_roles),
            self._rest("GET", "organizations/{id}", self._show_page),
            self._rest("GET", "organizationalEntityNotifications", self._list_notifications),
            self._rest("GET", "organizationalEntityShareStatistics", numbers.shares),
            self._rest("GET", "organizationalEntityFollowerStatistics", numbers.followers),
            self._rest("GET", "organizationPageStatistics", numbers.visits),
            self._rest("GET", f"networkSizes/{urn}", numbers.size),
            self._rest("GET", "geo", numbers.places),
            self._rest("GET", "memberCreatorPostAnalytics", numbers.of_a_member),
            self._rest("POST", "posts", self._make_post),
            self._rest("GET", "posts", self._list_posts),
            self._rest("GET", f"posts/{urn}", self._show_post),
            self._rest("DELETE", f"posts/{urn}", self._delete_post),
            self._rest("POST", f"socialActions/{urn}/comments", self._make_comment),
            self._rest("GET", f"socialActions/{urn}/comments", self._list_comments),
            self._rest("DELETE", f"socialActions/{urn}/comments/{{id}}", self._delete_comment),
            self._rest("POST", "reactions", self._react),
            self._rest("PUT", f"eventSubscriptions/{urn}", self._subscribe),
            self._rest("DELETE", f"eventSubscriptions/{urn}", self._unsubscribe),
            *(self._rest("POST", f"{kind}", self._upload_action) for kind in KINDS),
            *(self._rest("GET", f"{kind}/{urn}", self._show_asset) for kind in KINDS),
            Route("/dms-uploads/{kind}/{id}", self._take_file, methods=["PUT"]),
            Route("/dms-uploads/video/{id}/{number:int}", self._take_part, methods=["PUT"]),
            Route("/dms-uploads/{kind}/{id}", self._fetch_file, methods=["GET"]),
        ]

    def _rest(self, method: str, path: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            self._check_headers(request)
            token = self._oauth.token_of(request)
            self._count(token)
            body = await _body(request) if method in ("POST", "PUT") else {}
            return await answer(Call(request, token, body))

        return Route(f"/rest/{path}", endpoint, methods=[method])

    def _check_headers(self, request: Request) -> None:
        version = request.headers.get("linkedin-version")
        if version is None:
            raise refusal(400, "VERSION_MISSING", "A version must be present.")
        if version not in self._server.state.settings.versions:
            words = f"Requested version {version} is not active"
            raise refusal(426, "NONEXISTENT_VERSION", words)
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise refusal(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables")

    def _count(self, token: Token) -> None:
        day = self._clock.now().date().isoformat()
        settings = self._server.state.settings
        for who, most, name in (
            (token.member_id, settings.calls_per_day, "APPLICATION_AND_MEMBER"),
            ("the app", settings.app_calls_per_day, "APPLICATION"),
        ):
            self.calls[(who, day)] += 1
            if self.calls[(who, day)] > most:
                limit = f"Resource level throttle {name} DAY limit for calls to this resource"
                raise refusal(429, "TOO_MANY_REQUESTS", f"{limit} is reached.", number=101)

    # ── who ──────────────────────────────────────────────────────────────────────────────────

    async def _show_member(self, request: Request) -> Response:
        token = self._oauth.token_of(request)
        if "openid" not in token.scopes:
            raise forbidden("userinfo.GET")
        member = self._server.state.accounts[token.member_id]
        named = {"name": member.display_name} if "profile" in token.scopes else {}
        return JSONResponse({"sub": member.id, **named})

    async def _list_roles(self, call: Call) -> Response:
        if "rw_organization_admin" not in call.token.scopes:
            raise forbidden("organizationAcls.FINDER-roleAssignee")
        if call.query("q") != "roleAssignee":
            raise invalid("q", "is not a finder")
        elements = [
            {
                "organization": page.urn,
                "role": page.roles[call.token.member_id],
                "roleAssignee": f"urn:li:person:{call.token.member_id}",
                "state": "APPROVED",
            }
            for page in self._server.state.accounts.values()
            if call.token.member_id in page.roles
        ]
        wanted = call.query("role")
        elements = [each for each in elements if wanted in ("", each["role"])]
        return JSONResponse({"elements": elements, "paging": {"start": 0, "count": 100}})

    async def _show_page(self, call: Call) -> Response:
        page = self._server.state.accounts.get(call.path("id"))
        if page is None or not page.is_page:
            raise not_found(call.path("id"))
        if "rw_organization_admin" not in call.token.scopes:
            raise forbidden("organizations.GET")
        told = {"id": int(page.id), "localizedName": page.display_name, "vanityName": page.name}
        return JSONResponse(told)

    def _acting(self, urn: Any, token: Token) -> Account:
        """The member or page in whose name something is asked. Raises where that is not theirs."""
        account = self._server.state.by_urn(str(urn))
        if account is None:
            raise invalid("author", f"{urn} is nobody")
        if account.is_page:
            may = account.roles.get(token.member_id) in MAY_POST
            allowed = may and "w_organization_social" in token.scopes
        else:
            allowed = account.id == token.member_id and "w_member_social" in token.scopes
        if not allowed:
            raise forbidden("posts.CREATE")
        return account

    def _check_readable(self, urn: str, token: Token, what: str) -> Account:
        account = self._server.state.by_urn(urn)
        if account is None:
            raise not_found(urn)
        scope = "r_organization_social" if account.is_page else "r_member_social"
        theirs = token.member_id in (account.id, *account.roles)
        if scope not in token.scopes or not theirs:
            raise forbidden(what)
        return account

    # ── posts ────────────────────────────────────────────────────────────────────────────────

    def _arrival(self, call: Call) -> Arrival:
        return Arrival(call.request.state.received_at, self._clock.now())

    async def _make_post(self, call: Call) -> Response:
        author = self._acting(call.body.get("author"), call.token)
        post = posts.make_post(self._server.state, author, call.body, self._arrival(call))
        return Response(status_code=201, headers={"x-restli-id": post.urn})

    async def _show_post(self, call: Call) -> Response:
        post = posts.find_post(self._server.state, call.path("urn"))
        self._check_readable(post.author, call.token, "posts.GET")
        return JSONResponse(posts.given_back(post))

    async def _list_posts(self, call: Call) -> Response:
        if call.query("q") != "author":
            raise invalid("q", "is not a finder")
        author = self._check_readable(call.query("author"), call.token, "posts.FINDER-author")
        start, count = int(call.query("start", "0")), int(call.query("count", "10"))
        if not 0 < count <= LONGEST_PAGE:
            raise invalid("count", f"{count}")
        by_creation = call.query("sortBy") == "CREATED"
        listed = sorted(
            (
                post
                for post in self._server.state.posts.values()
                if post.author == author.urn
                and not post.deleted
                and post.created_at <= self._shown_until()
            ),
            key=lambda post: post.created_at if by_creation else post.modified_at,
            reverse=True,
        )
        elements = [posts.given_back(each) for each in listed[start : start + count]]
        return JSONResponse({"elements": elements, "paging": {"start": start, "count": count}})

    async def _delete_post(self, call: Call) -> Response:
        """Again is no error."""
        post = self._server.state.posts.get(call.path("urn"))
        if post is None:
            raise not_found(call.path("urn"))
        self._acting(post.author, call.token)
        gone = post.model_copy(update={"deleted": True})
        self._server.state.posts[post.urn] = gone
        return Response(status_code=204)

    # ── comments ─────────────────────────────────────────────────────────────────────────────

    async def _make_comment(self, call: Call) -> Response:
        if "actor" not in call.body:
            raise missing("actor")
        actor = self._acting(call.body["actor"], call.token)
        state = self._server.state
        above = state.comments.get(call.path("urn"))
        post = posts.find_post(state, above.post if above else call.path("urn"))
        if above and (above.above or call.body.get("parentComment") != above.urn):
            raise invalid("parentComment", "is not a comment on a post, or not in the address")
        comment = posts.make_comment(
            state, actor, post, call.body, self._arrival(call), above=above.urn if above else ""
        )
        told = posts.comment_given_back(comment)
        return JSONResponse(told, 201, headers={"x-restli-id": comment.id})

    async def _list_comments(self, call: Call) -> Response:
        above = self._server.state.comments.get(call.path("urn"))
        post = posts.find_post(self._server.state, above.post if above else call.path("urn"))
        self._check_readable(post.author, call.token, "socialActions.comments.GET")
        start, count = int(call.query("start", "0")), int(call.query("count", "10"))
        listed = [
            each
            for each in self._server.state.comments.values()
            if each.post == post.urn
            and each.above == (above.urn if above else "")
            and not each.deleted
            and each.created_at <= self._shown_until()
        ]
        elements = [posts.comment_given_back(each) for each in listed[start : start + count]]
        return JSONResponse({"elements": elements, "paging": {"start": start, "count": count}})

    async def _list_notifications(self, call: Call) -> Response:
        """Of what others said below a page's posts; in brackets, as LinkedIn wants to be asked."""
        page, state = call.query("organizationalEntity"), self._server.state
        self._check_readable(page, call.token, "organizationalEntityNotifications.FINDER-criteria")
        actions = re.fullmatch(r"List\(([A-Z_,]+)\)", call.query("actions", "List(COMMENT)"))
        span = re.fullmatch(r"\(start:(\d+)(?:,end:\d+)?\)", call.query("timeRange", "(start:0)"))
        finds = call.request.headers.get("x-restli-method") == "FINDER"
        if call.query("q") != "criteria" or not (actions and span and finds):
            raise refusal(400, "ILLEGAL_ARGUMENT", "The criteria cannot be read")
        start, count = int(call.query("start", "0")), int(call.query("count", "10"))
        listed = [
            posts.notification_of(each)
            for each in reversed(state.comments.values())
            if state.posts[each.post].author == page != each.actor
            if not each.deleted and each.created_at <= self._shown_until()
            if milliseconds(each.created_at) >= int(span[1]) and "COMMENT" in actions[1].split(",")
        ]
        for each in listed:
            each["organizationalEntity"] = page
        elements = listed[start : start + count]
        return JSONResponse({"elements": elements, "paging": {"start": start, "count": count}})

    async def _delete_comment(self, call: Call) -> Response:
        urn = f"urn:li:comment:({call.path('urn')},{call.path('id')})"
        comment = self._server.state.comments.get(urn)
        if comment is None or comment.deleted:
            raise not_found(urn)
        post = posts.find_post(self._server.state, comment.post)
        actor = self._acting(call.query("actor"), call.token)
        if not (actor.urn == comment.actor or (actor.is_page and actor.urn == post.author)):
            raise forbidden("socialActions.comments.DELETE")
        self._server.state.comments[urn] = comment.model_copy(update={"deleted": True})
        return Response(status_code=204)

    async def _react(self, call: Call) -> Response:
        actor, state = self._acting(call.query("actor"), call.token), self._server.state
        comment = state.comments.get(str(call.body.get("root")))
        if comment is None or comment.deleted:
            raise not_found(str(call.body.get("root")))
        if call.body.get("reactionType") != "LIKE":
            raise invalid("reactionType", "is not spoken here")
        if actor.urn in comment.liked_by:
            raise refusal(409, "CONFLICT", "Reaction already exists")
        liked = (*comment.liked_by, actor.urn)
        state.comments[comment.urn] = comment.model_copy(update={"liked_by": liked})
        return JSONResponse({"reactionType": "LIKE", "root": comment.urn}, 201)

    def _shown_until(self) -> Any:
        lag = timedelta(seconds=self._server.state.settings.list_lag_seconds)
        return self._clock.now() - lag

    # ── telling ──────────────────────────────────────────────────────────────────────────────

    async def _subscribe(self, call: Call) -> Response:
        page = self._subscribed(call)
        address = call.body.get("webhook")
        if not isinstance(address, str) or not address.startswith("https://"):
            raise invalid("webhook", "is no https address")
        self._server.state.subscriptions[page] = address
        return Response(status_code=200)

    async def _unsubscribe(self, call: Call) -> Response:
        if self._server.state.subscriptions.pop(self._subscribed(call), None) is None:
            raise not_found(call.path("urn"))
        return Response(status_code=204)

    def _subscribed(self, call: Call) -> str:
        """The page that a subscription's name is of; LinkedIn wants it to be the caller's own."""
        name = SUBSCRIPTION.fullmatch(call.path("urn"))
        if name is None:
            raise invalid("key", "is no subscription's")
        page = self._server.state.by_urn(name["page"])
        if name["member"] != call.token.member_id or page is None or not page.is_page:
            raise forbidden("eventSubscriptions.UPDATE")
        allowed = "rw_organization_admin" in call.token.scopes
        if not allowed or page.roles.get(call.token.member_id) != "ADMINISTRATOR":
            raise forbidden("eventSubscriptions.UPDATE")
        return page.urn

    # ── files ────────────────────────────────────────────────────────────────────────────────

    async def _upload_action(self, call: Call) -> Response:
        state, resource = self._server.state, call.request.url.path.rsplit("/", 1)[1]
        match call.query("action"), call.body:
            case "initializeUpload", {"initializeUploadRequest": {**asked}}:
                self._acting(asked.get("owner"), call.token)
                value = assets.begin(state, KINDS[resource], asked, url=self._url)
                return JSONResponse({"value": value})
            case "finalizeUpload", {"finalizeUploadRequest": {**asked}} if resource == "videos":
                assets.finish(state, asked)
                return Response(status_code=200)
        raise invalid("action", f"{call.query('action')} is not known, or its body is missing")

    async def _show_asset(self, call: Call) -> Response:
        """A token that may write for members alone is write-only."""
        readable = set(call.token.scopes) & {
            "r_organization_social",
            "r_member_social",
            "w_organization_social",
        }
        told = assets.polled(self._server.state, call.path("urn"), readable=bool(readable))
        return JSONResponse(told)

    async def _take_file(self, request: Request) -> Response:
        asset = self._signed(request, request.path_params["kind"])
        if asset.kind == "video":
            raise refusal(400, "INVALID_REQUEST", "A video is uploaded in parts")
        self._oauth.token_of(request)  # as of a call, unlike a video's parts
        assets.take_file(self._server.state, asset, await request.body())
        return Response(status_code=201)

    async def _take_part(self, request: Request) -> Response:
        asset = self._signed(request, "video")
        if "authorization" in request.headers:
            raise refusal(400, "INVALID_REQUEST", "Multiple authentication schemes")
        if request.headers.get("content-type") != "application/octet-stream":
            raise refusal(415, "UNSUPPORTED_MEDIA_TYPE", "application/octet-stream is expected")
        number, body = request.path_params["number"], await request.body()
        etag = assets.take_part(self._server.state, asset, number, body)
        return Response(status_code=200, headers={"etag": f'"{etag}"'})

    async def _fetch_file(self, request: Request) -> Response:
        """For the sandbox's own pages."""
        asset = self._signed(request, request.path_params["kind"])
        return Response(asset.data, media_type=asset.mime_type)

    def _signed(self, request: Request, kind: str) -> Asset:
        urn = f"urn:li:{kind}:{request.path_params['id']}"
        asset = self._server.state.assets.get(urn)
        if asset is None or request.query_params.get("sig") != asset.signature:
            raise refusal(403, "EXPIRED_UPLOAD_URL", "The upload URL is expired")
        return asset


async def _body(request: Request) -> Any:
    try:
        body = await request.json()
    except ValueError:
        raise refusal(400, "INVALID_JSON", "The body is no JSON") from None
    return body if isinstance(body, dict) else {}
