"""Who follows an answer to its end may die before and after each call: its conversation comes back
once, and what was measured is the same observation.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tellal import wiring
from tellal.audit import Who
from tellal.conversations import Direction
from tellal.deliveries import Delivery, State, Trouble
from tellal.inbox.answering import answer
from tellal.posts import Remote
from tests.faults.inbox.invariant import Found
from tests.faults.inbox.moments import Moment, take_step
from tests.faults.inbox.senders import SENDERS, Event
from tests.faults.inbox.stage import WORKSPACE, InboxStage
from tests.faults.inbox.world import InboxWorld, dies_at, no_faults

GONE = Trouble(code="rejected", sentence="The comment is not there any more.")
BY = Who(id="mem_1", name="mem_1")
FACEBOOK = next(each for each in SENDERS if each.platform == "facebook")
OBSERVED = f"observations/workspace={WORKSPACE}/"
SHOWN = {"state", "unanswered", "answered_at", "owed_since", "answer_due_at", "closed_at"}

type End = Callable[[Delivery], Delivery]


def failed(seen: Delivery) -> Delivery:
    return seen.moved(State.FAILED, trouble=GONE)


def cancelled(seen: Delivery) -> Delivery:
    return seen.moved(State.CANCELLED)


def published(seen: Delivery) -> Delivery:
    parts = seen.with_part(0, remote=Remote(id="9"))
    out = {"parts": parts, "published_at": seen.publish_at}
    return seen.moved(State.PUBLISHING).moved(State.PUBLISHED).model_copy(update=out)


def answered(world: InboxWorld, *, closes: bool) -> None:
    """Somebody wrote, and our answer is on its way."""
    take_step(world, FACEBOOK, [Event(1, "Open today?")])
    world.settle()
    [conversation] = Found(world).conversations.values()
    [message] = Found(world).messages
    with world.stage.border.aside():
        channel = wiring.channels().get(message.channel_id)
        assert channel is not None
        made = answer(
            conversation=conversation,
            message=message,
            channel=channel,
            text="Until six.",
            by=BY,
            now=world.stage.clock(),
            closes=closes,
        )
        writes = [
            wiring.deliveries().creation(made.delivery),
            wiring.messages().creation(made.message),
            wiring.conversations().saving(conversation, made.conversation),
        ]
        wiring.deliveries().table.transact(writes)
    world.settle()


def ends(world: InboxWorld, end: End) -> None:
    with world.stage.border.aside():
        for key in list(wiring.shelf().bucket.keys(OBSERVED)):
            wiring.shelf().bucket.delete(key)
        [seen] = Found(world).hidings
        wiring.deliveries().save(seen, end(seen))
    world.stream()


def left(world: InboxWorld) -> dict[str, Any]:
    """What there is in the end, however often it was told."""
    found = Found(world)
    [conversation] = found.conversations.values()
    [ours] = [each for each in found.messages if each.direction is Direction.OUT]
    with world.stage.border.aside():
        observed = sorted(wiring.shelf().bucket.keys(OBSERVED))
    return {
        **conversation.model_dump(include=SHOWN),
        "failed": ours.failed_at is not None,
        "reopened": sum(each.what == "reopened" for each in found.entries),
        "observed": observed,
    }


@pytest.mark.parametrize("closes", [False, True], ids=["goes on", "closes"])
@pytest.mark.parametrize("end", [failed, cancelled, published])
def test_whoever_follows_an_answer_may_die_at_any_call(
    end: End,
    closes: bool,  # noqa: FBT001
    inbox: InboxStage,
) -> None:
    world = inbox.world()
    answered(world, closes=closes)
    moment, border = Moment(world), inbox.border
    alive = moment.again()
    ends(alive, end)
    places = list(border.places())
    alive.settle()
    wanted = left(alive)
    wrong: list[str] = []
    for place in places:
        world = moment.again()
        border.happens = dies_at(place)
        ends(world, end)
        border.happens = no_faults
        world.settle()
        if (is_ := left(world)) != wanted:
            wrong.append(f"killed {place}: left {is_}, and not {wanted}")
    assert not wrong, "\n".join(wrong)
    came_back = end is not published
    assert (wanted["failed"], wanted["reopened"]) == (came_back, int(came_back))
    assert wanted["state"] == ("open" if came_back else "closed" if closes else "waiting")
