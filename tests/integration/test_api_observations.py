"""The history of what was measured, a page at a time and as a sheet; the measures for programs."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.measuring.shelf import observations_key
from tellal.observations import Metric, Observation
from tests.integration.api_calls import Call

JANUARY = {"since": "2026-01-01", "until": "2026-01-31"}


def observe(channel: Channel, at: str, value: int, **facts: Any) -> Observation:
    told = Observation(
        workspace_id=channel.workspace_id,
        channel_id=channel.channel_id,
        platform=channel.platform,
        value=value,
        at=clock.read(at),
        **{"metric": Metric.FOLLOWERS} | facts,
    )
    wiring.shelf().keep(
        [told], workspace_id=told.workspace_id, name=f"{told.metric}-{value}", at=told.at
    )
    return told


def values(call: Call, admin: str, **query: str) -> list[int]:
    reply = call("GET", "/observations/history", key=admin, query=JANUARY | query)
    assert reply.status == 200, reply.text
    return [each["value"] for each in reply.json["items"]]


def test_the_days_are_the_workspaces_and_the_oldest_comes_first(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    for at, value in (
        ("2026-01-31T21:00:00Z", 5),  # in Istanbul it is February
        ("2026-01-31T20:59:59Z", 4),
        ("2025-12-31T21:00:00Z", 2),  # in Istanbul it is January
        ("2025-12-31T20:59:59Z", 1),
        ("2026-01-15T10:00:00Z", 3),
    ):
        observe(mastodon_channel, at, value)
    assert values(call, admin) == [2, 3, 4]


def test_an_amount_stands_under_its_day_however_late_it_was_told(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    told = {"metric": Metric.VISITS, "of_day": date(2026, 1, 14), "delivery_id": "dlv_1"}
    observe(mastodon_channel, "2026-03-20T10:00:00Z", 7, **told)
    observe(mastodon_channel, "2026-01-20T10:00:00Z", 8, **told | {"of_day": date(2025, 12, 30)})
    assert values(call, admin) == [7]


def test_what_is_asked_for_is_named_by_channel_delivery_and_metric(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    other = mastodon_channel.model_copy(update={"channel_id": "ch_other"})
    observe(mastodon_channel, "2026-01-10T10:00:00Z", 1)
    observe(other, "2026-01-11T10:00:00Z", 2)
    observe(mastodon_channel, "2026-01-12T10:00:00Z", 3, metric=Metric.LIKES, delivery_id="dlv_1")
    assert values(call, admin, channel_id="ch_other") == [2]
    assert values(call, admin, delivery_id="dlv_1") == [3]
    assert values(call, admin, metric="followers") == [1, 2]
    assert values(call, admin, metric="followers", delivery_id="dlv_1") == []


def test_pages_follow_each_other_without_a_gap_or_a_copy(
    call: Call, admin: str, mastodon_channel: Channel, workspace: Workspace
) -> None:
    for n in range(1, 8):
        observe(mastodon_channel, f"2026-01-{n:02}T10:00:00Z", n)
    bucket = wiring.shelf().bucket
    [first, *_] = bucket.keys(f"observations/workspace={workspace.workspace_id}/")
    bucket.copy(first, observations_key(workspace.workspace_id, date="2026-01-01", name="merged"))

    seen: list[int] = []
    query: dict[str, str] = {**JANUARY, "limit": "3"}
    while True:
        page = call("GET", "/observations/history", key=admin, query=query).json
        seen += [each["value"] for each in page["items"]]
        if page["cursor"] is None:
            break
        query["cursor"] = page["cursor"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_as_a_sheet_it_has_a_column_for_every_field_and_says_where_to_go_on(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    observe(mastodon_channel, "2026-01-10T10:00:00Z", 1, segment="city:=cmd()")
    observe(mastodon_channel, "2026-01-11T10:00:00Z", 2)
    query = JANUARY | {"format": "csv", "limit": "1"}
    reply = call("GET", "/observations/history", key=admin, query=query)
    assert reply.headers["Content-Type"].startswith("text/csv")
    [row] = csv.DictReader(io.StringIO(reply.text))
    assert (row["metric"], row["value"], row["segment"]) == ("followers", "1", "city:=cmd()")
    again = call(
        "GET",
        "/observations/history",
        key=admin,
        query=query | {"cursor": reply.headers["X-Cursor"]},
    )
    [row] = csv.DictReader(io.StringIO(again.text))
    assert row["value"] == "2"
    assert "X-Cursor" not in again.headers


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"since": "2026-01-01", "until": "2025-12-31"}, "until"),
        ({"since": "2026-01-01", "until": "2026-04-03"}, "until"),
        ({"since": "yesterday", "until": "2026-01-02"}, "since"),
        ({"since": "2026-01-01"}, "until"),
        (JANUARY | {"metric": "smiles"}, "metric"),
        (JANUARY | {"limit": "5001"}, "limit"),
        (JANUARY | {"format": "xml"}, "format"),
    ],
)
def test_what_is_asked_wrongly_is_named(
    call: Call, admin: str, given: dict[str, str], field: str
) -> None:
    reply = call("GET", "/observations/history", key=admin, query=given)
    assert reply.status == 422
    assert list(reply.broken) == [field]


def test_a_damaged_object_is_named_and_hides_nothing_else(
    call: Call, admin: str, mastodon_channel: Channel, workspace: Workspace
) -> None:
    observe(mastodon_channel, "2026-01-10T10:00:00Z", 1)
    key = observations_key(workspace.workspace_id, date="2026-01-10", name="odd")
    wiring.shelf().bucket.put(key, b"odd", content_type="")
    page = call("GET", "/observations/history", key=admin, query=JANUARY).json
    assert [each["value"] for each in page["items"]] == [1]
    assert page["unreadable"] == [key]


def test_nobody_elses_observations_are_told(
    call: Call, elsewhere: str, mastodon_channel: Channel
) -> None:
    observe(mastodon_channel, "2026-01-10T10:00:00Z", 1)
    assert values(call, elsewhere, channel_id=mastodon_channel.channel_id) == []


def test_the_measures_are_defined_and_those_of_a_report_handed_out(
    call: Call, admin: str, mastodon_channel: Channel, workspace: Workspace
) -> None:
    defined = {each["measure"] for each in call("GET", "/measures", key=admin).json["items"]}
    assert {"audience_growth", "engagement_rate", "website_clicks", "conversions"} <= defined
    assert call("GET", "/measures/2026-W01", key=admin).status == 404
    observe(mastodon_channel, "2025-12-30T10:00:00Z", 100)
    observe(mastodon_channel, "2026-01-03T10:00:00Z", 107)
    now = clock.read("2026-01-05T10:00:00Z") + timedelta(hours=1)
    wiring.reporter().build(workspace.workspace_id, "2026-W01", now=now)

    shown = call("GET", "/measures/2026-W01", key=admin).json
    growth = [each for each in shown["items"] if each["measure"] == "audience_growth"]
    assert [(each["channel"], each["value"]) for each in growth] == [
        (None, 7),
        (mastodon_channel.channel_id, 7),
    ]
    sheet = call("GET", "/measures/2026-W01", key=admin, query={"format": "csv"}).text
    assert next(csv.DictReader(io.StringIO(sheet)))["value"] == "7"
