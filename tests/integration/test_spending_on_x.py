"""What a workspace pays for posts: counted once for each, and never more than it wants to."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from tellal import wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import WITHOUT_ALARM, Delivery, State
from tellal.posts import PartKind
from tellal.publishing.search import claim_key
from tests.conftest import TEN, Clock, Network
from tests.integration.api_calls import Call
from tests.integration.deliveries import Follow, at, in_turn, part, scheduled, stored

POST, LINKED = 0.015, 0.2
DUPLICATE = {"detail": "You are not allowed to create a Tweet with duplicate content."}

pytestmark = pytest.mark.usefixtures("empty")


def created(number: int = 1) -> httpx.Response:
    return httpx.Response(201, json={"data": {"id": str(number), "text": ""}})


def one_after_another() -> Callable[[httpx.Request], httpx.Response]:
    """X, which gives each post the next id."""
    made = iter(range(1, 100))
    return lambda _: created(next(made))


def capped(workspace: Workspace, dollars: float) -> Workspace:
    changed = workspace.model_copy(update={"spend_caps": {"x": dollars}})
    return wiring.workspaces().save(workspace, changed)


def spent(workspace: Workspace, *, now: datetime = TEN) -> float:
    return wiring.spending().of_month(workspace.workspace_id, "x", now=now)


def thread(*texts: str) -> list[Any]:
    main, *more = texts
    return [part(main), *(part(text).model_copy(update={"kind": PartKind.THREAD}) for text in more)]


def trouble(delivery: Delivery) -> tuple[str, str]:
    assert delivery.trouble is not None
    return delivery.trouble.code, delivery.trouble.sentence


# ── the cap ──────────────────────────────────────────────────────────────────────────────────


def test_a_post_beyond_the_cap_is_held_and_says_what_it_would_cost(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    capped(workspace, 0.21)
    network.respond = one_after_another()
    assert follow(scheduled(x_channel)).state is State.PUBLISHED

    left = follow(scheduled(x_channel, part("See https://example.com")))

    code, sentence = trouble(left)
    assert (left.state, code) == (State.HELD, "spend_cap")
    for told in ("X charges $0.200", "$0.01", "$0.21"):  # fifteen tenths of a cent are spent
        assert told in sentence
    assert len(network.requests) == 1
    assert spent(workspace) == POST
    assert left.parts[0].reserved == 0


def test_it_is_published_once_the_cap_is_raised_and_it_is_released(
    x_channel: Channel,
    workspace: Workspace,
    network: Network,
    follow: Follow,
    call: Call,
    admin: str,
) -> None:
    capped(workspace, 0.01)
    network.respond = one_after_another()
    held = follow(scheduled(x_channel))
    assert held.state is State.HELD
    path = f"/deliveries/{held.delivery_id}/release"

    assert call("POST", path, key=admin).status == 200
    assert trouble(follow(held))[0] == "spend_cap"  # nothing has changed

    raised = {"spend_caps": {"x": 0.02}}
    patched = call("PATCH", f"/workspaces/{workspace.workspace_id}", key=admin, body=raised)
    assert patched.json["spend_caps"] == {"x": 0.02}
    assert call("POST", path, key=admin).status == 200

    assert follow(held).state is State.PUBLISHED
    assert spent(workspace) == POST


def test_who_says_nothing_pays_five_dollars_a_month_at_most(
    x_channel: Channel,
    workspace: Workspace,
    network: Network,
    follow: Follow,
    call: Call,
    admin: str,
) -> None:
    shown = call("GET", f"/workspaces/{workspace.workspace_id}", key=admin).json
    assert shown["spend_caps"] == {"x": 5.0}
    network.respond = one_after_another()
    counting = wiring.spending().adding(workspace.workspace_id, "x", 4.99, cap=5.0, now=TEN)
    wiring.aws("dynamodb").update_item(**counting["Update"])

    assert trouble(follow(scheduled(x_channel)))[0] == "spend_cap"


def test_nothing_is_spent_where_a_workspace_wants_to_pay_nothing(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    capped(workspace, 0)

    assert follow(scheduled(x_channel)).state is State.HELD
    assert network.requests == []


def test_the_next_month_begins_at_nothing(
    x_channel: Channel,
    workspace: Workspace,
    network: Network,
    follow: Follow,
    held_clock: Clock,
) -> None:
    capped(workspace, POST)
    network.respond = one_after_another()
    follow(scheduled(x_channel))
    assert follow(scheduled(x_channel)).state is State.HELD

    held_clock.time = february = datetime.fromisoformat("2026-02-01T00:00:00Z")

    assert follow(scheduled(x_channel)).state is State.PUBLISHED
    assert (spent(workspace), spent(workspace, now=february)) == (POST, POST)


def test_other_workspaces_pay_for_themselves(
    x_channel: Channel,
    workspace: Workspace,
    mastodon_channel: Channel,
    network: Network,
    follow: Follow,
) -> None:
    network.respond = one_after_another()
    follow(scheduled(x_channel, part("See example.com")))
    assert spent(workspace) == LINKED
    assert wiring.spending().of_month("ws_other", "x", now=TEN) == 0
    assert wiring.spending().of_month(workspace.workspace_id, "mastodon", now=TEN) == 0


# ── once for each part ───────────────────────────────────────────────────────────────────────


def test_a_price_is_counted_once_however_often_a_part_is_tried(
    x_channel: Channel,
    workspace: Workspace,
    network: Network,
    follow: Follow,
    held_clock: Clock,
) -> None:
    throttled = httpx.Response(429, headers={"retry-after": "60"}, json={})
    network.respond = in_turn(throttled, httpx.ConnectError("down"), throttled, created())
    delivery = scheduled(x_channel)

    for hours in range(4):
        held_clock.time = at(hours * 3600)
        left = follow(delivery)
        assert spent(workspace) == POST

    assert left.state is State.PUBLISHED
    assert left.parts[0].reserved == POST


def test_so_it_is_after_a_lost_answer_and_after_a_refusal_that_a_person_mended(
    x_channel: Channel,
    workspace: Workspace,
    network: Network,
    follow: Follow,
    held_clock: Clock,
    call: Call,
    admin: str,
) -> None:
    network.respond = in_turn(httpx.Response(403, json=DUPLICATE), httpx.ReadTimeout("lost"))
    delivery = scheduled(x_channel)
    assert follow(delivery).state is State.FAILED
    capped(workspace, POST)  # there is room for this one, and for no other

    assert call("POST", f"/deliveries/{delivery.delivery_id}/retry", key=admin).status == 200
    assert follow(delivery).state is State.PUBLISHING

    assert spent(workspace) == POST


def test_each_part_of_a_thread_is_counted_and_claimed_as_it_goes_out(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    network.respond = one_after_another()

    left = follow(scheduled(x_channel, *thread("one", "two https://ex.com", "three")))

    assert left.state is State.PUBLISHED
    assert spent(workspace) == pytest.approx(2 * POST + LINKED)
    assert [each.reserved for each in left.parts] == [POST, LINKED, POST]
    for each in left.parts:
        assert each.remote is not None
        claimed = wiring.once().claimed_by(claim_key(x_channel, each.remote))
        assert claimed == left.delivery_id


def test_a_thread_that_would_not_be_paid_to_its_end_is_not_begun(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    capped(workspace, 0.04)

    left = follow(scheduled(x_channel, *thread("one", "two", "three")))

    assert left.state is State.HELD
    assert "$0.045" in trouble(left)[1]
    assert network.requests == []
    assert spent(workspace) == 0


def test_a_thread_whose_money_was_spent_meanwhile_waits_where_it_is(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    capped(workspace, 0.05)

    def spend(_: httpx.Request) -> httpx.Response:
        taken = wiring.spending().adding(workspace.workspace_id, "x", 0.03, cap=1, now=TEN)
        wiring.aws("dynamodb").update_item(**taken["Update"])
        return created()

    network.respond = spend

    left = follow(scheduled(x_channel, *thread("one", "two", "three")))

    assert (left.state, left.next_part, trouble(left)[0]) == (State.HELD, 1, "spend_cap")


# ── at the same moment ───────────────────────────────────────────────────────────────────────


def test_of_two_that_see_the_same_room_at_the_same_moment_one_goes_out(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    """The second is begun and done while the first, which has asked, is about to write."""
    capped(workspace, POST)
    network.respond = one_after_another()
    first, second = scheduled(x_channel), scheduled(x_channel, part("Meanwhile"))
    before = [second]

    def meanwhile(**_: Any) -> None:
        if before:
            follow(before.pop())

    events = wiring.aws("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", meanwhile)

    left = follow(first)

    assert (left.state, trouble(left)[0]) == (State.HELD, "spend_cap")
    assert stored(second).state is State.PUBLISHED
    assert spent(workspace) == POST
    [sent] = network.requests
    assert json.loads(sent.content)["text"] == "Meanwhile"


def test_where_there_is_room_for_both_both_go_out_at_once(
    x_channel: Channel, workspace: Workspace, network: Network, follow: Follow
) -> None:
    capped(workspace, 2 * POST)
    network.respond = one_after_another()
    first, second = scheduled(x_channel), scheduled(x_channel, part("Meanwhile"))
    before = [second]
    events = wiring.aws("dynamodb").meta.events
    events.register(
        "before-call.dynamodb.TransactWriteItems",
        lambda **_: follow(before.pop()) and None if before else None,
    )

    assert follow(first).state is State.PUBLISHED
    assert stored(second).state is State.PUBLISHED
    assert spent(workspace) == 2 * POST


def test_however_many_are_due_at_once_the_cap_is_not_passed(
    x_channel: Channel,
    workspace: Workspace,
    network: Network,
    follow: Follow,
    held_clock: Clock,
) -> None:
    capped(workspace, 3 * POST)
    network.respond = one_after_another()
    due = [scheduled(x_channel, part(f"Number {number}")) for number in range(6)]

    with ThreadPoolExecutor(len(due)) as workers:
        list(workers.map(follow, due))
    held_clock.time = at(120)
    for each in due:  # whoever was overtaken is found by the next sweep
        if stored(each).state not in WITHOUT_ALARM:
            follow(each)

    states = [stored(each).state for each in due]
    assert sorted(states) == sorted([State.PUBLISHED] * 3 + [State.HELD] * 3)
    assert len(network.requests) == 3
    assert spent(workspace) == 3 * POST
