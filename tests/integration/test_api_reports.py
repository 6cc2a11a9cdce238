import httpx

from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tests.integration.api_calls import Call
from tests.integration.deliveries import scheduled


def test_a_report_is_built_behind_the_answer(call: Call, admin: str) -> None:
    asked = call("POST", "/reports", key=admin, body={"period": "2026-W01"})
    assert asked.status == 202
    assert asked.json["since"] == "2025-12-28T21:00:00.000Z"  # midnight in Istanbul


def test_what_is_no_period_or_has_not_begun_is_refused(call: Call, admin: str) -> None:
    for period in ("2026-W54", "2026-13", "yesterday", "2026", "2099-01", "0001-01", "٢٠٢٦-01"):
        reply = call("POST", "/reports", key=admin, body={"period": period})
        assert list(reply.broken) == ["period"]
    assert call("GET", "/reports/yesterday", key=admin).status == 422


def test_a_report_is_handed_out_as_links(call: Call, admin: str, workspace: Workspace) -> None:
    contents = {"html": "<p>", "csv": "a,b", "json": '{"made_at": "2026-01-05T00:00:00Z"}'}
    wiring.shelf().put_report(workspace.workspace_id, "2026-W01", contents)

    [listed] = call("GET", "/reports", key=admin).json["items"]
    assert listed == {
        "report": "2026-W01",
        "period": "2026-W01",
        "campaign_id": None,
        "made_at": "2026-01-05T00:00:00.000Z",
        "mailing": None,
    }
    links = call("GET", "/reports/2026-W01", key=admin).json["links"]
    assert httpx.get(links["csv"]).text == "a,b"
    assert call("GET", "/reports/2026-W02", key=admin).status == 404


def test_the_newest_of_a_channels_numbers_are_shown(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    assert _numbers(call, admin, channel_id=mastodon_channel.channel_id) == {}
    measured = {"metrics": {"followers": 11}, "measured_at": clock.now()}
    changed = mastodon_channel.model_copy(update=measured)
    wiring.channels().save(mastodon_channel, changed)
    assert _numbers(call, admin, channel_id=mastodon_channel.channel_id) == {"followers": 11}


def test_the_newest_of_a_deliverys_numbers_are_shown(
    call: Call, admin: str, mastodon_channel: Channel
) -> None:
    delivery = scheduled(mastodon_channel, metrics={"likes": 3}, measured_at=clock.now())
    assert _numbers(call, admin, delivery_id=delivery.delivery_id) == {"likes": 3}


def test_what_is_named_by_nothing_is_not_there(call: Call, admin: str) -> None:
    for name in ("channel_id", "delivery_id"):
        assert call("GET", "/observations", key=admin, query={name: ""}).status == 404


def test_one_thing_is_asked_about(call: Call, admin: str) -> None:
    for query in ({}, {"channel_id": "a", "delivery_id": "b"}):
        assert call("GET", "/observations", key=admin, query=query).status == 422


def _numbers(call: Call, admin: str, **query: str) -> dict[str, int]:
    items = call("GET", "/observations", key=admin, query=query).json["items"]
    return {each["metric"]: each["value"] for each in items}
