"""Who may read how a page and its posts do, and where that is asked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from starlette.responses import JSONResponse, Response

from local.sandboxes.linkedin import statistics
from local.sandboxes.linkedin.refusals import forbidden, invalid, not_found
from local.sandboxes.linkedin.state import Account, State, Token

ADMIN, MEMBERS = "rw_organization_admin", "r_member_postAnalytics"


class Call(Protocol):
    @property
    def token(self) -> Token: ...
    @property
    def request(self) -> Any: ...
    def query(self, name: str, default: str = "") -> str: ...
    def path(self, name: str) -> str: ...


type Table = Callable[..., Any]


class Numbers:
    def __init__(self, state: Callable[[], State], now: Callable[[], datetime]) -> None:
        self._state = state
        self._now = now

    async def shares(self, call: Call) -> Response:
        return self._told(call, "organizationalEntity", statistics.of_shares)

    async def followers(self, call: Call) -> Response:
        return self._told(call, "organizationalEntity", statistics.of_followers)

    async def visits(self, call: Call) -> Response:
        return self._told(call, "organization", statistics.of_visits)

    async def size(self, call: Call) -> Response:
        self._administered(call, call.path("urn"))
        if call.query("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER":
            raise invalid("edgeType", "is not known")
        return JSONResponse({"firstDegreeSize": self._state().settings.followers})

    async def places(self, call: Call) -> Response:
        wanted = statistics.listed(call.request.query_params, "ids")
        return JSONResponse(statistics.names(wanted))

    async def of_a_member(self, call: Call) -> Response:
        if MEMBERS not in call.token.scopes:
            raise forbidden("memberCreatorPostAnalytics.FINDER-entity")
        query = call.request.query_params
        elements = statistics.of_a_member(self._state(), query, now=self._now())
        return JSONResponse({"elements": elements, "paging": {}})

    def _told(self, call: Call, named: str, table: Table) -> Response:
        if call.query("q") != named:
            raise invalid("q", "is not a finder")
        page = self._administered(call, call.query(named))
        elements = table(self._state(), page, call.request.query_params, now=self._now())
        return JSONResponse({"elements": elements, "paging": {"start": 0, "count": 10}})

    def _administered(self, call: Call, urn: str) -> Account:
        page = self._state().by_urn(urn)
        if page is None or not page.is_page:
            raise not_found(urn)
        if ADMIN not in call.token.scopes or call.token.member_id not in page.roles:
            raise forbidden("organizationalEntityStatistics")
        return page
