"""The Mastodon sandbox's REST API: who may call what how often, and the answers.

https://docs.joinmastodon.org/methods/
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.fields import Fields, query_fields, read_fields
from local.sandboxes.limits import Quota, Windows
from local.sandboxes.mastodon import media, statuses
from local.sandboxes.mastodon.oauth import HasState, covers
from local.sandboxes.mastodon.refusals import not_found
from local.sandboxes.mastodon.state import Account, Notification, Status
from local.sandboxes.mastodon.statuses import Arrival
from local.sandboxes.mastodon.views import Views

BATCH = 20  # statuses that may be asked for at once


@dataclass(frozen=True)
class Call:
    """A request whose token and scope were found good."""

    request: Request
    caller: Account | None
    views: Views
    arrival: Arrival

    @property
    def account(self) -> Account:
        """The person behind the token; an app's own token has none."""
        if self.caller is None:
            raise Refusal(422, {"error": "This method requires an authenticated user"})
        return self.caller

    @property
    def viewer_id(self) -> str | None:
        return self.caller.id if self.caller else None

    @property
    def id(self) -> str:
        return str(self.request.path_params["id"])


type Answer = Callable[[Call], Awaitable[Response]]


class Api:
    def __init__(self, server: HasState, *, url: str, clock: Clock) -> None:
        self._server = server
        self._url = url
        self._clock = clock
        self.windows = Windows()

    def routes(self) -> list[Route]:
        at = self._route
        status = "/api/v1/statuses/{id}"
        whoami = ("profile", "read:accounts")
        return [
            at("GET", "/api/v2/instance", self._show_instance),
            at("GET", "/api/v1/accounts/verify_credentials", self._show_own_account, whoami),
            at("GET", "/api/v1/accounts/{id}/statuses", self._list_statuses, "read:statuses?"),
            at("POST", "/api/v2/media", self._upload, "write:media"),
            at("GET", "/api/v1/media/{id}", self._poll_media, "write:media"),
            at("POST", "/api/v1/statuses", self._post_status, "write:statuses"),
            at("GET", "/api/v1/statuses", self._show_statuses, "read:statuses?"),
            at("GET", status, self._show_status, "read:statuses?"),
            at("DELETE", status, self._delete_status, "write:statuses"),
            at("GET", f"{status}/context", self._show_context, "read:statuses?"),
            at("POST", f"{status}/favourite", self._favourite, "write:favourites"),
            at("POST", f"{status}/reblog", self._reblog, "write:statuses"),
            at("GET", "/api/v1/notifications", self._list_notifications, "read:notifications"),
            Route("/media/{id}", self._fetch_media),
        ]

    def _route(
        self, method: str, path: str, answer: Answer, scopes: str | tuple[str, ...] = ()
    ) -> Route:
        """A scope that ends in `?` is asked only of those who show a token."""
        wanted = (scopes,) if isinstance(scopes, str) else scopes

        async def endpoint(request: Request) -> Response:
            quota = self._take_quota(request)
            headers = {
                "X-RateLimit-Limit": str(quota.limit),
                "X-RateLimit-Remaining": str(quota.remaining),
                "X-RateLimit-Reset": quota.resets_at.isoformat(timespec="microseconds").replace(
                    "+00:00", "Z"
                ),
            }
            try:
                if not quota.allowed:
                    raise Refusal(429, {"error": "Too many requests"})
                response = await answer(self._authorised(request, wanted))
            except Refusal as refusal:
                raise Refusal(refusal.status, refusal.body, headers=headers) from None
            response.headers.update(headers)
            return response

        return Route(path, endpoint, methods=[method])

    def _take_quota(self, request: Request) -> Quota:
        """The scarcest of the quotas that this request draws on."""
        settings = self._server.state.settings
        token = self._server.state.tokens.get(_bearer(request))
        who = (token and token.account_id) or (request.client.host if request.client else "")
        quotas = [("all", settings.requests_per_5_minutes, 300)]
        if request.method == "POST" and request.url.path == "/api/v2/media":
            quotas.append(("uploads", settings.uploads_per_30_minutes, 1800))
        if request.method == "DELETE":
            quotas.append(("deletes", settings.deletes_per_30_minutes, 1800))
        taken = [
            self.windows.take(f"{name} {who}", limit=limit, seconds=secs, now=self._clock.now())
            for name, limit, secs in quotas
        ]
        return min(taken, key=lambda quota: (quota.allowed, quota.remaining))

    def _authorised(self, request: Request, wanted: Sequence[str]) -> Call:
        state = self._server.state
        token = state.tokens.get(_bearer(request))
        optional = not wanted or wanted[0].endswith("?")
        if token is None and (not optional or "authorization" in request.headers):
            raise Refusal(401, {"error": "The access token is invalid"})
        scopes = [scope.removesuffix("?") for scope in wanted]
        if token and scopes and not any(covers(token.scopes, scope) for scope in scopes):
            raise Refusal(403, {"error": "This action is outside the authorized scopes"})
        caller = state.accounts[token.account_id] if token and token.account_id else None
        views = Views(state, self._url, caller.id if caller else None)
        arrival = Arrival(request.state.received_at, self._clock.now())
        return Call(request, caller, views, arrival)

    async def _show_instance(self, call: Call) -> Response:
        return JSONResponse(call.views.instance())

    async def _show_own_account(self, call: Call) -> Response:
        return JSONResponse(call.views.own_account(call.account))

    async def _upload(self, call: Call) -> Response:
        fields = await read_fields(call.request)
        uploaded = media.keep_media(
            self._server.state, owner=call.account, fields=fields, now=self._clock.now()
        )
        return JSONResponse(call.views.media(uploaded), 202 if uploaded.polls_left else 200)

    async def _poll_media(self, call: Call) -> Response:
        found = media.poll_media(self._server.state, owner=call.account, media_id=call.id)
        return JSONResponse(call.views.media(found), 206 if found.polls_left else 200)

    async def _fetch_media(self, request: Request) -> Response:
        found = self._server.state.media.get(request.path_params["id"])
        if found is None:
            raise not_found()
        return Response(found.data, media_type=found.mime_type)

    async def _post_status(self, call: Call) -> Response:
        status = statuses.post_status(
            self._server.state,
            author=call.account,
            fields=await read_fields(call.request),
            key=call.request.headers.get("idempotency-key"),
            arrival=call.arrival,
        )
        return JSONResponse(call.views.status(status))

    async def _show_status(self, call: Call) -> Response:
        return JSONResponse(call.views.status(self._find_status(call)))

    async def _show_statuses(self, call: Call) -> Response:
        ids = list(dict.fromkeys(query_fields(call.request).texts("id")))
        if len(ids) > BATCH:
            raise Refusal(422, {"error": "Validation failed"})
        state = self._server.state
        found = [s for i in ids if (s := state.find_status(i, viewer_id=call.viewer_id))]
        return JSONResponse([call.views.status(status) for status in found])

    async def _delete_status(self, call: Call) -> Response:
        status = statuses.delete_status(self._server.state, author=call.account, status_id=call.id)
        return JSONResponse({**call.views.status(status), "text": status.text})

    async def _show_context(self, call: Call) -> Response:
        state, status = self._server.state, self._find_status(call)
        around = {
            "ancestors": statuses.ancestors(state, status),
            "descendants": statuses.descendants(state, status),
        }
        return JSONResponse(
            {
                name: [
                    call.views.status(other)
                    for other in others
                    if state.find_status(other.id, viewer_id=call.viewer_id)
                ]
                for name, others in around.items()
            }
        )

    async def _favourite(self, call: Call) -> Response:
        status = statuses.favourite(
            self._server.state, person=call.account, status_id=call.id, now=self._clock.now()
        )
        return JSONResponse(call.views.status(status))

    async def _reblog(self, call: Call) -> Response:
        status = statuses.reblog(
            self._server.state, person=call.account, status_id=call.id, arrival=call.arrival
        )
        return JSONResponse(call.views.status(status))

    async def _list_statuses(self, call: Call) -> Response:
        state, query = self._server.state, query_fields(call.request)
        if call.id not in state.accounts:
            raise not_found()
        shown_until = self._clock.now() - timedelta(seconds=state.settings.list_lag_seconds)
        listed = [
            status
            for status in state.standing_statuses()
            if status.account_id == call.id
            and status.created_at <= shown_until
            and state.find_status(status.id, viewer_id=call.viewer_id)
            and not (query.flag("exclude_reblogs") and status.reblog_of_id)
            and not (query.flag("exclude_replies") and status.in_reply_to_id)
            and (status.media_ids or not query.flag("only_media"))
        ]
        return self._paged(call, query, listed, call.views.status, default=20, most=40)

    async def _list_notifications(self, call: Call) -> Response:
        query = query_fields(call.request)
        types, excluded = query.texts("types"), query.texts("exclude_types")
        listed = [
            notification
            for notification in self._server.state.notifications
            if notification.account_id == call.account.id
            and (not types or notification.type in types)
            and notification.type not in excluded
            and self._still_stands(notification)
        ]
        return self._paged(call, query, listed, call.views.notification, default=40, most=80)

    def _still_stands(self, notification: Notification) -> bool:
        status = self._server.state.statuses.get(notification.status_id or "")
        return status is None or not status.deleted

    def _paged[T: Status | Notification](
        self,
        call: Call,
        query: Fields,
        items: list[T],
        view: Callable[[T], dict[str, Any]],
        *,
        default: int,
        most: int,
    ) -> Response:
        """Newest first. `since_id` leaves a gap below a full page, `min_id` goes on right above."""
        limit = min(_number(query.text("limit")) or default, most)
        lower = _number(query.text("min_id")) or _number(query.text("since_id")) or 0
        upper = _number(query.text("max_id"))
        items = [i for i in items if int(i.id) > lower and (not upper or int(i.id) < upper)]
        items = items[:limit] if query.text("min_id") else items[-limit:]
        items.reverse()
        headers = {"Link": self._links(call.request, items, limit)} if items else {}
        return JSONResponse([view(item) for item in items], headers=headers)

    def _links(self, request: Request, items: Sequence[Status | Notification], limit: int) -> str:
        others = [
            (name, value)
            for name, value in request.query_params.multi_items()
            if name not in ("max_id", "min_id", "since_id")
        ]
        address = f"{self._url}{request.url.path}?"
        previous = urlencode([*others, ("min_id", items[0].id)])
        links = [f'<{address}{previous}>; rel="prev"']
        if len(items) == limit:
            following = urlencode([*others, ("max_id", items[-1].id)])
            links.insert(0, f'<{address}{following}>; rel="next"')
        return ", ".join(links)

    def _find_status(self, call: Call) -> Status:
        return statuses.find_or_refuse(self._server.state, call.id, viewer_id=call.viewer_id)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
