"""The short links in posts, and how often they were followed."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.linking import short_at
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, bounds
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Unacceptable
from tellal.links import Link
from tellal.posts import Frozen
from tellal.stores.table import Page

routes = Routes("Links")

OfPost = Annotated[str | None, Query(description="Those in a post")]
OfCampaign = Annotated[str | None, Query(description="Those in a campaign's posts")]


class LinkShown(Frozen):
    code: str
    url: str  # as it stands in the post
    target: str
    post_id: str
    delivery_id: str
    channel_id: str
    platform: str
    campaign_id: str | None
    visits: int  # so far, bots left out
    last_visit_at: Moment | None
    created_at: Moment


@routes("GET", "/links", needs=Permission.POSTS_READ, summary="List the short links of posts")
def list_links(
    asked: Asking,
    post_id: OfPost = None,
    campaign_id: OfCampaign = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[LinkShown]:
    """Of a post or of a campaign, the newest first. Those that an edit took out of a post are
    among them: they still lead where they led."""
    if (post_id is None) == (campaign_id is None):
        raise Unacceptable(Broken("post_id", "name a post or a campaign, one of them"))
    store = wiring.links()
    page = _page(post_id, campaign_id, asked, limit, cursor)
    # each as it is now: what the index holds of it are its keys
    found = store.get_many([item["code"] for item in page.items])
    ours = (each for each in found if each.workspace_id == asked.workspace_id)
    return Listing(items=tuple(map(_shown, ours)), cursor=page.cursor)


def _page(
    post_id: str | None, campaign_id: str | None, asked: Asked, limit: int, cursor: str | None
) -> Page:
    within = bounds(limit, cursor)
    if post_id is not None:
        post = asked.ours(wiring.posts().get(plausible(post_id)), "post")
        return wiring.links().of_post(post.post_id, **within)
    # not asked for by its row: that of a campaign that was deleted is gone
    return wiring.links().of_campaign(plausible(campaign_id or ""), **within)


def _shown(link: Link) -> LinkShown:
    facts = link.model_dump(exclude={"workspace_id", "zone"})
    return LinkShown(**facts, url=f"{short_at()}{link.code}")
