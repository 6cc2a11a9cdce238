import gzip
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from functions.collect_metrics.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.config import settings
from tellal.deliveries import Delivery, State
from tellal.errors import BadMessage
from tellal.measuring.compaction import Compactor
from tellal.measuring.shelf import Shelf, observations_key
from tellal.posts import Remote
from tellal.stores.objects import Bucket
from tests.conftest import TEN, Clock, Network
from tests.integration.deliveries import part, scheduled, stored
from tests.jwt import session_token

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = TEN + DAY


class Asked:
    """Remembers what the function asked of itself."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, str]] = []

    def ask(self, function: str, event: Mapping[str, str]) -> None:
        assert function == "tellal-test-function"
        self.events.append(event)


def public(channel: Channel, number: int, **facts: Any) -> Delivery:
    """A post that went out at ten."""
    usual: dict[str, Any] = {
        "state": State.PUBLISHED,
        "published_at": TEN,
        "next_attempt_at": None,
        "next_step": None,
    }
    remote = Remote(id=str(number), url=f"https://m.example/@acme/{number}")
    return scheduled(channel, part("Hello", remote=remote), **usual | facts)


def mastodon(*, followers: int = 120, posts: Mapping[str, Any]) -> Callable[..., httpx.Response]:
    """Posts by id: what is counted, or a whole answer."""

    def respond(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[-1]
        if name == "verify_credentials":
            return httpx.Response(200, json={"id": "1001", "followers_count": followers})
        told = posts.get(name, httpx.Response(404, json={"error": "Record not found"}))
        return told if isinstance(told, httpx.Response) else httpx.Response(200, json=told)

    return respond


def kept(workspace_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every object of observations, by its key, read."""
    bucket = wiring.shelf().bucket
    found = {}
    for key in bucket.keys(f"observations/workspace={workspace_id}/"):
        body = bucket.get(key)
        assert body is not None
        found[key] = [json.loads(line) for line in gzip.decompress(body).splitlines()]
    return found


def numbers(workspace_id: str) -> set[tuple[str | None, str, int]]:
    lines = [line for lines in kept(workspace_id).values() for line in lines]
    return {(line.get("delivery_id"), line["metric"], line["value"]) for line in lines}


@pytest.mark.usefixtures("empty")
def test_a_tick_asks_for_every_channel_that_can_be_measured_and_every_workspace(
    mastodon_channel: Channel, event: Callable[[str], Any], context: Any
) -> None:
    parked = mastodon_channel.model_copy(
        update={"channel_id": "ch_parked", "resume_at": clock.now() + HOUR}
    )
    wiring.channels().create(parked)
    unread = mastodon_channel.model_copy(update={"channel_id": "ch_unread", "polled": False})
    wiring.channels().create(unread)
    facebook = mastodon_channel.model_copy(
        update={"channel_id": "ch_facebook", "platform": "facebook"}
    )
    wiring.channels().create(facebook)
    asked = Asked()
    with wiring.rewired(again=asked):
        handler(event("collect_metrics/every_hour"), context)

    assert asked.events == [
        {"channel_id": mastodon_channel.channel_id},
        {"workspace_id": mastodon_channel.workspace_id},
    ]


def test_a_run_keeps_what_was_told_of_the_channel_and_its_posts(
    mastodon_channel: Channel,
    network: Network,
    held_clock: Clock,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    post = public(mastodon_channel, 1)
    told = {"favourites_count": 4, "replies_count": 0}  # of boosts it says nothing
    network.respond = mastodon(posts={"1": told})
    held_clock.time = LATER

    asked = event("collect_metrics/one_channel") | {"channel_id": mastodon_channel.channel_id}
    handler(asked, context)

    assert numbers(mastodon_channel.workspace_id) == {
        (None, "followers", 120),
        (post.delivery_id, "likes", 4),
        (post.delivery_id, "replies", 0),
    }
    [key] = kept(mastodon_channel.workspace_id)
    assert "/date=2026-01-02/" in key
    now = stored(post)
    assert now.metrics == {"likes": 4, "replies": 0}
    assert now.measured_at == LATER
    changed = {"metrics": now.metrics, "measured_at": LATER, "version": now.version}
    assert now == post.model_copy(update=changed)


def test_a_channel_that_is_not_to_be_read_is_not_asked_whoever_sends_a_run(
    mastodon_channel: Channel, network: Network
) -> None:
    unread = mastodon_channel.model_copy(update={"polled": False})
    wiring.channels().save(mastodon_channel, unread)

    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)

    assert network.requests == []
    assert kept(mastodon_channel.workspace_id) == {}


def test_a_run_that_is_repeated_finds_nothing_to_do(
    mastodon_channel: Channel, network: Network
) -> None:
    public(mastodon_channel, 1)
    network.respond = mastodon(posts={"1": {"favourites_count": 4}})
    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)
    asked, before = len(network.requests), kept(mastodon_channel.workspace_id)

    wiring.collector().collect(mastodon_channel.channel_id, now=LATER + timedelta(minutes=1))

    assert len(network.requests) == asked
    assert kept(mastodon_channel.workspace_id) == before


def test_a_post_is_measured_when_it_is_an_hour_six_hours_and_a_day_old(
    mastodon_channel: Channel, network: Network
) -> None:
    post = public(mastodon_channel, 1)
    network.respond = mastodon(posts={"1": {"favourites_count": 4}})
    looked = []
    for hours in range(50):  # a tick an hour, at 22 minutes past
        now = TEN + timedelta(hours=hours, minutes=22)
        wiring.collector().collect(mastodon_channel.channel_id, now=now)
        if stored(post).measured_at == now:
            looked.append(hours)
    assert looked == [1, 6, 24, 48]


def test_what_is_no_longer_told_keeps_its_last_value(
    mastodon_channel: Channel, network: Network
) -> None:
    post = public(mastodon_channel, 1)
    network.respond = mastodon(posts={"1": {"favourites_count": 4, "reblogs_count": 2}})
    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)
    network.respond = mastodon(posts={"1": {"favourites_count": 5}})
    wiring.collector().collect(mastodon_channel.channel_id, now=LATER + DAY)
    assert stored(post).metrics == {"likes": 5, "shares": 2}


def test_a_post_that_is_gone_and_one_that_is_old_and_an_answer_are_not_measured(
    mastodon_channel: Channel, network: Network
) -> None:
    gone = public(mastodon_channel, 1)
    old = TEN - 91 * DAY
    public(mastodon_channel, 2, publish_at=old, published_at=old, measured_at=old + 90 * DAY)
    public(mastodon_channel, 3, post_id=None, conversation_id="conv_1")
    counted = {"favourites_count": 4}
    network.respond = mastodon(posts={"2": counted, "3": counted})

    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)

    assert numbers(mastodon_channel.workspace_id) == {(None, "followers", 120)}
    assert (stored(gone).metrics, stored(gone).measured_at) == ({}, LATER)
    asked = {request.url.path.rsplit("/", 1)[-1] for request in network.requests}
    assert asked == {"verify_credentials", "1"}


def test_a_throttled_channel_is_left_alone_and_keeps_what_it_heard(
    mastodon_channel: Channel, network: Network
) -> None:
    public(mastodon_channel, 1)
    slow_down = httpx.Response(429, json={}, headers={"retry-after": "600"})
    network.respond = mastodon(posts={"1": slow_down})

    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)

    parked = wiring.channels().get(mastodon_channel.channel_id)
    assert parked is not None
    assert parked.measure_after == LATER + timedelta(minutes=10)
    assert parked.resume_at is None  # it may publish all the same
    assert numbers(mastodon_channel.workspace_id) == {(None, "followers", 120)}
    asked = len(network.requests)
    wiring.collector().collect(mastodon_channel.channel_id, now=LATER + timedelta(minutes=9))
    assert len(network.requests) == asked


def test_a_channel_that_is_refused_must_be_connected_again(
    mastodon_channel: Channel, network: Network
) -> None:
    network.respond = lambda request: httpx.Response(401, json={"error": "revoked"})
    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)
    lost = wiring.channels().get(mastodon_channel.channel_id)
    assert lost is not None
    assert lost.state is ChannelState.NEEDS_RECONNECT
    assert kept(mastodon_channel.workspace_id) == {}


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ConnectError("down")])
def test_a_platform_that_is_down_is_asked_again_the_next_hour(
    mastodon_channel: Channel, network: Network, answer: httpx.Response | Exception
) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    network.respond = down
    wiring.collector().collect(mastodon_channel.channel_id, now=LATER)
    assert wiring.channels().get(mastodon_channel.channel_id) == mastodon_channel
    assert kept(mastodon_channel.workspace_id) == {}


def test_a_token_that_has_run_out_is_renewed_once(
    bluesky_channel: Channel, network: Network
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("refreshSession"):
            return httpx.Response(
                200,
                json={
                    "accessJwt": session_token(LATER + DAY),
                    "refreshJwt": "newer",
                    "did": "did:plc:acme",
                    "handle": "acme.test",
                },
            )
        if not network.sent("POST", "refreshSession"):
            return httpx.Response(400, json={"error": "ExpiredToken", "message": "has expired"})
        return httpx.Response(200, json={"followersCount": 12})

    network.respond = respond
    wiring.collector().collect(bluesky_channel.channel_id, now=LATER)
    assert len(network.sent("POST", "refreshSession")) == 1
    assert numbers(bluesky_channel.workspace_id) == {(None, "followers", 12)}


@pytest.mark.parametrize("odd", [{"channel": 7}, {"channel_id": 7}, {"channel_id": "a", "b": 1}])
def test_an_event_of_another_shape_is_not_swallowed(
    aws: object, odd: dict[str, Any], event: Callable[[str], Any], context: Any
) -> None:
    with pytest.raises(BadMessage):
        handler(odd, context)
    with pytest.raises(BadMessage):
        handler(event("collect_metrics/of_another_shape"), context)


# ── merging ──────────────────────────────────────────────────────────────────────────────────────


def put(workspace: Workspace, day: str, name: str, *values: int) -> str:
    key = observations_key(workspace.workspace_id, date=day, name=name)
    lines = (
        json.dumps(
            {"metric": "likes", "channel_id": name, "value": value, "at": f"{day}T12:00:00Z"}
        )
        for value in values
    )
    wiring.shelf().bucket.put_gzipped(key, "\n".join([*lines, ""]).encode(), content_type="")
    return key


def values(workspace: Workspace) -> list[tuple[str, int]]:
    lines = [line for lines in kept(workspace.workspace_id).values() for line in lines]
    return sorted((line["channel_id"], line["value"]) for line in lines)


def test_a_day_that_ended_becomes_one_object_and_today_is_left_alone(
    workspace: Workspace, event: Callable[[str], Any], context: Any, network: Network
) -> None:
    put(workspace, "2025-12-31", "a-10", 1, 2)
    put(workspace, "2025-12-31", "a-11", 3)
    put(workspace, "2026-01-01", "a-08", 4)
    put(workspace, "2026-01-01", "a-09", 5)
    before = values(workspace)

    asked = event("collect_metrics/one_workspace") | {"workspace_id": workspace.workspace_id}
    for _ in range(2):
        handler(asked, context)  # at ten on the first of January

    keys = sorted(kept(workspace.workspace_id))
    assert [key.split("/date=")[1].split("/")[0] for key in keys] == [
        "2025-12-01",  # the month has ended too
        "2026-01-01",
        "2026-01-01",
    ]
    assert values(workspace) == before


def test_a_day_is_not_merged_while_its_last_run_may_still_write(workspace: Workspace) -> None:
    put(workspace, "2026-01-14", "a-22", 1)
    put(workspace, "2026-01-14", "a-23", 2)
    midnight = datetime.fromisoformat("2026-01-15T00:00:00Z")
    assert wiring.compactor().compact(workspace.workspace_id, now=midnight + HOUR) == 0
    assert wiring.compactor().compact(workspace.workspace_id, now=midnight + 2 * HOUR) == 2


def test_what_comes_late_is_merged_with_what_was_merged(workspace: Workspace) -> None:
    now = datetime.fromisoformat("2026-01-20T12:00:00Z")
    put(workspace, "2026-01-14", "a-22", 1)
    put(workspace, "2026-01-14", "a-23", 2)
    wiring.compactor().compact(workspace.workspace_id, now=now)
    put(workspace, "2026-01-14", "b-23", 3)
    wiring.compactor().compact(workspace.workspace_id, now=now)
    assert len(kept(workspace.workspace_id)) == 1
    assert values(workspace) == [("a-22", 1), ("a-23", 2), ("b-23", 3)]


def test_two_compactions_at_once_lose_nothing(workspace: Workspace) -> None:
    now = datetime.fromisoformat("2026-01-20T12:00:00Z")
    first, second = (put(workspace, "2026-01-14", f"a-{n}", n) for n in (10, 11))
    wiring.compactor().compact(workspace.workspace_id, now=now)
    # one that had read everything before the other took it away, and writes only now
    put(workspace, "2026-01-14", "a-10", 10)
    put(workspace, "2026-01-14", "a-11", 11)
    put(workspace, "2026-01-14", "b-11", 12)
    wiring.compactor().compact(workspace.workspace_id, now=now)
    assert set(values(workspace)) == {("a-10", 10), ("a-11", 11), ("b-11", 12)}
    assert not {first, second} & set(kept(workspace.workspace_id))


class Dies(Bucket):
    """A bucket whose user dies at the first thing that is to be taken away."""

    def delete(self, key: str) -> None:
        raise KeyboardInterrupt


def test_a_compaction_that_is_killed_is_finished_by_the_next(workspace: Workspace) -> None:
    now = datetime.fromisoformat("2026-01-20T12:00:00Z")
    put(workspace, "2026-01-14", "a-10", 1)
    put(workspace, "2026-01-14", "a-11", 2)
    dying = Compactor(Shelf(Dies(wiring.aws("s3"), settings().reports_bucket)))
    with pytest.raises(KeyboardInterrupt):
        dying.compact(workspace.workspace_id, now=now)
    assert set(values(workspace)) == {("a-10", 1), ("a-11", 2)}

    wiring.compactor().compact(workspace.workspace_id, now=now)
    assert len(kept(workspace.workspace_id)) == 1
    assert set(values(workspace)) == {("a-10", 1), ("a-11", 2)}
