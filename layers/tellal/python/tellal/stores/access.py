"""Keys, by the hash of their token, and the row that says whether the deployment has an owner."""

from collections.abc import Iterator
from typing import Literal

from tellal.clock import Moment
from tellal.posts import Frozen
from tellal.stores.rows import Rows
from tellal.stores.table import Table, Write

SETUP = "setup"  # no token's hash: a hash is 64 hexadecimal digits


class Key(Frozen):
    token_hash: str
    key_id: str
    kind: Literal["key"] = "key"
    workspace_id: str | None = None  # None: the whole deployment's
    name: str
    member_id: str | None = None  # whose it is, if it is a person's
    role: str  # its permissions are what the role means today
    ends_with: str  # the token's last characters, for people to tell keys apart
    created_at: Moment
    expires_epoch: int | None = None  # seconds; the table's TTL
    version: int = 0


class AccessStore(Rows[Key]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Key, key="token_hash")

    def of_workspace(self, workspace_id: str) -> Iterator[Key]:
        for item in self.table.all(workspace_id, index="by_workspace"):
            yield self.value(item)

    def offer(self, token_hash: str) -> None:
        """AlreadyChanged if the deployment has an owner."""
        if self.table.get(SETUP) is None:
            self.table.create({"token_hash": SETUP, "kind": SETUP, "offered": token_hash})
        else:
            self.table.change(SETUP, {"offered": token_hash}, when={"taken": None})

    def offered(self) -> str | None:
        """The hash of the token that sets the deployment up, if it is still to be set up."""
        row = self.table.get(SETUP) or {}
        return None if "taken" in row else row.get("offered")

    def taking(self, token_hash: str) -> Write:
        when = {"offered": token_hash, "taken": None}
        return self.table.changing(SETUP, {"offered": None, "taken": True}, when=when)
