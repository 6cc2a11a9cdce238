"""What platforms count of a channel day by day: filled back when it is connected, read again while
it may still change, and without gaps after an outage."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from local.sandboxes.serving import Sandbox, running
from tellal import wiring
from tellal.channels import Channel, Workspace
from tests.conftest import connected
from tests.integration.test_collect_metrics import kept

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def sandbox(aws: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with running("facebook") as sandbox:
        monkeypatch.setenv("PLATFORM_HOSTS", json.dumps({"facebook": sandbox.hosts}))
        wiring.forget()
        yield sandbox
        wiring.http().close()


@pytest.fixture
def page(sandbox: Sandbox, workspace: Workspace) -> Channel:
    made = sandbox.control.create_account("9", display_name="Acme")
    return connected(
        workspace,
        "facebook",
        {"access_token": SecretStr(made["access_token"])},
        remote_id=made["id"],
        name="Acme",
        handle="acme",
    )


def collect(page: Channel, sandbox: Sandbox) -> Channel:
    """At the sandbox's time: it moves as tests move it."""
    wiring.collector().collect(page.channel_id, now=sandbox.clock.now())
    row = wiring.channels().get(page.channel_id)
    assert row is not None
    return row


def days(page: Channel, metric: str = "impressions") -> dict[date, list[int]]:
    """What was told of each day, each time."""
    told: dict[date, list[int]] = {}
    lines = [line for lines in kept(page.workspace_id).values() for line in lines]
    for line in lines:
        if line["metric"] == metric and "of_day" in line:
            told.setdefault(date.fromisoformat(line["of_day"]), []).append(line["value"])
    return told


def today(sandbox: Sandbox, workspace: Workspace) -> date:
    return sandbox.clock.now().astimezone(ZoneInfo(workspace.zone)).date()


def without_gaps(told: dict[date, list[int]]) -> bool:
    return all(after - before == DAY for before, after in pairwise(sorted(told)))


def test_what_was_before_it_was_connected_is_filled_back_as_far_as_the_platform_tells(
    sandbox: Sandbox, page: Channel, workspace: Workspace
) -> None:
    first = collect(page, sandbox)
    assert first.days_read is not None
    assert first.days_read < today(sandbox, workspace) - 100 * DAY  # one run asks for so much only
    sandbox.clock.advance(3600)

    after = collect(page, sandbox)

    here = today(sandbox, workspace)
    told = days(page)
    assert after.days_read == here - 2 * DAY  # what is younger may still change
    assert min(told) == here - 730 * DAY
    assert here - 3 * DAY <= max(told) < here  # it lags
    assert without_gaps(told)


def test_a_day_is_read_again_until_it_is_settled_and_never_after(
    sandbox: Sandbox, page: Channel, workspace: Workspace
) -> None:
    for hours in (0, 1):
        sandbox.clock.advance(hours * 3600)
        collect(page, sandbox)
    before = days(page)
    settled = today(sandbox, workspace) - 2 * DAY
    sandbox.clock.advance(DAY.total_seconds())

    collect(page, sandbox)
    again = {day for day, values in days(page).items() if len(values) > len(before.get(day, []))}

    assert again
    assert min(again) >= settled
    asked = len(sandbox.control.requests())
    sandbox.clock.advance(3600)
    collect(page, sandbox)  # the same day: nothing of the channel is due
    assert len(sandbox.control.requests()) == asked


def test_an_outage_of_days_leaves_no_gap(sandbox: Sandbox, page: Channel) -> None:
    for hours in (0, 1, 9 * 24):
        sandbox.clock.advance(hours * 3600)
        collect(page, sandbox)
    assert without_gaps(days(page))


def test_a_window_that_is_refused_is_asked_for_in_the_next_hour(
    sandbox: Sandbox, page: Channel
) -> None:
    sandbox.control.fail("fail_before", path="*/insights")
    first = collect(page, sandbox)
    assert first.measured_at is not None  # its own numbers are there all the same
    for _ in range(2):
        sandbox.clock.advance(3600)
        after = collect(page, sandbox)
    assert after.days_read is not None
    assert without_gaps(days(page))


def test_what_was_counted_before_lies_under_its_own_months(
    sandbox: Sandbox, page: Channel, workspace: Workspace
) -> None:
    collect(page, sandbox)
    months = {key.split("/date=")[1][:7] for key in kept(page.workspace_id)}
    assert len(months) > 12
