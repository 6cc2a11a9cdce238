"""Which fields a Graph is asked for: `id,comments.since(5).limit(2){id,from}`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMED = re.compile(r"(\w+)((?:\.\w+\([^)]*\))*)(?:\{(.*)\})?")
MODIFIER = re.compile(r"\.(\w+)\(([^)]*)\)")


@dataclass(frozen=True)
class Wanted:
    """One field, how it is wanted, and which fields of it."""

    name: str
    how: Mapping[str, str]
    fields: str


# What lies below an object, read only as it is wanted.
type Below = Callable[[Wanted], Any]


def wanted(fields: str) -> Iterator[Wanted]:
    for each in _parted(fields):
        if found := NAMED.fullmatch(each):
            yield Wanted(found[1], dict(MODIFIER.findall(found[2])), found[3] or "")


def told(whole: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """Those of these fields that there are, and always the id."""
    values = {"id": whole.get("id")}
    for each in wanted(fields):
        value = whole.get(each.name)
        values[each.name] = value(each) if callable(value) else value
    return {name: value for name, value in values.items() if value is not None}


def page[T](
    items: Sequence[T], limit: str | None, after: str | None, *, usual: str = "25"
) -> tuple[Sequence[T], dict[str, Any]]:
    """A cursor is the place of the last one seen. There is a `next` where there are more."""
    start = int(after or "0")
    listed = items[start : start + int(limit or usual)]
    ends = start + len(listed)
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(ends)}}
    return listed, paging | ({"next": f"?after={ends}"} if ends < len(items) else {})


def listing(rows: list[dict[str, Any]], paging: dict[str, Any]) -> dict[str, Any]:
    """An empty page has no cursors."""
    return {"data": rows, **({"paging": paging} if rows else {})}


def _parted(fields: str) -> list[str]:
    """At its commas, but those inside brackets."""
    names, depth = [""], 0
    for char in fields:
        depth += (char in "({") - (char in ")}")
        if char == "," and depth == 0:
            names.append("")
        else:
            names[-1] += char
    return names
