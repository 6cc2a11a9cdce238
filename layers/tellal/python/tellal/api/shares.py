"""Links to reports, for people who have no key: made, listed, taken back, followed.

Whoever has a link can read that report and nothing else, until it ends. A link that has ended, was
taken back or never was looks the same.
"""

import re
from datetime import timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking, found, plausible
from tellal.api.pages import HEADERS, page, paragraphs
from tellal.api.paging import Listing
from tellal.api.reports import LINK_LIVES, built
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import NotFound
from tellal.observability import logger
from tellal.posts import Frozen
from tellal.reporting.sharing import LONGEST
from tellal.stores import shares
from tellal.stores.shares import Share

TOKEN = re.compile(r"[\w-]{43}", re.ASCII)

routes = Routes("Reports")


class NewShare(Frozen):
    days: Annotated[int, Field(ge=1, le=LONGEST.days, description="For how long it is good")] = 30


class ShareShown(Frozen):
    share_id: str
    report: str
    created_at: Moment
    created_by: str  # a member or a key; "mail": whoever got the report by mail
    expires_at: Moment


class ShareMade(ShareShown):
    url: Annotated[str, Field(description="Is told this once")]


@routes(
    "POST",
    "/reports/<report>/shares",
    needs=Permission.REPORTS_BUILD,
    status=201,
    summary="Make a link to a report",
)
def share_report(report: str, given: NewShare, asked: Asking) -> Response[ShareMade]:
    """Good for at most 90 days, for whoever has it. It leads to the report as it was built last."""
    name = built(report, asked).period
    lives = timedelta(days=given.days)
    made = wiring.sharing().link(
        asked.workspace_id, name, by=asked.caller.who.id, lives=lives, now=asked.now
    )
    answer = ShareMade(**_shown(made.share).model_dump(), url=made.url)
    return asked.settle(answer, wiring.shares().creation(made.share), secret=True)


@routes(
    "GET",
    "/reports/<report>/shares",
    needs=Permission.REPORTS_READ,
    summary="List the links to a report",
)
def list_shares(report: str, asked: Asking) -> Listing[ShareShown]:
    """Those that are good now."""
    name = built(report, asked).period
    listed = wiring.shares().of_report(asked.workspace_id, name, now=asked.now)
    return Listing(items=tuple(_shown(each) for each in listed))


@routes(
    "DELETE",
    "/reports/<report>/shares/<share_id>",
    needs=Permission.REPORTS_BUILD,
    status=204,
    summary="Take a link back",
)
def revoke_share(report: str, share_id: str, asked: Asking) -> Response[Any]:
    token_hash = plausible(share_id).removeprefix(shares.ID)
    share = asked.ours(wiring.shares().find(token_hash, now=asked.now), "link")
    if share.report != built(report, asked).period:
        raise NotFound("There is no such link in this workspace.")
    wiring.shares().table.delete(share.token_hash)
    return Response(status_code=204)


@routes("GET", "/r/<token>", needs=None, summary="Read a report by its link", in_document=False)
def follow_share(token: str, asked: Asking) -> Response[str]:
    try:
        share, address = _led_to(token, asked)
    except NotFound:
        gone = "This link has ended, or was never one. Ask whoever gave it to you for another."
        return page("There is no report here", paragraphs(gone), status=404)
    logger.info("report shared", share=share.share_id, report=share.report)
    return Response(
        status_code=302, content_type="text/plain", headers={**HEADERS, "Location": address}
    )


def _led_to(token: str, asked: Asking) -> tuple[Share, str]:
    """The link's row, and an address of the page that is good for a quarter of an hour."""
    if not TOKEN.fullmatch(token):
        raise NotFound
    share = found(wiring.shares().find(shares.hashed(token), now=asked.now), "link")
    shelf = wiring.shelf()
    report = found(shelf.report(share.workspace_id, share.report), "report")
    return share, shelf.bucket.link(report.keys["html"], lives=LINK_LIVES)


def _shown(share: Share) -> ShareShown:
    return ShareShown(
        share_id=share.share_id,
        report=share.report,
        created_at=share.created_at,
        created_by=share.created_by,
        expires_at=share.expires_at,
    )
