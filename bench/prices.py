"""What AWS asks for: list prices and always-free allowances, from `prices.json`.

What must stay true: whatever is deployed or called has an entry there, be it that it costs nothing.
What has none is an error, so that nothing new is free by having been forgotten.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("prices.json")

type Usage = Mapping[str, float]  # by meter


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Meter(_Strict):
    service: str
    unit: str
    usd: float
    per: int = 1
    free: float = 0  # a month, always, for the whole account
    source: str


class Polling(_Strict):
    """How Lambda reads a queue in which nothing is."""

    pollers: int
    seconds: int  # that each waits
    why: str
    sources: tuple[str, ...]


class Prices(_Strict):
    region: str
    as_of: str
    meters: Mapping[str, Meter]
    calls: Mapping[str, str]  # "s3.GetObject", or a whole service → its meter
    resources: Mapping[str, str]  # CloudFormation's type → the meter it moves by being there
    free_to_have: Mapping[str, str]  # the other types → what about them costs
    polling: Polling

    @classmethod
    def read(cls) -> Self:
        return cls.model_validate_json(FILE.read_bytes())

    def meter_of(self, call: str) -> str:
        return self.calls.get(call) or self.calls[call.partition(".")[0]]

    def bill(self, usage: Usage) -> dict[str, float]:
        """Dollars by meter, after what is free."""
        beyond = {name: max(0.0, used - self.meters[name].free) for name, used in usage.items()}
        return self.list_price(beyond)

    def list_price(self, usage: Usage) -> dict[str, float]:
        """Dollars by meter, as though everything free were used up."""
        meters = self.meters
        return {name: used * meters[name].usd / meters[name].per for name, used in usage.items()}


def total(parts: Iterable[tuple[float, Usage]]) -> Usage:
    """Each so many times."""
    found: defaultdict[str, float] = defaultdict(float)
    for times, usage in parts:
        for meter, used in usage.items():
            found[meter] += times * used
    return found
