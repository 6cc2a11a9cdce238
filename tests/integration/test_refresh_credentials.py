from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.refresh_credentials.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.config import settings
from tellal.connecting.adapters import LEASE
from tellal.errors import NeedsReconnect, TryLater
from tellal.platforms import PLATFORMS
from tests.conftest import TEN, Network, connected
from tests.jwt import session_token
from tests.platforms.samples import SAMPLES

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("empty")


def new_pair(request: httpx.Request) -> httpx.Response:
    pair = {"accessJwt": session_token(clock.now() + 2 * HOUR), "refreshJwt": "new-refresh"}
    return httpx.Response(200, json={**pair, "did": "did:plc:acme", "handle": "acme.test"})


def row(channel: Channel) -> Any:
    return wiring.credentials().get(channel.channel_id)


def secrets(channel: Channel) -> Any:
    return wiring.credentials().open(row(channel), PLATFORMS["bluesky"].Credentials)


def test_a_token_that_runs_out_before_the_next_run_is_renewed(
    bluesky_channel: Channel, network: Network, event: Callable[[str], Any], context: Any
) -> None:
    network.respond = new_pair

    handler(event("refresh_credentials/every_hour"), context)

    assert secrets(bluesky_channel).refresh_token.get_secret_value() == "new-refresh"
    assert row(bluesky_channel).expires_at > clock.now() + HOUR
    assert row(bluesky_channel).refreshing_since is None
    [asked] = network.requests
    assert asked.headers["authorization"] == "Bearer old-refresh"


def test_what_lasts_is_left_alone(bluesky_channel: Channel, network: Network) -> None:
    network.respond = new_pair

    for _ in range(2):
        wiring.renewal().renew(now=clock.now())

    assert len(network.requests) == 1


@pytest.mark.parametrize(
    "platform", [name for name, each in PLATFORMS.items() if each.facts.renewed_by_app]
)
def test_where_the_app_is_not_known_any_more_a_person_is_told_in_one_sentence(
    workspace: Workspace, network: Network, platform: str
) -> None:
    sample = SAMPLES[platform]
    ended = {**sample.credentials, "expires_at": clock.now() - HOUR}
    facts = {"remote_id": sample.channel.remote_id, "name": "Acme", "handle": "acme"}
    channel = connected(workspace, platform, ended, **facts)

    with pytest.raises(NeedsReconnect) as raised:
        wiring.adapters().open(channel, now=clock.now())

    title = PLATFORMS[platform].facts.title
    assert str(raised.value) == (
        f"Acme must be connected again: {title} renews access for the app that its owner let in,"
        " and that app is not known here any more"
    )
    seen = wiring.channels().get(channel.channel_id)
    assert seen is not None
    assert (seen.state, seen.trouble) == (ChannelState.NEEDS_RECONNECT, str(raised.value))
    assert row(channel).refreshing_since is None
    assert network.requests == []


def test_two_refreshers_call_once(bluesky_channel: Channel, network: Network) -> None:
    now = clock.now()
    seen = row(bluesky_channel)

    def meanwhile(request: httpx.Request) -> httpx.Response:
        with pytest.raises(TryLater):
            wiring.adapters().refresh(bluesky_channel, seen, now=now)
        with pytest.raises(TryLater):
            wiring.adapters().refresh_now(bluesky_channel, now=now)
        return new_pair(request)

    network.respond = meanwhile
    wiring.adapters().refresh_now(bluesky_channel, now=now)

    assert len(network.requests) == 1


def test_a_refresher_that_died_is_followed_within_the_platforms_grace(
    bluesky_channel: Channel, network: Network
) -> None:
    def die(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    network.respond = die
    with pytest.raises(KeyboardInterrupt):
        wiring.adapters().refresh_now(bluesky_channel, now=TEN)

    network.respond = new_pair
    with pytest.raises(TryLater):
        wiring.adapters().refresh_now(bluesky_channel, now=TEN + LEASE / 2)
    wiring.adapters().refresh_now(bluesky_channel, now=TEN + 2 * LEASE)

    assert secrets(bluesky_channel).refresh_token.get_secret_value() == "new-refresh"


def test_after_the_grace_the_channel_needs_a_person(
    bluesky_channel: Channel, network: Network
) -> None:
    def die(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    network.respond = die
    with pytest.raises(KeyboardInterrupt):
        wiring.adapters().refresh_now(bluesky_channel, now=TEN)
    network.respond = new_pair

    with pytest.raises(NeedsReconnect, match="connected again"):
        wiring.adapters().refresh_now(bluesky_channel, now=TEN + 3 * HOUR)

    assert len(network.requests) == 1
    channel = wiring.channels().get(bluesky_channel.channel_id)
    assert channel is not None
    assert channel.state is ChannelState.NEEDS_RECONNECT


def test_a_refused_refresh_token_marks_the_channel(
    bluesky_channel: Channel, network: Network
) -> None:
    network.respond = lambda _: httpx.Response(
        400, json={"error": "ExpiredToken", "message": "Token has expired"}
    )

    counts = wiring.renewal().renew(now=clock.now())

    assert counts == {"renewed": 0, "later": 0, "needs_reconnect": 1}


def test_a_platform_that_is_down_leaves_the_old_token_in_use(
    bluesky_channel: Channel, network: Network
) -> None:
    network.respond = lambda _: httpx.Response(502)

    counts = wiring.renewal().renew(now=clock.now())

    assert counts["later"] == 1
    assert secrets(bluesky_channel).refresh_token.get_secret_value() == "old-refresh"


def test_tokens_are_never_kept_in_the_clear(bluesky_channel: Channel, aws: Any) -> None:
    table = settings().tables["credentials"]
    kept = aws.client("dynamodb").scan(TableName=table)["Items"]

    assert "old-refresh" not in str(kept)
    assert "old-access" not in str(kept)
