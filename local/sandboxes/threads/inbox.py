"""What people do around a profile on Threads: what its lists show, and its app is told.
https://developers.facebook.com/documentation/threads/webhooks
"""

import time
from typing import Any

from starlette.responses import JSONResponse, Response

from local.sandboxes.answers import Refusal
from local.sandboxes.asking import listing
from local.sandboxes.clock import Clock
from local.sandboxes.consent import CLIENT_ID
from local.sandboxes.containers.asking import Call, in_seconds
from local.sandboxes.containers.people import HasState, People
from local.sandboxes.containers.refusals import not_found
from local.sandboxes.containers.state import POST, Post, State
from local.sandboxes.platform import Act
from local.sandboxes.telling import Outbox

TEXT = "TEXT_POST"


class Inbox:
    def __init__(self, sandbox: HasState, *, clock: Clock, people: People, outbox: Outbox) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._people = people
        self._outbox = outbox

    # ── what people do ───────────────────────────────────────────────────────────────────────

    def reply(self, act: Act) -> Post:
        if act.post not in self._state.posts:
            raise Refusal(404, {"error": f"There is no post {act.post}"})
        made = self._post(act)
        value = {**self.view(made), "root_post": self._root(made)}
        self._tell("moderate", act.post, "replies", value)
        return made

    def mention(self, act: Act) -> Post:
        profile, made = self._people.ensure(act.account), self._post(act)
        self._state.mentions[made.id] = profile.id
        value = self.view(made) | ({"root_post": self._root(made)} if act.post else {})
        self._tell("interaction", profile.id, "mentions", value)
        return made

    def remove(self, act: Act) -> None:
        post = self._state.posts.get(act.post)
        if post is None:
            raise Refusal(404, {"error": f"There is no post {act.post}"})
        self._state.posts[post.id] = post.model_copy(update={"deleted": True})
        value = {
            "id": post.id,
            "owner": {"owner_id": post.account_id},
            "deleted_at": in_seconds(self._clock.now()),
            "timestamp": in_seconds(post.created_at),
            "username": self._state.accounts[post.account_id].username,
        }
        self._tell("moderate", post.id, "delete", value)

    def _post(self, act: Act) -> Post:
        return self._people.post(
            self._people.ensure(act.who),
            act.text,
            TEXT,
            beginning=POST,
            in_reply_to=act.post or None,
            received_at=self._clock.now(),
        )

    def _root(self, post: Post) -> dict[str, str]:
        root = self._state.root_of(post)
        owner = self._state.accounts[root.account_id]
        return {"id": root.id, "owner_id": owner.id, "username": owner.username}

    def _tell(self, topic: str, target: str, field: str, value: dict[str, Any]) -> None:
        told = {
            "app_id": CLIENT_ID,
            "topic": topic,
            "target_id": target,
            "time": int(time.time()),
            "subscription_id": "1",
            "has_uid_field": False,
            "values": [{"value": value, "field": field}],  # as it is seen; documented without list
        }
        settings = self._state.settings
        self._outbox.put(settings.callback, told, secret=settings.webhook_secret)

    # ── what is shown ────────────────────────────────────────────────────────────────────────

    async def list_conversation(self, call: Call) -> Response:
        """All below a post, at any depth."""
        post = self._state.posts.get(call.id)
        if post is None or post.deleted:
            raise not_found(call.id)
        found = self._state.below(post.id, now=self._clock.now())
        if call.request.query_params.get("reverse", "true") != "true":
            found.reverse()
        return self._listed(call, found)

    async def list_mentions(self, call: Call) -> Response:
        profile, since = call.own(), float(call.request.query_params.get("since", "0"))
        found = [
            post
            for post in self._state.newest(self._clock.now())
            if self._state.mentions.get(post.id) == profile.id
            and post.created_at.timestamp() >= since
        ]
        return self._listed(call, found)

    def view(self, post: Post) -> dict[str, Any]:
        return {
            "id": post.id,
            **({"text": post.text} if post.text else {}),
            "media_type": post.kind,
            "media_product_type": "THREADS",
            "permalink": self._people.address(post),
            "timestamp": in_seconds(post.created_at),
            "username": self._state.accounts[post.account_id].username,
            "is_reply": bool(post.in_reply_to),
            "has_replies": any(e.in_reply_to == post.id for e in self._state.posts.values()),
            **({"replied_to": {"id": post.in_reply_to}} if post.in_reply_to else {}),
            **({"root_post": {"id": self._state.root_of(post).id}} if post.in_reply_to else {}),
        }

    def _listed(self, call: Call, found: list[Post]) -> Response:
        listed, paging = call.page(found)
        rows = [call.of(self.view(post)) for post in listed]
        return JSONResponse(listing(rows, paging))

    @property
    def _state(self) -> State:
        state: State = self._sandbox.state
        return state
