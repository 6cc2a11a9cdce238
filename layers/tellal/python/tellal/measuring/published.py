"""The posts that became public in a stretch of time, as measuring counts them.

Answers to people are deliveries too, but no posts: they are not measured.
"""

from collections.abc import Iterator
from datetime import datetime

from tellal import clock
from tellal.deliveries import Summary
from tellal.stores.deliveries import DeliveryStore


def posts_of[S: Summary](
    deliveries: DeliveryStore,
    workspace_id: str,
    kind: type[S],
    *,
    since: datetime,
    until: datetime,
) -> Iterator[S]:
    """By the time they were planned for, the newest first; of each as much as `kind` holds."""
    bounds = {"since": clock.text(since), "until": clock.text(until)}
    for each in deliveries.all_of_workspace(workspace_id, kind, newest_first=True, **bounds):
        if each.post_id is not None and each.is_public:
            yield each
