"""Rules: one row for a workspace, read with every message that comes in."""

from tellal.rules import Rulebook
from tellal.stores.rows import Rows
from tellal.stores.table import Table


class RulebookStore(Rows[Rulebook]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Rulebook, key="workspace_id")
