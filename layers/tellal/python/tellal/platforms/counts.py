"""The platforms' names for what they count, brought to ours. What is not told is left out.

What must stay true: one name that a platform has given up, or does not tell of this post, loses no
other. Where it refuses all of a question for it, each is asked for by itself.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tellal.errors import Rejected
from tellal.observations import Metric
from tellal.platforms.calls import Gone

type Stated = Mapping[str, Any]  # by the platform's name; whatever stands there
type Ask = Callable[[str, Sequence[str]], Stated]  # of what, and which names of it


class NotAllowed(Rejected):
    """Whoever connected the channel left out the permission to read numbers: they are missing."""


def number(told: Any) -> int | None:
    """A count; Google spells it as text. None where it is none: hidden, negative, a word."""
    if isinstance(told, str) and told.isascii() and told.isdecimal():
        return int(told)
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


def counts(stated: Stated, names: Mapping[str, Metric]) -> dict[Metric, int]:
    told = ((metric, number(stated.get(name))) for name, metric in names.items())
    return {metric: value for metric, value in told if value is not None}


def days_of(first: date, after: date) -> Iterator[date]:
    """From the one until the other, which is not in it."""
    return (first + timedelta(days=n) for n in range((after - first).days))


class Apart:
    """Asks for some names of one thing after another (posts, days), in one request each.

    What was refused by itself beside others that were told is not asked for again: it is no name
    any more. Where nothing at all was told it is the thing that has no numbers, not the names.
    """

    def __init__(self, ask: Ask, names: Iterable[str]) -> None:
        self._ask = ask
        self._names: Collection[str] = tuple(dict.fromkeys(names))

    def of(self, thing: str) -> Stated:
        """Raises Gone for a thing that is not there."""
        try:
            return self._ask(thing, tuple(self._names))
        except Gone:
            raise
        except NotAllowed:
            return {}
        except Rejected:
            return self._one_by_one(thing) if len(self._names) > 1 else {}

    def _one_by_one(self, thing: str) -> Stated:
        told: dict[str, Any] = {}
        good = []
        for name in self._names:
            try:
                told = _joined(told, self._ask(thing, (name,)))
            except Gone:
                raise
            except Rejected:
                continue
            good.append(name)
        self._names = good or self._names
        return told


def _joined(told: Stated, more: Stated) -> dict[str, Any]:
    """Tables, too: the rows of both, each with the columns of both."""
    joined = dict(told)
    for name, value in more.items():
        known = joined.get(name)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            joined[name] = {**known, **value}
        else:
            joined[name] = value
    return joined
