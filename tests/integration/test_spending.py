"""Posts that cost money: counted before they are sent, and never above what a workspace wants."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tellal import wiring
from tellal.channels import Channel, Workspace
from tellal.deliveries import Delivery, State, Step
from tellal.errors import AlreadyChanged, Rejected, TryLater
from tellal.platforms.protocol import Guarantee
from tellal.publishing import composition
from tellal.publishing.search import claim_key
from tellal.publishing.spending import Bill
from tellal.stores.table import Write, transact
from tests.conftest import TEN, Clock
from tests.integration.deliveries import Follow, at, part, scheduled
from tests.integration.scripted import Script, channel_of, on_stage, public

PRICE = 0.2  # of a cap of one dollar
BILL = Bill(part=PRICE, rest=PRICE)


@pytest.fixture
def script(aws: object, held_clock: Clock) -> Iterator[Script]:
    with on_stage(held_clock) as script:
        script.price = PRICE
        yield script


@pytest.fixture
def channel(script: Script, workspace: Workspace) -> Channel:
    return channel_of(workspace)


def spent(workspace: Workspace, *, now: Any = TEN) -> float:
    return wiring.spending().of_month(workspace.workspace_id, "scripted", now=now)


def spend(workspace: Workspace, dollars: float) -> None:
    adding = wiring.spending().adding(workspace.workspace_id, "scripted", dollars, cap=100, now=TEN)
    transact(wiring.aws("dynamodb"), [adding])


def cap(workspace: Workspace, dollars: float) -> None:
    changed = workspace.model_copy(update={"spend_caps": {"scripted": dollars}})
    wiring.workspaces().save(workspace, changed)


def test_each_part_that_goes_out_is_counted_once(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    script.commit = [public(1), public(2)]

    left = follow(scheduled(channel, part("one"), part("two")))

    assert left.state is State.PUBLISHED
    assert spent(workspace) == pytest.approx(2 * PRICE)


def test_what_is_tried_again_is_not_paid_for_again(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow, held_clock: Clock
) -> None:
    script.commit = [TryLater("busy"), TryLater("busy"), public()]
    delivery = scheduled(channel)
    for seconds in (0, 3600, 7200):
        held_clock.time = at(seconds)
        left = follow(delivery)

    assert left.state is State.PUBLISHED
    assert spent(workspace) == pytest.approx(PRICE)


def test_what_a_person_sends_again_is_not_paid_for_again(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    script.commit = [Rejected("too long"), public()]
    failed = follow(scheduled(channel))

    again = failed.moved(
        State.SCHEDULED,
        parts=failed.with_part(0, **composition.NEVER_SENT),
        next_attempt_at=at(0),
        next_step=Step.PUBLISH,
    )
    wiring.deliveries().save(failed, again)

    assert follow(failed).state is State.PUBLISHED
    assert spent(workspace) == pytest.approx(PRICE)


def test_a_post_above_the_cap_is_held_and_says_the_sums(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    spend(workspace, 0.9)

    left = follow(scheduled(channel))

    assert left.state is State.HELD
    assert left.trouble is not None
    assert left.trouble.code == "spend_cap"
    assert left.trouble.sentence == (
        "Scripted charges $0.200 for this, and $0.90 of this month's $1.00 are spent:"
        " raise the workspace's cap, or release it next month."
    )
    assert script.times("commit") == 0
    assert spent(workspace) == pytest.approx(0.9)


def test_the_last_cent_of_a_cap_may_be_spent(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    script.commit = [public()]
    cap(workspace, 0.3)
    spend(workspace, 0.1)

    assert follow(scheduled(channel)).state is State.PUBLISHED
    assert spent(workspace) == pytest.approx(0.3)


def test_a_workspaces_own_cap_comes_before_the_platforms(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    cap(workspace, 0.0)

    assert follow(scheduled(channel)).state is State.HELD


def test_a_thread_that_would_not_be_paid_for_to_its_end_is_not_begun(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    cap(workspace, PRICE)

    left = follow(scheduled(channel, part("one"), part("two")))

    assert (left.state, left.next_part) == (State.HELD, 0)
    assert spent(workspace) == 0


def test_a_new_month_begins_at_nothing(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow, held_clock: Clock
) -> None:
    spend(workspace, 1.0)
    script.commit = [public()]
    held_clock.time = TEN + timedelta(days=31)

    assert follow(scheduled(channel)).state is State.PUBLISHED
    assert spent(workspace, now=held_clock.time) == pytest.approx(PRICE)


def test_a_price_is_counted_with_the_fence_or_not_at_all(
    workspace: Workspace, channel: Channel, script: Script
) -> None:
    """A worker that was overtaken has counted nothing."""
    delivery = scheduled(channel)
    wiring.deliveries().save(delivery, delivery.model_copy(update={"tries": 1}))
    fence = delivery.model_copy(update={"tries": 2})

    with pytest.raises(AlreadyChanged):
        wiring.deliveries().save(delivery, fence, counting(fence, workspace))

    assert spent(workspace) == 0


def test_a_cap_that_others_used_up_in_between_is_not_passed(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    """All looked at the count before anybody wrote it."""
    delivery = scheduled(channel)
    spending = wiring.publisher().spending
    assert spending.objection(BILL, delivery, workspace, spent=spent(workspace)) is None
    spend(workspace, 0.9)

    with pytest.raises(AlreadyChanged):
        wiring.deliveries().save(delivery, delivery, counting(delivery, workspace))

    assert spent(workspace) == pytest.approx(0.9)
    assert follow(delivery).state is State.HELD


def counting(fence: Delivery, workspace: Workspace) -> tuple[Write, ...]:
    return wiring.publisher().spending.counting(fence, BILL, workspace, now=TEN)


def test_what_costs_and_may_be_looked_for_is_claimed_as_it_is_counted(
    workspace: Workspace, channel: Channel, script: Script, follow: Follow
) -> None:
    script.guarantee = Guarantee.SEARCHABLE
    script.commit = [public(1), public(2)]

    left = follow(scheduled(channel, part("one"), part("two")))

    assert left.state is State.PUBLISHED
    for number in (1, 2):
        key = claim_key(channel, public(number).remote)
        assert wiring.once().claimed_by(key) == left.delivery_id
    assert spent(workspace) == pytest.approx(2 * PRICE)
