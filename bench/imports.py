"""How long a function takes from nothing to ready, and to the end of its first event.

Import times stand beside a floor measured in the same rounds: what any function of ours must load
(the SDK with a DynamoDB client, pydantic, httpx, the Logger). Each is a whole fresh process, less
a bare interpreter's. An import that was only put off shows in the first event.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.figures import Figures
from bench.ground import Ground, connect, ground_held_still, write_post
from bench.runtime import FUNCTIONS, HANDLE, Runtime, event
from tellal import clock

ROUNDS = 7
HIGHEST_RATIO = 1.25
LIMITED = ("dispatch_due_posts", "publish_delivery")  # a post waits for these two
BARE, FLOOR = "bare", "floor"
LOADS = """
import boto3, httpx, pydantic
from aws_lambda_powertools import Logger
Logger(service="floor")
boto3.client("dynamodb")
"""


def measure(*, rounds: int = ROUNDS) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime.make(Path(folder))
        took = _imports(runtime, rounds)
        with ground_held_still() as on:
            first = _first_events(runtime, on, rounds)
    bare, floor = took[BARE], took[FLOOR] - took[BARE]
    ratio = {name: (took[name] - bare) / floor for name in FUNCTIONS}
    ends = {name: each - bare for name, each in first.items()}
    return Figures(
        title=f"Imports, beside a floor of {floor:.0f} ms (medians of {rounds} rounds)",
        head=("function", "import ms", "× floor", "first event ends, ms"),
        rows=[
            (
                name,
                f"{took[name] - bare:.0f}",
                f"{ratio[name]:.2f}",
                f"{ends[name]:.0f}" if name in ends else "",
            )
            for name in sorted(ratio, key=lambda name: ratio[name])
        ],
        values={
            "floor_ms": round(floor),
            "ratio": {name: round(each, 2) for name, each in ratio.items()},
            "first_event_ms": {name: round(each) for name, each in ends.items()},
        },
        missed=[
            f"importing {name} takes {ratio[name]:.2f} times the floor, above {HIGHEST_RATIO}"
            for name in LIMITED
            if ratio[name] > HIGHEST_RATIO
        ],
    )


def _imports(runtime: Runtime, rounds: int) -> Mapping[str, float]:
    """Medians in ms. Interleaved, so that whatever else this machine does slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in (BARE, FLOOR, *FUNCTIONS)}
    for number in range(rounds + 1):
        for name, all_taken in taken.items():
            if name in FUNCTIONS:
                took = runtime.run("import handler", function=name)
            else:
                took = runtime.run({BARE: "", FLOOR: LOADS}[name])
            if number > 0:  # the first time leaves the bytecode behind
                all_taken.append(took)
    return {name: median(all_taken) for name, all_taken in taken.items()}


def _first_events(runtime: Runtime, on: Ground, rounds: int) -> Mapping[str, float]:
    """Of a sweep that finds one post due, and then of that post's publishing; medians in ms."""
    channel = connect(on)
    environments = {name: on.environment(name) for name in LIMITED}
    taken: dict[str, list[float]] = {name: [] for name in LIMITED}
    for number in range(rounds + 1):
        delivery = write_post(channel, at=clock.now())
        hint = json.dumps({"delivery_id": delivery.delivery_id})
        events = {
            "dispatch_due_posts": event("dispatch_due_posts/every_minute"),
            "publish_delivery": event("publish_delivery/one_hint", body=hint),
        }
        for name, sent in events.items():
            took = runtime.run(
                HANDLE,
                json.dumps(sent),
                str(on.seconds(name)),
                function=name,
                environment=environments[name],
            )
            if number > 0:
                taken[name].append(took)
    published = len(on.mastodon.control.posts())
    assert published == rounds + 1, f"{published} posts of {rounds + 1} were published"
    return {name: median(all_taken) for name, all_taken in taken.items()}
