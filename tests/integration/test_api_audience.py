"""Personas, best times, and what a workspace says of its reports."""

from datetime import timedelta

import pytest

from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import State
from tellal.posts import Remote
from tests.integration.api_calls import Call
from tests.integration.deliveries import part, scheduled

BUYER = {"name": "Buyers", "share": 70, "ages": ["25-34"], "countries": ["TR"]}


def test_personas_are_written_whole_and_not_over_anybody_elses(call: Call, admin: str) -> None:
    assert call("GET", "/personas", key=admin).json == {"personas": [], "version": 0}
    first = call("PUT", "/personas", key=admin, body={"version": 0, "personas": [BUYER]}).json
    assert first["version"] == 1
    assert first["personas"][0]["cities"] == []
    assert call("PUT", "/personas", key=admin, body={"version": 0, "personas": []}).status == 409
    second = {"version": 1, "personas": [BUYER | {"share": 50}]}
    assert call("PUT", "/personas", key=admin, body=second).json["version"] == 2
    assert call("GET", "/personas", key=admin).json["personas"][0]["share"] == 50


@pytest.mark.parametrize(
    ("persona", "field"),
    [
        ({"ages": ["old"]}, "personas[0].ages[0]"),
        ({"countries": ["Turkey"]}, "personas[0].countries[0]"),
        ({"share": 0}, "personas[0].share"),
    ],
)
def test_what_is_wrong_with_a_persona_is_named(
    call: Call, admin: str, persona: dict[str, object], field: str
) -> None:
    body = {"version": 0, "personas": [BUYER | persona]}
    assert list(call("PUT", "/personas", key=admin, body=body).broken) == [field]


def test_shares_are_of_one_whole_and_names_tell_apart(call: Call, admin: str) -> None:
    body = {"version": 0, "personas": [BUYER, BUYER | {"name": "BUYERS"}]}
    broken = call("PUT", "/personas", key=admin, body=body).broken
    assert broken["personas"] == "have shares that add up to 140 percent"
    assert "personas[1].name" in broken


def test_best_times_come_from_the_channels_own_posts(
    call: Call,
    admin: str,
    workspace: Workspace,
    mastodon_channel: Channel,
    bluesky_channel: Channel,
) -> None:
    at = f"/channels/{mastodon_channel.channel_id}/best-times"
    now = clock.now()
    when = now - timedelta(days=7)
    for number in range(20):
        if number == 19:
            said = call("GET", at, key=admin).json
            assert said["slots"] == []
            assert said["note"].startswith("Too few posts to say anything: 19 of 20 that are meas")
        published(mastodon_channel, when, likes=10)
    published(bluesky_channel, when, likes=9000)

    said = call("GET", at, key=admin).json
    assert (said["posts"], said["mean_engagements"], said["days"]) == (20, 10, 90)
    [slot] = said["slots"]
    assert (slot["posts"], slot["lift"]) == (20, 1)
    assert slot["until_hour"] == slot["from_hour"] + 3
    assert call("GET", at, key=admin, query={"days": "180"}).json["posts"] == 20
    assert call("GET", at, key=admin, query={"days": "7"}).status == 422


def test_best_times_are_of_a_channel_of_ours(
    call: Call, elsewhere: str, mastodon_channel: Channel
) -> None:
    at = f"/channels/{mastodon_channel.channel_id}/best-times"
    assert call("GET", at, key=elsewhere).status == 404


def published(channel: Channel, when: object, **metrics: int) -> None:
    facts = {"state": State.PUBLISHED, "published_at": when, "publish_at": when}
    settled = {"next_attempt_at": None, "next_step": None, "metrics": metrics}
    scheduled(channel, part("Hello", remote=Remote(id="1")), **facts | settled)


def test_a_workspace_says_in_which_language_and_to_whom_it_reports(
    call: Call, admin: str, workspace: Workspace
) -> None:
    at = f"/workspaces/{workspace.workspace_id}"
    shown = call("GET", at, key=admin).json
    assert (shown["language"], shown["report_recipients"]) == ("en", [])
    to = ["ayse@acme.example", "Ayse@acme.example", "deniz@acme.example"]
    body = {"language": "tr", "report_recipients": to}
    changed = call("PATCH", at, key=admin, body=body).json
    assert changed["language"] == "tr"
    assert changed["report_recipients"] == ["Ayse@acme.example", "deniz@acme.example"]
    assert call("PATCH", at, key=admin, body={"name": "A"}).json["report_recipients"]
    assert (
        call("PATCH", at, key=admin, body={"report_recipients": []}).json["report_recipients"] == []
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"language": "de"}, "language"),
        ({"report_recipients": ["nobody"]}, "report_recipients[0]"),
        ({"report_recipients": ["a@b.c\nBcc: d@e.f"]}, "report_recipients[0]"),
        ({"report_recipients": [f"{n}@b.example" for n in range(21)]}, "report_recipients"),
    ],
)
def test_other_languages_and_what_is_no_address_are_refused(
    call: Call, admin: str, workspace: Workspace, body: dict[str, object], field: str
) -> None:
    at = f"/workspaces/{workspace.workspace_id}"
    assert list(call("PATCH", at, key=admin, body=body).broken) == [field]


def test_a_report_of_days_of_a_campaign_in_turkish_can_be_asked_for(
    call: Call, admin: str, workspace: Workspace
) -> None:
    body = {"period": "2025-12-01..2025-12-20", "campaign_id": "cmp_1", "language": "tr"}
    asked = call("POST", "/reports", key=admin, body=body)
    assert asked.status == 202
    assert asked.json["report"] == "2025-12-01..2025-12-20~cmp_1"
    contents = {"html": "<p>", "csv": "a", "json": '{"made_at": "2026-01-05T00:00:00Z"}'}
    wiring.shelf().put_report(workspace.workspace_id, asked.json["report"], contents)
    shown = call("GET", f"/reports/{asked.json['report']}", key=admin).json
    assert (shown["period"], shown["campaign_id"]) == ("2025-12-01..2025-12-20", "cmp_1")
    for odd in ("../x", "cmp_/../x", "x"):
        reply = call("POST", "/reports", key=admin, body={"period": "2025-12", "campaign_id": odd})
        assert list(reply.broken) == ["campaign_id"]
