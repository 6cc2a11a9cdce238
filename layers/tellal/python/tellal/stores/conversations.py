"""Conversations and their messages. A listing is by the time of the last message, in one state."""

from typing import Any

from tellal.conversations import Conversation, ConversationState, Message
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class ConversationStore(Rows[Conversation]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Conversation, key="conversation_id", also=_workspace_state)

    def listed(self, workspace_id: str, state: ConversationState, **bounds: Any) -> Page:
        """One page by `last_message_at`; its items are whole rows, for `value`."""
        return self.table.query(_partition(workspace_id, state), index="by_state", **bounds)


class MessageStore(Rows[Message]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Message, key="message_id")

    def of_conversation(self, conversation_id: str, **bounds: Any) -> Page:
        """One page by `sent_at`; its items are whole rows, for `value`."""
        return self.table.query(conversation_id, index="by_conversation", **bounds)


def _workspace_state(conversation: Conversation) -> dict[str, str]:
    return {"workspace_state": _partition(conversation.workspace_id, conversation.state)}


def _partition(workspace_id: str, state: ConversationState) -> str:
    return f"{workspace_id}#{state}"
