"""How long they waited for a first answer, and how long a conversation was open: one observation
for each time, in whole minutes of business time.

An answer counts once it is out; where one failed, the next one is the first. What is measured was
so at a time that stands on a row, so whatever is told again is the same observation again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tellal import ids
from tellal.conversations import Conversation, ConversationState, Message
from tellal.deliveries import SETTLED, Delivery, State
from tellal.inbox import clocks
from tellal.inbox.private import CAME_TO_NOTHING
from tellal.inbox.reopening import is_answer
from tellal.observations import Metric, Observation
from tellal.stores.channels import WorkspaceStore
from tellal.stores.conversations import ConversationStore, MessageStore
from tellal.stores.deliveries import DeliveryStore

MOST_READ = 500  # messages among which the first answer is looked for, from the beginning
NEWEST = 50  # among which the last one is


@dataclass(frozen=True, kw_only=True)
class Durations:
    deliveries: DeliveryStore
    conversations: ConversationStore
    messages: MessageStore
    workspaces: WorkspaceStore
    keep: Callable[[Observation], None]

    def delivered(self, delivery_id: str) -> int:
        """Of an answer that has come to its end; how much was observed."""
        delivery = self.deliveries.get(delivery_id)
        ours = self.messages.get(ids.derived("msg", delivery_id))
        if delivery is None or ours is None:
            return 0
        conversation = self.conversations.get(ours.conversation_id)
        if conversation is None:
            return 0
        observed = [*self._first_answer(conversation, delivery), *self._resolved(conversation)]
        for each in observed:
            self.keep(each)
        return len(observed)

    def closed(self, conversation_id: str) -> int:
        conversation = self.conversations.get(conversation_id)
        observed = list(self._resolved(conversation)) if conversation else []
        for each in observed:
            self.keep(each)
        return len(observed)

    def _first_answer(self, seen: Conversation, told: Delivery) -> Iterator[Observation]:
        said = self._from_the_beginning(seen)
        answers = [each for each in said if is_answer(each)]
        good = [each for each in answers if each.failed_at is None]
        if not good:
            return
        first = min(good, key=lambda each: each.turn)
        if told.state not in CAME_TO_NOTHING and first.delivery_id != told.delivery_id:
            return
        delivery = self.deliveries.get(first.delivery_id or "")
        before = [each.owed_since for each in answers if each.turn <= first.turn]
        since = min((each for each in before if each is not None), default=None)
        if delivery is None or delivery.published_at is None or since is None:
            return
        yield from self._observed(
            Metric.FIRST_ANSWER_MINUTES,
            seen,
            since=since,
            until=delivery.published_at,
            delivery_id=delivery.delivery_id,
        )

    def _resolved(self, seen: Conversation) -> Iterator[Observation]:
        if seen.state is not ConversationState.CLOSED or seen.closed_at is None:
            return
        if seen.open_since is None or self._is_being_answered(seen):
            return
        metric = Metric.RESOLUTION_MINUTES
        yield from self._observed(metric, seen, since=seen.open_since, until=seen.closed_at)

    def _observed(
        self,
        metric: Metric,
        seen: Conversation,
        *,
        since: datetime,
        until: datetime,
        delivery_id: str | None = None,
    ) -> Iterator[Observation]:
        workspace = self.workspaces.get(seen.workspace_id)
        if workspace is None:
            return
        yield Observation(
            workspace_id=seen.workspace_id,
            channel_id=seen.channel_id,
            platform=seen.platform,
            delivery_id=delivery_id,
            conversation_id=seen.conversation_id,
            metric=metric,
            value=clocks.business_minutes(workspace, since=since, until=until),
            at=until,
        )

    def _is_being_answered(self, seen: Conversation) -> bool:
        """By the answer that closed it, perhaps: it is told again once that is out."""
        page = self.messages.of_conversation(seen.conversation_id, newest_first=True, limit=NEWEST)
        said = [self.messages.value(item) for item in page.items]
        keys = [each.delivery_id or "" for each in said if is_answer(each)]
        deliveries = self.deliveries.get_many(keys[:1])
        return any(
            each.state not in SETTLED or each.state is State.UNCONFIRMED for each in deliveries
        )

    def _from_the_beginning(self, seen: Conversation) -> list[Message]:
        items = self.messages.table.all(seen.conversation_id, index="by_conversation")
        return [self.messages.value(item) for item in islice(items, MOST_READ)]
