"""The X sandbox as one thing: its routes, its people, and what it has published."""

from html import escape
from typing import Any, ClassVar

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.x import answering, posts
from local.sandboxes.x.api import Api
from local.sandboxes.x.oauth import OAuth
from local.sandboxes.x.posts import Arrival
from local.sandboxes.x.state import Account, Post, State
from local.sandboxes.x.views import Views

ALL_SCOPES = (
    "tweet.read tweet.write users.read media.write tweet.moderate.write dm.read dm.write"
    " offline.access"
)


class X:
    name = "x"
    permalink = "/{username}/status/{id}"
    more_acts: ClassVar = frozenset({"direct"})

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._oauth = OAuth(self, clock=clock)
        self._api = Api(self, url=url, clock=clock)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"api": url, "site": url}

    def routes(self) -> list[BaseRoute]:
        return [*self._oauth.routes(), *self._api.routes()]

    def forget_limits(self) -> None:
        self._api.windows.clear()

    def renewals_seen(self) -> list[str]:
        return self.state.renewals_seen

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """`details`: its subscription (Premium). It is let in as by a consent."""
        account = self._ensure_person(wanted.name, name=wanted.display_name)
        if subscription := wanted.details.get("subscription"):
            account = account.model_copy(update={"subscription": subscription})
            self.state.accounts[account.id] = account
        scopes = (wanted.scopes or ALL_SCOPES).split()
        granted = self._oauth.grant(account_id=account.id, scopes=scopes)
        return {"id": account.id, "handle": account.username, "name": account.name, **granted}

    def act(self, act: Act) -> dict[str, Any]:
        person = self._ensure_person(act.who)
        match act.do:
            case "follow":
                self.state.follows.append((person.id, self._find(act.account).id))
                return {"id": person.id}
            case "like":
                self.state.likes.setdefault(self._found(act.post).id, []).append(person.id)
                return {"id": act.post}
            case "repost":
                self.state.reposts.setdefault(self._found(act.post).id, []).append(person.id)
                return {"id": act.post}
            case "direct":
                now, us = self._clock.now(), self._find(act.account)
                between = answering.conversation_of(us.id, person.id)
                made = answering.keep(
                    self.state, person, act.text, between, above=None, arrival=Arrival(now, now)
                )
                return {"id": made.id, "person": person.id}
        above = self._found(act.post) if act.do == "reply" else None
        text = act.text
        if act.do == "mention":
            text = f"@{self._find(act.account).username} {act.text}".strip()
        now = self._clock.now()
        done = posts.keep(
            self.state, person, text, above=above, arrival=Arrival(now, now), by_hand=True
        )
        return {"id": done.id, "url": Views(self.state, self._url).permalink(done)}

    def subscriptions(self) -> dict[str, list[str]]:
        told = self.state.subscriptions
        users = dict.fromkeys(each.user_id for each in told)
        return {user: [each.event_type for each in told if each.user_id == user] for user in users}

    def public_posts(self) -> list[PublicPost]:
        return [self._public_post(post) for post in self.state.posts.values()]

    def post_at(self, path: dict[str, str]) -> str:
        return path["id"]

    def _public_post(self, post: Post) -> PublicPost:
        views = Views(self.state, self._url)
        poll = "".join(f"<li>{escape(option)}</li>" for option in post.poll)
        return PublicPost(
            id=post.id,
            url=views.permalink(post),
            author=self.state.accounts[post.account_id].username,
            text=post.text,
            html=f"<p>{escape(post.text)}</p>" + (f"<ul>{poll}</ul>" if poll else ""),
            created_at=spell(post.created_at),
            received_at=spell(post.received_at),
            in_reply_to=post.answers,
            likes=len(self.state.likes.get(post.id, [])),
            reposts=len(self.state.reposts.get(post.id, [])),
            images=[
                {
                    "url": f"{self._url}/media/{each.id}",
                    "alt": each.alt_text,
                    "type": each.mime_type,
                }
                for each in (self.state.media[media_id] for media_id in post.media_ids)
            ],
            visibility="direct" if post.is_private else "hidden" if post.hidden else "public",
            deleted=post.deleted,
            by_hand=post.by_hand,
        )

    def _ensure_person(self, username: str, *, name: str = "") -> Account:
        if known := self.state.find_account(username):
            return known
        account = Account(
            id=self.state.new_id(self._clock.now()),
            username=username.removeprefix("@"),
            name=name or username,
        )
        self.state.accounts[account.id] = account
        return account

    def _find(self, name: str) -> Account:
        account = self.state.find_account(name)
        if account is None:
            raise Refusal(404, {"error": f"Nobody here is called {name}"})
        return account

    def _found(self, post_id: str) -> Post:
        post = self.state.find_post(post_id)
        if post is None:
            raise Refusal(404, {"error": f"There is no post {post_id}"})
        return post
