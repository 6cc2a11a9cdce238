"""What must be so at the end of every schedule, by the platform's own log.

Each part is public at most once, what the rows say is true, nothing went out before its time or
in a pause, and nothing is forgotten. Whether a delivery had to be published is its schedule's
to say: `ends`.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from tellal import clock
from tellal.deliveries import Delivery, State
from tellal.posts import PartKind
from tellal.publishing.accounting import is_forgotten
from tellal.stores.deliveries import Accounted
from tests.faults.subjects.subject import SOMEBODY
from tests.faults.violation import Violation
from tests.faults.world import World

Posts = Sequence[dict[str, Any]]
A_MOMENT = timedelta(milliseconds=50)  # two clocks are not read at once


class Kind(StrEnum):
    DOUBLED = "doubled"
    LOST = "lost"
    MISREPORTED = "misreported"
    UNACCOUNTED = "unaccounted"


def violations(world: World, *, ends: Collection[State] | None = None) -> list[Violation[Kind]]:
    rows = world.rows()
    everything = world.control.posts()
    posts = [post for post in everything if not post["author"].startswith(SOMEBODY)]
    found = [
        each
        for row in rows
        for each in _of_row(world, row, posts, ends or world.may_end(row), _named_by(rows, but=row))
    ]
    found += _shared(rows)
    found += [
        Violation(Kind.UNACCOUNTED, row.delivery_id)
        for row in rows
        if is_forgotten(Accounted(row.delivery_id, row.state, row.next_attempt_at), world.clock())
    ]
    return found


def _of_row(
    world: World, row: Delivery, posts: Posts, ends: Collection[State], others: Collection[str]
) -> Iterator[Violation[Kind]]:
    """What another delivery names is that one's, however alike they are."""
    if row.parts[0].kind is PartKind.ACTION:
        yield from _of_action(world, row)
    for number in range(len(row.parts)):
        if row.parts[number].kind is PartKind.ACTION:
            continue
        shown = [
            post for post in posts if _is_of(world, post, row, number) and post["id"] not in others
        ]
        name = f"part {number} of a {row.state} delivery"
        if len(shown) > 1:
            yield Violation(Kind.DOUBLED, f"{name} is public {len(shown)} times")
        for reason in (*_untrue(world, row, number, shown), *_ill_timed(world, row, shown)):
            yield Violation(Kind.MISREPORTED, f"{name} {reason}")
    if row.state not in ends:
        sentence = row.trouble.sentence if row.trouble else ""
        yield Violation(Kind.LOST, f"a delivery is {row.state}: {sentence} {_ledger(row)}")


def _of_action(world: World, row: Delivery) -> Iterator[Violation[Kind]]:
    """Done is what its row says was done, and nothing else; how often makes no difference."""
    part = row.parts[0]
    assert part.reply_to is not None
    [message] = [each for each in world.control.posts() if each["id"] == part.reply_to.remote.id]
    was_done = message["deleted"] or message["visibility"] == "hidden"
    if row.state is State.PUBLISHED and not was_done:
        yield Violation(Kind.MISREPORTED, "what is said to be done was not")
    if row.state is State.FAILED and was_done:
        yield Violation(Kind.MISREPORTED, "what is said to have failed was done")


def _is_of(world: World, post: dict[str, Any], row: Delivery, number: int) -> bool:
    """Also if it says what was edited since."""
    return any(
        number < len(said.parts) and world.subject.is_of(post, said, number)
        for said in world.said[row.delivery_id]
    )


def _untrue(world: World, row: Delivery, number: int, shown: Posts) -> Iterator[str]:
    """Where what the row says of a part and what the platform shows are not the same."""
    part = row.parts[number]
    if part.remote is None:
        if shown and part.doubt_at is None and row.state is not State.UNCONFIRMED:
            yield f"is public, and its row does not know {_ledger(row)}"
        if row.state is State.PUBLISHED:
            yield "was never public"
        return
    named = [post for post in shown if post["id"] == part.remote.id]
    if not named:
        yield f"is said to be {part.remote.id}, which it is not {_ledger(row)}"
    before = row.parts[number - 1].remote if number else None
    above = before or (part.reply_to.remote if part.reply_to else None)
    for post in named:
        said = (post["text"], len(post["images"]), post["in_reply_to"])
        if said != (world.subject.said(part), len(part.media), above.id if above else None):
            yield f"says something else: {said}"


def _ill_timed(world: World, row: Delivery, shown: Posts) -> Iterator[str]:
    for post in shown:
        at = clock.read(post["received_at"])
        if at < row.publish_at - A_MOMENT:
            yield f"went out at {at}, before {row.publish_at}"
        for began, *ended in world.pauses:
            if began < at and not (ended and ended[0] <= at):
                yield "went out while publishing was paused"


def _named_by(rows: Sequence[Delivery], *, but: Delivery) -> set[str]:
    return {part.remote.id for row in rows if row is not but for part in row.parts if part.remote}


def _shared(rows: Sequence[Delivery]) -> Iterator[Violation[Kind]]:
    remotes = [part.remote.id for row in rows for part in row.parts if part.remote]
    for each in sorted({remote for remote in remotes if remotes.count(remote) > 1}):
        yield Violation(Kind.MISREPORTED, f"{each} is said to be two deliveries'")


def _ledger(row: Delivery) -> str:
    return str([f"{each.part} {each.phase} {each.outcome}" for each in row.attempts])
