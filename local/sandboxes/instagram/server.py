"""The Instagram sandbox as one thing: who may call what, and what it has published."""

from collections.abc import Callable
from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.sandboxes.answers import Refusal
from local.sandboxes.asking import listing
from local.sandboxes.clock import Clock
from local.sandboxes.containers.asking import Answer, Call, in_seconds, route
from local.sandboxes.containers.people import People
from local.sandboxes.containers.refusals import invalid, not_found, used_up
from local.sandboxes.containers.shelf import Shelf
from local.sandboxes.containers.state import (
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
from local.sandboxes.instagram import insights
from local.sandboxes.instagram.answering import Answers
from local.sandboxes.instagram.inbox import IMAGE, MESSAGE, REMARK, Inbox
from local.sandboxes.instagram.making import make
from local.sandboxes.numbers import grown, without
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.subscribing import UnknownFields, listed, wanted
from local.sandboxes.telling import Outbox, Telling

VERSION = "/v25.0"
BASIC = "instagram_business_basic"
PUBLISH = "instagram_business_content_publish"
COMMENTS = "instagram_business_manage_comments"
MESSAGES = "instagram_business_manage_messages"
INSIGHTS = "instagram_business_manage_insights"
ALL_SCOPES = (BASIC, PUBLISH, COMMENTS, MESSAGES, INSIGHTS)
TOLD_OF = {  # with the permission that each needs
    **dict.fromkeys(("comments", "live_comments", "mentions"), COMMENTS),
    **dict.fromkeys(("messages", "message_edit", "message_reactions", "messaging_seen"), MESSAGES),
}
STORY, REEL, ALBUM = "STORY", "REEL", "CAROUSEL_ALBUM"
COMMENT_LENGTH = 2200
SAID = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been successfully published.",
    "EXPIRED": "Expired: Media must be published within 24 hours.",
}


class Instagram:
    name = "instagram"
    permalink = "/p/{code}"
    more_acts: ClassVar = frozenset({"direct", "edit", "remove"})

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._tokens = TokenDesk(self, clock=clock, grants="ig", tells_permissions=True)
        self._shelf = Shelf(self, clock=clock)
        self._people = People(
            self, url=url, clock=clock, tokens=self._tokens, address=self._address
        )
        self._outbox = Outbox([])
        self._inbox = Inbox(self, clock=clock, people=self._people, outbox=self._outbox)
        self._answers = Answers(self, clock=clock, people=self._people, inbox=self._inbox)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"www": url, "api": url, "graph": url}

    def routes(self) -> list[BaseRoute]:
        return [
            *self._tokens.routes(),
            *self._people.routes(),
            self._at("GET", "/{id}/content_publishing_limit", self._tell_quota, PUBLISH),
            self._at("GET", "/{id}/media", self._list_media, BASIC),
            self._at("GET", "/{id}/stories", self._list_stories, BASIC),
            self._at("POST", "/{id}/media", self._make, PUBLISH),
            self._at("POST", "/{id}/media_publish", self._publish, PUBLISH),
            self._at("GET", "/{id}/insights", self._tell_numbers, INSIGHTS),
            self._at("GET", "/{id}/comments", self._inbox.list_comments, COMMENTS),
            self._at("GET", "/{id}/conversations", self._inbox.list_conversations, MESSAGES),
            self._at("GET", "/{id}/messages", self._inbox.list_messages, MESSAGES),
            self._at("POST", "/{id}/comments", self._comment, COMMENTS),
            self._at("POST", "/{id}/replies", self._answers.reply, COMMENTS),
            self._at("GET", "/{id}/replies", self._answers.list_replies, COMMENTS),
            self._at("POST", "/{id}/messages", self._answers.send, MESSAGES),
            self._at("POST", "/{id}/subscribed_apps", self._subscribe, BASIC),
            self._at("GET", "/{id}/subscribed_apps", self._show_subscription, BASIC),
            self._at("DELETE", "/{id}/subscribed_apps", self._unsubscribe, BASIC),
            self._at("POST", "/{id}", self._answers.change, COMMENTS),
            self._at("DELETE", "/{id}", self._answers.delete, COMMENTS),
            self._at("GET", "/{id}", self._show, BASIC),
        ]

    def forget_limits(self) -> None:
        """They are counted from what was published."""

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        return self._people.create_account(wanted, ALL_SCOPES)

    def act(self, act: Act) -> dict[str, Any]:
        match act.do:
            case "reply":
                made = self._inbox.comment(act)
            case "mention":
                made = self._inbox.mention(act)
            case "direct":
                letter = self._inbox.write(act)
                return {"id": letter.id, "person": letter.person_id}
            case "edit" | "remove":
                self._inbox.change(act)
                return {"id": act.post}
            case "post":
                person, now = self._people.ensure(act.who), self._clock.now()
                file = File(id=self.state.new_id(FILE), mime_type="image/jpeg", data=b"")
                made = self._people.post(
                    person, act.text, IMAGE, beginning=POST, files=(file,), received_at=now
                )
            case _:
                raise Refusal(501, {"error": f"nobody can {act.do} here yet"})
        return {"id": made.id, "url": self._address(made)}

    def to_tell(self) -> list[Telling]:
        return self._outbox.take()

    def subscriptions(self) -> dict[str, list[str]]:
        return self.state.subscriptions

    def public_posts(self) -> list[PublicPost]:
        return self._people.public_posts()

    def post_at(self, path: dict[str, str]) -> str:
        return path["code"]

    def _at(self, method: str, path: str, answer: Answer, scope: str) -> Route:
        return route(self._tokens, method, f"{VERSION}{path}", answer, scope)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    async def _make(self, call: Call) -> Response:
        fields = await read_fields(call.request)
        made = await make(self.state, self._shelf, call.own(), fields)
        return JSONResponse({"id": made.id})

    async def _publish(self, call: Call) -> Response:
        account = call.own()
        id_ = (await read_fields(call.request)).text("creation_id")
        used = self._people.used(account, lambda post: post.kind not in (REMARK, MESSAGE))
        if used >= self.state.settings.posts_per_day:
            raise used_up()
        container = self._shelf.publishable(account, id_)
        if container.form.get("is_carousel_item") == "true":
            raise invalid("An item of a carousel is not published by itself")
        kind = _kind(container)
        post = self._people.post(
            account,
            container.form.get("caption", "") if kind != STORY else "",
            kind,
            beginning=POST,
            files=container.files,
            received_at=call.received_at,
        )
        self._shelf.published(container, post)
        return JSONResponse({"id": post.id})

    async def _comment(self, call: Call) -> Response:
        post = self._find(call.id)
        text = (await read_fields(call.request)).text("message")
        if post.kind in (STORY, REMARK):
            raise invalid("Comments are not supported here")
        if not text.strip() or len(text) > COMMENT_LENGTH:
            raise invalid("The parameter message is required, and not too long")
        made = self._people.post(
            call.account,
            text,
            REMARK,
            beginning=COMMENT,
            in_reply_to=post.id,
            received_at=call.received_at,
        )
        return JSONResponse({"id": made.id})

    async def _tell_quota(self, call: Call) -> Response:
        used = self._people.used(call.own(), lambda post: post.kind not in (REMARK, MESSAGE))
        config = {"quota_total": self.state.settings.posts_per_day, "quota_duration": 86_400}
        usage = {"quota_usage": used, "config": config}
        return JSONResponse({"data": [call.of(usage, usual="quota_usage")]})

    # ── telling ──────────────────────────────────────────────────────────────────────────────

    async def _subscribe(self, call: Call) -> Response:
        try:
            names, scopes = wanted(call.request, TOLD_OF)
        except UnknownFields as error:
            raise invalid(str(error)) from None
        for scope in scopes:
            self._tokens.caller(call.request, scope)
        self.state.subscriptions[call.own().id] = names
        return JSONResponse({"success": True})

    async def _show_subscription(self, call: Call) -> Response:
        return JSONResponse(listed(self.state.subscriptions.get(call.own().id)))

    async def _unsubscribe(self, call: Call) -> Response:
        self.state.subscriptions.pop(call.own().id, None)
        return JSONResponse({"success": True})

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    async def _show(self, call: Call) -> Response:
        if call.is_own():
            account = call.account
            facts = {**account.model_dump(), "user_id": int(account.id), "id": f"9{account.id}"}
            facts |= without(self._counts(account), self.state.settings.untold)
            return JSONResponse(call.of(facts))
        if container := self._shelf.find(call.account, call.id):
            status = self._shelf.ask(container)
            said = container.trouble if status == "ERROR" else SAID[status]
            facts = {"id": container.id, "status_code": status, "status": said}
            return JSONResponse(call.of(facts))
        return JSONResponse(call.of(self._facts(self._find(call.id))))

    def _counts(self, account: Account) -> dict[str, int]:
        posts = self.state.posts_of(account, now=self._clock.now())
        shown = [post for post in posts if post.kind not in (STORY, REMARK, MESSAGE)]
        return {"followers_count": self.state.settings.followers, "media_count": len(shown)}

    async def _tell_numbers(self, call: Call) -> Response:
        settings, now = self.state.settings, self._clock.now()
        if call.is_own():
            return JSONResponse(insights.of_account(call, settings, now=now))
        post = self._find(call.id)
        kind = str(self._facts(post)["media_product_type"])
        return JSONResponse(insights.of_media(call, settings, post, kind, now=now))

    async def _list_media(self, call: Call) -> Response:
        return self._listed(call, lambda post: post.kind not in (STORY, REMARK, MESSAGE))

    async def _list_stories(self, call: Call) -> Response:
        since = self._clock.now() - DAY
        return self._listed(call, lambda p: p.kind == STORY and p.created_at > since)

    def _listed(self, call: Call, is_wanted: Callable[[Post], bool]) -> Response:
        posts = self.state.posts_of(call.own(), now=self._clock.now())
        listed, paging = call.page([post for post in posts if is_wanted(post)])
        rows = [call.of(self._facts(post)) for post in listed]
        return JSONResponse(listing(rows, paging))

    def _find(self, id_: str) -> Post:
        post = self.state.posts.get(id_)
        if post is None or post.deleted:
            raise not_found(id_)
        return post

    def _facts(self, post: Post) -> dict[str, Any]:
        is_film = post.files and post.files[0].mime_type.startswith("video/")
        kinds = {STORY: "VIDEO" if is_film else IMAGE, REEL: "VIDEO"}
        likes = grown(f"likes {post.id}", post.created_at, self._clock.now(), a_day=14)
        remarks = self._inbox.remarks_under(post.id)
        counted = {"like_count": likes, "comments_count": len(remarks)}
        return {
            **without(counted, self.state.settings.untold),
            "id": post.id,
            **({"caption": post.text} if post.text else {}),
            "media_type": kinds.get(post.kind, post.kind),
            "media_product_type": {STORY: STORY, REEL: "REELS"}.get(post.kind, "FEED"),
            "permalink": self._address(post),
            "timestamp": in_seconds(post.created_at),
            "username": self.state.accounts[post.account_id].username,
            "comments": self._inbox.nested(remarks),
        }

    def _address(self, post: Post) -> str:
        return f"{self._url}/p/{self.state.root_of(post).id}"


def _kind(container: Container) -> str:
    kinds = {"STORIES": STORY, "REELS": REEL, "CAROUSEL": ALBUM}
    return kinds.get(container.form.get("media_type", ""), IMAGE)
