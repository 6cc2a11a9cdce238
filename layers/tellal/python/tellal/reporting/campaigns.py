"""Which campaign each delivery's post is for. The one place that reads it."""

from collections.abc import Mapping, Sequence

from tellal.deliveries import Summary
from tellal.stores.posts import PostStore


def of_deliveries(posts: PostStore, deliveries: Sequence[Summary]) -> Mapping[str, str]:
    """Delivery → campaign; what is for none is not in it."""
    campaigns = posts.campaigns(sorted({each.post_id for each in deliveries if each.post_id}))
    return {
        each.delivery_id: campaign
        for each in deliveries
        if (campaign := campaigns.get(each.post_id or "")) is not None
    }
