"""Channels: connected with what a person typed in, shown, disconnected."""

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, Field, create_model

from tellal import clock, wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.deliveries import every
from tellal.api.paging import Listing
from tellal.api.routes import Routes
from tellal.channels import Channel, ChannelState
from tellal.clock import Moment
from tellal.config import settings
from tellal.errors import AlreadyChanged, Conflict
from tellal.platforms import PLATFORMS, is_polled
from tellal.platforms.protocol import Connects
from tellal.posts import Frozen
from tellal.publishing import composition

MEASURED_EVERY = timedelta(minutes=5)  # by hand
OLDEST = timedelta(days=30)  # of what may still be held, or tried again

routes = Routes("Channels")


class ChannelShown(Frozen):
    channel_id: str
    workspace_id: str
    platform: str
    remote_id: str
    name: str
    handle: str
    url: str | None
    state: ChannelState
    trouble: str | None
    resume_at: Moment | None
    polled: bool  # whether its messages and figures are read; off where reading costs money
    last_heard_at: Moment | None
    measured_at: Moment | None
    untold: Annotated[
        str | None, Field(description="What does not arrive by itself, and why, if it does not")
    ]
    created_at: Moment


class ChannelChange(Frozen):
    polled: Annotated[
        bool | None,
        Field(description="Whether messages and figures are read; null: unless that costs money"),
    ]


class MeasuringAsked(Frozen):
    channel_id: str


class ChannelConnected(ChannelShown):
    warnings: tuple[str, ...]  # what will not work, and the permission it would need


def _connections() -> Any:
    """What each platform asks for, told apart by `platform`."""
    offering: dict[str, Any] = {
        n: each for n, each in PLATFORMS.items() if isinstance(each, Connects)
    }
    shapes = [_connection(name, platform.Connection) for name, platform in offering.items()]
    return Annotated[reduce(or_, shapes), Body(discriminator="platform")]


def _connection(platform: str, asks: type[BaseModel]) -> type[BaseModel]:
    told: dict[str, Any] = {"platform": Literal[platform]}
    return create_model(f"{platform.title()}Connection", __base__=asks, **told)


if TYPE_CHECKING:

    class AnyConnection(BaseModel):
        platform: str

else:  # made from what the platforms declare, so that generic code names none of them
    AnyConnection = _connections()


@routes(
    "POST",
    "/channels",
    needs=Permission.CHANNELS_CONNECT,
    status=201,
    again=200,
    summary="Connect a channel",
)
def connect_channel(given: AnyConnection, asked: Asking) -> Response[ChannelConnected]:
    """Asks the platform who this is. A channel that is connected already gets the new credentials,
    and keeps everything else; the answer is then 200."""
    connection = wiring.connector().connect(
        given.platform, given, workspace_id=asked.workspace_id, now=asked.now
    )
    answer = ChannelConnected(**_facts(connection.channel), warnings=connection.missing)
    return asked.settle(answer, *connection.writes, status=201 if connection.is_new else 200)


@routes("GET", "/channels", needs=Permission.CHANNELS_READ, summary="List the channels")
def list_channels(asked: Asking) -> Listing[ChannelShown]:
    channels = wiring.channels().of_workspace(asked.workspace_id)
    return Listing(items=tuple(ChannelShown(**_facts(each)) for each in channels))


@routes("GET", "/channels/<channel_id>", needs=Permission.CHANNELS_READ, summary="Show a channel")
def show_channel(channel_id: str, asked: Asking) -> ChannelShown:
    return ChannelShown(**_facts(_ours(channel_id, asked)))


@routes(
    "PATCH",
    "/channels/<channel_id>",
    needs=Permission.CHANNELS_CONNECT,
    summary="Have a channel read, or not",
)
def change_channel(channel_id: str, given: ChannelChange, asked: Asking) -> ChannelShown:
    """Reading costs money on some platforms, and is off there unless somebody turns it on."""
    seen = _ours(channel_id, asked)
    changed = seen.model_copy(update={"polled": given.polled})
    return ChannelShown(**_facts(wiring.channels().save(seen, changed)))


@routes(
    "POST",
    "/channels/<channel_id>/measure",
    needs=Permission.REPORTS_BUILD,
    status=202,
    summary="Measure a channel now",
)
def measure_channel(channel_id: str, asked: Asking) -> Response[MeasuringAsked]:
    """Its own numbers and those of its posts of the last 90 days, 200 at most and the newest first,
    whatever their next turn: within seconds, every five minutes at most."""
    seen = _ours(channel_id, asked)
    if not is_polled(seen):
        raise Conflict(f"Reading {seen.name} costs money, and is switched off (`polled`).")
    if seen.measured_at and asked.now < seen.measured_at + MEASURED_EVERY:
        raise Conflict(f"It was measured at {clock.text(seen.measured_at)}: ask again in minutes.")
    task: dict[str, str | bool] = {"channel_id": channel_id, "everything": True}
    wiring.again().ask(settings().function_named("collect_metrics"), task)
    return asked.settle(MeasuringAsked(channel_id=channel_id), status=202)


@routes(
    "DELETE",
    "/channels/<channel_id>",
    needs=Permission.CHANNELS_CONNECT,
    status=204,
    summary="Disconnect a channel",
)
def disconnect_channel(channel_id: str, asked: Asking) -> Response[Any]:
    """Its credentials are deleted, and revoked where its owner let us in on the platform's page;
    its platform tells us of it no more; its future deliveries are cancelled; its history stays."""
    seen = _ours(channel_id, asked)
    credentials = wiring.credentials().get(channel_id)
    changes = {"state": ChannelState.DISCONNECTED, "trouble": "It was disconnected."}
    wiring.channels().save(seen, seen.model_copy(update=changes))
    wiring.credentials().table.delete(channel_id)
    for delivery in every(seen.workspace_id, since=asked.now - OLDEST):
        if delivery.channel_id != channel_id or not composition.may_cancel(delivery):
            continue
        try:
            left = composition.cancelled(delivery, f"{seen.name} was disconnected.")
            wiring.deliveries().save(delivery, left)
        except AlreadyChanged:
            continue  # a worker has it, and will find no credentials
    if credentials:
        wiring.subscriptions().end(seen, credentials)
        wiring.authorising().revoke(seen, credentials)
    return Response(status_code=204)


def _ours(channel_id: str, asked: Asked) -> Channel:
    return asked.ours(wiring.channels().get(plausible(channel_id)), "channel")


def _facts(channel: Channel) -> dict[str, Any]:
    facts = {name: getattr(channel, name) for name in ChannelShown.model_fields}
    return facts | {"polled": is_polled(channel)}
