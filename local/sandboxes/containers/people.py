"""Who is on such a sandbox, and what they have published there."""

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sandboxes.clock import Clock, spell
from local.sandboxes.containers.state import ACCOUNT, DAY, Account, File, Post, State
from local.sandboxes.containers.tokens import TokenDesk
from local.sandboxes.platform import NewAccount, PublicPost


class HasState(Protocol):
    state: Any


class People:
    def __init__(
        self,
        sandbox: HasState,
        *,
        url: str,
        clock: Clock,
        tokens: TokenDesk,
        address: Callable[[Post], str],
    ) -> None:
        """`address` is where people find a post."""
        self._sandbox = sandbox
        self._url = url
        self._clock = clock
        self._tokens = tokens
        self.address = address

    def routes(self) -> list[Route]:
        return [Route("/media/{id}", self._show_file)]

    def create_account(self, wanted: NewAccount, scopes: tuple[str, ...]) -> dict[str, Any]:
        """With a long token; `details` may hold `account_type`."""
        account = self.ensure(wanted.name, wanted.display_name)
        account = account.model_copy(update=wanted.details)
        self._state.accounts[account.id] = account
        granted = tuple(wanted.scopes.split()) or scopes
        token = self._tokens.grant(account, granted, is_long=True)
        return {
            "id": account.id,
            "username": account.username,
            "access_token": token.value,
            "expires_at": spell(token.expires_at),
        }

    def ensure(self, username: str, name: str = "") -> Account:
        if known := self._state.find_account(username):
            return known
        id_ = self._state.new_id(ACCOUNT)
        account = Account(id=id_, username=username, name=name or username)
        self._state.accounts[id_] = account
        return account

    def post(
        self,
        who: Account,
        text: str,
        kind: str,
        *,
        beginning: str,
        files: tuple[File, ...] = (),
        in_reply_to: str | None = None,
        received_at: datetime,
    ) -> Post:
        """One that is public now; `beginning` is of its id."""
        made = Post(
            id=self._state.new_id(beginning),
            account_id=who.id,
            text=text,
            kind=kind,
            files=files,
            in_reply_to=in_reply_to,
            created_at=self._clock.now(),
            received_at=received_at,
        )
        self._state.posts[made.id] = made
        return made

    def used(self, who: Account, counts: Callable[[Post], bool]) -> int:
        """How many of a day's share."""
        since = self._clock.now() - DAY
        return sum(
            post.account_id == who.id and post.created_at > since and counts(post)
            for post in self._state.posts.values()
        )

    def public_posts(self) -> list[PublicPost]:
        return [self._public(post) for post in self._state.posts.values()]

    def _public(self, post: Post) -> PublicPost:
        return PublicPost(
            id=post.id,
            url=self.address(post),
            author=self._state.accounts[post.account_id].username,
            text=post.text,
            html=f"<p>{escape(post.text)}</p>",
            created_at=spell(post.created_at),
            received_at=spell(post.received_at),
            in_reply_to=post.in_reply_to,
            visibility="hidden" if post.hidden else "public",
            images=[
                {"url": f"{self._url}/media/{each.id}", "alt": each.alt, "type": each.mime_type}
                for each in post.files
            ],
            deleted=post.deleted,
        )

    async def _show_file(self, request: Request) -> Response:
        for post in self._state.posts.values():
            for file in post.files:
                if file.id == request.path_params["id"]:
                    return Response(file.data, media_type=file.mime_type)
        return Response(status_code=404)

    @property
    def _state(self) -> State:
        state: State = self._sandbox.state
        return state
