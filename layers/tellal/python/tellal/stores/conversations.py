"""Conversations and their messages. A listing is by the time of the last message, in one state."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tellal import clock, ids
from tellal.conversations import Conversation, ConversationState, Lateness, Message, Tagging
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table, Write

OWED = "yes"
ASLEEP = "yes"  # one partition for all: a sweep is one query


class ConversationStore(Rows[Conversation]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Conversation, key="conversation_id", also=_for_indexes)

    def waking(self, *, until: datetime) -> Iterator[str]:
        """The ids of what was snoozed until then, the longest past first."""
        for item in self.table.all(ASLEEP, index="waking", until=clock.text(until)):
            yield item["conversation_id"]

    def owed(self, *, until: datetime) -> Iterator[str]:
        """The ids of what was to be looked at until then, for its answer is due or nearly so."""
        for item in self.table.all(OWED, index="owed", until=clock.text(until)):
            yield item["conversation_id"]

    def ids_of_contact(self, contact_id: str) -> Iterator[str]:
        for item in self.table.all(contact_id, index="by_contact"):
            yield item["conversation_id"]

    def listed(self, workspace_id: str, state: ConversationState, **bounds: Any) -> Page:
        """One page by `last_message_at`; its items are whole rows, for `value`."""
        return self.table.query(self.partition(workspace_id, state), index="by_state", **bounds)

    @staticmethod
    def partition(workspace_id: str, state: ConversationState) -> str:
        return f"{workspace_id}#{state}"


class TagStore(Rows[Tagging]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Tagging, key="tagging_id", also=_workspace_tag)

    @staticmethod
    def partition(workspace_id: str, tag: str) -> str:
        return f"{workspace_id}#{tag}"

    def retagging(self, before: Conversation, after: Conversation) -> Iterator[Write]:
        """The writes that follow a conversation's tags, to be made with its own."""
        for tag in after.tags:
            if tag not in before.tags:
                yield self.creation(_tagging(after, tag))
        for tag in before.tags:
            if tag not in after.tags:
                yield self.table.deletion(_tagging(before, tag).tagging_id)


def _tagging(conversation: Conversation, tag: str) -> Tagging:
    return Tagging(
        tagging_id=ids.derived("tag", conversation.conversation_id, tag),
        conversation_id=conversation.conversation_id,
        workspace_id=conversation.workspace_id,
        tag=tag,
        created_at=conversation.created_at,
    )


def _workspace_tag(tagging: Tagging) -> dict[str, str]:
    return {"workspace_tag": TagStore.partition(tagging.workspace_id, tagging.tag)}


class MessageStore(Rows[Message]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Message, key="message_id")

    def of_conversation(self, conversation_id: str, **bounds: Any) -> Page:
        """One page by `sent_at`; its items are whole rows, for `value`."""
        return self.table.query(conversation_id, index="by_conversation", **bounds)


def _for_indexes(conversation: Conversation) -> dict[str, str]:
    partition = ConversationStore.partition(conversation.workspace_id, conversation.state)
    facts = {"workspace_state": partition}
    if conversation.snoozed_until is not None:
        facts["asleep"] = ASLEEP
    look_at = {None: conversation.at_risk_at, Lateness.AT_RISK: conversation.answer_due_at}
    if when := look_at.get(conversation.lateness):
        facts |= {"owed": OWED, "look_at": clock.text(when)}
    return facts
