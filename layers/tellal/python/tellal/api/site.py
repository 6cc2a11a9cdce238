"""The snippet for a site's pages, and what it tells: without a key, for browsers of anybody.

What stands between it and everybody else is the site's list of origins, which browsers send and
programs can make up; so no more is believed of it than the workspace allows, so much a minute.
"""

import json
import re
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from tellal import clock, conversions, wiring
from tellal.api.asking import Asked, Asking
from tellal.api.conversion_intake import site_key as key_of
from tellal.api.conversions import NewConversion, NewConversions, told
from tellal.api.problems import NotAsked
from tellal.api.routes import Routes
from tellal.channels import ConversionSite, Workspace
from tellal.config import settings
from tellal.conversions import Via
from tellal.errors import AlreadyChanged, Broken, NotFound, Unacceptable
from tellal.posts import Frozen

KEY = re.compile(r"site_([0-9a-hjkmnp-tv-z]{26})_([0-9a-f]{18})", re.ASCII)
MOST_A_MINUTE = 120  # of a workspace's: a shop sells less, and a prankster fills no table
PURPOSE = "site"
CACHED = timedelta(hours=1)
PREFLIGHT = timedelta(minutes=10)

routes = Routes("Conversions")


class Taken(Frozen):
    """Nothing that whoever reads pages should know: neither what it is attributed to nor more."""

    id: str


@routes(
    "GET",
    "/snippet.js",
    needs=None,
    summary="The snippet for a site's pages",
    in_document=False,
)
def show_snippet(
    site: Annotated[str, Query(max_length=100, description="The site's key")],
) -> Response[str]:
    """It keeps by which short link or UTM parameters the visitor came last, for the workspace's
    window and in their own browser, and tells of it when the page calls `tellal.convert`."""
    workspace, _ = _site(site)
    given = {
        "url": f"{settings().api_url}/conversions/site/{site}",
        "days": workspace.conversion_window_days or conversions.WINDOW_DAYS,
    }
    return Response(
        status_code=200,
        content_type="text/javascript; charset=utf-8",
        headers={
            "Cache-Control": f"public, max-age={CACHED // timedelta(seconds=1)}",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        },
        body=_snippet().replace("__GIVEN__", json.dumps(given)),
        compress=True,
    )


@routes(
    "OPTIONS",
    "/conversions/site/<site_key>",
    needs=None,
    status=204,
    summary="Whether a page may tell",
    in_document=False,
)
def tell_whether_page_may(site_key: str, request: Request) -> Response[str]:
    _, site = _site(site_key)
    headers = {
        **_cors(site, request),
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "content-type",
        "Access-Control-Max-Age": str(PREFLIGHT // timedelta(seconds=1)),
    }
    return Response(status_code=204, headers=headers)


@routes(
    "POST",
    "/conversions/site/<site_key>",
    needs=None,
    summary="What a page tells",
    in_document=False,
)
def tell_from_site(
    site_key: str, given: NewConversion, request: Request, asked: Asking
) -> Response[Taken]:
    """One conversion. Ids of pages are apart from those of programs: no page can take an order's
    id before the shop tells of it."""
    workspace, site = _site(site_key)
    headers = _cors(site, request)
    _count(workspace, asked)
    if given.stage not in site.stages:
        raise Unacceptable(
            Broken("stage", f"is none that a page may tell: {', '.join(site.stages)}")
        )
    wiring.intake().take(
        told(NewConversions(conversions=(given,))), workspace=workspace, via=Via.SITE, now=asked.now
    )
    return Response(
        status_code=200,
        content_type="application/json",
        headers=headers,
        body=Taken(id=given.id),
    )


def _site(key: str) -> tuple[Workspace, ConversionSite]:
    found = KEY.fullmatch(key)
    workspace = wiring.workspaces().get(f"ws_{found[1]}") if found else None
    site = workspace.conversion_site if workspace else None
    if workspace is None or site is None or key_of(workspace, site) != key:
        raise NotFound("There is no such site.")
    return workspace, site


def _cors(site: ConversionSite, request: Request) -> dict[str, str]:
    """For the very origin that asks, if it is one of the site's."""
    origin = request.headers.get("origin", "")
    if origin not in site.origins:
        raise NotAsked(403, "Pages of this origin may not tell of conversions here.")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _count(workspace: Workspace, asked: Asked) -> None:
    minute = clock.text(asked.now)[:16]
    try:
        wiring.once().count(
            PURPOSE,
            f"{workspace.workspace_id}#{minute}",
            until=asked.now + timedelta(hours=1),
            most=MOST_A_MINUTE - 1,
        )
    except AlreadyChanged:
        sentence = "This site has told of more conversions than it may within a minute."
        raise NotAsked(429, sentence, {"Retry-After": "60"}) from None


@cache
def _snippet() -> str:
    return files("tellal.api").joinpath("snippet.js").read_text("utf-8")
