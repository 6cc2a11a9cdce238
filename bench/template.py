"""What a deployment has, read from the templates that the CDK makes for AWS: what costs by being
there, what runs by the clock and how often, and how much memory it is given."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.prices import Prices, Usage
from functions.process_inbox.handler import REFUSALS

HOURS = 730  # in a month, as AWS counts
RATE = re.compile(r"rate\((\d+) minutes?\)")
HOURLY = re.compile(r"cron\(\d+ \* \* \* \? \*\)")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """Functions by the name we call them."""

    standing: Usage  # in a month in which nothing happens
    per_hour: Mapping[str, int]  # by its schedule
    memory_gb: Mapping[str, float]
    polled: frozenset[str]  # those that work on a queue


def read(assembly: Path, prices: Prices) -> Deployed:
    found = [json.loads(path.read_text()) for path in sorted(assembly.glob("*.template.json"))]
    resources = {name: each for template in found for name, each in template["Resources"].items()}
    functions = {name: each["Properties"] for name, each in _all(resources, "Lambda::Function")}
    names: dict[str, str] = {
        name: each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for name, each in functions.items()
    }
    polled = frozenset(
        names[each["Properties"]["FunctionName"]["Ref"]]
        for _, each in _all(resources, "Lambda::EventSourceMapping")
        if "StartingPosition" not in each["Properties"]  # a stream has one
    )
    schedules = [each["Properties"] for _, each in _all(resources, "Scheduler::Schedule")]
    per_hour = {
        names[each["Target"]["Arn"]["Fn::GetAtt"][0]]: times_an_hour(each["ScheduleExpression"])
        for each in schedules
    }
    return Deployed(
        standing={
            **_held(resources, prices),
            "metrics": len(_metrics(resources)),
            "sqs_requests": len(polled) * _idle_polls(prices),
            "scheduler_calls": HOURS * sum(per_hour.values()),
        },
        per_hour=per_hour,
        memory_gb={names[name]: each["MemorySize"] / 1024 for name, each in functions.items()},
        polled=polled,
    )


def times_an_hour(expression: str) -> int:
    """Of the schedules that we make: every so many minutes, or hourly at a minute."""
    if rate := RATE.fullmatch(expression):
        return 60 // int(rate[1])
    if HOURLY.fullmatch(expression):
        return 1
    raise ValueError(f"how often is {expression}?")


def _held(resources: Mapping[str, Any], prices: Prices) -> Usage:
    kinds = Counter(each["Type"] for each in resources.values())
    kinds = Counter({kind: n for kind, n in kinds.items() if kind not in prices.free_to_have})
    if unknown := sorted(set(kinds) - set(prices.resources)):
        raise ValueError(f"prices.json does not say what these cost: {', '.join(unknown)}")
    return {prices.resources[kind]: n for kind, n in kinds.items()}


def _metrics(resources: Mapping[str, Any]) -> set[str]:
    """Every metric of our own: those with an alarm, and the one that log lines make."""
    alarms = _all(resources, "CloudWatch::Alarm")
    by_log_lines: Any = REFUSALS["Metrics"]
    watched = {each["Properties"]["MetricName"] for _, each in alarms}
    return watched | {each["Name"] for each in by_log_lines}


def _idle_polls(prices: Prices) -> float:
    """Requests a month to a queue in which nothing is."""
    return prices.polling.pollers * HOURS * 3600 / prices.polling.seconds


def _all(resources: Mapping[str, Any], kind: str) -> list[tuple[str, Any]]:
    return [(name, each) for name, each in resources.items() if each["Type"] == f"AWS::{kind}"]
