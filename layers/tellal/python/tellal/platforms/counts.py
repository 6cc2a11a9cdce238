"""The platforms' names for what they count, brought to ours. What is not told is left out."""

from collections.abc import Mapping
from typing import Any

from tellal.observations import Metric


def counts(stated: Mapping[str, Any], names: Mapping[str, Metric]) -> dict[Metric, int]:
    told = ((metric, stated.get(name)) for name, metric in names.items())
    return {metric: value for metric, value in told if isinstance(value, int)}
