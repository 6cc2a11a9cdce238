"""What may happen only once: idempotency keys, claims, tombstones. One key, one purpose prefix."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tellal.stores.table import Item, Table, Write

CLAIM = "claim"


class OnceStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, purpose: str, key: str, *, now: datetime) -> Item | None:
        """The row, unless it has run out (TTL only cleans up, hours later)."""
        item = self._table.get(f"{purpose}#{key}")
        if item and item.get("expires_epoch", now.timestamp() + 1) <= now.timestamp():
            return None
        return item

    def get_many(self, purposed: Sequence[tuple[str, str]], *, now: datetime) -> list[Item | None]:
        """Rows by purpose and key, in the order asked, in one call."""
        names = [f"{purpose}#{key}" for purpose, key in purposed]
        rows = {item["once_key"]: item for item in self._table.get_many(names)}
        living = {
            name: item
            for name, item in rows.items()
            if item.get("expires_epoch", now.timestamp() + 1) > now.timestamp()
        }
        return [living.get(name) for name in names]

    def creation(
        self,
        purpose: str,
        key: str,
        facts: Mapping[str, Any],
        *,
        until: datetime | None = None,
        now: datetime | None = None,
    ) -> Write:
        """With `now`, a row that has run out by then does not stand in the way."""
        expires = {"expires_epoch": int(until.timestamp())} if until else {}
        row = {"once_key": f"{purpose}#{key}", **facts, **expires}
        return self._table.creation(row, ended=int(now.timestamp()) if now else None)

    def changing(
        self,
        purpose: str,
        key: str,
        changes: Mapping[str, Any],
        *,
        until: datetime,
        when: Mapping[str, Any],
    ) -> Write:
        """The write that changes a row and when it runs out, if the facts in `when` still hold."""
        changes = {**changes, "expires_epoch": int(until.timestamp())}
        return self._table.changing(f"{purpose}#{key}", changes, when=when)

    def adding(self, purpose: str, key: str, by: int, *, most: int, until: datetime) -> Write:
        """The write that raises the row's `count`, if it is no more than `most` before."""
        expires = {"expires_epoch": int(until.timestamp())}
        return self._table.adding(f"{purpose}#{key}", "count", by, also=expires, most=most)

    def count(self, purpose: str, key: str, *, until: datetime, most: int | None = None) -> None:
        """Raise the row's `count` by one. A count may be high where work was done twice.

        With `most`, AlreadyChanged if it is more than that before.
        """
        expires = {"expires_epoch": int(until.timestamp())}
        self._table.add(f"{purpose}#{key}", "count", also=expires, most=most)

    def claiming(self, key: str, delivery_id: str) -> Write:
        """The write that makes a remote post this delivery's, and no other's."""
        return self.creation(CLAIM, key, {"delivery_id": delivery_id})

    def reclaiming(self, key: str, delivery_id: str, *, was: str) -> Write:
        when = {"delivery_id": was}
        return self._table.changing(f"{CLAIM}#{key}", {"delivery_id": delivery_id}, when=when)

    def claimed_by(self, key: str) -> str | None:
        """Whose a remote post is."""
        row = self._table.get(f"{CLAIM}#{key}")
        return str(row["delivery_id"]) if row else None

    def forget(self, purpose: str, key: str) -> None:
        self._table.delete(f"{purpose}#{key}")
