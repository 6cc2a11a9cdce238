"""Conversions, by when they happened; and those that are still to be counted."""

from typing import Any

from tellal.conversions import Conversion
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class ConversionStore(Rows[Conversion]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Conversion, key="conversion_id")

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        """One page by `occurred_at`; its items are whole rows, for `value`."""
        return self.table.query(workspace_id, index="by_workspace", **bounds)

    def uncounted(self, workspace_id: str, *, most: int) -> list[Conversion]:
        """The oldest first. The index may be seconds behind its rows."""
        page = self.table.query(workspace_id, index="uncounted", limit=most)
        return [self.value(item) for item in page.items]
