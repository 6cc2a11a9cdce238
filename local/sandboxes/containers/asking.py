"""What is asked of such a sandbox: by whom, and which fields."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sandboxes import asking
from local.sandboxes.containers.refusals import not_found
from local.sandboxes.containers.state import Account
from local.sandboxes.containers.tokens import TokenDesk


@dataclass(frozen=True)
class Call:
    """A request whose token and scope were found good."""

    request: Request
    account: Account

    @property
    def id(self) -> str:
        return str(self.request.path_params["id"])

    @property
    def received_at(self) -> datetime:
        at: datetime = self.request.state.received_at
        return at

    def is_own(self) -> bool:
        return self.id in (self.account.id, "me")

    def own(self) -> Account:
        """The account that the address names, if it is the caller's."""
        if not self.is_own():
            raise not_found(self.id)
        return self.account

    def of(self, facts: dict[str, Any], *, usual: str = "id") -> dict[str, Any]:
        """The fields that were asked for, as far as there are such."""
        return asking.told(facts, self.request.query_params.get("fields", usual))

    def page[T](self, items: Sequence[T]) -> tuple[Sequence[T], dict[str, Any]]:
        query = self.request.query_params
        return asking.page(items, query.get("limit"), query.get("after"))


type Answer = Callable[[Call], Awaitable[Response]]


def route(tokens: TokenDesk, method: str, path: str, answer: Answer, scope: str) -> Route:
    async def endpoint(request: Request) -> Response:
        return await answer(Call(request, tokens.caller(request, scope)))

    return Route(path, endpoint, methods=[method])


def in_seconds(moment: datetime) -> str:
    """2026-01-05T14:00:00+0000, as Meta writes time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
