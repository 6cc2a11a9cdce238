"""Workspaces, and their crisis pause."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, found, plausible
from tellal.api.deliveries import every, hint_all
from tellal.api.fields import Email, Name
from tellal.api.linking import check_utm
from tellal.api.paging import Listing
from tellal.api.routes import Routes
from tellal.channels import MOST_RECIPIENTS, Language, ServiceLevels, Workspace
from tellal.clock import Moment
from tellal.config import settings
from tellal.conversions import WINDOW_DAYS
from tellal.deliveries import Delivery, State
from tellal.errors import AlreadyChanged, Broken, NotFound, Unacceptable
from tellal.inbox import service_levels
from tellal.links import Utm
from tellal.platforms import PLATFORMS
from tellal.posts import Frozen
from tellal.publishing import composition

HELD_SINCE = timedelta(days=30)  # before the pause: a delivery may have been on its way for long

routes = Routes("Workspaces")


class NewWorkspace(Frozen):
    name: Name
    zone: Name  # IANA: Europe/Istanbul
    language: Annotated[Language, Field(description="Of the reports")] = Language.ENGLISH


SpendCaps = Annotated[
    Mapping[str, Annotated[float, Field(ge=0, le=100_000)]],
    Field(description="US dollars a month at most, by platform, where posts cost money"),
]


class WorkspaceChange(Frozen):
    """What is not given stays; `spend_caps`, `service_levels` and `utm` are given whole, and
    service levels and `utm` that are null go."""

    name: Name | None = None
    zone: Name | None = None
    spend_caps: SpendCaps | None = None
    service_levels: ServiceLevels | None = None
    utm: Utm | None = None
    short_links: bool | None = None
    conversion_window_days: Annotated[
        int | None,
        Field(ge=1, le=365, description="Between the last touch and the conversion it brought"),
    ] = None
    language: Annotated[Language | None, Field(description="Of the reports")] = None
    report_recipients: Annotated[
        tuple[Email, ...] | None,
        Field(
            max_length=MOST_RECIPIENTS,
            description="Who gets the reports of weeks and months by mail; given whole",
        ),
    ] = None


class WorkspaceShown(Frozen):
    workspace_id: str
    name: str
    zone: str
    paused_at: Moment | None
    spend_caps: Mapping[str, float]  # with the defaults of what was not changed
    service_levels: ServiceLevels | None
    utm: Utm | None
    short_links: bool
    conversion_window_days: int
    language: Language
    report_recipients: tuple[str, ...]
    created_at: Moment


class Fate(StrEnum):
    RELEASE = "release"
    DROP = "drop"


class Resuming(Frozen):
    held: Fate


class Resumed(WorkspaceShown):
    released: int
    dropped: int


@routes(
    "POST",
    "/workspaces",
    needs=Permission.WORKSPACES_CREATE,
    status=201,
    summary="Make a workspace",
)
def make_workspace(given: NewWorkspace, asked: Asking) -> Response[WorkspaceShown]:
    workspace = Workspace(
        workspace_id=asked.new_id("ws"),
        name=given.name,
        zone=_known_zone(given.zone),
        language=given.language,
        created_at=asked.now,
    )
    return asked.settle(_shown(workspace), wiring.workspaces().creation(workspace))


@routes("GET", "/workspaces", needs=Permission.WORKSPACES_READ, summary="List the workspaces")
def list_workspaces(asked: Asking) -> Listing[WorkspaceShown]:
    """All of them for an owner's key, and its own for any other."""
    store = wiring.workspaces()
    own = asked.caller.workspace_id
    listed = store.all() if own is None else store.get_many([own])
    return Listing(items=tuple(_shown(each) for each in listed))


@routes(
    "GET",
    "/workspaces/<workspace_id>",
    needs=Permission.WORKSPACES_READ,
    summary="Show a workspace",
)
def show_workspace(workspace_id: str, asked: Asking) -> WorkspaceShown:
    return _shown(_reached(workspace_id, asked))


@routes(
    "PATCH",
    "/workspaces/<workspace_id>",
    needs=Permission.WORKSPACES_WRITE,
    summary="Change a workspace",
)
def change_workspace(workspace_id: str, given: WorkspaceChange, asked: Asking) -> WorkspaceShown:
    """A post that is scheduled keeps its instant when the zone changes.

    Service levels say within how many minutes of business time people get a first answer, and the
    next ones: counted in the workspace's zone from the first message that nobody has answered.
    Without `hours` that is around the clock, but for holidays. What is due already stays so.

    `utm` is added to the links in posts that have no utm_* parameters of their own: templates with
    the variables {platform}, {channel}, {campaign} and {post}. With `short_links` they become
    short links of ours, and visits are counted. Both hold for what is written from then on."""
    seen = _reached(workspace_id, asked)
    zone = _known_zone(given.zone) if given.zone else seen.zone
    changes: dict[str, Any] = {"name": given.name or seen.name, "zone": zone}
    if given.spend_caps is not None:
        changes["spend_caps"] = _known_caps(given.spend_caps)
    if given.conversion_window_days is not None:
        changes["conversion_window_days"] = given.conversion_window_days
    if given.language is not None:
        changes["language"] = given.language
    if given.report_recipients is not None:
        changes["report_recipients"] = _each_once(given.report_recipients)
    levels = seen.service_levels
    if "service_levels" in given.model_fields_set:
        levels = changes["service_levels"] = given.service_levels
    if levels is not None:
        service_levels.check(levels, zone=zone, now=asked.now, field="service_levels")
    changes |= _of_links(given)
    return _shown(wiring.workspaces().save(seen, seen.model_copy(update=changes)))


@routes(
    "POST",
    "/workspaces/<workspace_id>/pause",
    needs=Permission.WORKSPACES_PAUSE,
    summary="Stop all publishing, now",
)
def pause_workspace(workspace_id: str, asked: Asking) -> Response[WorkspaceShown]:
    """The crisis pause. It is read immediately before every commit; what falls due is held."""
    seen = _reached(workspace_id, asked)
    if seen.paused_at is not None:
        return asked.settle(_shown(seen), status=200)
    paused = seen.model_copy(update={"paused_at": asked.now})
    return asked.settle(_shown(paused), wiring.workspaces().saving(seen, paused), status=200)


@routes(
    "POST",
    "/workspaces/<workspace_id>/resume",
    needs=Permission.WORKSPACES_PAUSE,
    summary="Publish again, and release or drop what was held",
)
def resume_workspace(workspace_id: str, given: Resuming, asked: Asking) -> Response[Resumed]:
    """May be asked again: whatever is still held is then treated as asked."""
    seen = _reached(workspace_id, asked)
    resumed = seen
    if seen.paused_at is not None:  # first, or what is released would be held again
        resumed = wiring.workspaces().save(seen, seen.model_copy(update={"paused_at": None}))
    since = (seen.paused_at or asked.now) - HELD_SINCE
    held = [each for each in every(seen.workspace_id, since=since) if each.state is State.HELD]
    treated = [_treated(each, given.held, asked) for each in held]
    answer = Resumed(
        **_shown(resumed).model_dump(),
        released=sum(treated) if given.held is Fate.RELEASE else 0,
        dropped=sum(treated) if given.held is Fate.DROP else 0,
    )
    return asked.settle(answer, status=200)


def _of_links(given: WorkspaceChange) -> dict[str, Any]:
    check_utm(given.utm, field="utm")
    changes: dict[str, Any] = {}
    if "utm" in given.model_fields_set:
        changes["utm"] = given.utm
    if given.short_links is not None:
        changes["short_links"] = given.short_links
    return changes


def _treated(seen: Delivery, fate: Fate, asked: Asked) -> bool:
    if fate is Fate.RELEASE:
        left = composition.released(seen, now=asked.now, prepare_ahead=settings().prepare_ahead)
    else:
        left = composition.cancelled(seen, "It was held by a pause and then dropped.")
    try:
        hint_all([wiring.deliveries().save(seen, left)], now=asked.now)
    except AlreadyChanged:
        return False  # somebody treats it by itself
    return True


def _reached(workspace_id: str, asked: Asked) -> Workspace:
    if asked.caller.workspace_id not in (None, workspace_id):
        raise NotFound("There is no such workspace for this key.")
    return found(wiring.workspaces().get(plausible(workspace_id)), "workspace")


def _each_once(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """However they are written: nobody is to get a report twice."""
    return tuple({each.casefold(): each for each in addresses}.values())


def _known_zone(zone: str) -> str:
    if zone not in _zones():
        rule = "is not a zone of the IANA database, such as Europe/Istanbul"
        raise Unacceptable(Broken("zone", rule))
    return zone


@cache
def _zones() -> frozenset[str]:
    """Not whatever file this machine has, such as its own `localtime`."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


def _known_caps(caps: Mapping[str, float]) -> Mapping[str, float]:
    usual = _usual_caps()
    broken = [
        Broken(
            f"spend_caps.{name}", f"posts cost money on {', '.join(usual) or 'no platform'} only"
        )
        for name in caps
        if name not in usual
    ]
    if broken:
        raise Unacceptable(*broken)
    return caps


def _usual_caps() -> dict[str, float]:
    return {name: each.facts.monthly_cap for name, each in PLATFORMS.items() if each.facts.prices}


def _shown(workspace: Workspace) -> WorkspaceShown:
    told_otherwise = {"spend_caps", "conversion_window_days"}
    facts = {n: getattr(workspace, n) for n in WorkspaceShown.model_fields.keys() - told_otherwise}
    return WorkspaceShown(
        **facts,
        spend_caps=_usual_caps() | dict(workspace.spend_caps),
        conversion_window_days=workspace.conversion_window_days or WINDOW_DAYS,
    )
