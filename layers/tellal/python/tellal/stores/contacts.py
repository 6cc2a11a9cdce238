"""Contacts, by workspace, and by whom they were joined to."""

from collections.abc import Iterator
from typing import Any

from tellal import clock
from tellal.conversations import Contact
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class ContactStore(Rows[Contact]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Contact, key="contact_id", also=_listed_at)

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        """One page by `created_at`; its items are whole rows, for `value`. No erased ones."""
        return self.table.query(workspace_id, index="by_workspace", **bounds)

    def joined_to(self, contact_id: str) -> Iterator[Contact]:
        """Read by key: the index may be behind."""
        keys = [item["contact_id"] for item in self.table.all(contact_id, index="joined")]
        return (each for each in self.get_many(keys) if each.joined_to == contact_id)


def _listed_at(contact: Contact) -> dict[str, str]:
    return {} if contact.erasing_since else {"listed_at": clock.text(contact.created_at)}
