"""Conversions told by programs with a key, listed, and taken back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tellal import clock, ids, wiring
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.conversions import Conversion, Stage, Via
from tellal.counting.intake import Told
from tellal.deliveries import Delivery, State
from tellal.errors import Conflict
from tellal.links import Campaign, Link, Utm
from tellal.posts import Content, Post, PostState
from tests.conftest import TEN
from tests.integration.api_calls import Call, Reply, key_of
from tests.integration.deliveries import part, scheduled

DAY = timedelta(days=1)
AT = "/conversions"
SALE = {
    "id": "order-1",
    "stage": "sale",
    "occurred_at": "2026-01-02T10:00:00Z",
    "value": "12.50",
    "currency": "EUR",
}


def tell(call: Call, key: str, *told: dict[str, Any], **more: Any) -> Reply:
    return call("POST", AT, key=key, body={"conversions": list(told)}, **more)


def listed(call: Call, key: str, **query: str) -> list[Any]:
    found: list[Any] = call("GET", AT, key=key, query=query).json["items"]
    return found


def stored(reply: Reply) -> Conversion:
    found = wiring.conversions().get(reply.json["items"][0]["conversion_id"])
    assert found is not None
    return found


@pytest.fixture
def campaign(workspace: Workspace) -> Campaign:
    return wiring.campaigns().create(
        Campaign(
            campaign_id=ids.new("cmp", now=TEN),
            workspace_id=workspace.workspace_id,
            name="Bahar İndirimi",
            utm=Utm(campaign="spring26"),
            created_at=TEN,
        )
    )


@pytest.fixture
def post(mastodon_channel: Channel, campaign: Campaign) -> tuple[Post, Delivery]:
    """Public since ten o'clock."""
    facts = {"state": State.PUBLISHED, "published_at": TEN}
    post_id = ids.new("post", now=TEN)
    delivery = scheduled(
        mastodon_channel,
        part("Hello"),
        post_id=post_id,
        next_attempt_at=None,
        next_step=None,
        **facts,
    )
    made = Post(
        post_id=post_id,
        workspace_id=mastodon_channel.workspace_id,
        content=Content(text="Hello"),
        channel_ids=(mastodon_channel.channel_id,),
        delivery_ids=(delivery.delivery_id,),
        campaign_id=campaign.campaign_id,
        state=PostState.SCHEDULED,
        publish_at=TEN,
        created_at=TEN,
        created_by="somebody",
    )
    return wiring.posts().create(made), delivery


@pytest.fixture
def link(post: tuple[Post, Delivery]) -> Link:
    written, delivery = post
    return wiring.links().create(
        Link(
            code=ids.new("l", now=TEN)[-12:],
            workspace_id=written.workspace_id,
            target="https://shop.example/",
            zone="Europe/Istanbul",
            delivery_id=delivery.delivery_id,
            post_id=written.post_id,
            channel_id=delivery.channel_id,
            platform="mastodon",
            campaign_id=written.campaign_id,
            created_at=TEN - DAY,
        )
    )


def test_a_conversion_is_kept_with_what_its_caller_told(call: Call, admin: str) -> None:
    reply = tell(call, admin, SALE)
    assert reply.status == 200
    [shown] = reply.json["items"]
    assert {name: shown[name] for name in ("id", "stage", "value", "currency", "via")} == {
        **{name: SALE[name] for name in ("id", "stage", "value", "currency")},
        "via": "key",
    }
    row = stored(reply)
    assert (row.value, row.of_day.isoformat()) == (1250, "2026-01-02")
    assert listed(call, admin) == [shown]


def test_its_day_is_the_workspaces(call: Call, admin: str) -> None:
    late = {**SALE, "occurred_at": "2026-01-02T21:30:00Z"}  # half past midnight in Istanbul
    assert stored(tell(call, admin, late)).of_day.isoformat() == "2026-01-03"


def test_a_short_link_brings_it_to_its_post_and_campaign(
    call: Call, admin: str, link: Link
) -> None:
    touch = {"code": link.code, "at": "2026-01-01T12:00:00Z"}
    [shown] = tell(call, admin, {**SALE, "touches": [touch]}).json["items"]
    assert shown["attribution"] == {
        "by": "code",
        "delivery_id": link.delivery_id,
        "post_id": link.post_id,
        "channel_id": link.channel_id,
        "platform": "mastodon",
        "campaign_id": link.campaign_id,
        "touched_at": "2026-01-01T12:00:00.000Z",
        "why_not": None,
    }


def test_without_the_clicks_time_that_of_the_post_counts(
    call: Call, admin: str, link: Link
) -> None:
    [shown] = tell(call, admin, {**SALE, "touches": [{"code": link.code}]}).json["items"]
    assert shown["attribution"]["touched_at"] == clock.text(TEN)


def test_utm_content_names_the_post(call: Call, admin: str, post: tuple[Post, Delivery]) -> None:
    written, delivery = post
    touch = {"source": "mastodon", "content": f"a-{written.post_id}"}
    [shown] = tell(call, admin, {**SALE, "touches": [touch]}).json["items"]
    found = shown["attribution"]
    assert (found["by"], found["post_id"]) == ("utm", written.post_id)
    assert (found["delivery_id"], found["campaign_id"]) == (
        delivery.delivery_id,
        written.campaign_id,
    )


@pytest.mark.parametrize("named", ["bahar-indirimi", "spring26", "Bahar İndirimi"])
def test_utm_campaign_names_the_campaign(
    call: Call, admin: str, campaign: Campaign, named: str
) -> None:
    touch = {"campaign": named, "at": "2026-01-02T09:00:00Z"}
    found = tell(call, admin, {**SALE, "touches": [touch]}).json["items"][0]["attribution"]
    assert (found["by"], found["campaign_id"]) == ("utm", campaign.campaign_id)
    assert found["post_id"] is None


def test_of_several_touches_the_last_within_the_window_wins(
    call: Call, admin: str, link: Link, campaign: Campaign
) -> None:
    touches = [
        {"campaign": "spring26", "at": "2026-01-02T08:00:00Z"},
        {"code": link.code, "at": "2026-01-02T09:00:00Z"},
        {"campaign": "spring26", "at": "2026-01-02T11:00:00Z"},  # after it
    ]
    found = tell(call, admin, {**SALE, "touches": touches}).json["items"][0]["attribution"]
    assert (found["by"], found["touched_at"]) == ("code", "2026-01-02T09:00:00.000Z")


def test_another_workspaces_links_posts_and_campaigns_bring_nothing(
    call: Call, elsewhere: str, link: Link, campaign: Campaign
) -> None:
    touches = [{"code": link.code}, {"content": link.post_id}, {"campaign": "spring26"}]
    [shown] = tell(call, elsewhere, {**SALE, "touches": touches}).json["items"]
    assert shown["attribution"]["by"] is None
    assert "fits what was given" in shown["attribution"]["why_not"]


def test_the_window_is_the_workspaces(
    call: Call, admin: str, workspace: Workspace, link: Link
) -> None:
    place = f"/workspaces/{workspace.workspace_id}"
    assert call("GET", place, key=admin).json["conversion_window_days"] == 30
    late = {**SALE, "occurred_at": "2026-03-01T10:00:00Z", "touches": [{"code": link.code}]}
    [shown] = tell(call, admin, late).json["items"]
    assert "over 30 days" in shown["attribution"]["why_not"]
    changed = call("PATCH", place, key=admin, body={"conversion_window_days": 90})
    assert changed.json["conversion_window_days"] == 90
    [shown] = tell(call, admin, {**late, "id": "order-2"}).json["items"]
    assert shown["attribution"]["by"] == "code"


# ── once ─────────────────────────────────────────────────────────────────────────────────────


def test_the_same_id_with_the_same_facts_is_the_same_answer(call: Call, admin: str) -> None:
    first, second = (tell(call, admin, SALE) for _ in range(2))
    assert (second.status, second.json) == (200, first.json)
    assert len(listed(call, admin)) == 1


def test_the_same_request_under_one_key_is_answered_as_before(call: Call, admin: str) -> None:
    headers = {"Idempotency-Key": "1"}
    first, second = (tell(call, admin, SALE, headers=headers) for _ in range(2))
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json == first.json


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"stage": "lead"}, "stage"),
        ({"value": "12.51"}, "value"),
        ({"value": None, "currency": None}, "value"),
        ({"currency": "USD"}, "currency"),
        ({"occurred_at": "2026-01-02T10:00:01Z"}, "occurred_at"),
        ({"touches": [{"code": "x"}]}, "touches"),
    ],
)
def test_the_same_id_with_other_facts_is_a_conflict_that_names_the_field(
    call: Call, admin: str, facts: dict[str, Any], field: str
) -> None:
    kept = tell(call, admin, SALE).json
    reply = tell(call, admin, {**SALE, "id": "order-2"}, {**SALE, **facts})
    assert reply.status == 409
    assert reply.json["facts"] == {"field": f"conversions[1].{field}", "id": "order-1"}
    assert listed(call, admin) == kept["items"]  # nothing of the request was kept


def test_an_id_is_a_workspaces_own(call: Call, admin: str, elsewhere: str) -> None:
    tell(call, admin, SALE)
    assert tell(call, elsewhere, {**SALE, "stage": "lead"}).status == 200


def test_told_by_many_at_once_it_is_kept_once(workspace: Workspace) -> None:
    intake = wiring.intake()

    def take(_: int) -> str:
        told = [Told(id="1", stage=Stage.SALE)]
        [kept] = intake.take(told, workspace=workspace, via=Via.KEY, now=clock.now())
        return clock.text(kept.noted_at)

    with ThreadPoolExecutor(8) as threads:
        noted = set(threads.map(take, range(8)))
    assert len(noted) == 1
    assert len(wiring.conversions().of_workspace(workspace.workspace_id).items) == 1


def test_of_two_who_tell_other_facts_at_the_same_moment_one_is_told_so(
    workspace: Workspace,
) -> None:
    intake = wiring.intake()
    checked = [
        intake.check([Told(id="1", stage=stage)], workspace=workspace, via=Via.KEY, now=TEN)[0]
        for stage in (Stage.SALE, Stage.LEAD)
    ]
    assert intake.keep(checked[0]).stage is Stage.SALE
    assert intake.keep(checked[0]).stage is Stage.SALE
    with pytest.raises(Conflict, match="another stage"):
        intake.keep(checked[1])


def test_a_batch_is_answered_in_its_order(call: Call, admin: str) -> None:
    many = [{**SALE, "id": f"order-{n}"} for n in range(100)]
    reply = tell(call, admin, *many)
    assert [each["id"] for each in reply.json["items"]] == [each["id"] for each in many]
    assert tell(call, admin, *many, SALE).status == 422


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"stage": "bought"}, "stage"),
        ({"value": "12.505"}, "value"),
        ({"value": "-1"}, "value"),
        ({"value": "12,50"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": None}, "value"),
        ({"currency": None}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"occurred_at": "2126-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2026-01-02T10:00:00"}, "occurred_at"),
        ({"touches": [{"code": "x" * 201}]}, "touches[0].code"),
        ({"touches": [{"at": "yesterday"}]}, "touches[0].at"),
        ({"touches": [{}] * 21}, "touches"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_field(
    call: Call, admin: str, facts: dict[str, Any], field: str
) -> None:
    reply = tell(call, admin, {**SALE, "id": "good"}, {**SALE, **facts})
    assert (reply.status, list(reply.broken)) == (422, [f"conversions[1].{field}"])
    assert listed(call, admin) == []


def test_of_nothing_nothing_is_told(call: Call, admin: str) -> None:
    assert list(tell(call, admin).broken) == ["conversions"]
    alone = tell(call, admin, {**SALE, "stage": "bought"})
    assert list(alone.broken) == ["conversions[0].stage"]


def test_one_id_twice_in_a_request_is_refused(call: Call, admin: str) -> None:
    assert list(tell(call, admin, SALE, SALE).broken) == ["conversions[1].id"]


# ── listing, taking back ─────────────────────────────────────────────────────────────────────


def test_they_are_listed_by_when_they_happened_a_page_at_a_time(call: Call, admin: str) -> None:
    days = ("2026-01-03", "2026-01-01", "2026-01-02")
    tell(
        call,
        admin,
        *({**SALE, "id": day, "occurred_at": f"{day}T10:00:00Z"} for day in days),
    )
    first = call("GET", AT, key=admin, query={"limit": "2"}).json
    assert [each["id"] for each in first["items"]] == ["2026-01-03", "2026-01-02"]
    rest = call("GET", AT, key=admin, query={"limit": "2", "cursor": first["cursor"]}).json
    assert [each["id"] for each in rest["items"]] == ["2026-01-01"]
    bounds = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-02T23:59:59Z"}
    assert [each["id"] for each in listed(call, admin, **bounds)] == ["2026-01-02"]


def test_what_is_taken_back_stays_so_however_often_it_is_told(call: Call, admin: str) -> None:
    place = f"{AT}/{tell(call, admin, SALE).json['items'][0]['conversion_id']}"
    assert call("DELETE", place, key=admin).status == 204
    [shown] = listed(call, admin)
    assert shown["taken_back_at"] is not None
    assert tell(call, admin, SALE).json["items"] == [shown]
    assert call("DELETE", place, key=admin).status == 204
    assert listed(call, admin) == [shown]


def test_another_workspaces_conversion_is_not_there(call: Call, admin: str, elsewhere: str) -> None:
    kept = tell(call, admin, SALE).json["items"]
    assert call("DELETE", f"{AT}/{kept[0]['conversion_id']}", key=elsewhere).status == 404
    assert listed(call, elsewhere) == []
    assert listed(call, admin) == kept


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR, Role.APPROVER])
def test_who_only_reads_tells_nothing(call: Call, workspace: Workspace, role: Role) -> None:
    key = key_of(workspace.workspace_id, role)
    assert call("GET", AT, key=key).status == 200
    refused: list[Callable[[], Reply]] = [
        lambda: tell(call, key, SALE),
        lambda: call("DELETE", f"{AT}/cvn_1", key=key),
        lambda: call("GET", f"{AT}/intake", key=key),
        lambda: call("POST", f"{AT}/secrets", key=key),
    ]
    assert {each().status for each in refused} == {403}
