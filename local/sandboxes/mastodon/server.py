"""The Mastodon sandbox as one thing: its routes, its people, and what it has published."""

from collections import Counter
from typing import Any

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.fields import Fields
from local.sandboxes.mastodon import statuses
from local.sandboxes.mastodon.api import Api
from local.sandboxes.mastodon.oauth import OAuth
from local.sandboxes.mastodon.state import DOMAIN, Account, State, Status
from local.sandboxes.mastodon.statuses import Arrival
from local.sandboxes.mastodon.views import Views
from local.sandboxes.platform import Act, NewAccount, PublicPost

ALL_SCOPES = "read write follow push profile"


class Mastodon:
    name = "mastodon"
    permalink = "/@{username}/{id}"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._oauth = OAuth(self, clock=clock)
        self._api = Api(self, url=url, clock=clock)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:  # noqa: ARG004 – its protocol's
        """None: a channel has its server's address."""
        return {}

    def routes(self) -> list[BaseRoute]:
        return [*self._oauth.routes(), *self._api.routes()]

    def forget_limits(self) -> None:
        self._api.windows.clear()

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        account = self._ensure_person(wanted.name, display_name=wanted.display_name)
        scopes = (wanted.scopes or ALL_SCOPES).split()
        token = self._oauth.grant_token(account_id=account.id, scopes=scopes)
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.acct,
            "url": Views(self.state, self._url).profile_url(account),
            "access_token": token.value,
            "scopes": token.scopes,
        }

    def act(self, act: Act) -> dict[str, Any]:
        person = self._ensure_person(act.who)
        now = self._clock.now()
        arrival = Arrival(received_at=now, now=now)
        match act.do:
            case "follow":
                statuses.follow(self.state, person=person, whom=self._find(act.account), now=now)
                return {"id": person.id}
            case "like":
                done = statuses.favourite(self.state, person=person, status_id=act.post, now=now)
            case "repost":
                done = statuses.reblog(
                    self.state, person=person, status_id=act.post, arrival=arrival
                )
            case _:
                done = statuses.post_status(
                    self.state,
                    author=person,
                    fields=Fields(self._words_of(act)),
                    key=None,
                    arrival=arrival,
                )
        return {"id": done.id, "url": Views(self.state, self._url).status_url(done)}

    def public_posts(self) -> list[PublicPost]:
        standing = self.state.standing_statuses()
        reposts = Counter(status.reblog_of_id for status in standing)
        posts = [status for status in self.state.statuses.values() if not status.reblog_of_id]
        return [self._public_post(status, reposts[status.id]) for status in posts]

    def post_at(self, path: dict[str, str]) -> str:
        return path["id"]

    def _public_post(self, status: Status, reposts: int) -> PublicPost:
        views = Views(self.state, self._url)
        media = [self.state.media[media_id] for media_id in status.media_ids]
        return PublicPost(
            id=status.id,
            url=views.status_url(status),
            author=self.state.accounts[status.account_id].acct,
            text=status.text,
            html=views.content(status),
            created_at=spell(status.created_at),
            received_at=spell(status.received_at),
            key=status.idempotency_key,
            visibility=status.visibility,
            in_reply_to=status.in_reply_to_id,
            likes=len(self.state.favourites.get(status.id, [])),
            reposts=reposts,
            images=[
                {"url": views.media_url(m), "alt": m.description, "type": m.mime_type}
                for m in media
            ],
            deleted=status.deleted,
        )

    def _words_of(self, act: Act) -> dict[str, str]:
        """What people type: an answer begins with the name of whom it answers."""
        if act.do == "mention":
            return {"status": f"@{self._find(act.account).acct} {act.text}".strip()}
        if act.do == "reply":
            answered = statuses.find_or_refuse(self.state, act.post, viewer_id=None)
            whom = self.state.accounts[answered.account_id].acct
            text = act.text if f"@{whom}" in act.text else f"@{whom} {act.text}"
            return {"status": text, "in_reply_to_id": act.post}
        return {"status": act.text}

    def _ensure_person(self, acct: str, *, display_name: str = "") -> Account:
        if known := self.state.find_account(acct):
            return known
        username, _, domain = acct.removeprefix("@").partition("@")
        now = self._clock.now()
        account = Account(
            id=self.state.new_id(now),
            username=username,
            domain="" if domain == DOMAIN else domain,
            display_name=display_name or username,
            created_at=now,
        )
        self.state.accounts[account.id] = account
        return account

    def _find(self, acct: str) -> Account:
        account = self.state.find_account(acct)
        if account is None:
            raise Refusal(404, {"error": f"Nobody here is called {acct}"})
        return account
