"""The Bluesky sandbox as one thing: its methods, its people, and what it has published."""

import secrets
from typing import Any

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.bluesky import records
from local.sandboxes.bluesky.api import Api
from local.sandboxes.bluesky.network import Counts, count, parent_of
from local.sandboxes.bluesky.records import Write
from local.sandboxes.bluesky.state import (
    FOLLOW,
    HANDLE_DOMAIN,
    LIKE,
    POST,
    REPOST,
    Account,
    Record,
    State,
    make_did,
)
from local.sandboxes.bluesky.video import VideoService
from local.sandboxes.bluesky.views import Views
from local.sandboxes.clock import Clock, spell
from local.sandboxes.platform import Act, NewAccount, PublicPost


class Bluesky:
    name = "bluesky"
    permalink = "/profile/{actor}/post/{rkey}"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._api = Api(self, url=url, clock=clock)
        self._videos = VideoService(self, self._api.sessions, url=url, clock=clock)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        """The video service has a host of its own: the same server under its other name."""
        return {"service": url, "app": url, "video": VideoService.address(url)}

    def routes(self) -> list[BaseRoute]:
        return [*self._api.routes(), *self._videos.routes()]

    def forget_limits(self) -> None:
        self._api.sessions.windows.clear()

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        person = self._ensure_person(wanted.name, display_name=wanted.display_name)
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        changes = {"app_passwords": [*person.app_passwords, password], "status": wanted.status}
        self.state.accounts[person.did] = person.model_copy(update=changes)
        return {"did": person.did, "handle": person.handle, "app_password": password}

    def act(self, act: Act) -> dict[str, Any]:
        """People write records into repositories of their own, like any client."""
        person = self._ensure_person(act.who)
        now = self._clock.now()
        collection, value = self._record_of(act)
        write = Write(
            collection=collection,
            rkey=None,
            value={**value, "createdAt": spell(now)},
            received_at=now,
            now=now,
        )
        record = records.create(self.state, owner=person, write=write).record
        permalink = Views(self.state, self._url).permalink(record)
        return {"id": record.uri, "url": permalink if collection == POST else self._url}

    def public_posts(self) -> list[PublicPost]:
        counts = count(self.state)
        posts = [record for record in self.state.records.values() if record.collection == POST]
        return [self._public_post(post, counts) for post in posts]

    def post_at(self, path: dict[str, str]) -> str | None:
        account = self.state.find_account(path["actor"])
        return f"at://{account.did}/{POST}/{path['rkey']}" if account else None

    def _public_post(self, post: Record, counts: Counts) -> PublicPost:
        views = Views(self.state, self._url)
        return PublicPost(
            id=post.uri,
            url=views.permalink(post),
            author=self.state.accounts[post.did].handle,
            text=post.value["text"],
            html=views.html(post),
            created_at=post.value["createdAt"],
            received_at=spell(post.received_at),
            key=post.rkey,
            visibility="public",
            in_reply_to=parent_of(post),
            likes=counts.likes[post.uri],
            reposts=counts.reposts[post.uri],
            images=views.images(post),
            deleted=post.deleted,
        )

    def _record_of(self, act: Act) -> tuple[str, dict[str, Any]]:
        match act.do:
            case "post":
                return POST, {"text": act.text}
            case "mention":
                return POST, self._mention(self._find(act.account), act.text)
            case "reply":
                return POST, {"text": act.text, "reply": self._reply_to(act.post)}
            case "like":
                return LIKE, {"subject": _strong(self._find_post(act.post))}
            case "repost":
                return REPOST, {"subject": _strong(self._find_post(act.post))}
            case "follow":
                return FOLLOW, {"subject": self._find(act.account).did}
            case _:
                raise Refusal(501, {"error": f"nobody can {act.do} here yet"})

    def _mention(self, whom: Account, text: str) -> dict[str, Any]:
        name = f"@{whom.handle}"
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": whom.did}
        facet = {"index": {"byteStart": 0, "byteEnd": len(name)}, "features": [feature]}
        return {"text": f"{name} {text}", "facets": [facet]}

    def _reply_to(self, uri: str) -> dict[str, Any]:
        parent = self._find_post(uri)
        root = (parent.value.get("reply") or {}).get("root") or _strong(parent)
        return {"root": root, "parent": _strong(parent)}

    def _ensure_person(self, name: str, *, display_name: str = "") -> Account:
        handle = _full_name(name)
        if known := self.state.find_account(handle):
            return known
        account = Account(
            did=make_did(handle),
            handle=handle,
            display_name=display_name or name,
            created_at=self._clock.now(),
        )
        self.state.accounts[account.did] = account
        return account

    def _find(self, actor: str) -> Account:
        account = self.state.find_account(_full_name(actor))
        if account is None:
            raise Refusal(404, {"error": f"Nobody here is called {actor}"})
        return account

    def _find_post(self, uri: str) -> Record:
        record = self.state.find_record(uri)
        if record is None:
            raise Refusal(404, {"error": f"There is no post {uri}"})
        return record


def _full_name(actor: str) -> str:
    """`ayse` is at home here; a whole handle or a DID stays as it is."""
    name = actor.removeprefix("@").lower()
    return name if "." in name or ":" in name else f"{name}.{HANDLE_DOMAIN}"


def _strong(record: Record) -> dict[str, str]:
    return {"uri": record.uri, "cid": record.cid}
