"""The audit: entries are added, in the transaction of what they tell of, and never changed."""

from collections.abc import Callable
from typing import Any

from tellal.audit import Entry
from tellal.stores.rows import Rows
from tellal.stores.table import Item, Page, Table

MOST_READ = 1_000  # rows of an index, in one request
BATCH = 100


class AuditStore(Rows[Entry]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Entry, key="entry_id")

    def of_subject(self, subject: str, **bounds: Any) -> Page:
        """One page by time; its items are whole rows, for `value`."""
        return self.table.query(subject, index="by_subject", **bounds)

    def of_workspace(
        self,
        workspace_id: str,
        *,
        subject: str | None = None,
        fits: Callable[[Entry], bool],
        limit: int,
        cursor: str | None = None,
        **bounds: Any,
    ) -> Page:
        """The like, of what fits: fewer than `limit` where more would have to be read."""
        index, partition = "by_workspace", workspace_id
        if subject is not None:
            index, partition = "by_subject", subject
        found: list[Item] = []
        for _ in range(MOST_READ // BATCH):
            page = self.table.query(partition, index=index, limit=BATCH, cursor=cursor, **bounds)
            for number, item in enumerate(page.items, 1):
                if item["workspace_id"] == workspace_id and fits(self.value(item)):
                    found.append(item)
                if len(found) == limit:
                    was_last = number == len(page.items)
                    behind = page.cursor if was_last else self.table.place(item, index=index)
                    return Page(found, behind)
            cursor = page.cursor
            if cursor is None:
                break
        return Page(found, cursor)
