"""What was counted on short links goes to the shelf, whole and once, wherever it is interrupted."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.counting.clicks import Click
from tellal.counting.visits import Counting
from tellal.links import Link
from tellal.measuring.shelf import Shelf
from tellal.stores import schema
from tellal.stores.links import ClickStore
from tellal.stores.objects import Bucket
from tellal.stores.table import Table
from tests.conftest import TEN
from tests.integration.clicks import click_on, link_in
from tests.integration.test_collect_metrics import kept
from tests.integration.test_count_click import Dying, Killed

HOUR = timedelta(hours=1)
FIRST = date(2026, 1, 1)


def visit(link: Link, *, times: int = 1, at: datetime = TEN) -> None:
    """By as many people."""
    for number in range(times):
        told = click_on(link, at, address=f"198.51.100.{number}")
        wiring.click_counter().count(Click.model_validate(told), now=at)


def take_in(link: Link, *, now: datetime) -> int:
    return wiring.counting().take_in(link.workspace_id, now=now)


def newest(workspace_id: str) -> dict[tuple[str, str, str], int]:
    """As every reader reads: of what is the same number, the newest counts."""
    lines = [line for lines in kept(workspace_id).values() for line in lines]
    lines.sort(key=lambda line: line["at"])
    return {(line["delivery_id"], line["of_day"], line["metric"]): line["value"] for line in lines}


def expected(link: Link, *, visits: int, visitors: int) -> dict[tuple[str, str, str], int]:
    day = (link.delivery_id, "2026-01-01")
    return {(*day, "visits"): visits, (*day, "visitors"): visitors}


@pytest.fixture
def link(mastodon_channel: Channel) -> Link:
    return link_in(mastodon_channel)


def test_what_was_counted_is_observed_as_amounts_of_its_day(link: Link) -> None:
    visit(link, times=2)
    visit(link)
    assert take_in(link, now=TEN + HOUR) == 1
    [(key, lines)] = kept(link.workspace_id).items()
    assert "/date=2026-01-01/" in key
    assert lines == [
        {
            "workspace_id": link.workspace_id,
            "channel_id": link.channel_id,
            "platform": "mastodon",
            "delivery_id": link.delivery_id,
            "of_day": "2026-01-01",
            "metric": metric,
            "value": value,
            "at": clock.text(TEN + HOUR),
        }
        for metric, value in (("visits", 3), ("visitors", 2))
    ]


def test_what_did_not_change_is_not_written_again_and_what_did_is(link: Link) -> None:
    visit(link)
    assert [take_in(link, now=TEN + hours * HOUR) for hours in (1, 2)] == [1, 0]
    visit(link, times=2, at=TEN + 2 * HOUR)
    assert take_in(link, now=TEN + 3 * HOUR) == 1
    assert len(kept(link.workspace_id)) == 2
    assert newest(link.workspace_id) == expected(link, visits=3, visitors=2)


def test_another_workspaces_counts_are_left_alone(link: Link, workspace: Workspace) -> None:
    other = link.model_copy(
        update={"code": "0123456789ab", "workspace_id": "ws_other", "delivery_id": "dlv_other"}
    )
    wiring.links().create(other)
    visit(other)
    assert take_in(link, now=TEN + HOUR) == 0
    assert wiring.counting().take_in("ws_other", now=TEN + HOUR) == 1


def test_more_days_than_one_read_holds_are_all_taken_in(mastodon_channel: Channel) -> None:
    links = [link_in(mastodon_channel) for _ in range(3)]
    client = wiring.aws("dynamodb")
    days = [FIRST + timedelta(days=number) for number in range(40)]
    for link, day in itertools.product(links, days):
        write = wiring.clicks().visiting(link, day=day, new_visitor=True)
        client.update_item(**write["Update"])
    assert take_in(links[0], now=TEN + HOUR) == 120
    assert len(newest(mastodon_channel.workspace_id)) == 240
    assert take_in(links[0], now=TEN + 2 * HOUR) == 0


class Interrupted(Bucket):
    """While an object is on its way, something else happens."""

    meanwhile: Any = None

    def put_gzipped(self, key: str, body: bytes, *, content_type: str) -> None:
        doing, self.meanwhile = self.meanwhile, None
        if doing:
            doing()
        super().put_gzipped(key, body, content_type=content_type)


def interrupted(meanwhile: Any) -> Counting:
    bucket = Interrupted(wiring.aws("s3"), settings().reports_bucket)
    bucket.meanwhile = meanwhile
    return Counting(clicks=wiring.clicks(), shelf=Shelf(bucket))


def test_who_comes_while_it_is_written_is_taken_in_the_next_time(link: Link) -> None:
    visit(link)
    late = interrupted(lambda: visit(link, times=2, at=TEN + HOUR))
    assert late.take_in(link.workspace_id, now=TEN + HOUR) == 0
    assert take_in(link, now=TEN + 2 * HOUR) == 1
    assert newest(link.workspace_id) == expected(link, visits=3, visitors=2)


@pytest.mark.parametrize("other", [TEN, TEN + HOUR, TEN + 2 * HOUR])
def test_two_at_once_write_no_old_number_under_a_new_time(link: Link, other: datetime) -> None:
    """The other one begins while the first writes, after somebody came; its clock may be behind."""
    visit(link)

    def meanwhile() -> None:
        visit(link, times=2, at=TEN)
        take_in(link, now=other)

    interrupted(meanwhile).take_in(link.workspace_id, now=TEN + HOUR)
    take_in(link, now=TEN + 3 * HOUR)
    assert newest(link.workspace_id) == expected(link, visits=3, visitors=2)


def dying(at: int, *, after: bool, of: str) -> Counting:
    client, s3 = wiring.aws("dynamodb"), wiring.aws("s3")
    if of == "dynamodb":
        client = Dying(client, at=at, after=after)
    else:
        s3 = Dying(s3, at=at, after=after)
    table = Table(client, schema.CLICKS, settings().tables["clicks"])
    return Counting(clicks=ClickStore(table), shelf=Shelf(Bucket(s3, settings().reports_bucket)))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("of", "at"), [("s3", 1), *(("dynamodb", number) for number in range(1, 7))]
)
def test_one_that_is_killed_at_any_call_loses_and_doubles_nothing(
    mastodon_channel: Channel, of: str, at: int, *, after: bool
) -> None:
    """Of two rows: the index, both rows, two takings, two settlings."""
    links = [link_in(mastodon_channel) for _ in range(2)]
    for link in links:
        visit(link, times=2)
    with pytest.raises(Killed):
        dying(at, after=after, of=of).take_in(link.workspace_id, now=TEN + HOUR)
    visit(links[0])
    for hours in (2, 3):
        take_in(links[0], now=TEN + hours * HOUR)
    assert newest(link.workspace_id) == (
        expected(links[0], visits=3, visitors=2) | expected(links[1], visits=2, visitors=2)
    )
    assert list(wiring.clicks().uncounted(link.workspace_id)) == []
