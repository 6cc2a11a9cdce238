"""The TikTok sandbox as one thing: its routes, its people, and what it has published."""

from html import escape
from typing import Any

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.tiktok import posts
from local.sandboxes.tiktok.api import Api
from local.sandboxes.tiktok.oauth import ALL_SCOPES, OAuth
from local.sandboxes.tiktok.state import PUBLIC, Publish, State


class TikTok:
    name = "tiktok"
    permalink = "/@{username}/{kind}/{id}"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._oauth = OAuth(self, clock=clock)
        self._api = Api(self, self._oauth, url=url, clock=clock)

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
        """With tokens as a consent would bring them, for all scopes unless some are named."""
        account = self.state.ensure_account(wanted.name, display_name=wanted.display_name)
        scopes = wanted.scopes.replace(",", " ").split() or ALL_SCOPES
        granted = self._oauth.grant(account.open_id, scopes)
        return {**granted, "username": account.username, "display_name": account.display_name}

    def act(self, act: Act) -> dict[str, Any]:
        """People post films, and like them; the rest of what they do there nobody hears of."""
        person, now = self.state.ensure_account(act.who), self._clock.now()
        if act.do == "like":
            liked = next((e for e in self._complete() if e.post_id == act.post), None)
            if liked is None:
                raise Refusal(404, {"error": f"There is no post {act.post}"})
            self.state.keep(liked.model_copy(update={"likes": liked.likes + 1}))
            return {"id": liked.post_id}
        if act.do != "post":
            raise Refusal(501, {"error": f"nobody hears of a {act.do} on TikTok"})
        number = self.state.new_number(now)
        made = Publish(
            id=f"by_hand~{number}",
            open_id=person.open_id,
            kind="video",
            text=act.text,
            privacy=PUBLIC,
            begun_at=now,
            received_at=now,
            accepted_at=now,
            completed_at=now,
            post_id=number,
        )
        self.state.keep(made)
        return {"id": number, "url": self._permalink(made)}

    def public_posts(self) -> list[PublicPost]:
        return [self._public_post(each) for each in self._complete()]

    def post_at(self, path: dict[str, str]) -> str:
        return path["id"]

    def _complete(self) -> list[Publish]:
        return list(posts.complete(self.state, now=self._clock.now()))

    def _permalink(self, publish: Publish) -> str:
        username = self.state.accounts[publish.open_id].username
        return f"{self._url}/@{username}/{publish.kind}/{publish.post_id}"

    def _public_post(self, publish: Publish) -> PublicPost:
        assert publish.accepted_at is not None
        assert publish.received_at is not None
        types = [photo.mime_type for photo in publish.photos]
        if publish.kind == "video" and publish.data:
            types = [publish.mime_type]
        media = f"{self._url}/media/{publish.post_id}"
        title = f"<p><b>{escape(publish.title)}</b></p>" if publish.title else ""
        return PublicPost(
            id=publish.post_id,
            url=self._permalink(publish),
            author=self.state.accounts[publish.open_id].username,
            text=publish.text,
            html=f"{title}<p>{escape(publish.text)}</p>",
            created_at=spell(publish.accepted_at),
            received_at=spell(publish.received_at),
            key=publish.id,
            visibility="public" if publish.privacy == PUBLIC else "private",
            likes=publish.likes,
            images=[
                {"url": f"{media}/{number}", "alt": "", "type": kind}
                for number, kind in enumerate(types)
            ],
        )
