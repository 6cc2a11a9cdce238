"""How large an item is, and what reading it costs, by DynamoDB's rules.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
The local AWS takes every read for one of at most 4 KB, however much it answers.
"""

import math
from collections.abc import Mapping
from typing import Any

READ_AT_ONCE = 4096  # bytes

Item = Mapping[str, Any]  # {"name": {"S": "text"}}


def read_units(reply: Mapping[str, Any], *, consistent: bool) -> float:
    """Of a GetItem, BatchGetItem or Query. What is not there costs as much as what is small."""
    if "Responses" in reply:
        found = [item_bytes(item) for items in reply["Responses"].values() for item in items]
    elif "Items" in reply:  # a page counts as a whole
        found = [sum(map(item_bytes, reply["Items"]))]
    else:
        found = [item_bytes(reply.get("Item", {}))]
    units = sum(max(1, math.ceil(size / READ_AT_ONCE)) for size in found)
    return units if consistent else units / 2


def item_bytes(item: Item) -> int:
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, held)] = value.items()
    match kind:
        case "S" | "B":
            size = len(held.encode() if kind == "S" else held)
        case "N":  # two digits a byte, and one more
            size = math.ceil(len(held.lstrip("-0.")) / 2) + 1
        case "M":
            size = 3 + len(held) + item_bytes(held)
        case "L":
            size = 3 + len(held) + sum(map(value_bytes, held))
        case _:  # NULL and BOOL; we keep no sets
            size = 1
    return size
