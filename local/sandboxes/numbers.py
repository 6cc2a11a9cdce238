"""Numbers that nobody made by hand: how often something was seen, played, clicked on.

They grow with the sandbox's clock and are the same whoever asks, whenever the sandbox began: a
total is nothing at first and so much more each day, and a day that is over does not change.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

DAY = timedelta(days=1)


def grown(what: str, since: datetime, now: datetime, *, a_day: int) -> int:
    """What has come together by now; `what` decides how fast."""
    return int(a_day * _share(what) * max(now - since, timedelta(0)) / DAY)


def on(day: date, what: str, *, a_day: int) -> int:
    return int(a_day * _share(f"{what} {day}"))


def parts(what: str, whole: int, among: Collection[str]) -> dict[str, int]:
    """The whole, among these; the first has the most."""
    shares = {each: _share(f"{what} {each}") for each in among}
    ordered = sorted(shares.values(), reverse=True)
    return {
        each: int(whole * share / sum(ordered)) for each, share in zip(among, ordered, strict=True)
    }


def without(stated: Mapping[str, Any], untold: Collection[str]) -> dict[str, Any]:
    """Names that the platform tells no more."""
    return {name: value for name, value in stated.items() if name not in untold}


def _share(what: str) -> float:
    """Between a half and one and a half."""
    return 0.5 + int.from_bytes(hashlib.sha256(what.encode()).digest()[:4]) / 2**32
