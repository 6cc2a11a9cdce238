"""Connecting channels by consent: where to send the owner, the page they come back to, the choice.

The page is for whoever's browser comes by with a state: it holds nothing but names, runs nothing,
and says of a state that nobody waits for no more than that.
"""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from pydantic import Field

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.fields import Id, Name
from tellal.api.pages import page, paragraphs
from tellal.api.routes import Routes
from tellal.channels import ChannelState
from tellal.clock import Moment
from tellal.connecting.authorising import Answer
from tellal.observability import logger
from tellal.platforms import PLATFORMS
from tellal.posts import Frozen
from tellal.stores.authorisations import Authorisation, Presence, Stage

STATE = re.compile(r"[\w-]{43}", re.ASCII)
LONGEST_CODE = 4096

type Written = tuple[str, tuple[str, ...]]  # a page's title and its sentences

NOBODY_WAITS: Written = (
    "Nobody waits for this",
    (
        "This address is good once, and for a quarter of an hour.",
        "If you have just connected an account it may be connected: look in Tellal.",
        "If not, begin again there.",
    ),
)

routes = Routes("Connecting")


class Wish(Frozen):
    platform: Name
    server: Annotated[
        Name | None,
        Field(description="Where a platform is many servers, the one that the account is on"),
    ] = None


class ConnectionBegun(Frozen):
    connection_id: str
    authorise_url: Annotated[str, Field(description="Where the owner's browser goes, once")]
    expires_at: Moment


class PresenceShown(Frozen):
    """A page or account that the owner lets us into."""

    remote_id: str
    channel_id: str
    name: str
    handle: str
    url: str | None
    connected: bool
    warnings: tuple[str, ...]  # what will not work, and the permission it would need


class ConnectionShown(Frozen):
    connection_id: str
    platform: str
    server: str | None
    state: Stage
    trouble: str | None
    presences: tuple[PresenceShown, ...]
    expires_at: Moment


class Choice(Frozen):
    remote_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]


@routes(
    "POST",
    "/channels/connect",
    needs=Permission.CHANNELS_CONNECT,
    status=201,
    summary="Ask an owner to let us in",
)
def begin_connection(given: Wish, asked: Asking) -> Response[ConnectionBegun]:
    """The owner opens `authorise_url`, says yes there, and comes back to a page of ours. If there
    is one account to connect it is connected then; of several they are to be chosen."""
    begun = wiring.authorising().begin(
        given.platform,
        server=given.server,
        workspace_id=asked.workspace_id,
        key_id=asked.caller.key_id,
        now=asked.now,
    )
    answer = ConnectionBegun(
        connection_id=begun.authorisation.connection_id,
        authorise_url=begun.address,
        expires_at=begun.authorisation.expires_at,
    )
    return asked.settle(answer, begun.write, secret=True)


@routes(
    "GET",
    "/channels/connections/<connection_id>",
    needs=Permission.CHANNELS_CONNECT,
    summary="Show what became of it",
)
def show_connection(connection_id: str, asked: Asking) -> ConnectionShown:
    return _shown(_ours(connection_id, asked))


@routes(
    "POST",
    "/channels/connections/<connection_id>/choose",
    needs=Permission.CHANNELS_CONNECT,
    summary="Choose what to connect",
)
def choose_presences(connection_id: str, given: Choice, asked: Asking) -> Response[ConnectionShown]:
    """What is connected already keeps everything and gets the new credentials, once. More may be
    chosen later, until it expires."""
    seen = _ours(connection_id, asked)
    chosen = wiring.authorising().choose(seen, given.remote_ids, now=asked.now)
    return asked.settle(_shown(chosen), status=200)


@routes(
    "GET",
    "/oauth/<platform>/callback",
    needs=None,
    summary="Where owners come back to",
    in_document=False,
)
def come_back(platform: str, request: Request, asked: Asking) -> Response[str]:
    answer = _answer(request.query_parameters or {})
    came = wiring.authorising().come_back(platform, answer, now=asked.now) if answer else None
    title, sentences = _written(came) if came else NOBODY_WAITS
    went_well = came is not None and came.stage is not Stage.FAILED
    logger.info(
        "an owner came back",
        connection=came.connection_id if came else None,
        stage=came.stage if came else None,
    )
    return page(title, paragraphs(*sentences), status=200 if went_well else 400)


def _answer(query: dict[str, str]) -> Answer | None:
    state, code = query.get("state", ""), query.get("code", "")
    if not STATE.fullmatch(state) or len(code) > LONGEST_CODE or not (code or "error" in query):
        return None
    return Answer(state=state, code=None if "error" in query else code)


def _ours(connection_id: str, asked: Asked) -> Authorisation:
    found = wiring.authorisations().find(plausible(connection_id), now=asked.now)
    ours: Authorisation = asked.ours(found, "connection")
    return ours


def _shown(seen: Authorisation) -> ConnectionShown:
    channel_ids = [each.channel.channel_id for each in seen.presences]
    connected = {
        channel.channel_id
        for channel in wiring.channels().get_many(channel_ids)
        if channel.state is ChannelState.CONNECTED
    }
    return ConnectionShown(
        connection_id=seen.connection_id,
        platform=seen.platform,
        server=seen.server,
        state=seen.stage,
        trouble=seen.trouble,
        presences=tuple(
            PresenceShown(
                remote_id=each.channel.remote_id,
                channel_id=each.channel.channel_id,
                name=each.channel.name,
                handle=each.channel.handle,
                url=each.channel.url,
                connected=each.channel.channel_id in connected,
                warnings=each.missing,
            )
            for each in seen.presences
        ),
        expires_at=seen.expires_at,
    )


def _written(came: Authorisation) -> Written:
    title = PLATFORMS[came.platform].facts.title
    if came.stage is Stage.FAILED:
        begin_again = "Nothing was connected. To try again, begin again in Tellal."
        trouble = f"{(came.trouble or '').rstrip('.')}."
        return f"{title} is not connected", (trouble, begin_again)
    listed = [line for each in came.presences for line in _lines(each)]
    if came.stage is Stage.CONNECTED:
        return f"{title} is connected", (*listed, "You may close this page.")
    return f"{title} lets Tellal in", ("Now choose in Tellal what to connect.", *listed)


def _lines(presence: Presence) -> list[str]:
    channel = presence.channel
    return [f"{channel.name} (@{channel.handle})", *(f"{each}." for each in presence.missing)]
