"""The Threads sandbox as one thing: who may call what, and what it has published."""

from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.sandboxes.answering import is_yes
from local.sandboxes.answers import Refusal
from local.sandboxes.asking import listing
from local.sandboxes.clock import Clock
from local.sandboxes.containers import state as kept
from local.sandboxes.containers.asking import Answer, Call, route
from local.sandboxes.containers.people import People
from local.sandboxes.containers.refusals import invalid, not_found, used_up
from local.sandboxes.containers.shelf import Shelf
from local.sandboxes.containers.state import DAY, POST, Account, Container, Post
from local.sandboxes.containers.tokens import TokenDesk
from local.sandboxes.fields import read_fields
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.telling import Outbox, Telling
from local.sandboxes.threads import insights
from local.sandboxes.threads.inbox import Inbox
from local.sandboxes.threads.making import make

VERSION = "/v1.0"
BASIC, PUBLISH, DELETE = "threads_basic", "threads_content_publish", "threads_delete"
ANSWER, READ_ANSWERS = "threads_manage_replies", "threads_read_replies"
MENTIONS = "threads_manage_mentions"
INSIGHTS = "threads_manage_insights"
ALL_SCOPES = (BASIC, PUBLISH, ANSWER, READ_ANSWERS, DELETE, MENTIONS, INSIGHTS)
KINDS = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}


class Settings(kept.Settings):
    posts_per_day: int = 250


class State(kept.State):
    settings: kept.Settings = Settings()


class Threads:
    name = "threads"
    permalink = "/@{username}/post/{code}"
    more_acts: ClassVar = frozenset({"remove"})

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._tokens = TokenDesk(self, clock=clock, grants="th", tells_permissions=False)
        self._shelf = Shelf(self, clock=clock)
        self._people = People(
            self, url=url, clock=clock, tokens=self._tokens, address=self._address
        )
        self._outbox = Outbox([])
        self._inbox = Inbox(self, clock=clock, people=self._people, outbox=self._outbox)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"www": url, "graph": url}

    def routes(self) -> list[BaseRoute]:
        return [
            *self._tokens.routes(),
            *self._people.routes(),
            self._at("GET", "/{id}/threads_publishing_limit", self._tell_quota, PUBLISH),
            self._at("GET", "/{id}/threads", self._list_posts, BASIC),
            self._at("GET", "/{id}/replies", self._list_replies, READ_ANSWERS),
            self._at("GET", "/{id}/conversation", self._inbox.list_conversation, READ_ANSWERS),
            self._at("GET", "/{id}/insights", self._tell_numbers, INSIGHTS),
            self._at("GET", "/{id}/threads_insights", self._tell_of_profile, INSIGHTS),
            self._at("GET", "/{id}/mentions", self._inbox.list_mentions, MENTIONS),
            self._at("POST", "/{id}/threads", self._make, PUBLISH),
            self._at("POST", "/{id}/threads_publish", self._publish, PUBLISH),
            self._at("POST", "/{id}/manage_reply", self._manage_reply, ANSWER),
            self._at("DELETE", "/{id}", self._delete, DELETE),
            self._at("GET", "/{id}", self._show, BASIC),
        ]

    def forget_limits(self) -> None:
        """They are counted from what was published."""

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        return self._people.create_account(wanted, ALL_SCOPES)

    def act(self, act: Act) -> dict[str, Any]:
        match act.do:
            case "reply":
                made = self._inbox.reply(act)
            case "mention":
                made = self._inbox.mention(act)
            case "remove":
                self._inbox.remove(act)
                return {"id": act.post}
            case "post":
                made = self._people.post(
                    self._people.ensure(act.who),
                    act.text,
                    KINDS["TEXT"],
                    beginning=POST,
                    received_at=self._clock.now(),
                )
            case _:
                raise Refusal(501, {"error": f"nobody can {act.do} here yet"})
        return {"id": made.id, "url": self._address(made)}

    def to_tell(self) -> list[Telling]:
        return self._outbox.take()

    def public_posts(self) -> list[PublicPost]:
        return self._people.public_posts()

    def post_at(self, path: dict[str, str]) -> str:
        return path["code"]

    def _at(self, method: str, path: str, answer: Answer, scope: str) -> Route:
        return route(self._tokens, method, f"{VERSION}{path}", answer, scope)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    async def _make(self, call: Call) -> Response:
        fields = await read_fields(call.request)
        if fields.text("reply_to_id"):
            self._tokens.caller(call.request, ANSWER)
        made = await make(self.state, self._shelf, call.own(), fields)
        return JSONResponse({"id": made.id})

    async def _publish(self, call: Call) -> Response:
        account = call.own()
        container = self._shelf.publishable(
            account, (await read_fields(call.request)).text("creation_id")
        )
        if container.form.get("is_carousel_item") == "true":
            raise invalid("An item of a carousel is not published by itself")
        above = container.form.get("reply_to_id")
        self._check_quota(account, container)
        kind = container.form["media_type"]
        post = self._people.post(
            account,
            container.form.get("text", ""),
            KINDS.get(kind, kind),
            beginning=POST,
            files=container.files,
            in_reply_to=above,
            received_at=call.received_at,
        )
        self._shelf.published(container, post)
        return JSONResponse({"id": post.id})

    async def _delete(self, call: Call) -> Response:
        post = self._find(call.id)
        if post.account_id != call.account.id:
            raise not_found(call.id)
        now, settings = self._clock.now(), self.state.settings
        today = [at for who, at in self.state.deleted_at if who == post.account_id]
        if sum(at > now - DAY for at in today) >= settings.deletes_per_day:
            raise used_up()
        self.state.deleted_at.append((post.account_id, now))
        self.state.posts[post.id] = post.model_copy(update={"deleted": True})
        return JSONResponse({"success": True, "deleted_id": post.id})

    async def _manage_reply(self, call: Call) -> Response:
        """Of what stands right below a post of the caller's."""
        reply, fields = self._find(call.id), await read_fields(call.request)
        above = self.state.posts.get(reply.in_reply_to or "")
        if above is None or above.account_id != call.account.id or above.in_reply_to:
            raise invalid("Only replies to one's own posts can be managed")
        if "hide" not in fields.values:
            raise invalid("The parameter hide is required")
        changed = reply.model_copy(update={"hidden": is_yes(fields.values["hide"])})
        self.state.posts[reply.id] = changed
        return JSONResponse({"success": True})

    def _check_quota(self, account: Account, container: Container) -> None:
        settings, is_reply = self.state.settings, "reply_to_id" in container.form
        most = settings.replies_per_day if is_reply else settings.posts_per_day
        if self._used(account, replies=is_reply) >= most:
            raise used_up()

    def _used(self, account: Account, *, replies: bool) -> int:
        return self._people.used(account, lambda post: bool(post.in_reply_to) == replies)

    async def _tell_quota(self, call: Call) -> Response:
        account, settings = call.own(), self.state.settings
        usage = {
            "quota_usage": self._used(account, replies=False),
            "config": {"quota_total": settings.posts_per_day, "quota_duration": 86_400},
            "reply_quota_usage": self._used(account, replies=True),
            "reply_config": {"quota_total": settings.replies_per_day, "quota_duration": 86_400},
        }
        return JSONResponse({"data": [call.of(usage, usual="quota_usage")]})

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    async def _show(self, call: Call) -> Response:
        if call.is_own():
            return JSONResponse(call.of(call.account.model_dump()))
        if container := self._shelf.find(call.account, call.id):
            status = self._shelf.ask(container)
            facts = {"id": container.id, "status": status}
            facts |= {"error_message": container.trouble} if status == "ERROR" else {}
            return JSONResponse(call.of(facts))
        return JSONResponse(call.of(self._inbox.view(self._find(call.id))))

    async def _tell_numbers(self, call: Call) -> Response:
        post, now = self._find(call.id), self._clock.now()
        return JSONResponse(insights.of_a_thread(call, self.state.settings, post, now=now))

    async def _tell_of_profile(self, call: Call) -> Response:
        call.own()
        now = self._clock.now()
        return JSONResponse(insights.of_profile(call, self.state.settings, now=now))

    async def _list_posts(self, call: Call) -> Response:
        return self._listed(call, replies=False)

    async def _list_replies(self, call: Call) -> Response:
        return self._listed(call, replies=True)

    def _listed(self, call: Call, *, replies: bool) -> Response:
        posts = self.state.posts_of(call.own(), now=self._clock.now())
        wanted = [post for post in posts if bool(post.in_reply_to) == replies]
        listed, paging = call.page(wanted)
        rows = [call.of(self._inbox.view(post)) for post in listed]
        return JSONResponse(listing(rows, paging))

    def _find(self, id_: str) -> Post:
        post = self.state.posts.get(id_)
        if post is None or post.deleted:
            raise not_found(id_)
        return post

    def _address(self, post: Post) -> str:
        author = self.state.accounts[post.account_id].username
        return f"{self._url}/@{author}/post/{post.id}"
