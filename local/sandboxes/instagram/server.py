"""The Instagram sandbox as one thing: who may call what, and what it has published."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.containers.refusals import invalid, not_found, used_up
from local.sandboxes.containers.shelf import Shelf
from local.sandboxes.containers.state import (
    ACCOUNT,
    COMMENT,
    DAY,
    FILE,
    POST,
    Account,
    Container,
    File,
    Post,
    State,
)
from local.sandboxes.containers.tokens import TokenDesk
from local.sandboxes.fields import read_fields
from local.sandboxes.instagram.making import make
from local.sandboxes.platform import Act, NewAccount, PublicPost

VERSION = "/v25.0"
BASIC = "instagram_business_basic"
PUBLISH = "instagram_business_content_publish"
COMMENTS = "instagram_business_manage_comments"
ALL_SCOPES = (BASIC, PUBLISH, COMMENTS)
STORY, REEL, ALBUM, IMAGE, REMARK = "STORY", "REEL", "CAROUSEL_ALBUM", "IMAGE", "COMMENT"
COMMENT_LENGTH = 2200
SAID = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been successfully published.",
    "EXPIRED": "Expired: Media must be published within 24 hours.",
}


@dataclass(frozen=True)
class Call:
    """A request whose token and scope were found good."""

    request: Request
    account: Account

    @property
    def id(self) -> str:
        return str(self.request.path_params["id"])

    def of(self, facts: dict[str, Any], *, usual: str = "id") -> dict[str, Any]:
        """The fields that were asked for, as far as there are such."""
        asked = self.request.query_params.get("fields", usual)
        names = [name.partition(".")[0].partition("{")[0] for name in _parted(asked)]
        return {name: facts[name] for name in ("id", *names) if name in facts}


type Answer = Callable[[Call], Awaitable[Response]]


class Instagram:
    name = "instagram"
    permalink = "/p/{code}"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._tokens = TokenDesk(self, clock=clock, grants="ig", tells_permissions=True)
        self._shelf = Shelf(self, clock=clock)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"www": url, "api": url, "graph": url}

    def routes(self) -> list[BaseRoute]:
        at = self._route
        return [
            *self._tokens.routes(),
            Route("/media/{id}", self._show_file),
            at("GET", "/{id}/content_publishing_limit", self._tell_quota, PUBLISH),
            at("GET", "/{id}/media", self._list_media, BASIC),
            at("GET", "/{id}/stories", self._list_stories, BASIC),
            at("POST", "/{id}/media", self._make, PUBLISH),
            at("POST", "/{id}/media_publish", self._publish, PUBLISH),
            at("GET", "/{id}/comments", self._list_comments, COMMENTS),
            at("POST", "/{id}/comments", self._comment, COMMENTS),
            at("GET", "/{id}", self._show, BASIC),
        ]

    def forget_limits(self) -> None:
        """They are counted from what was published."""

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """`details` may hold `account_type`: BUSINESS, MEDIA_CREATOR, PERSONAL."""
        account = self._ensure_person(wanted.name, wanted.display_name)
        account = account.model_copy(update=wanted.details)
        self.state.accounts[account.id] = account
        scopes = tuple(wanted.scopes.split()) or ALL_SCOPES
        token = self._tokens.grant(account, scopes, is_long=True)
        return {
            "id": account.id,
            "username": account.username,
            "access_token": token.value,
            "expires_at": spell(token.expires_at),
        }

    def act(self, act: Act) -> dict[str, Any]:
        person, now = self._ensure_person(act.who), self._clock.now()
        if act.do == "reply":
            if act.post not in self.state.posts:
                raise Refusal(404, {"error": f"There is no post {act.post}"})
            made = self._remark(person, act.text, act.post, received_at=now)
        elif act.do == "post":
            file = File(id=self.state.new_id(FILE), mime_type="image/jpeg", data=b"")
            id_ = self.state.new_id(POST)
            made = self._keep(id_, person, act.text, IMAGE, files=(file,), received_at=now)
        else:
            raise Refusal(501, {"error": f"nobody can {act.do} here yet"})
        return {"id": made.id, "url": self._address(made)}

    def public_posts(self) -> list[PublicPost]:
        return [self._public_post(post) for post in self.state.posts.values()]

    def post_at(self, path: dict[str, str]) -> str:
        return path["code"]

    # ── who may ask ──────────────────────────────────────────────────────────────────────────

    def _route(self, method: str, path: str, answer: Answer, scope: str) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(Call(request, self._tokens.caller(request, scope)))

        return Route(f"{VERSION}{path}", endpoint, methods=[method])

    def _own(self, call: Call) -> Account:
        if call.id not in (call.account.id, "me"):
            raise not_found(call.id)
        return call.account

    def _find(self, call: Call) -> Post:
        post = self.state.posts.get(call.id)
        if post is None or post.deleted:
            raise not_found(call.id)
        return post

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    async def _make(self, call: Call) -> Response:
        account = self._own(call)
        fields = await read_fields(call.request)
        made = await make(self.state, self._shelf, account, fields)
        return JSONResponse({"id": made.id})

    async def _publish(self, call: Call) -> Response:
        account = self._own(call)
        fields = await read_fields(call.request)
        received_at = call.request.state.received_at
        if self._used(account) >= self.state.settings.posts_per_day:
            raise used_up()

        def become(container: Container) -> Post:
            if container.form.get("is_carousel_item") == "true":
                raise invalid("An item of a carousel is not published by itself")
            return Post(
                id=self.state.new_id(POST),
                account_id=account.id,
                text=container.form.get("caption", "") if _kind(container) != STORY else "",
                kind=_kind(container),
                files=container.files,
                created_at=self._clock.now(),
                received_at=received_at,
            )

        post = self._shelf.publish(account, fields.text("creation_id"), become)
        return JSONResponse({"id": post.id})

    async def _comment(self, call: Call) -> Response:
        post = self._find(call)
        text = (await read_fields(call.request)).text("message")
        if post.kind in (STORY, REMARK):
            raise invalid("Comments are not supported here")
        if not text.strip() or len(text) > COMMENT_LENGTH:
            raise invalid("The parameter message is required, and not too long")
        at = call.request.state.received_at
        made = self._remark(call.account, text, post.id, received_at=at)
        return JSONResponse({"id": made.id})

    async def _tell_quota(self, call: Call) -> Response:
        config = {"quota_total": self.state.settings.posts_per_day, "quota_duration": 86_400}
        usage = {"quota_usage": self._used(self._own(call)), "config": config}
        return JSONResponse({"data": [call.of(usage, usual="quota_usage")]})

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    async def _show(self, call: Call) -> Response:
        if call.id in (call.account.id, "me"):
            account = call.account
            facts = {**account.model_dump(), "user_id": int(account.id), "id": f"9{account.id}"}
            return JSONResponse(call.of(facts))
        if container := self._shelf.find(call.account, call.id):
            status = self._shelf.ask(container)
            said = container.trouble if status == "ERROR" else SAID[status]
            facts = {"id": container.id, "status_code": status, "status": said}
            return JSONResponse(call.of(facts))
        return JSONResponse(call.of(self._facts(self._find(call))))

    async def _list_media(self, call: Call) -> Response:
        return self._listed(call, lambda post: post.kind not in (STORY, REMARK))

    async def _list_stories(self, call: Call) -> Response:
        since = self._clock.now() - DAY
        return self._listed(call, lambda p: p.kind == STORY and p.created_at > since)

    def _listed(self, call: Call, is_wanted: Callable[[Post], bool]) -> Response:
        posts = self.state.posts_of(self._own(call), now=self._clock.now())
        limit = int(call.request.query_params.get("limit", "25"))
        wanted = [post for post in posts if is_wanted(post)][:limit]
        return JSONResponse({"data": [call.of(self._facts(post)) for post in wanted]})

    async def _list_comments(self, call: Call) -> Response:
        remarks = self._remarks_under(self._find(call))
        return JSONResponse({"data": [call.of(each) for each in remarks]})

    async def _show_file(self, request: Request) -> Response:
        files = (file for post in self.state.posts.values() for file in post.files)
        for file in files:
            if file.id == request.path_params["id"]:
                return Response(file.data, media_type=file.mime_type)
        return Response(status_code=404)

    def _facts(self, post: Post) -> dict[str, Any]:
        author = self.state.accounts[post.account_id]
        remarks = self._remarks_under(post)
        is_film = post.files and post.files[0].mime_type.startswith("video/")
        kinds = {STORY: "VIDEO" if is_film else IMAGE, REEL: "VIDEO"}
        return {
            "id": post.id,
            **({"caption": post.text} if post.text else {}),
            "media_type": kinds.get(post.kind, post.kind),
            "media_product_type": {STORY: STORY, REEL: "REELS"}.get(post.kind, "FEED"),
            "permalink": self._address(post),
            "timestamp": _in_seconds(post.created_at),
            "username": author.username,
            **({"comments": {"data": remarks}} if remarks else {}),
        }

    def _remarks_under(self, post: Post) -> list[dict[str, Any]]:
        """The newest first, as lists have them by now."""
        lag = timedelta(seconds=self.state.settings.list_lag_seconds)
        shown = self._clock.now() - lag
        return [
            {
                "id": each.id,
                "text": each.text,
                "timestamp": _in_seconds(each.created_at),
                "username": self.state.accounts[each.account_id].username,
                "from": {
                    "id": each.account_id,
                    "username": self.state.accounts[each.account_id].username,
                },
            }
            for each in reversed(self.state.posts.values())
            if each.in_reply_to == post.id and each.created_at <= shown
        ]

    # ── keeping ──────────────────────────────────────────────────────────────────────────────

    def _used(self, account: Account) -> int:
        since = self._clock.now() - DAY
        return sum(
            post.account_id == account.id and post.kind != REMARK and post.created_at > since
            for post in self.state.posts.values()
        )

    def _remark(self, who: Account, text: str, under: str, *, received_at: datetime) -> Post:
        id_ = self.state.new_id(COMMENT)
        return self._keep(id_, who, text, REMARK, in_reply_to=under, received_at=received_at)

    def _keep(
        self,
        id_: str,
        who: Account,
        text: str,
        kind: str,
        *,
        files: tuple[File, ...] = (),
        in_reply_to: str | None = None,
        received_at: datetime,
    ) -> Post:
        post = Post(
            id=id_,
            account_id=who.id,
            text=text,
            kind=kind,
            files=files,
            in_reply_to=in_reply_to,
            created_at=self._clock.now(),
            received_at=received_at,
        )
        self.state.posts[post.id] = post
        return post

    def _ensure_person(self, username: str, name: str = "") -> Account:
        if known := self.state.find_account(username):
            return known
        id_ = self.state.new_id(ACCOUNT)
        account = Account(id=id_, username=username, name=name or username)
        self.state.accounts[id_] = account
        return account

    def _address(self, post: Post) -> str:
        return f"{self._url}/p/{post.in_reply_to or post.id}"

    def _public_post(self, post: Post) -> PublicPost:
        return PublicPost(
            id=post.id,
            url=self._address(post),
            author=self.state.accounts[post.account_id].username,
            text=post.text,
            html=f"<p>{escape(post.text)}</p>",
            created_at=spell(post.created_at),
            received_at=spell(post.received_at),
            in_reply_to=post.in_reply_to,
            images=[
                {"url": f"{self._url}/media/{each.id}", "alt": each.alt, "type": each.mime_type}
                for each in post.files
            ],
            deleted=post.deleted,
        )


def _kind(container: Container) -> str:
    kinds = {"STORIES": STORY, "REELS": REEL, "CAROUSEL": ALBUM}
    return kinds.get(container.form.get("media_type", ""), IMAGE)


def _parted(fields: str) -> list[str]:
    """At its commas, but those inside brackets."""
    names, depth = [""], 0
    for char in fields:
        depth += (char in "({") - (char in ")}")
        if char == "," and depth == 0:
            names.append("")
        else:
            names[-1] += char
    return names


def _in_seconds(moment: datetime) -> str:
    """2026-01-05T14:00:00+0000, as Meta writes time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
