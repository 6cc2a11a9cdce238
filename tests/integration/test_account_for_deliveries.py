from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from functions.account_for_deliveries.handler import handler
from tellal import clock, wiring
from tellal.channels import Channel, Workspace
from tellal.config import settings
from tellal.deliveries import State
from tests.conftest import connected
from tests.integration.deliveries import scheduled

HOUR = timedelta(hours=1)


def due(channel: Channel, *, ago: timedelta, **facts: Any) -> Any:
    at = clock.now() - ago
    return scheduled(channel, publish_at=at, **{"next_attempt_at": at, **facts})


def counts() -> Any:
    return wiring.accountant().account(now=clock.now())


def test_a_delivery_that_nobody_will_look_at_again_is_counted(
    empty: None, mastodon_channel: Channel
) -> None:
    forgotten = due(mastodon_channel, ago=HOUR)
    lost = due(mastodon_channel, ago=30 * HOUR, next_attempt_at=None, next_step=None)

    found = wiring.accountant().unaccounted(now=clock.now())

    assert set(found) == {forgotten.delivery_id, lost.delivery_id}
    assert counts()["unaccounted_deliveries"] == 2


@pytest.mark.parametrize("state", [State.PUBLISHED, State.FAILED, State.UNCONFIRMED, State.HELD])
def test_what_is_settled_or_held_is_accounted_for(
    state: State, empty: None, mastodon_channel: Channel
) -> None:
    due(mastodon_channel, ago=HOUR, state=state, next_attempt_at=None, next_step=None)

    assert counts()["unaccounted_deliveries"] == 0


def test_what_waits_for_a_later_time_is_accounted_for(
    empty: None, mastodon_channel: Channel
) -> None:
    due(mastodon_channel, ago=HOUR, next_attempt_at=clock.now() + HOUR)
    due(mastodon_channel, ago=timedelta(seconds=30))

    assert counts()["unaccounted_deliveries"] == 0


def test_a_channel_that_nobody_reads_is_not_missed(empty: None, mastodon_channel: Channel) -> None:
    """It was connected in the past, and never heard of."""
    assert counts()["overdue_channels"] == 1

    unread = mastodon_channel.model_copy(update={"polled": False})
    wiring.channels().save(mastodon_channel, unread)
    assert counts()["overdue_channels"] == 0


def test_dead_letters_and_silent_channels_are_counted_and_published(
    empty: None,
    mastodon_channel: Channel,
    event: Callable[[str], Any],
    context: Any,
    aws: Any,
) -> None:
    url = settings().dead_letter_queue_urls[0]
    wiring.aws("sqs").send_message(QueueUrl=url, MessageBody="a bug")

    found = counts()
    handler(event("account_for_deliveries/every_hour"), context)

    assert found["dead_letters"] == 1
    assert found["overdue_channels"] == 1  # connected in the past, and never heard of
    published = aws.client("cloudwatch").list_metrics(Namespace="Tellal")["Metrics"]
    assert {metric["MetricName"] for metric in published} == set(found)
    assert not any(metric["Dimensions"] for metric in published)


def test_a_channel_that_is_asked_every_hour_is_not_missed_within_it(
    empty: None, workspace: Workspace
) -> None:
    facts = {"remote_id": "urn:li:organization:5", "name": "Acme", "handle": "acme"}
    last = clock.now() - timedelta(minutes=90)
    connected(workspace, "linkedin", {"access_token": SecretStr("t")}, last_heard_at=last, **facts)

    assert counts()["overdue_channels"] == 0
