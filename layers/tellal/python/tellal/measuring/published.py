"""The posts that became public in a stretch of time, as measuring counts them.

Answers to people are deliveries too, but no posts: they are not measured.
"""

from collections.abc import Iterator
from datetime import datetime

from tellal import clock
from tellal.deliveries import Delivery
from tellal.stores.deliveries import DeliveryStore

PAGE = 100


def posts_of(
    deliveries: DeliveryStore, workspace_id: str, *, since: datetime, until: datetime
) -> Iterator[Delivery]:
    """By the time they were planned for, the newest first."""
    bounds = {"since": clock.text(since), "until": clock.text(until)}
    cursor: str | None = None
    while True:
        page = deliveries.of_workspace(
            workspace_id, **bounds, newest_first=True, limit=PAGE, cursor=cursor
        )
        found = (deliveries.value(item) for item in page.items)
        yield from (each for each in found if each.post_id is not None and each.is_public)
        cursor = page.cursor
        if cursor is None:
            return
