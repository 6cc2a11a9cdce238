"""The control surface, `/_sandbox/…`: how people and tests steer a sandbox and look into it.

It is JSON in and out, has no authentication, and is served on loopback only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.faults import Faults, Rule
from local.sandboxes.journal import Journal
from local.sandboxes.platform import (
    Act,
    ActsMore,
    NewAccount,
    Platform,
    SeesRenewals,
    TakesSubscriptions,
    Tells,
)
from local.sandboxes.telling import tell

GUIDE = {
    "POST /_sandbox/accounts": "{name, display_name?, scopes?, status?}: an account and its secret",
    "POST /_sandbox/acts": "{as, do: post|mention|reply|like|repost|follow|direct|edit|remove, "
    "account|post, text?}",
    "GET /_sandbox/posts": "everything published, oldest first",
    "GET /_sandbox/requests": "every request received; DELETE forgets them",
    "POST /_sandbox/faults": "[{method?, path?, nth? | times?, after?, fault, status?, headers?, "
    "body?, seconds?}]; GET lists those to come, DELETE drops them",
    "GET /_sandbox/renewals": "every refresh token that came, hashed",
    "GET /_sandbox/subscriptions": "of which accounts a webhook is told, and what",
    "POST /_sandbox/settings": "limits and manners to change; GET lists them",
    "POST /_sandbox/clock": "{advance: seconds}",
    "POST /_sandbox/reset": "forget everything; a body is the settings to begin anew with",
    "POST /_sandbox/marks": "{name}: remember how everything is; with {name, return: true} all is "
    "so again, with no faults to come and no request received",
}

MORE_ACTS = frozenset({"direct", "edit", "remove"})

type Endpoint = Callable[[Request], Awaitable[JSONResponse]]


class Advance(BaseModel):
    model_config = ConfigDict(extra="forbid")
    advance: float


class Mark(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    return_: bool = Field(alias="return", default=False)


class ControlSurface:
    def __init__(
        self, *, platform: Platform, faults: Faults, journal: Journal, clock: Clock
    ) -> None:
        self._platform = platform
        self._faults = faults
        self._journal = journal
        self._clock = clock
        self._marks: dict[str, BaseModel] = {}

    def routes(self) -> list[Route]:
        endpoints: list[tuple[str, str, Endpoint]] = [
            ("GET", "", self._show_guide),
            ("POST", "/accounts", self._create_account),
            ("POST", "/acts", self._act),
            ("GET", "/posts", self._list_posts),
            ("GET", "/requests", self._list_requests),
            ("DELETE", "/requests", self._forget_requests),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._add_faults),
            ("DELETE", "/faults", self._drop_faults),
            ("GET", "/renewals", self._list_renewals),
            ("GET", "/subscriptions", self._list_subscriptions),
            ("GET", "/settings", self._show_settings),
            ("POST", "/settings", self._change_settings),
            ("POST", "/clock", self._advance_clock),
            ("POST", "/reset", self._reset),
            ("POST", "/marks", self._mark),
        ]
        return [Route(f"/_sandbox{path}", do, methods=[method]) for method, path, do in endpoints]

    async def _show_guide(self, _request: Request) -> JSONResponse:
        return JSONResponse({"sandbox": self._platform.name, "guide": GUIDE})

    async def _create_account(self, request: Request) -> JSONResponse:
        wanted = await _read(request, NewAccount)
        return JSONResponse(self._platform.create_account(wanted))

    async def _act(self, request: Request) -> JSONResponse:
        """Done, and told: the answer says how each webhook was answered."""
        act, platform = await _read(request, Act), self._platform
        told: object = platform
        more_acts = told.more_acts if isinstance(told, ActsMore) else frozenset()
        if act.do in MORE_ACTS - more_acts:
            raise Refusal(501, {"error": f"nobody can {act.do} here"})
        done = platform.act(act)
        if isinstance(told, Tells) and (tellings := told.to_tell()):
            done["webhooks"] = [await tell(each) for each in tellings]
        return JSONResponse(done)

    async def _list_posts(self, _request: Request) -> JSONResponse:
        return JSONResponse([asdict(post) for post in self._platform.public_posts()])

    async def _list_requests(self, _request: Request) -> JSONResponse:
        return JSONResponse(self._journal.entries())

    async def _forget_requests(self, _request: Request) -> JSONResponse:
        self._journal.clear()
        return JSONResponse({})

    async def _list_faults(self, _request: Request) -> JSONResponse:
        return JSONResponse(self._faults.pending())

    async def _add_faults(self, request: Request) -> JSONResponse:
        self._faults.add(await _read(request, list[Rule]))
        return JSONResponse(self._faults.pending())

    async def _drop_faults(self, _request: Request) -> JSONResponse:
        self._faults.clear()
        return JSONResponse([])

    async def _list_renewals(self, _request: Request) -> JSONResponse:
        platform: object = self._platform
        seen = platform.renewals_seen() if isinstance(platform, SeesRenewals) else []
        return JSONResponse(seen)

    async def _list_subscriptions(self, _request: Request) -> JSONResponse:
        platform: object = self._platform
        asked = platform.subscriptions() if isinstance(platform, TakesSubscriptions) else {}
        return JSONResponse(asked)

    async def _show_settings(self, _request: Request) -> JSONResponse:
        return JSONResponse(self._platform.state.settings.model_dump())

    async def _change_settings(self, request: Request) -> JSONResponse:
        changes = await _read(request, dict[str, Any])
        settings = self._platform.state.settings
        changed = _checked(type(settings), {**settings.model_dump(), **changes})
        self._platform.state.settings = changed
        return await self._show_settings(request)

    async def _advance_clock(self, request: Request) -> JSONResponse:
        self._clock.advance((await _read(request, Advance)).advance)
        return JSONResponse({"now": spell(self._clock.now())})

    async def _reset(self, request: Request) -> JSONResponse:
        self._begin(type(self._platform.state)())
        settings = self._change_settings if await request.body() else self._show_settings
        return await settings(request)

    async def _mark(self, request: Request) -> JSONResponse:
        mark = await _read(request, Mark)
        if not mark.return_:
            self._marks[mark.name] = self._platform.state.model_copy(deep=True)
        elif mark.name in self._marks:
            self._begin(self._marks[mark.name].model_copy(deep=True))
        else:
            raise Refusal(404, {"error": f"There is no mark called {mark.name}"})
        return JSONResponse({})

    def _begin(self, state: BaseModel) -> None:
        self._platform.state = state
        self._platform.forget_limits()
        self._faults.clear()
        self._journal.clear()


async def _read[T](request: Request, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_json(await request.body())
    except ValidationError as error:
        raise _unreadable(error) from None


def _checked[T](kind: type[T], value: Any) -> T:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: ValidationError) -> Refusal:
    return Refusal(400, {"error": error.errors(include_url=False, include_context=False)})
