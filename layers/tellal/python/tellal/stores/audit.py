"""The audit: entries are added, in the transaction of what they tell of, and never changed."""

from typing import Any

from tellal.audit import Entry
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class AuditStore(Rows[Entry]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Entry, key="entry_id")

    def of_subject(self, subject: str, **bounds: Any) -> Page:
        """One page by time; its items are whole rows, for `value`."""
        return self.table.query(subject, index="by_subject", **bounds)
