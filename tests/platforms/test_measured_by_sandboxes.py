"""Numbers read from servers that tell them as the platforms do, over real sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running
from tellal import clock
from tellal.channels import Channel
from tellal.errors import Throttled, TryLater
from tellal.observations import Metric
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.measured import Measured
from tellal.platforms.youtube.consent import SCOPES
from tellal.posts import Remote
from tests.platforms.sample import channel

LASTING = ("x", "youtube", "tiktok")  # whose tokens would end as the clock goes on
DAY = timedelta(days=1)
# Where a post is made by a person's hand, so that nothing but numbers is asked for here.
BY_HAND = ["facebook", "instagram", "threads", "linkedin", "x"]
# A name in each platform's words, and ours: given up, it fails a whole question.
GIVEN_UP = {
    "facebook": ("post_media_view", Metric.IMPRESSIONS),
    "instagram": ("views", Metric.IMPRESSIONS),
    "threads": ("views", Metric.IMPRESSIONS),
}
NO_MORE = {
    **GIVEN_UP,
    "linkedin": ("impressionCount", Metric.IMPRESSIONS),
    "x": ("impression_count", Metric.IMPRESSIONS),
}
DAYS = ["facebook", "instagram", "threads", "linkedin", "youtube"]
AUDIENCE = ["instagram", "threads", "linkedin"]
INSIGHTS = {
    "facebook": "*/insights",
    "instagram": "*/insights",
    "threads": "*/insights",
    "linkedin": "*ShareStatistics*",
    "x": "/2/tweets*",
}


@dataclass(frozen=True)
class Owner:
    """Of one connected channel that is measured."""

    control: Control
    adapter: Any
    channel: Channel
    account: dict[str, Any]

    @property
    def measured(self) -> Measured:
        measured: Measured = self.adapter.facts.measured
        return measured

    def post(self) -> Remote:
        who = self.account.get("id", "bakery") if self.channel.platform == "facebook" else "bakery"
        made = self.control.act(who=who, do="post", text=f"Bread {len(self.control.posts())}")
        return Remote(id=made["id"])

    def later(self, span: timedelta) -> None:
        self.control.advance(seconds=span.total_seconds())

    def numbers(self, remote: Remote) -> dict[Metric, int]:
        told: dict[Metric, int] = self.adapter.read_posts([remote])[remote.id]
        return told


@contextmanager
def owning(name: str, **details: Any) -> Iterator[Owner]:
    platform: Any = PLATFORMS[name]
    stated = {each: setting.value for each, setting in platform.facts.settings.items()}
    with running(name) as sandbox, httpx.Client(trust_env=False) as http:
        if name in LASTING:
            sandbox.control.change_settings(access_seconds=10**8)
        account = sandbox.control.create_account("bakery", **details)
        made = channel(
            name,
            remote_id=account.get("urn") or account.get("id") or "bakery",
            handle=account.get("username") or "bakery",
            server={"scopes": details.get("scopes", " ".join(platform.scopes)).split()},
        )
        credentials = platform.Credentials.model_validate(account)
        calls = Calls(http, {**platform.facts.hosts, **sandbox.hosts}, settings=stated)
        yield Owner(sandbox.control, platform(made, credentials, calls), made, account)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_posts_numbers_begin_at_nothing_and_grow_with_time(name: str) -> None:
    with owning(name) as owner:
        remote = owner.post()
        before = owner.numbers(remote)
        owner.later(5 * DAY)
        after = owner.numbers(remote)
        assert after == owner.numbers(remote)
        assert set(after) <= set(owner.measured.posts.values())
        assert after[Metric.IMPRESSIONS] > before[Metric.IMPRESSIONS] == 0
        gone = Remote(id=f"{remote.id}9")
        assert set(owner.adapter.read_posts([gone, remote])) == {remote.id}


@pytest.mark.parametrize("name", GIVEN_UP)
def test_a_number_that_is_refused_is_missing_and_the_others_are_there(name: str) -> None:
    refused, metric = GIVEN_UP[name]
    with owning(name) as owner:
        remotes = [owner.post(), owner.post(), owner.post()]
        owner.later(DAY)
        whole = owner.adapter.read_posts(remotes)
        owner.control.change_settings(refused=[refused])
        owner.control.forget_requests()
        lacking = owner.adapter.read_posts(remotes)
        for remote in remotes:
            assert lacking[remote.id].keys() == whole[remote.id].keys() - {metric}
        names = len(owner.measured.posts)
        asked = [each for each in owner.control.requests() if "insights" in each["path"]]
        assert len(asked) <= len(remotes) + names + 1  # each name alone for the first post only


@pytest.mark.parametrize("name", NO_MORE)
def test_a_number_that_is_told_no_more_is_missing_and_never_nothing(name: str) -> None:
    untold, metric = NO_MORE[name]
    with owning(name) as owner:
        remote = owner.post()
        owner.later(DAY)
        whole = owner.numbers(remote)
        owner.control.change_settings(untold=[untold])
        assert owner.numbers(remote).keys() == whole.keys() - {metric}


@pytest.mark.parametrize("name", DAYS)
def test_days_are_told_once_they_are_over_and_stay_as_they_are(name: str) -> None:
    with owning(name) as owner:
        today = clock.now().date()
        owner.later(9 * DAY)
        told = list(owner.adapter.read_days(today, today + 5 * DAY))
        assert told == list(owner.adapter.read_days(today, today + 5 * DAY))
        assert {each.metric for each in told} <= set(owner.measured.days.values())
        seen = {each.day for each in told}
        assert seen == {today + n * DAY for n in range(5)}
        assert len({(each.day, each.metric) for each in told}) == len(told)
        ahead = owner.adapter.read_days(today + 30 * DAY, today + 32 * DAY)
        assert list(ahead) == []


@pytest.mark.parametrize("name", AUDIENCE)
def test_who_follows_is_told_of_a_hundred_and_of_fewer_nothing(name: str) -> None:
    with owning(name) as owner:
        if name != "linkedin":
            owner.control.change_settings(followers=99)
            assert owner.adapter.read_audience() == {}
        owner.control.change_settings(followers=1000)
        assert owner.adapter.read_channel()[Metric.FOLLOWERS] == 1000
        told = owner.adapter.read_audience()
        kinds = {segment.partition(":")[0] for segment in told}
        assert kinds == set(owner.measured.audience.values())
        assert all(0 < people <= 1000 for people in told.values())


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("facebook", "pages_read_engagement pages_read_user_content"),
        ("instagram", "instagram_business_basic"),
        ("threads", "threads_basic"),
        ("linkedin", "w_organization_social"),
    ],
)
def test_without_the_permission_numbers_are_missing_and_the_channel_is_kept(
    name: str, scopes: str
) -> None:
    with owning(name, scopes=scopes) as owner:
        remote, today = owner.post(), clock.now().date()
        owner.later(5 * DAY)
        for told in owner.adapter.read_posts([remote]).values():
            assert Metric.IMPRESSIONS not in told
        assert list(owner.adapter.read_days(today, today + DAY)) == []
        owner.adapter.read_channel()


@pytest.mark.parametrize("name", INSIGHTS)
def test_what_goes_wrong_on_the_way_is_for_later(name: str) -> None:
    with owning(name) as owner:
        remote = owner.post()
        owner.control.fail("fail_before", path=INSIGHTS[name])
        with pytest.raises(TryLater):
            owner.adapter.read_posts([remote])
        owner.control.fail("status", path=INSIGHTS[name], status=429)
        with pytest.raises(Throttled):
            owner.adapter.read_posts([remote])


def test_a_members_posts_are_measured_where_linkedin_lets_an_app() -> None:
    scopes = "openid profile w_member_social r_member_postAnalytics"
    with owning("linkedin", scopes=scopes, details={"kind": "member"}) as owner:
        remote = owner.post()
        owner.later(5 * DAY)
        told = owner.numbers(remote)
        assert told[Metric.SAVES] > 0
        owner.control.change_settings(refused=["POST_SAVE"])
        assert owner.numbers(remote).keys() == told.keys() - {Metric.SAVES}
        assert owner.adapter.read_channel() == {}
        assert owner.adapter.read_audience() == {}


def test_what_analytics_refuses_leaves_youtube_the_rest() -> None:
    with owning("youtube") as owner:
        remote, today = owner.post(), clock.now().date()
        owner.later(9 * DAY)
        whole = owner.numbers(remote)
        assert whole[Metric.WATCH_SECONDS] % 60 == 0 < whole[Metric.WATCH_SECONDS]
        owner.control.change_settings(refused=["shares"])
        assert owner.numbers(remote).keys() == whole.keys() - {Metric.SHARES}
        days = list(owner.adapter.read_days(today, today + 3 * DAY))
        assert Metric.SHARES not in {each.metric for each in days}
        assert Metric.WATCH_SECONDS in {each.metric for each in days}


def test_a_youtube_channel_that_left_analytics_out_is_measured_by_the_rest() -> None:
    scopes = " ".join(each for each in SCOPES if "analytics" not in each)
    with owning("youtube", scopes=scopes) as owner:
        remote, today = owner.post(), clock.now().date()
        owner.later(5 * DAY)
        assert owner.numbers(remote).keys() == {Metric.VIEWS, Metric.LIKES, Metric.REPLIES}
        assert list(owner.adapter.read_days(today, today + DAY)) == []
