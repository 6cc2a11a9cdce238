"""Listings: `{"items": […], "cursor": …}`, a page at a time, the newest first."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from tellal import clock
from tellal.api.fields import Instant
from tellal.errors import Broken, Unacceptable
from tellal.posts import Frozen
from tellal.stores.table import Item, Page

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="Where to go on: the last page's cursor")
]
Since = Annotated[Instant | None, Query(description="From this time on")]
Until = Annotated[Instant | None, Query(description="Up to and with this time")]
DEFAULT = 50


class Listing[T: BaseModel](Frozen):
    items: tuple[T, ...]
    cursor: str | None = None  # None: there is no more


def bounds(
    limit: int, cursor: str | None, since: datetime | None = None, until: datetime | None = None
) -> dict[str, Any]:
    if since and until and since > until:
        raise Unacceptable(Broken("since", "is later than until"))
    return {
        "limit": limit,
        "cursor": cursor,
        "since": clock.text(since) if since else None,
        "until": clock.text(until) if until else None,
        "newest_first": True,
    }


def listing[T: BaseModel](page: Page, show: Callable[[Item], T]) -> Listing[T]:
    return Listing(items=tuple(show(item) for item in page.items), cursor=page.cursor)
