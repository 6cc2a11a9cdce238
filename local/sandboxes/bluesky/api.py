"""The Bluesky sandbox's XRPC methods, by name. https://docs.bsky.app/docs/category/http-reference"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.bluesky import records
from local.sandboxes.bluesky.bodies import read_body
from local.sandboxes.bluesky.network import count
from local.sandboxes.bluesky.records import Write, Written
from local.sandboxes.bluesky.sessions import HasState, Sessions, refuse, refuse_inactive
from local.sandboxes.bluesky.state import HANDLE_DOMAIN, Account, Record
from local.sandboxes.bluesky.views import Views
from local.sandboxes.clock import Clock

POSTS_AT_ONCE = 25
APPLY = "com.atproto.repo.applyWrites"


class Api:
    def __init__(self, server: HasState, *, url: str, clock: Clock) -> None:
        self._server = server
        self._url = url
        self._clock = clock
        self.sessions = Sessions(server, url=url, clock=clock)

    def routes(self) -> list[Route]:
        queries = {
            "com.atproto.server.describeServer": self._describe_server,
            "com.atproto.server.getSession": self._get_session,
            "com.atproto.server.getServiceAuth": self._get_service_auth,
            "com.atproto.identity.resolveHandle": self._resolve_handle,
            "com.atproto.repo.getRecord": self._get_record,
            "com.atproto.repo.listRecords": self._list_records,
            "com.atproto.sync.getBlob": self._get_blob,
            "app.bsky.actor.getProfile": self._get_profile,
            "app.bsky.feed.getPosts": self._get_posts,
            "app.bsky.feed.getPostThread": self._get_post_thread,
            "app.bsky.notification.listNotifications": self._list_notifications,
        }
        procedures = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.repo.uploadBlob": self._upload_blob,
            "com.atproto.repo.createRecord": self._create_record,
            "com.atproto.repo.putRecord": self._put_record,
            "com.atproto.repo.applyWrites": self._apply_writes,
            "com.atproto.repo.deleteRecord": self._delete_record,
            "app.bsky.notification.updateSeen": self._update_seen,
        }
        return [
            *(Route(f"/xrpc/{name}", do, methods=["GET"]) for name, do in queries.items()),
            *(Route(f"/xrpc/{name}", do, methods=["POST"]) for name, do in procedures.items()),
        ]

    async def _describe_server(self, _request: Request) -> Response:
        host = self._url.partition("://")[2].replace(":", "%3A")
        return JSONResponse(
            {
                "did": f"did:web:{host}",
                "availableUserDomains": [f".{HANDLE_DOMAIN}"],
                "inviteCodeRequired": True,
                "links": {},
                "contact": {},
            }
        )

    async def _create_session(self, request: Request) -> Response:
        body = await read_body(request, "identifier", "password")
        session, headers = self.sessions.create(str(body["identifier"]), str(body["password"]))
        return JSONResponse(session, headers=headers)

    async def _refresh_session(self, request: Request) -> Response:
        return JSONResponse(self.sessions.refresh(request.headers.get("authorization", "")))

    async def _get_session(self, request: Request) -> Response:
        return JSONResponse(self.sessions.describe(self._caller(request)))

    async def _get_service_auth(self, request: Request) -> Response:
        word = self.sessions.vouch(
            self._caller(request),
            audience=_param(request, "aud"),
            method=request.query_params.get("lxm", ""),
            exp=request.query_params.get("exp", ""),
        )
        return JSONResponse({"token": word})

    async def _resolve_handle(self, request: Request) -> Response:
        account = self._server.state.find_account(_param(request, "handle"))
        if account is None:
            raise refuse(400, "InvalidRequest", "Unable to resolve handle")
        return JSONResponse({"did": account.did})

    async def _upload_blob(self, request: Request) -> Response:
        caller = self._caller(request)
        content_type = request.headers.get("content-type", "")
        data = await request.body()
        blob = records.keep_blob(
            self._server.state, owner=caller, data=data, content_type=content_type
        )
        return JSONResponse({"blob": blob})

    async def _get_blob(self, request: Request) -> Response:
        key = f"{_param(request, 'did')} {_param(request, 'cid')}"
        blob = self._server.state.blobs.get(key)
        if blob is None:
            raise refuse(400, "BlobNotFound", "Blob not found")
        return Response(blob.data, media_type=blob.mime_type)

    async def _create_record(self, request: Request) -> Response:
        caller, write = await self._read_write(request)
        return self._answer(records.create(self._server.state, owner=caller, write=write))

    async def _put_record(self, request: Request) -> Response:
        caller, write = await self._read_write(request, "rkey")
        return self._answer(records.put(self._server.state, owner=caller, write=write))

    async def _apply_writes(self, request: Request) -> Response:
        caller = self._caller(request)
        refuse_inactive(caller)
        body = await read_body(request, "repo", "writes")
        self._check_owner(caller, body["repo"])
        writes = [_one_of_many(each, request, self._clock) for each in body["writes"]]
        done = records.apply(self._server.state, owner=caller, writes=writes)
        results = [_result(action, each) for (action, _), each in zip(writes, done, strict=True)]
        return JSONResponse({"commit": self._commit(), "results": results})

    async def _delete_record(self, request: Request) -> Response:
        caller = self._caller(request)
        body = await read_body(request, "repo", "collection", "rkey")
        self._check_owner(caller, body["repo"])
        uri = f"at://{caller.did}/{body['collection']}/{body['rkey']}"
        gone = records.delete(self._server.state, uri=uri, swap=_swap_of(body))
        return JSONResponse({"commit": self._commit()} if gone else {})

    async def _get_record(self, request: Request) -> Response:
        owner = self._repo(request)
        uri = f"at://{owner.did}/{_param(request, 'collection')}/{_param(request, 'rkey')}"
        record = self._server.state.find_record(uri)
        if record is None or request.query_params.get("cid", record.cid) != record.cid:
            raise refuse(400, "RecordNotFound", f"Could not locate record: {uri}")
        return JSONResponse(_shown(record))

    async def _list_records(self, request: Request) -> Response:
        found = records.list_newest(
            self._server.state,
            owner=self._repo(request),
            collection=_param(request, "collection"),
            cursor=request.query_params.get("cursor", ""),
            reverse=request.query_params.get("reverse") == "true",
        )
        limit = _limit(request, default=50)
        page = [record for record, _ in zip(found, range(limit), strict=False)]
        cursor = {"cursor": page[-1].rkey} if page else {}
        return JSONResponse({"records": [_shown(record) for record in page], **cursor})

    async def _get_profile(self, request: Request) -> Response:
        self._caller(request)
        account = self._server.state.find_account(_param(request, "actor"))
        if account is None:
            raise refuse(400, "InvalidRequest", "Profile not found")
        return JSONResponse(self._views().profile(account))

    async def _get_posts(self, request: Request) -> Response:
        viewer = self._caller(request).did
        uris = request.query_params.getlist("uris")
        if not 1 <= len(uris) <= POSTS_AT_ONCE:
            message = f"uris must have 1 to {POSTS_AT_ONCE} elements"
            raise refuse(400, "InvalidRequest", f"Error: {message}")
        views, counts = self._views(), count(self._server.state)
        found = [post for uri in uris if (post := self._server.state.find_record(uri))]
        posts = [views.post(post, counts, viewer=viewer) for post in found]
        return JSONResponse({"posts": posts})

    async def _get_post_thread(self, request: Request) -> Response:
        viewer = self._caller(request).did
        uri = _param(request, "uri")
        post = self._server.state.find_record(uri)
        if post is None:
            raise refuse(400, "NotFound", f"Post not found: {uri}")
        thread = self._views().thread(
            post,
            viewer=viewer,
            depth=_number(request, "depth", default=6, least=0, most=1000),
            height=_number(request, "parentHeight", default=80, least=0, most=1000),
        )
        return JSONResponse({"thread": thread})

    async def _list_notifications(self, request: Request) -> Response:
        """The first call counts all there is as read, which is why `isRead` chooses nothing."""
        viewer = self._caller(request)
        if viewer.seen_at is None:
            viewer = self._see(viewer)
        reasons = request.query_params.getlist("reasons")
        below = int(request.query_params.get("cursor") or 0)
        found = [
            notification
            for notification in reversed(self._server.state.notifications)
            if notification.did == viewer.did
            and (not reasons or notification.reason in reasons)
            and (not below or notification.number < below)
            and self._server.state.find_record(notification.uri)
        ]
        page = found[: _limit(request, default=50)]
        views = self._views()
        cursor = {"cursor": str(page[-1].number)} if page else {}
        notifications = [views.notification(item, viewer=viewer) for item in page]
        return JSONResponse({"notifications": notifications, "priority": False, **cursor})

    async def _update_seen(self, request: Request) -> Response:
        self._see(self._caller(request))
        return Response()

    def _caller(self, request: Request) -> Account:
        return self.sessions.authenticate(request.headers.get("authorization", ""))

    def _see(self, viewer: Account) -> Account:
        seen = viewer.model_copy(update={"seen_at": self._clock.now()})
        self._server.state.accounts[viewer.did] = seen
        return seen

    async def _read_write(self, request: Request, *needed: str) -> tuple[Account, Write]:
        caller = self._caller(request)
        refuse_inactive(caller)
        body = await read_body(request, "repo", "collection", "record", *needed)
        self._check_owner(caller, body["repo"])
        if "swapCommit" in body or body.get("validate") is False:
            message = "This sandbox keeps no commits and checks every record"
            raise refuse(501, "MethodNotImplemented", message)
        if not isinstance(body["record"], dict):
            raise refuse(400, "InvalidRequest", "Error: Input/record must be an object")
        write = Write(
            collection=str(body["collection"]),
            rkey=body.get("rkey"),
            value=body["record"],
            received_at=request.state.received_at,
            now=self._clock.now(),
            swap=_swap_of(body),
        )
        return caller, write

    def _check_owner(self, caller: Account, repo: Any) -> None:
        if repo not in (caller.did, caller.handle):
            raise refuse(401, "AuthenticationRequired", "Authentication Required")

    def _repo(self, request: Request) -> Account:
        repo = _param(request, "repo")
        account = self._server.state.find_account(repo)
        if account is None:
            raise refuse(400, "InvalidRequest", f"Could not find repo: {repo}")
        return account

    def _answer(self, written: Written) -> Response:
        record = written.record
        commit = {"commit": self._commit()} if written.changed else {}
        return JSONResponse(
            {
                "uri": record.uri,
                "cid": record.cid,
                **commit,
                "validationStatus": written.status,
            }
        )

    def _commit(self) -> dict[str, str]:
        rev = self._server.state.new_tid(self._clock.now())
        return {"cid": records.cid_of({"rev": rev}), "rev": rev}

    def _views(self) -> Views:
        return Views(self._server.state, self._url)


def _one_of_many(given: Any, request: Request, clock: Clock) -> tuple[str, Write]:
    """What is to be done, and with what."""
    kind = str(given.get("$type", "")) if isinstance(given, dict) else ""
    name, _, action = kind.partition("#")
    if name != APPLY or action not in {"create", "update", "delete"}:
        raise refuse(400, "InvalidRequest", "Error: Input/writes must be a closed union member")
    needs = {"collection"} | ({"value"} if action != "delete" else set())
    needs |= {"rkey"} if action != "create" else set()
    if missing := needs - given.keys():
        raise refuse(400, "InvalidRequest", f"Error: Input/writes must have {sorted(missing)}")
    write = Write(
        collection=str(given["collection"]),
        rkey=given.get("rkey"),
        value=given.get("value", {}),
        received_at=request.state.received_at,
        now=clock.now(),
    )
    return action, write


def _result(action: str, written: Written | None) -> dict[str, Any]:
    kind = {"$type": f"{APPLY}#{action}Result"}
    if written is None:
        return kind
    record = written.record
    return {**kind, "uri": record.uri, "cid": record.cid, "validationStatus": written.status}


def _shown(record: Record) -> dict[str, Any]:
    return {"uri": record.uri, "cid": record.cid, "value": record.value}


def _swap_of(body: dict[str, Any]) -> tuple[str | None] | None:
    return (body["swapRecord"],) if "swapRecord" in body else None


def _param(request: Request, name: str) -> str:
    value = request.query_params.get(name)
    if not value:
        raise refuse(400, "InvalidRequest", f'Error: Params must have the property "{name}"')
    return value


def _limit(request: Request, *, default: int) -> int:
    return _number(request, "limit", default=default, least=1, most=100)


def _number(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        message = f"Error: {name} must be an integer from {least} to {most}"
        raise refuse(400, "InvalidRequest", message)
    return int(text)
