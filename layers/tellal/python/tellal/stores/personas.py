"""The personas of a workspace: one row for each."""

from tellal.personas import Personas
from tellal.stores.rows import Rows
from tellal.stores.table import Table


class PersonaStore(Rows[Personas]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Personas, key="workspace_id")
