"""Measuring where platforms time out and throttle, clocks are wrong, two are at work, some die, and
an object in the bucket is damaged: what was told is kept once, and nothing hides anything else."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from functions.collect_metrics.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.deliveries import Delivery
from tellal.errors import Unreadable
from tellal.measuring import periods
from tellal.measuring.shelf import Shelf, observations_key
from tellal.reporting.figures import Figures, PublishedPost
from tellal.stores.objects import Bucket
from tests.conftest import TEN, Network, connected
from tests.integration.deliveries import stored
from tests.integration.test_collect_metrics import (
    Asked,
    kept,
    mastodon,
    numbers,
    public,
    put,
    values,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = TEN + DAY


def collect(channel: Channel, *, now: Any = LATER) -> None:
    wiring.collector().collect(channel.channel_id, now=now)


@contextmanager
def read_back(workspace: Workspace, posts: list[Delivery], scratch: Path) -> Iterator[Figures]:
    """What a report would make of all that lies in the bucket."""
    bucket = wiring.shelf().bucket
    for n, key in enumerate(kept(workspace.workspace_id)):
        (scratch / f"{n}.jsonl.gz").write_bytes(bucket.get(key) or b"")
    month = periods.read("2026-01", workspace.zone)
    published = [
        PublishedPost(delivery_id=each.delivery_id, published_at=clock.text(TEN)) for each in posts
    ]
    with Figures(first=month.before, last=month, posts=published, scratch=scratch) as figures:
        yield figures


# ── the platform ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("empty")
def test_a_platform_that_times_out_for_one_channel_in_fifty_delays_no_other(
    network: Network, event: Callable[[str], Any], context: Any, aws: object
) -> None:
    workspace = wiring.workspaces().create(
        Workspace(workspace_id="ws_fifty", name="Acme", zone="UTC", created_at=TEN)
    )
    for n in range(50):
        connected(
            workspace,
            "mastodon",
            {"access_token": SecretStr(f"token-{n}")},
            remote_id=str(n),
            name=f"Acme {n}",
            handle="acme",
            server={"address": "https://m.example", "account_id": str(n), "version": "4.5.0"},
        )

    def respond(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"].endswith("token-17"):
            raise httpx.ReadTimeout("no answer", request=request)
        return httpx.Response(200, json={"id": "1", "followers_count": 3})

    network.respond = respond
    asked = Asked()
    with wiring.rewired(again=asked, transport=httpx.MockTransport(network), now=lambda: LATER):
        handler(event("collect_metrics/every_hour"), context)
        for each in asked.events:
            handler(dict(each), context)

    told = [line for lines in kept("ws_fifty").values() for line in lines]
    assert len({line["channel_id"] for line in told}) == len(told) == 49
    silent = [each for each in wiring.channels().of_workspace("ws_fifty") if not each.measured_at]
    assert len(silent) == 1  # …and is due still


def test_who_measures_too_often_waits_and_publishes_all_the_same(
    mastodon_channel: Channel, network: Network
) -> None:
    network.respond = lambda request: httpx.Response(429, headers={"retry-after": "3600"})
    collect(mastodon_channel)
    asked = len(network.requests)
    collect(mastodon_channel, now=LATER + 59 * timedelta(minutes=1))
    assert len(network.requests) == asked
    row = wiring.channels().get(mastodon_channel.channel_id)
    assert row is not None
    assert row.resume_at is None

    network.respond = mastodon(posts={})
    collect(mastodon_channel, now=LATER + HOUR)
    assert numbers(mastodon_channel.workspace_id) == {(None, "followers", 120)}


def test_posts_that_are_refused_every_time_hide_no_other(
    mastodon_channel: Channel, network: Network
) -> None:
    posts = [public(mastodon_channel, n) for n in range(12)]
    broken: dict[str, Any] = {str(n): httpx.Response(500) for n in range(4)}
    network.respond = mastodon(posts=broken | {str(n): {"reblogs_count": n} for n in range(4, 12)})

    for hour in range(12):
        collect(mastodon_channel, now=LATER + hour * HOUR)

    assert [bool(stored(post).measured_at) for post in posts] == [False] * 4 + [True] * 8


def test_a_number_that_a_platform_lets_fall_and_corrects_is_kept_as_it_came(
    mastodon_channel: Channel, network: Network, workspace: Workspace, tmp_path: Path
) -> None:
    post = public(mastodon_channel, 1)
    for day, likes in enumerate((40, 0, 38)):
        network.respond = mastodon(posts={"1": {"favourites_count": likes}})
        collect(mastodon_channel, now=LATER + day * DAY)
    told = [line for lines in kept(workspace.workspace_id).values() for line in lines]
    assert sorted(each["value"] for each in told if each["metric"] == "likes") == [0, 38, 40]
    with read_back(workspace, [post], tmp_path) as figures:
        [news] = [each for each in figures.news(month(workspace)) if each.delivery_id]
        assert news.likes == 38


def month(workspace: Workspace) -> periods.Period:
    return periods.read("2026-01", workspace.zone)


# ── we ───────────────────────────────────────────────────────────────────────────────────────────


def test_two_collectors_at_once_count_everything_once(
    mastodon_channel: Channel, network: Network, workspace: Workspace, tmp_path: Path
) -> None:
    posts = [public(mastodon_channel, n) for n in (1, 2, 3)]
    answers = mastodon(posts={str(n): {"favourites_count": n} for n in (1, 2, 3)})
    begun: list[bool] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/2") and not begun:
            begun.append(True)  # in the middle of the first one's run, a whole second one
            collect(mastodon_channel, now=LATER + timedelta(seconds=1))
        return answers(request)

    network.respond = respond
    collect(mastodon_channel)

    assert begun
    assert [stored(post).metrics["likes"] for post in posts] == [1, 2, 3]
    with read_back(workspace, posts, tmp_path) as figures:
        news = figures.news(month(workspace))
        assert sorted(each.likes or 0 for each in news if each.delivery_id) == [1, 2, 3]
        assert [each.audience for each in news if not each.delivery_id] == [120]


class Killed(BaseException):
    pass


class DiesAfterPutting(Bucket):
    """A bucket whose user dies once its object is there."""

    def put_gzipped(self, key: str, body: bytes, *, content_type: str) -> None:
        super().put_gzipped(key, body, content_type=content_type)
        raise Killed


class DiesBeforePutting(Bucket):
    def put_gzipped(self, key: str, body: bytes, *, content_type: str) -> None:
        raise Killed


@pytest.mark.parametrize("bucket", [DiesBeforePutting, DiesAfterPutting])
def test_a_collector_that_dies_is_followed_by_one_that_measures_the_same_and_counts_it_once(
    mastodon_channel: Channel,
    network: Network,
    workspace: Workspace,
    tmp_path: Path,
    bucket: type[Bucket],
) -> None:
    post = public(mastodon_channel, 1)
    network.respond = mastodon(posts={"1": {"favourites_count": 4}})
    dying = Shelf(bucket(wiring.aws("s3"), settings().reports_bucket))
    with pytest.raises(Killed):
        replace(wiring.collector(), shelf=dying).collect(mastodon_channel.channel_id, now=LATER)
    assert stored(post).measured_at is None

    collect(mastodon_channel, now=LATER + timedelta(minutes=1))

    assert stored(post).metrics == {"likes": 4}
    with read_back(workspace, [post], tmp_path) as figures:
        assert [each.likes for each in figures.news(month(workspace)) if each.delivery_id] == [4]


def test_a_clock_that_was_a_day_ahead_and_one_that_is_behind_lose_nothing(
    mastodon_channel: Channel, network: Network
) -> None:
    post = public(mastodon_channel, 1)
    network.respond = mastodon(posts={"1": {"favourites_count": 4}})
    collect(mastodon_channel, now=LATER + DAY)  # a day ahead
    collect(mastodon_channel, now=LATER + HOUR)  # right: nothing is due by then
    assert stored(post).measured_at == LATER + DAY

    network.respond = mastodon(posts={"1": {"favourites_count": 9}})
    collect(mastodon_channel, now=TEN - HOUR)  # behind: it is not public yet by that clock
    collect(mastodon_channel, now=LATER + 2 * DAY)
    assert stored(post).metrics == {"likes": 9}


# ── the bucket ───────────────────────────────────────────────────────────────────────────────────


GOOD = b'{"metric":"likes","channel_id":"a","value":1,"at":"2026-01-14T12:00:00.000Z"}\n'
DAMAGED = {
    "no gzip": b"not gzip at all",
    "cut off": gzip.compress(GOOD * 500)[:-20],
    "no JSON": gzip.compress(GOOD + b'{"metric":\n'),
    "no observation": gzip.compress(b'{"likes": 4}\n'),
    "an odd time": gzip.compress(GOOD.replace(b"2026-01-14T12", b"yesterday")),
    "an odd day": gzip.compress(GOOD.replace(b'"value"', b'"of_day":"monday","value"')),
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_object_spoils_no_merging_and_is_named(
    workspace: Workspace, damaged: bytes
) -> None:
    put(workspace, "2026-01-14", "a-10", 1)
    put(workspace, "2026-01-14", "a-11", 2)
    key = observations_key(workspace.workspace_id, date="2026-01-14", name="b-10")
    bucket = wiring.shelf().bucket
    bucket.put(key, damaged, content_type="")

    with pytest.raises(Unreadable, match=key):  # an error of the function, which has an alarm
        wiring.compactor().compact(workspace.workspace_id, now=clock.read("2026-01-20T12:00:00Z"))

    assert bucket.get(key) == damaged  # whoever looks into it finds all of it
    bucket.delete(key)
    assert values(workspace) == [("a-10", 1), ("a-11", 2)]
    assert len(kept(workspace.workspace_id)) == 1


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_object_is_left_out_of_the_figures_and_named(
    damaged: bytes, tmp_path: Path
) -> None:
    (tmp_path / "good.jsonl.gz").write_bytes(
        gzip.compress(GOOD.replace(b'"value"', b'"delivery_id":"d","value"'))
    )
    (tmp_path / "bad.jsonl.gz").write_bytes(damaged)
    january = periods.read("2026-01", "UTC")
    with Figures(
        first=january.before,
        last=january,
        posts=[PublishedPost(delivery_id="d", published_at="2026-01-02T00:00:00.000Z")],
        scratch=tmp_path,
    ) as figures:
        assert figures.unreadable == ("bad.jsonl.gz",)
        assert [each.likes for each in figures.news(january)] == [1]


def test_what_comes_late_for_a_month_that_was_merged_long_ago_is_merged_too(
    workspace: Workspace,
) -> None:
    put(workspace, "2025-03-01", "merged", 1)
    put(workspace, "2025-03-01", "late", 2)
    now = clock.read("2026-01-20T00:00:00Z")
    merged = sum(
        wiring.compactor().compact(workspace.workspace_id, now=now + n * HOUR) for n in range(24)
    )
    assert merged == 2
    assert len(kept(workspace.workspace_id)) == 1
