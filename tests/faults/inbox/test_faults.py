"""Whatever is sent to a webhook's address: what is signed is stored once or lies in the dead
letters with its body, and nothing else has any effect.

All of it takes the whole road: the address, the queue, the function, and the dead letters.
"""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from account import replay, session
from functions.verify_webhook.handler import handler as verify_webhook
from local.aws.process import PORT_SETTING, LocalAws
from tellal import wiring
from tellal.channels import ChannelState
from tellal.conversations import Change
from tellal.inbox.replaying import replay as replay_keys
from tests.faults.inbox.road import Road
from tests.faults.inbox.senders import (
    DIRECT,
    FACEBOOK,
    INSTAGRAM,
    REPLY,
    SENDERS,
    TIKTOK,
    Event,
    Sender,
    X,
)
from tests.faults.inbox.stage import InboxStage, channel_id
from tests.faults.inbox.surroundings import Truth
from tests.faults.inbox.tally import INBOX_TALLY
from tests.faults.inbox.world import CONTEXT, InboxWorld

MEGABYTE = 1_000_000
OURS = Event(1, "late or rude")
FORGED = Event(50, "forged and rude", person=5, thread=5)

every_sender = pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.platform)


@pytest.fixture
def world(inbox: InboxStage) -> Iterator[InboxWorld]:
    """Nothing is in its archive. What there is at the end holds to the invariant."""
    made = inbox.world()
    archive = wiring.webhooks().archive
    for key in archive.keys("webhooks/"):
        archive.delete(key)
    yield made
    wrong = INBOX_TALLY.close(made)
    assert not wrong, "\n".join(map(str, wrong))


@pytest.fixture
def road(world: InboxWorld, deployed: LocalAws) -> Road:
    return Road(deployed)


def messages(world: InboxWorld) -> int:
    return len(world.items()["messages"])


@every_sender
def test_duplicates(sender: Sender, world: InboxWorld, road: Road) -> None:
    told = world.send(sender, OURS)
    for _ in range(5):
        world.again(told)

    assert road.travel(world) == [200] * 6

    assert messages(world) == 1


@every_sender
def test_reordering(sender: Sender, world: InboxWorld, road: Road) -> None:
    said = [Event(1, "late", second=1), Event(2, "rude", kind=REPLY, second=2)]
    if (DIRECT, Change.ADDED) in sender.tells:
        said.append(Event(3, "thanks", kind=DIRECT, second=3))
    changed = [each.edited("Never mind", second=9) for each in said] + [said[0].removed()]
    events = [each for each in (*said, *changed) if (each.kind, each.change) in sender.tells]
    for event in reversed(events):
        world.send(sender, event)

    road.travel(world)

    assert messages(world) == len(said)


def test_a_replay_of_the_whole_archive_into_a_full_inbox(
    world: InboxWorld, road: Road, deployed: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sender in SENDERS:
        for event in (OURS, Event(2, "thanks", kind=REPLY, second=2), OURS.removed()):
            if (event.kind, event.change) in sender.tells:
                world.send(sender, event)
    world.send(FACEBOOK, OURS.edited("late after all", second=5))
    world.send(FACEBOOK, OURS.edited("late, really", second=8))
    world.send(TIKTOK, FORGED, truth=Truth.FORGED, secret="guessed")
    road.travel(world)
    before, told = world.items(), len(world.stage.bus.told)
    monkeypatch.setenv(PORT_SETTING, str(deployed.port))
    monkeypatch.setattr(session, "LOCAL", "test")

    for sender in SENDERS:
        assert replay.main("test", "webhooks", f"{sender.platform}/") == 0
    later = world.stage.clock() + timedelta(days=1)
    keys = wiring.webhooks().archive.keys("webhooks/")
    replayed = list(replay_keys(keys, webhooks=wiring.webhooks(), now=later))
    world.stream()

    assert world.items() == before
    assert len(world.stage.bus.told) == told
    assert {outcome for each in replayed for outcome in each.outcomes} == {"known"}


@every_sender
def test_forged(sender: Sender, world: InboxWorld, road: Road) -> None:
    body = sender.body(sender.account, [FORGED])
    [(name, value)] = sender.signs(body, "guessed", int(world.stage.clock().timestamp())).items()
    for header in (value, "sha256=", "t=1,s=", "0" * 64, 'x"},"platform":{"StringValue":"x'):
        world.put(sender, body, {name: header}, FORGED, truth=Truth.FORGED)

    road.travel(world)

    assert messages(world) == 0


def test_a_question_that_is_forged(world: InboxWorld) -> None:
    before = world.items()
    for sender in SENDERS:
        asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "guessed"}
        event = {"pathParameters": {"platform": sender.platform}, "queryStringParameters": asked}
        with world.stage.border.worker():
            assert verify_webhook(event, CONTEXT)["statusCode"] in (403, 404)

    assert world.items() == before


@pytest.mark.parametrize("signed_ago", [301, 86_400, -400])
def test_stale(signed_ago: int, world: InboxWorld, road: Road) -> None:
    """Only TikTok says when it signed."""
    world.send(TIKTOK, FORGED, truth=Truth.FORGED, signed_ago=signed_ago)
    world.send(TIKTOK, OURS, signed_ago=200)

    road.travel(world)

    assert messages(world) == 1


@every_sender
def test_truncated(sender: Sender, world: InboxWorld, road: Road) -> None:
    whole = sender.body(sender.account, [FORGED])
    headers = sender.signs(whole, f"an_app_secret_0123456789_{sender.platform}", _now(world))
    for length in (1, len(whole) // 2, len(whole) - 1):
        world.put(sender, whole[:length], headers, truth=Truth.FORGED)

    road.travel(world)

    assert messages(world) == 0


@every_sender
def test_a_wrong_secret(sender: Sender, world: InboxWorld, road: Road) -> None:
    """Another platform's."""
    for other in SENDERS:
        if other is not sender:
            secret = f"an_app_secret_0123456789_{other.platform}"
            world.send(sender, FORGED, truth=Truth.FORGED, secret=secret)

    road.travel(world)

    assert messages(world) == 0


@every_sender
def test_a_wrong_channel(sender: Sender, world: InboxWorld, road: Road) -> None:
    """One that nobody connected, or that was disconnected."""
    world.send(sender, OURS, account="9" + sender.account, truth=Truth.NOBODYS)
    channel = wiring.channels().get(channel_id(sender.platform))
    assert channel is not None
    gone = channel.model_copy(update={"state": ChannelState.DISCONNECTED})
    wiring.channels().save(channel, gone)
    world.send(sender, OURS, truth=Truth.NOBODYS)

    road.travel(world)

    assert messages(world) == 0
    assert world.mail.dead == []


@every_sender
def test_a_body_of_a_megabyte(sender: Sender, world: InboxWorld, road: Road) -> None:
    told = json.loads(sender.body(sender.account, [OURS]))
    told["padding"] = "x" * MEGABYTE
    world.send(sender, OURS, body=json.dumps(told).encode())
    world.put(sender, b"{" + b"f" * MEGABYTE, {}, truth=Truth.FORGED)

    assert road.travel(world)[0] == 200

    assert messages(world) == 1


def test_a_body_that_the_queue_cannot_take_is_refused_so_that_it_is_sent_again(
    world: InboxWorld, road: Road
) -> None:
    told = json.loads(FACEBOOK.body(FACEBOOK.account, [OURS]))
    told["padding"] = "x" * 1_100_000
    letter = world.send(FACEBOOK, OURS, body=json.dumps(told).encode(), truth=Truth.NOBODYS)

    assert road.post(letter) >= 400

    world.mail.waiting.clear()
    assert messages(world) == 0


@every_sender
def test_invalid_utf_8(sender: Sender, world: InboxWorld, road: Road) -> None:
    """No platform signs any: what API Gateway makes of it was signed by nobody."""
    body = sender.body(sender.account, [FORGED]).replace(b"forged", b"forged\xff\xfe\xc3")
    if sender is TIKTOK:
        body += b"\xff"
    secret = f"an_app_secret_0123456789_{sender.platform}"
    headers = signed_over_bytes(sender, body, secret, _now(world))
    world.put(sender, body, headers, truth=Truth.FORGED)
    world.send(sender, OURS)

    road.travel(world)

    assert messages(world) == 1


@every_sender
@pytest.mark.parametrize("depth", [250, 50_000])
def test_deeply_nested_json(depth: int, sender: Sender, world: InboxWorld, road: Road) -> None:
    """It cannot be read, in whatever place it stands: its body is kept."""
    nested = b"[" * depth + b"]" * depth
    alone = world.send(sender, body=nested, truth=Truth.POISONOUS)
    told = sender.body(sender.account, [OURS])
    inside = b'{"deep": ' + nested + b", " + told[1:]
    world.send(sender, OURS, body=inside, truth=Truth.SIGNED)
    world.send(sender, Event(2, "Hello", second=2))

    road.travel(world)

    assert alone in world.mail.dead


def odd_entries(sender: Sender) -> list[Any]:
    """Each is signed, and can never be kept."""
    [like] = _entries(json.loads(sender.body(sender.account, [Event(9, "odd")])))
    huge = json.loads(json.dumps(like).replace("odd", "x" * 600_000))
    nameless = json.loads(json.dumps(like).replace(sender.account, ""))
    return [{}, None, "odd", {**like, "id": [], "payload": 7}, huge, nameless]


def _entries(told: Any) -> Any:
    return told["entry"] if "entry" in told else told["data"]


@pytest.mark.parametrize("odd", range(6))
@pytest.mark.parametrize("sender", [FACEBOOK, INSTAGRAM, X], ids=lambda each: each.platform)
def test_a_batch_with_one_poisonous_entry(
    sender: Sender, odd: int, world: InboxWorld, road: Road
) -> None:
    """The rest lands, and the body is kept for what does not."""
    good = [OURS, Event(2, "Hello", person=2, second=2)]
    told = json.loads(sender.body(sender.account, good))
    _entries(told).insert(odd % 2, odd_entries(sender)[odd])
    world.send(sender, *good, body=json.dumps(told).encode(), truth=Truth.POISONOUS)
    world.send(sender, Event(3, "And again", second=3))

    road.travel(world)

    assert messages(world) == 3
    assert len(world.mail.dead) == 1


def _now(world: InboxWorld) -> int:
    return int(world.stage.clock().timestamp())


def signed_over_bytes(sender: Sender, body: bytes, secret: str, at: int) -> Any:
    """Over bytes that are no text, where the sandbox's own way of signing wants one."""
    if sender is not X:
        return sender.signs(body, secret, at)
    digest = hmac.digest(secret.encode(), body, "sha256")
    return {"x-twitter-webhooks-signature": f"sha256={base64.b64encode(digest).decode()}"}
