"""What a workspace gives its people to answer with: saved replies, and the playbook."""

from typing import Any

from tellal.conversations import Playbook, SavedReply
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class SavedReplyStore(Rows[SavedReply]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, SavedReply, key="saved_reply_id")

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        """One page by `created_at`; its items are whole rows, for `value`."""
        return self.table.query(workspace_id, index="by_workspace", **bounds)


class PlaybookStore(Rows[Playbook]):
    """One row for a workspace, which is read with every conversation that is shown."""

    def __init__(self, table: Table) -> None:
        super().__init__(table, Playbook, key="workspace_id")
