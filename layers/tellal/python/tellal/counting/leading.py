"""Where a touch leads back to: by a short link's code, by the post that `utm_content` names, or by
the campaign that `utm_campaign` does. Whatever is another workspace's is not there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice

from tellal import links
from tellal.conversions import Origin, Touch
from tellal.deliveries import Delivery
from tellal.links import Campaign
from tellal.posts import Post
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.links import CampaignStore, LinkStore
from tellal.stores.posts import PostStore

POST = re.compile(r"post_[0-9a-hjkmnp-tv-z]{26}")  # what {post} in a template comes to
LONGEST_CODE = 128
MOST_CAMPAIGNS = 500  # the newest, among which one is looked for by its name

Leads = Callable[[Touch], Origin | None]


@dataclass(frozen=True, kw_only=True)
class Leading:
    links: LinkStore
    campaigns: CampaignStore
    posts: PostStore
    deliveries: DeliveryStore

    def of(self, workspace_id: str) -> Leads:
        """For one piece of work: it looks each thing up once, and remembers it."""
        campaigns = cache(lambda: list(self._campaigns(workspace_id)))

        @cache
        def lead(touch: Touch) -> Origin | None:
            return (
                self._by_code(touch, workspace_id)
                or self._by_post(touch, workspace_id)
                or _by_campaign(touch, campaigns)
            )

        return lead

    def _by_code(self, touch: Touch, workspace_id: str) -> Origin | None:
        if not touch.code or len(touch.code) > LONGEST_CODE:
            return None
        link = self.links.get(touch.code)
        if link is None or link.workspace_id != workspace_id:
            return None
        delivery = None if touch.at else self.deliveries.get(link.delivery_id)
        went_out = delivery.published_at if delivery else None
        return Origin(
            by="code",
            since=went_out or link.created_at,
            delivery_id=link.delivery_id,
            post_id=link.post_id,
            channel_id=link.channel_id,
            platform=link.platform,
            campaign_id=link.campaign_id,
        )

    def _by_post(self, touch: Touch, workspace_id: str) -> Origin | None:
        named = POST.search(touch.content or "") or POST.search(touch.campaign or "")
        post = self.posts.get(named[0]) if named else None
        if post is None or post.workspace_id != workspace_id:
            return None
        deliveries = self.deliveries.get_many(post.delivery_ids) if post.delivery_ids else []
        delivery = _meant(deliveries, touch)
        facts = {} if delivery is None else _where(delivery)
        return Origin(
            by="utm",
            since=_since(post, [delivery] if delivery else deliveries),
            post_id=post.post_id,
            campaign_id=post.campaign_id,
            **facts,
        )

    def _campaigns(self, workspace_id: str) -> Iterator[Campaign]:
        items = self.campaigns.table.all(workspace_id, index="by_workspace", newest_first=True)
        return (self.campaigns.value(item) for item in islice(items, MOST_CAMPAIGNS))


def _by_campaign(touch: Touch, campaigns: Callable[[], list[Campaign]]) -> Origin | None:
    if not touch.campaign:
        return None
    wanted = links.slug(touch.campaign)
    found = next((each for each in campaigns() if wanted and wanted in _names(each)), None)
    if found is None:
        return None
    return Origin(by="utm", since=found.created_at, campaign_id=found.campaign_id)


def _names(campaign: Campaign) -> set[str]:
    """Under which it can stand in an address."""
    own = campaign.utm.campaign if campaign.utm else None
    return {links.slug(campaign.name), *([links.slug(own)] if own else [])}


def _meant(deliveries: list[Delivery], touch: Touch) -> Delivery | None:
    """The one on the platform that `utm_source` names, or the only one there is."""
    named = [each for each in deliveries if each.platform == (touch.source or "").lower()]
    among = named or deliveries
    return among[0] if len(among) == 1 else None


def _where(delivery: Delivery) -> dict[str, str]:
    return {
        "delivery_id": delivery.delivery_id,
        "channel_id": delivery.channel_id,
        "platform": delivery.platform,
    }


def _since(post: Post, deliveries: list[Delivery]) -> datetime:
    out = [each.published_at for each in deliveries if each.published_at is not None]
    return min(out, default=post.publish_at or post.created_at)
