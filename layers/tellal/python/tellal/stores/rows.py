"""A table of one kind of value: kept whole, changed on condition that nobody changed it first.

Every value has a `version`. A change writes only what differs, if the version is the one that
was read, and raises it by one: of all who saw the same row, one gets to change it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tellal.posts import Frozen
from tellal.stores.table import Item, Table, Write

Also = Callable[[Any], Mapping[str, Any]]


def _nothing(_: Any) -> Mapping[str, Any]:
    return {}


class Rows[T: Frozen]:
    def __init__(self, table: Table, kind: type[T], *, key: str, also: Also = _nothing) -> None:
        """`also` gives attributes that only indexes need; they are not part of the value."""
        self.table = table
        self._kind = kind
        self._key = key
        self._also = also

    def get(self, key: str) -> T | None:
        item = self.table.get(key)
        return self.value(item) if item else None

    def get_many(self, keys: Sequence[str]) -> list[T]:
        return [self.value(item) for item in self.table.get_many(keys)]

    def get_beside[S: Frozen](
        self, key: str, other: "Rows[S]", other_key: str
    ) -> tuple[T | None, S | None]:
        """With a row of another table, in one call."""
        mine, theirs = self.table.get_beside(key, other.table, other_key)
        return self.value(mine) if mine else None, other.value(theirs) if theirs else None

    def create(self, value: T) -> T:
        self.table.create(self.item(value))
        return value

    def save(self, seen: T, changed: T, also: Sequence[Write] = ()) -> T:
        """Write what differs, and return the value as it now stands. AlreadyChanged if it lost.

        `also` is written in one transaction with it, or nothing is.
        """
        key, changes, when = self._changes(seen, changed)
        if also:
            self.table.transact([self.table.changing(key, changes, when=when), *also])
        else:
            self.table.change(key, changes, when=when)
        return self._raised(seen, changed)

    def creation(self, value: T) -> Write:
        return self.table.creation(self.item(value))

    def saving(self, seen: T, changed: T) -> Write:
        key, changes, when = self._changes(seen, changed)
        return self.table.changing(key, changes, when=when)

    def item(self, value: T) -> Item:
        return {**value.model_dump(mode="json", exclude_none=True), **self._also(value)}

    def value(self, item: Item) -> T:
        known = self._kind.model_fields
        return self._kind.model_validate({n: held for n, held in item.items() if n in known})

    def _changes(self, seen: T, changed: T) -> tuple[str, dict[str, Any], dict[str, Any]]:
        before, after = self.item(seen), self.item(self._raised(seen, changed))
        names = {n for n in (*before, *after) if before.get(n) != after.get(n)}
        return (
            before[self._key],
            {name: after.get(name) for name in sorted(names)},
            {"version": before["version"]},
        )

    def _raised(self, seen: T, changed: T) -> T:
        return changed.model_copy(update={"version": seen.model_dump()["version"] + 1})
