"""Campaigns: what posts are for, and what is added to their links."""

from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.fields import Name
from tellal.api.linking import check_utm
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, bounds, listing
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import AlreadyChanged, Broken, Unacceptable
from tellal.links import Campaign, Utm
from tellal.posts import Frozen

routes = Routes("Campaigns")

Day = Annotated[date | None, Field(description="in the workspace's zone, included")]


class NewCampaign(Frozen):
    """What its `utm` gives goes before the workspace's, parameter by parameter."""

    name: Name
    utm: Utm | None = None
    starts_on: Day = None
    ends_on: Day = None


class CampaignWritten(NewCampaign):
    version: Annotated[int, Field(ge=0, description="Of the campaign, as it was read")]


class CampaignShown(Frozen):
    campaign_id: str
    name: str
    utm: Utm | None
    starts_on: date | None
    ends_on: date | None
    created_at: Moment
    version: int


@routes("POST", "/campaigns", needs=Permission.POSTS_WRITE, status=201, summary="Begin a campaign")
def begin_campaign(given: NewCampaign, asked: Asking) -> Response[CampaignShown]:
    """The templates of `utm` know the variables {platform}, {channel}, {campaign} and {post}."""
    _check(given)
    campaign = Campaign(
        campaign_id=asked.new_id("cmp"),
        workspace_id=asked.workspace.workspace_id,
        created_at=asked.now,
        **_facts(given),
    )
    return asked.settle(_shown(campaign), wiring.campaigns().creation(campaign))


@routes("GET", "/campaigns", needs=Permission.POSTS_READ, summary="List the campaigns")
def list_campaigns(
    asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> Listing[CampaignShown]:
    store = wiring.campaigns()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor))
    return listing(page, lambda item: _shown(store.value(item)))


@routes("GET", "/campaigns/<campaign_id>", needs=Permission.POSTS_READ, summary="Show a campaign")
def show_campaign(campaign_id: str, asked: Asking) -> CampaignShown:
    return _shown(_ours(campaign_id, asked))


@routes(
    "PUT", "/campaigns/<campaign_id>", needs=Permission.POSTS_WRITE, summary="Write a campaign anew"
)
def write_campaign(campaign_id: str, given: CampaignWritten, asked: Asking) -> CampaignShown:
    """Whole. Posts that are scheduled already keep the links they have until they are edited."""
    seen = _ours(campaign_id, asked)
    if given.version != seen.version:
        raise AlreadyChanged
    _check(given)
    return _shown(wiring.campaigns().save(seen, seen.model_copy(update=_facts(given))))


@routes(
    "DELETE",
    "/campaigns/<campaign_id>",
    needs=Permission.POSTS_WRITE,
    status=204,
    summary="Delete a campaign",
)
def delete_campaign(campaign_id: str, asked: Asking) -> Response[Any]:
    """Posts that were for it, and what was counted of them, still name it; it adds nothing to
    links any more."""
    wiring.campaigns().table.delete(_ours(campaign_id, asked).campaign_id)
    return Response(status_code=204)


def _check(given: NewCampaign) -> None:
    check_utm(given.utm, field="utm")
    if given.starts_on and given.ends_on and given.ends_on < given.starts_on:
        raise Unacceptable(Broken("ends_on", "is before starts_on"))


def _facts(given: NewCampaign) -> dict[str, Any]:
    return {name: getattr(given, name) for name in NewCampaign.model_fields}


def _ours(campaign_id: str, asked: Asked) -> Campaign:
    return asked.ours(wiring.campaigns().get(plausible(campaign_id)), "campaign")


def _shown(campaign: Campaign) -> CampaignShown:
    return CampaignShown(**campaign.model_dump(exclude={"workspace_id"}))
