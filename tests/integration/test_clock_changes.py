"""Clocks that are changed between scheduling and publishing, and zones that are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import Delivery, State
from tests.conftest import Clock, Network
from tests.integration.api_calls import Call, Reply
from tests.integration.deliveries import Follow, status_made

DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
WORDS = {"text": "Fresh rolls"}


@dataclass(frozen=True)
class Desk:
    """Who schedules posts for the Mastodon channel, in a zone."""

    call: Call
    key: str
    channel: Channel
    workspace_id: str
    clock: Clock

    def move_to(self, zone: str) -> None:
        path = f"/workspaces/{self.workspace_id}"
        assert self.call("PATCH", path, key=self.key, body={"zone": zone}).status == 200

    def write(self, **time: Any) -> Reply:
        given = {"text": "Fresh bread", "channel_ids": [self.channel.channel_id], **time}
        return self.call("POST", "/posts", key=self.key, body=given)


@pytest.fixture
def desk(
    call: Call,
    admin: str,
    mastodon_channel: Channel,
    workspace: Workspace,
    network: Network,
    held_clock: Clock,
) -> Desk:
    network.respond = lambda _: status_made()
    return Desk(call, admin, mastodon_channel, workspace.workspace_id, held_clock)


def delivery_of(post: Any) -> Delivery:
    [delivery] = wiring.deliveries().get_many(post["delivery_ids"])
    return delivery


def instant(spelled: str) -> datetime:
    return datetime.fromisoformat(spelled).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", "2027-03-28T09:00", "2027-03-28T07:00"),  # forward that night
        ("Europe/Berlin", "2027-10-31T09:00", "2027-10-31T08:00"),  # back that night
        ("America/New_York", "2027-03-14T09:00", "2027-03-14T13:00"),
        ("America/New_York", "2027-11-07T09:00", "2027-11-07T14:00"),
        ("Australia/Lord_Howe", "2027-04-04T09:00", "2027-04-03T22:30"),  # back by half an hour
        ("Europe/Istanbul", "2027-03-28T09:00", "2027-03-28T06:00"),  # no more since 2016
        ("Europe/Istanbul", "2027-10-31T09:00", "2027-10-31T06:00"),
    ],
)
def test_nine_in_the_morning_after_a_clock_change_is_nine_in_the_morning(
    desk: Desk, network: Network, follow: Follow, zone: str, wall: str, moment: str
) -> None:
    desk.move_to(zone)
    desk.clock.time = instant(moment) - DAY
    post = desk.write(publish_at_local=wall).json

    desk.clock.time = instant(moment) - A_MINUTE
    assert follow(delivery_of(post)).state is State.SCHEDULED
    assert network.sent("POST", "/statuses") == []

    desk.clock.time = instant(moment) - timedelta(seconds=2)
    published = follow(delivery_of(post))
    assert published.state is State.PUBLISHED
    assert len(network.sent("POST", "/statuses")) == 1
    assert published.published_at is not None
    shown = published.published_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == datetime.fromisoformat(wall)


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:30"),  # 03:30, as 02:30 is left out
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:30"),
        ("Europe/Berlin", "2027-10-31T02:30", "2027-10-31T00:30"),  # the first of the two
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30"),
        ("Europe/Istanbul", "2027-03-28T03:30", "2027-03-28T00:30"),  # exists, and once
        ("Europe/Istanbul", "2027-10-31T03:30", "2027-10-31T00:30"),
    ],
)
def test_a_time_that_does_not_exist_or_exists_twice_is_read_as_it_is_documented(
    desk: Desk, zone: str, wall: str, moment: str
) -> None:
    desk.move_to(zone)
    post = desk.write(publish_at_local=wall).json
    assert post["publish_at"] == clock.text(instant(moment))
    assert (post["wall_clock"], post["zone"]) == (f"{wall}:00", zone)


@pytest.mark.parametrize(
    "edit",
    [
        lambda desk, path: None,
        lambda desk, path: desk.call("PATCH", path, key=desk.key, body=WORDS),
    ],
    ids=["left alone", "edited in its words"],
)
def test_a_scheduled_post_keeps_its_moment_when_its_workspace_moves_to_another_zone(
    desk: Desk, edit: Callable[[Desk, str], Any]
) -> None:
    desk.move_to("Europe/Berlin")
    post = desk.write(publish_at_local="2027-03-28T09:00").json
    path = f"/posts/{post['post_id']}"

    desk.move_to("America/New_York")
    edit(desk, path)

    shown = desk.call("GET", path, key=desk.key).json
    assert shown["publish_at"] == "2027-03-28T07:00:00.000Z"
    assert (shown["wall_clock"], shown["zone"]) == ("2027-03-28T09:00:00", "Europe/Berlin")
    assert delivery_of(post).publish_at == instant("2027-03-28T07:00")


def test_a_new_time_is_read_in_the_zone_that_the_workspace_has_by_then(desk: Desk) -> None:
    desk.move_to("Europe/Berlin")
    post = desk.write(publish_at_local="2027-03-28T09:00").json

    desk.move_to("America/New_York")
    later = {"publish_at_local": "2027-03-28T09:00"}
    changed = desk.call("PATCH", f"/posts/{post['post_id']}", key=desk.key, body=later).json

    assert changed["publish_at"] == "2027-03-28T13:00:00.000Z"
    assert changed["zone"] == "America/New_York"
    assert delivery_of(post).publish_at == instant("2027-03-28T13:00")


def test_a_moment_is_the_same_in_every_zone_and_on_both_sides_of_a_change(desk: Desk) -> None:
    desk.move_to("Europe/Berlin")
    for spelled in ("2027-10-31T02:30+02:00", "2027-10-31T00:30Z", "2027-10-30T20:30-04:00"):
        assert desk.write(publish_at=spelled).json["publish_at"] == "2027-10-31T00:30:00.000Z"
    second = desk.write(publish_at="2027-10-31T02:30+01:00").json  # how the second 02:30 is meant
    assert second["publish_at"] == "2027-10-31T01:30:00.000Z"
    assert second["wall_clock"] is None


def test_a_moment_without_an_offset_and_a_wall_clock_with_one_are_refused(desk: Desk) -> None:
    assert desk.write(publish_at="2027-03-28T09:00").broken == {
        "publish_at": "needs its offset from UTC: 2026-11-23T06:00Z, or 2026-11-23T09:00+03:00"
    }
    assert desk.write(publish_at_local="2027-03-28T09:00+02:00").broken == {
        "publish_at_local": "is what clocks show, as 2026-11-23T09:00: it has no offset from UTC"
    }
