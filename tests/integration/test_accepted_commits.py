"""What a platform works on still, and what it tells when it is asked what became of a commit."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tellal import wiring
from tellal.channels import Channel, ChannelState, Workspace
from tellal.deliveries import Delivery, State, Step
from tellal.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.platforms.protocol import (
    Accepted,
    GivenUp,
    Pending,
    Prepared,
    Published,
    Unpublished,
)
from tellal.posts import Remote
from tellal.publishing import composition
from tests.conftest import Clock
from tests.integration.deliveries import Follow, at, part, scheduled, stored
from tests.integration.scripted import FILM, Script, channel_of, on_stage, public

MINUTE = timedelta(minutes=1)
WORKING = Accepted({"container": "c1"}, check_in=MINUTE)
Next = Callable[[Delivery], Delivery]


@pytest.fixture
def script(aws: object, held_clock: Clock) -> Iterator[Script]:
    with on_stage(held_clock) as script:
        yield script


@pytest.fixture
def channel(script: Script, workspace: Workspace) -> Channel:
    return channel_of(workspace)


@pytest.fixture
def next_look(follow: Follow, held_clock: Clock) -> Next:
    """The row as it is after the worker that comes when its alarm goes off."""

    def next_look(delivery: Delivery) -> Delivery:
        alarm = stored(delivery).next_attempt_at
        assert alarm is not None
        held_clock.time = alarm
        return follow(delivery)

    return next_look


@pytest.fixture
def accepted(channel: Channel, script: Script, follow: Follow) -> Delivery:
    """Taken by the platform at ten, which is to be asked a minute later."""
    script.commit = [WORKING]
    return follow(scheduled(channel))


def outcomes(delivery: Delivery) -> list[str]:
    return [each.outcome for each in delivery.attempts]


def sentence(delivery: Delivery) -> str:
    assert delivery.trouble is not None
    return delivery.trouble.sentence


def test_what_was_accepted_waits_to_be_asked_about_and_is_nobodys_to_change(
    accepted: Delivery,
) -> None:
    assert accepted.state is State.PUBLISHING
    assert (accepted.next_attempt_at, accepted.next_step) == (at(60), Step.PUBLISH)
    assert accepted.lease_until is None
    assert accepted.parts[0].prepared == WORKING.notes
    assert accepted.parts[0].doubt_at == at(0)
    assert outcomes(accepted) == ["begun", "accepted"]
    assert not composition.may_cancel(accepted)


def test_it_is_not_asked_about_before_its_time(
    accepted: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    held_clock.time = at(50)

    follow(accepted)

    assert script.times("resume") == 0


def test_what_the_platform_says_is_public_is_published_and_was_sent_once(
    accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume = [public()]

    left = next_look(accepted)

    assert left.state is State.PUBLISHED
    assert left.parts[0].remote == public().remote
    assert left.parts[0].doubt_at is None
    assert script.times("commit") == 1
    asked = script.last("resume")
    assert (asked.part.prepared, asked.key) == (WORKING.notes, script.last("commit").key)


def test_a_platform_that_works_on_it_still_is_asked_again_when_it_says(
    accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume = [Pending({"container": "c1", "asked": "1"}, 5 * MINUTE), public()]

    waiting = next_look(accepted)
    assert waiting.state is State.PUBLISHING
    assert waiting.next_attempt_at == at(60) + 5 * MINUTE
    assert waiting.tries == 0

    assert next_look(accepted).state is State.PUBLISHED
    assert script.last("resume").part.prepared == {"container": "c1", "asked": "1"}


def test_nobody_asks_without_a_pause(accepted: Delivery, script: Script, next_look: Next) -> None:
    script.resume = [Pending({})]

    assert next_look(accepted).next_attempt_at == at(61)


def test_after_a_day_of_work_a_person_is_asked(
    accepted: Delivery, script: Script, follow: Follow, held_clock: Clock
) -> None:
    script.resume = [Pending({}, MINUTE), Pending({}, MINUTE)]
    held_clock.time = at(24 * 3600)
    assert follow(accepted).state is State.PUBLISHING

    held_clock.time = at(24 * 3600 + 61)
    left = follow(accepted)

    assert left.state is State.UNCONFIRMED
    assert "A day later it still says that it works on it" in sentence(left)
    assert script.times("commit") == 1


def test_what_is_surely_not_public_is_sent_again_at_once_under_a_new_key(
    accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume = [Unpublished()]
    first = script.last("commit")
    script.commit = [public()]

    left = next_look(accepted)

    assert left.state is State.PUBLISHED
    again = script.last("commit")
    assert again.part.prepared == WORKING.notes
    assert again.key != first.key
    assert outcomes(left)[2:] == ["absent again", "begun", "done"]


def test_what_was_prepared_and_is_gone_is_prepared_anew_and_then_sent(
    channel: Channel, script: Script, follow: Follow, next_look: Next
) -> None:
    ready = part("Look", media=(FILM,), prepared={"container": "c0"}, ready=True)
    script.commit = [WORKING]
    delivery = follow(scheduled(channel, ready, state=State.READY))
    script.resume = [Unpublished(prepared=False)]

    left = next_look(delivery)

    assert (left.state, left.next_step, left.next_attempt_at) == (
        State.SCHEDULED,
        Step.PREPARE,
        at(60),
    )
    assert (left.parts[0].prepared, left.parts[0].ready) == (None, False)
    assert (left.parts[0].doubt_at, left.parts[0].key_at) == (None, None)

    script.prepare, script.commit = [Prepared({"container": "c2"})], [public()]
    wiring.preparer().prepare(left.delivery_id, remaining=lambda: 10 * MINUTE)
    assert follow(left).state is State.PUBLISHED
    assert script.last("commit").part.prepared == {"container": "c2"}


def test_what_the_platform_gave_up_has_failed_for_its_reason(
    accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume = [GivenUp("The video is too long for this account.")]

    left = next_look(accepted)

    assert left.state is State.FAILED
    assert sentence(left) == "The video is too long for this account."
    assert left.parts[0].doubt_at is None
    assert script.times("commit") == 1


@pytest.mark.parametrize(
    ("refusal", "after"),
    [
        (TryLater("busy"), None),
        (Throttled("slow down", after=5 * MINUTE), 5 * MINUTE),
    ],
)
def test_a_question_that_is_not_answered_now_is_asked_again(
    refusal: TryLater,
    after: timedelta | None,
    accepted: Delivery,
    channel: Channel,
    script: Script,
    next_look: Next,
) -> None:
    script.resume = [refusal, public()]

    left = next_look(accepted)

    assert left.state is State.PUBLISHING
    assert left.next_attempt_at is not None
    assert left.next_attempt_at >= at(60) + (after or timedelta(seconds=1))
    parked = wiring.channels().get(channel.channel_id)
    assert parked is not None
    assert parked.resume_at == (at(60) + after if after else None)
    assert next_look(accepted).state is State.PUBLISHED


def test_a_question_that_is_never_answered_is_a_persons_in_the_end(
    accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume = [TryLater("busy") for _ in range(8)]
    for _ in range(7):
        assert next_look(accepted).state is State.PUBLISHING

    assert next_look(accepted).state is State.UNCONFIRMED


@pytest.mark.parametrize("refusal", [Rejected("There is no such container"), NeedsReconnect("no")])
def test_a_refusal_to_tell_says_nothing_of_the_post(
    refusal: Exception, accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume = [refusal]

    left = next_look(accepted)

    assert left.state is State.UNCONFIRMED
    assert script.times("commit") == 1


def test_a_token_that_is_refused_while_asking_is_told_of_the_channel(
    accepted: Delivery, channel: Channel, script: Script, next_look: Next
) -> None:
    script.resume = [NeedsReconnect("Its access was taken back")]

    next_look(accepted)

    lost = wiring.channels().get(channel.channel_id)
    assert lost is not None
    assert lost.state is ChannelState.NEEDS_RECONNECT


def test_after_a_lost_answer_the_session_is_asked_before_anything_is_sent(
    channel: Channel, script: Script, follow: Follow, next_look: Next
) -> None:
    script.commit = [OutcomeUnknown("no answer")]
    script.resume = [public()]

    doubted = follow(scheduled(channel))
    assert (doubted.state, doubted.next_attempt_at) == (State.PUBLISHING, at(60))

    assert next_look(doubted).state is State.PUBLISHED
    assert script.times("commit") == 1


def test_after_a_workers_death_the_session_is_asked_before_anything_is_sent(
    channel: Channel, script: Script, follow: Follow, next_look: Next
) -> None:
    script.commit = [KeyboardInterrupt()]
    script.resume = [public()]
    delivery = scheduled(channel)
    with pytest.raises(KeyboardInterrupt):
        follow(delivery)

    assert next_look(delivery).state is State.PUBLISHED
    assert script.times("commit") == 1


def test_a_thread_goes_on_behind_what_was_accepted(
    channel: Channel, script: Script, follow: Follow, next_look: Next
) -> None:
    script.commit = [public(1), WORKING, public(3)]
    delivery = scheduled(channel, part("one"), part("two"), part("three"))
    waiting = follow(delivery)
    assert (waiting.next_part, waiting.is_public) == (1, True)
    script.resume = [public(2)]

    left = next_look(delivery)

    assert left.state is State.PUBLISHED
    assert script.last("resume").thread.published == (public(1).remote,)
    assert script.last("commit").thread.published == (public(1).remote, public(2).remote)
    assert [each.part.text for each in script.asked if each.what == "commit"] == [
        "one",
        "two",
        "three",
    ]


@pytest.mark.parametrize(
    ("told", "state"),
    [(Unpublished(), State.HELD), (public(), State.PUBLISHED), (Pending({}), State.PUBLISHING)],
)
def test_a_pause_lets_be_asked_and_nothing_be_sent(
    told: Any,
    state: State,
    workspace: Workspace,
    accepted: Delivery,
    script: Script,
    next_look: Next,
) -> None:
    wiring.workspaces().save(workspace, workspace.model_copy(update={"paused_at": at(1)}))
    script.resume = [told]

    assert next_look(accepted).state is state
    assert script.times("commit") == 1


# ── where people find it ─────────────────────────────────────────────────────────────────────

NOWHERE = Published(Remote(id="1"))
SOMEWHERE = Remote(id="1", url="https://scripted.example/1")


def test_an_address_that_the_answer_lacks_is_asked_for(
    channel: Channel, script: Script, follow: Follow
) -> None:
    script.commit, script.confirm = [NOWHERE], [SOMEWHERE]

    assert follow(scheduled(channel)).parts[0].remote == SOMEWHERE


def test_so_is_the_address_of_what_was_accepted(
    accepted: Delivery, script: Script, next_look: Next
) -> None:
    script.resume, script.confirm = [NOWHERE], [SOMEWHERE]

    assert next_look(accepted).parts[0].remote == SOMEWHERE


@pytest.mark.parametrize("error", [TryLater("busy"), Rejected("no"), NeedsReconnect("no")])
def test_without_an_address_it_is_published_all_the_same(
    error: Exception, channel: Channel, script: Script, follow: Follow
) -> None:
    script.commit, script.confirm = [NOWHERE], [error]

    left = follow(scheduled(channel))

    assert left.state is State.PUBLISHED
    assert left.parts[0].remote == NOWHERE.remote
    assert script.times("commit") == 1


def test_an_address_that_is_known_is_not_asked_for(
    channel: Channel, script: Script, follow: Follow
) -> None:
    script.commit = [public()]

    follow(scheduled(channel))

    assert script.times("confirm") == 0


# ── a limit that is the app's ────────────────────────────────────────────────────────────────


def test_a_limit_of_the_app_parks_every_channel_of_the_platform_and_no_other(
    empty: None,
    channel: Channel,
    workspace: Workspace,
    mastodon_channel: Channel,
    script: Script,
    follow: Follow,
) -> None:
    other, longer = channel_of(workspace, "Other"), channel_of(workspace, "Longer")
    wiring.channels().park(longer, until=at(3600))
    script.commit = [Throttled("slow down", after=5 * MINUTE, everywhere=True)]

    follow(scheduled(channel))

    def resumes(each: Channel) -> Any:
        found = wiring.channels().get(each.channel_id)
        assert found is not None
        return found.resume_at

    assert resumes(channel) == resumes(other) == at(300)
    assert resumes(longer) == at(3600)  # its own wait is not cut short
    assert resumes(mastodon_channel) is None
    assert follow(scheduled(other)).next_attempt_at == at(300)
    assert script.times("commit") == 1
