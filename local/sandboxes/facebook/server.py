"""The Facebook sandbox as one thing: people and their pages, and what the pages have published."""

from typing import Any, ClassVar

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.facebook.api import Api
from local.sandboxes.facebook.callers import Callers
from local.sandboxes.facebook.oauth import OAuth
from local.sandboxes.facebook.people import People
from local.sandboxes.facebook.state import SCOPES, Page, Person, Post, State
from local.sandboxes.facebook.views import html, media_views, permalink
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.telling import Outbox, Telling

AT = "/v25.0"


class Facebook:
    name = "facebook"
    permalink = "/{page}/posts/{id}"
    more_acts: ClassVar = frozenset({"direct", "edit", "remove"})

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._outbox = Outbox([])
        self._callers = Callers(self, clock=clock)
        self._oauth = OAuth(self, url=url, at=AT, clock=clock, callers=self._callers)
        self._api = Api(self, url=url, at=AT, clock=clock, callers=self._callers)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"graph": url, "video": url, "upload": url, "www": url}

    def routes(self) -> list[BaseRoute]:
        return [*self._oauth.routes(), *self._api.routes()]

    def forget_limits(self) -> None:
        self._callers.windows.clear()

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """A page, named by its id, whoever runs it, and a token for it.

        `details`: `owner`, who runs it, if it is not a person of its own; `tasks`, with commas.
        """
        owner = wanted.details.get("owner", wanted.name)
        self._ensure_person(owner)
        page = self._ensure_page(wanted.name, wanted.display_name, owner)
        if tasks := wanted.details.get("tasks"):
            page = page.model_copy(update={"tasks": tasks.split(",")})
            self.state.pages[page.id] = page
        scopes = wanted.scopes.replace(",", " ").split() or list(SCOPES)
        token = self._oauth.grant_token(owner, scopes, page_id=page.id)
        return {"id": page.id, "owner": owner, "access_token": token.value}

    def act(self, act: Act) -> dict[str, Any]:
        """A page posts by hand; people comment, mention a page, write to it, and change that."""
        people = People(self.state, clock=self._clock, outbox=self._outbox)
        match act.do:
            case "reply":
                return self._shown(people.comment(act))
            case "mention":
                page = self._ensure_page(act.account, "", act.account)
                return self._shown(people.mention(act, page))
            case "direct":
                page = self._ensure_page(act.account, "", act.account)
                return {"id": people.write(act, page).id, "person": act.who}
            case "edit" | "remove":
                people.change(act)
                return {"id": act.post}
            case "post":
                return self._shown(self._post_by_hand(act))
            case _:
                raise Refusal(501, {"error": f"nobody can {act.do} here yet"})

    def to_tell(self) -> list[Telling]:
        return self._outbox.take()

    def _shown(self, made: Post) -> dict[str, Any]:
        return {"id": made.id, "url": f"{self._url}{permalink(made)}"}

    def _post_by_hand(self, act: Act) -> Post:
        now, page = self._clock.now(), self._ensure_page(act.who, "", act.who)
        made = Post(
            id=f"{page.id}_{self.state.new_id(now)}",
            page_id=page.id,
            author_id=page.id,
            author=page.name,
            text=act.text,
            created_at=now,
            received_at=now,
            by_hand=True,
        )
        self.state.posts[made.id] = made
        return made

    def subscriptions(self) -> dict[str, list[str]]:
        return self.state.subscriptions

    def public_posts(self) -> list[PublicPost]:
        return [self._public_post(post) for post in self.state.posts.values()]

    def post_at(self, path: dict[str, str]) -> str | None:
        return f"{path['page']}_{path['id']}"

    def _public_post(self, post: Post) -> PublicPost:
        return PublicPost(
            id=post.id,
            url=f"{self._url}{permalink(post)}",
            author=post.author,
            text=post.text,
            html=html(post),
            created_at=spell(post.created_at),
            received_at=spell(post.received_at),
            visibility="hidden" if post.hidden else "direct" if post.is_private else "public",
            likes=int(post.liked),
            in_reply_to=post.in_reply_to,
            images=media_views(post, self.state, self._url),
            deleted=post.deleted,
            by_hand=post.by_hand,
        )

    def _ensure_person(self, name: str) -> None:
        self.state.people.setdefault(name, Person(id=name, name=name.title()))

    def _ensure_page(self, page_id: str, name: str, owner: str) -> Page:
        known = self.state.pages.get(page_id)
        if known is None:
            known = Page(id=page_id, name=name or page_id, owner_ids=[owner])
        elif owner not in known.owner_ids:
            known = known.model_copy(update={"owner_ids": [*known.owner_ids, owner]})
        self.state.pages[page_id] = known
        return known
