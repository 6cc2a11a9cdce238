"""How a post's links are written, as the API puts it together, and the rows of its short links."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from tellal import wiring
from tellal.api.asking import Asked
from tellal.config import settings
from tellal.errors import Broken, Unacceptable
from tellal.ids import EPOCH, new
from tellal.links import Campaign, Link, Utm, broken_templates
from tellal.publishing.composition import Rendering
from tellal.publishing.linking import Linking
from tellal.stores.table import MOST_WRITES, Write

PREVIEWED = new("post", now=EPOCH)  # as long as a post's id is going to be


def check_utm(utm: Utm | None, *, field: str) -> None:
    if utm and (broken := tuple(broken_templates(utm, field=field))):
        raise Unacceptable(*broken)


def linking(
    asked: Asked,
    *,
    post_id: str,
    campaign_id: str | None,
    campaign: Campaign | None,
    delivery_ids: Mapping[str, str],
) -> Linking:
    """`campaign` is None, too, where it was deleted since the post named it."""
    workspace = asked.workspace
    return Linking(
        workspace_id=workspace.workspace_id,
        zone=workspace.zone,
        utm=workspace.utm or Utm(),
        campaign=campaign,
        campaign_id=campaign_id,
        post_id=post_id,
        delivery_ids=delivery_ids,
        short_at=short_at(),
        shortens=workspace.short_links,
        names_codes=workspace.conversion_site is not None,
        now=asked.now,
    )


def short_at() -> str:
    return f"{settings().api_url}/l/"


def of_deliveries(
    renderings: Iterable[Rendering], delivery_ids: Collection[str]
) -> tuple[Link, ...]:
    """The short links of what is really going to be sent."""
    links = (link for each in renderings for link in each.links)
    return tuple(link for link in links if link.delivery_id in delivery_ids)


def not_there(links: Sequence[Link]) -> tuple[Link, ...]:
    """Those that no earlier writing of their post has made. What is there stays as it is."""
    if not links:
        return ()
    there = {each.code for each in wiring.links().get_many([link.code for link in links])}
    return tuple(each for each in links if each.code not in there)


def creations(links: Sequence[Link], *, beside: int) -> list[Write]:
    """The writes that make them, in one transaction with as many others. Raises Unacceptable if
    that is more than one takes."""
    if links and len(links) + beside > MOST_WRITES:
        rule = f"too many links to be shortened on all channels: {len(links)}, and one post"
        rule += f" takes {max(0, MOST_WRITES - beside)} with so many channels"
        raise Unacceptable(Broken("text", rule))
    return [wiring.links().creation(each) for each in links]
