"""What was measured last: of a channel, or of a delivery. The history is in the reports."""

import gzip
from datetime import timedelta

from tellal import clock, wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.paging import Listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Unacceptable
from tellal.measuring.shelf import FACT, day_of
from tellal.observations import Metric, Observation
from tellal.posts import Frozen

BACK = timedelta(days=31)

routes = Routes("Observations")


class Observed(Frozen):
    channel_id: str | None
    delivery_id: str | None
    metric: Metric
    value: int
    at: Moment


@routes(
    "GET", "/observations", needs=Permission.REPORTS_READ, summary="Show the newest measurements"
)
def list_observations(
    asked: Asking, channel_id: str | None = None, delivery_id: str | None = None
) -> Listing[Observed]:
    """Of a channel or of a delivery. What its platform does not tell is not there; it is not 0."""
    if (channel_id is None) == (delivery_id is None):
        raise Unacceptable(Broken("channel_id", "name a channel or a delivery, one of them"))
    if channel_id is not None:
        return Listing(items=tuple(_of_channel(channel_id, asked)))
    delivery = asked.ours(wiring.deliveries().get(plausible(delivery_id or "")), "delivery")
    return Listing(
        items=tuple(
            Observed(
                channel_id=delivery.channel_id,
                delivery_id=delivery.delivery_id,
                metric=Metric(metric),
                value=value,
                at=delivery.measured_at or delivery.created_at,
            )
            for metric, value in delivery.metrics.items()
        )
    )


def _of_channel(channel_id: str, asked: Asked) -> list[Observed]:
    channel = asked.ours(wiring.channels().get(plausible(channel_id)), "channel")
    newest: dict[Metric, Observation] = {}
    for each in _last_read(channel.channel_id, asked):
        if each.channel_id == channel_id and not (each.delivery_id or each.conversation_id):
            seen = newest.get(each.metric)
            newest[each.metric] = each if seen is None or each.at > seen.at else seen
    names = Observed.model_fields
    return [
        Observed.model_validate({name: getattr(each, name) for name in names})
        for each in newest.values()
    ]


def _last_read(channel_id: str, asked: Asked) -> list[Observation]:
    """What stands in the newest object that may speak of the channel: its own, or a merged one."""
    shelf = wiring.shelf()
    for month in dict.fromkeys(clock.day(each)[:7] for each in (asked.now, asked.now - BACK)):
        keys = [
            key
            for key in shelf.observed(asked.workspace_id, month=month)
            if not key.split("/")[-1].startswith(FACT)
        ]
        own = [key for key in keys if key.split("/")[-1].startswith(channel_id)]
        if keys:
            body = shelf.bucket.get(max(own or keys, key=lambda key: (day_of(key), key)))
            lines = gzip.decompress(body or gzip.compress(b"")).splitlines()
            return [Observation.model_validate_json(line) for line in lines]
    return []
