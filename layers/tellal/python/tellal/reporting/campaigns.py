"""Which campaign each delivery's post is for. The one place that reads it."""

from collections.abc import Mapping, Sequence

from tellal.deliveries import Delivery
from tellal.stores.posts import PostStore


def of_deliveries(posts: PostStore, deliveries: Sequence[Delivery]) -> Mapping[str, str]:
    """Delivery → campaign; what is for none is not in it."""
    keys = sorted({each.post_id for each in deliveries if each.post_id is not None})
    campaigns = {
        post.post_id: campaign
        for post in posts.get_many(keys)
        if (campaign := post.campaign_id) is not None
    }
    return {
        each.delivery_id: campaigns[each.post_id]
        for each in deliveries
        if each.post_id in campaigns
    }
