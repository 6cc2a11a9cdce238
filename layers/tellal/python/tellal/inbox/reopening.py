"""What becomes of a conversation when its answer came to nothing: it is open again, as if nothing
had been said, and its clock runs from when they wrote.

It follows the stream of deliveries, but the rows decide: of a delivery that is told often, late or
out of turn, what it has come to by now is looked at, and our message says whether that was done.
An answer that another try brought out after all is made up for in the same way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tellal import ids
from tellal.audit import Who, entry
from tellal.conversations import Conversation, ConversationState, Direction, Message
from tellal.deliveries import Delivery, State
from tellal.errors import AlreadyChanged
from tellal.inbox import clocks, work
from tellal.inbox.private import CAME_TO_NOTHING
from tellal.stores.audit import AuditStore
from tellal.stores.channels import WorkspaceStore
from tellal.stores.conversations import ConversationStore, MessageStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.table import Write

NEWEST = 100  # messages looked at: what they said since our last answer, and other answers
BEGINNING = -1  # before any turn
MOST_TRIES = 10  # of each round of a race somebody wins


@dataclass(frozen=True, kw_only=True)
class Reopening:
    deliveries: DeliveryStore
    conversations: ConversationStore
    messages: MessageStore
    workspaces: WorkspaceStore
    audit: AuditStore
    transact: Callable[[Iterable[Write]], None]

    def follow(self, delivery_id: str, *, now: datetime) -> str | None:
        """What was done about it, in a word. Raises AlreadyChanged where it lost every race."""
        for _ in range(MOST_TRIES):
            try:
                return self._follow(delivery_id, now)
            except AlreadyChanged as error:
                lost = error
        raise lost

    def _follow(self, delivery_id: str, now: datetime) -> str | None:
        delivery = self.deliveries.get(delivery_id)
        ours = self.messages.get(ids.derived("msg", delivery_id))
        if delivery is None or ours is None or ours.removed_at is not None:
            return None  # no answer, or the person it was for was erased
        conversation = self.conversations.get(ours.conversation_id)
        if conversation is None:
            return None
        if delivery.state in CAME_TO_NOTHING and ours.failed_at is None:
            return self._came_to_nothing(delivery, ours, conversation, now)
        if delivery.state is State.PUBLISHED and ours.failed_at is not None:
            return self._went_out_after_all(delivery, ours, conversation, now)
        return None

    def _came_to_nothing(
        self, delivery: Delivery, ours: Message, seen: Conversation, now: datetime
    ) -> str:
        said = self._newest(seen)
        failed = ours.model_copy(update={"failed_at": now})
        trouble = delivery.trouble.sentence if delivery.trouble else None
        facts = {"delivery_id": delivery.delivery_id, "trouble": trouble}
        good = _last_good(said, but=ours)
        if good is not None and good.turn > ours.turn:
            told = self._told("unsent", ours, now, after=facts)
            self.transact([self.messages.saving(ours, failed), told])
            return "unsent"
        waiting = _waiting(said, ours, since=good.turn if good else BEGINNING)
        since = min((each for each in (seen.owed_since, waiting) if each), default=None)
        open_again = self._owing(unsaid(seen, ours, said), since)
        before, after = work.difference(seen, open_again)
        self.transact(
            [
                self.messages.saving(ours, failed),
                self.conversations.saving(seen, open_again),
                self._told("reopened", ours, now, before=before, after={**after, **facts}),
            ]
        )
        return "reopened"

    def _went_out_after_all(
        self, delivery: Delivery, ours: Message, seen: Conversation, now: datetime
    ) -> str:
        """It answers what they said before it; what they have said since is open."""
        said = self._newest(seen)
        sent = ours.model_copy(update={"failed_at": None})
        more = _theirs(said, since=ours.turn)
        since = min((each.sent_at for each in more), default=None)
        answered = self._owing(answered_after_all(seen, ours, said), since)
        before, after = work.difference(seen, answered)
        after = {**after, "delivery_id": delivery.delivery_id}
        self.transact(
            [
                self.messages.saving(ours, sent),
                self.conversations.saving(seen, answered),
                self._told("sent", ours, now, before=before, after=after),
            ]
        )
        return "sent"

    def _owing(self, conversation: Conversation, since: datetime | None) -> Conversation:
        if since is None:
            return conversation
        workspace = self.workspaces.get(conversation.workspace_id)
        return clocks.started(conversation, workspace, since=since)

    def _newest(self, conversation: Conversation) -> list[Message]:
        page = self.messages.of_conversation(
            conversation.conversation_id, newest_first=True, limit=NEWEST
        )
        return [self.messages.value(item) for item in page.items]

    def _told(self, what: str, ours: Message, now: datetime, **facts: Mapping[str, Any]) -> Write:
        told = entry(
            what,
            ours.conversation_id,
            workspace_id=ours.workspace_id,
            by=Who(id=ours.message_id),
            at=now,
            **facts,
        )
        return self.audit.creation(told)


def unsaid(seen: Conversation, ours: Message, said: Sequence[Message]) -> Conversation:
    """As it is without an answer that came to nothing; its clock is yet to be started."""
    good = _last_good(said, but=ours)
    theirs = _theirs(said, since=good.turn if good else BEGINNING)
    changes = {"unanswered": len(theirs), "answered_at": good.sent_at if good else None}
    return work.spoken_to(seen).model_copy(update={**work.CLOCK_STOPPED, **changes})


def answered_after_all(seen: Conversation, ours: Message, said: Sequence[Message]) -> Conversation:
    """The same one where somebody has answered since."""
    good = _last_good(said, but=ours)
    if good is not None and good.turn > ours.turn:
        return seen
    more = len(_theirs(said, since=ours.turn))
    left = {"unanswered": more, "answered_at": ours.sent_at, **work.CLOCK_STOPPED}
    answered = seen.model_copy(update=left)
    if more or seen.state is ConversationState.CLOSED:
        return answered
    return work.answered(answered)


def is_answer(message: Message) -> bool:
    """And no word of ours that was said elsewhere, and stands in this conversation as well."""
    delivery_id = message.delivery_id
    return delivery_id is not None and message.message_id == ids.derived("msg", delivery_id)


def _last_good(said: Iterable[Message], *, but: Message) -> Message | None:
    """The last answer of which nobody knows that it came to nothing."""
    good = (
        each
        for each in said
        if is_answer(each) and each.failed_at is None and each.message_id != but.message_id
    )
    return max(good, key=lambda each: each.turn, default=None)


def _theirs(said: Iterable[Message], *, since: int) -> list[Message]:
    """What they have said after a turn, and not taken back."""
    theirs = (each for each in said if each.direction is Direction.IN and each.removed_at is None)
    return [each for each in theirs if each.turn > since]


def _waiting(said: Iterable[Message], ours: Message, *, since: int) -> datetime | None:
    """What this answer had ended, and others after that turn that failed as well."""
    failed = [each for each in said if each.failed_at is not None and each.turn > since]
    times = (each.owed_since for each in (ours, *failed))
    return min((time for time in times if time is not None), default=None)
